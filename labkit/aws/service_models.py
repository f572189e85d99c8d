"""botocore's descriptions of AWS, found and read once in a process.

Every boto3 session looks through 400 folders for them and reads them anew (4 MB for EC2 alone), and moto and the lab
make a dozen sessions until a lab stands. The files do not change while a process runs.
"""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import moto.core.loaders
from botocore.loaders import JSONFileLoader, Loader

_find_services = Loader.list_available_services


class SharedFiles(JSONFileLoader):  # type: ignore[misc] # botocore has no types
    """Gives everybody the same contents."""

    def load_file(self, file_path: str) -> Any:
        """What is in the file (its path without ``.json``); None if there is none."""
        return _contents(file_path)


class OwnFiles(SharedFiles):
    """Gives everybody contents of their own. moto needs that, because it adds to them in place."""

    def load_file(self, file_path: str) -> Any:
        """What is in the file (its path without ``.json``); None if there is none."""
        return _copied(super().load_file(file_path))


def share_service_models() -> None:
    """From now on all sessions of this process share what one of them has found and read."""
    Loader.list_available_services = _list_available_services
    Loader.FILE_LOADER_CLASS = SharedFiles
    moto.core.loaders.Loader.FILE_LOADER_CLASS = OwnFiles


def _list_available_services(loader: Loader, type_name: str) -> list[str]:
    return list(_services(tuple(loader.search_paths), type_name))


@cache
def _services(search_paths: tuple[str, ...], type_name: str) -> tuple[str, ...]:
    loader = Loader(list(search_paths), include_default_search_paths=False)
    return tuple(_find_services(loader, type_name))


@cache
def _contents(file_path: str) -> Any:
    """As botocore reads it, but into plain dictionaries, which keep their order too and are read faster."""
    plain, packed = Path(f"{file_path}.json"), Path(f"{file_path}.json.gz")
    if plain.is_file():
        return json.loads(plain.read_bytes())
    return json.loads(gzip.decompress(packed.read_bytes())) if packed.is_file() else None


def _copied(tree: Any) -> Any:
    """A copy of its dictionaries; the lists in them are shared, as nobody adds to those."""
    return {key: _copied(value) for key, value in tree.items()} if isinstance(tree, dict) else tree
