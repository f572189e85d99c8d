"""The GitHub of the lab: real git repositories (dulwich), kept in memory, with GitHub's archives of a commit.

A commit's id is the SHA-1 that git itself gives to these files, this parent, author and moment, so the same lesson
always meets the same ids. Archives are laid out as by GitHub's "Download a repository archive" (REST API), which is
where the CodeDeploy agent gets a GitHub revision from.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

import dulwich.objects
from dulwich.index import commit_tree
from dulwich.object_store import iter_tree_contents
from dulwich.objects import Blob, ObjectID
from dulwich.refs import Ref
from dulwich.repo import MemoryRepo

from labkit.simulation.clock import Clock
from labkit.simulation.history import History
from labkit.simulation.misuse import MisuseError
from labkit.world.events import CommitMade
from labkit.world.function_url import Function, FunctionUrls
from labkit.world.github_archive import ArchivedFile, tar_gz, zipped
from labkit.world.github_paths import check_folders, check_path, check_text
from labkit.world.github_payloads import Pushed
from labkit.world.webhooks import Webhook, Webhooks

AUTHOR = "student <student@example.com>"
MAIN = Ref(b"refs/heads/main")
FILE_MODE = 0o100644
PROGRAM_MODE = 0o100755

_REPOSITORY_NAME = re.compile(r"(?=.{1,39}/)[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")


class NotFoundError(MisuseError, LookupError):
    """What GitHub answers with 404; the message says what was asked for."""


class UnknownRepositoryError(NotFoundError):
    """There is no repository of that name."""


class UnknownCommitError(NotFoundError):
    """The repository has no commit of that full id."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit. ``commit_id``: 40 hex digits; ``at``: lab time (UTC), to the second as in git."""

    commit_id: str
    message: str
    author: str
    at: datetime

    def __repr__(self) -> str:
        return f"<Commit {self.commit_id[:7]} {self.message.partition(chr(10))[0]!r} {self.at:%Y-%m-%d %H:%M:%S} UTC>"


@dataclass(frozen=True, slots=True)
class _File:
    blob_id: ObjectID
    mode: int


class GitHub:
    """All repositories of the lab. ``functions``: what their webhooks can deliver to."""

    def __init__(self, clock: Clock, history: History, functions: FunctionUrls | None = None) -> None:
        self._clock = clock
        self._history = history
        self._functions = functions or FunctionUrls(clock, history)
        self._repositories: dict[str, Repository] = {}

    def repository(self, name: str) -> "Repository":
        """The repository ``owner/name``; an empty one is made when it is first named.

        Raises ``MisuseError`` if GitHub could not have a repository of that name.
        """
        if not isinstance(name, str) or not _REPOSITORY_NAME.fullmatch(name):
            message = (
                f"Expected a repository as owner/name in letters, digits, '-', '.' and '_', found {name!r}; "
                "write for example 'student/hello-web'."
            )
            raise MisuseError(message)
        # GitHub takes student/hello-web and Student/Hello-Web for the same one.
        if name.lower() not in self._repositories:
            self._repositories[name.lower()] = Repository(name, self._clock, self._history, self._functions)
        return self._repositories[name.lower()]

    def find(self, name: str) -> "Repository":
        """The repository ``owner/name`` if somebody made it; raises ``UnknownRepositoryError`` otherwise."""
        if name.lower() not in self._repositories:
            known = ", ".join(repr(repository.name) for repository in self._repositories.values()) or "none"
            message = (
                f"Expected one of the repositories of the lab's GitHub ({known}), found {name!r}; check its spelling."
            )
            raise UnknownRepositoryError(message)
        return self._repositories[name.lower()]

    @property
    def names(self) -> list[str]:
        """The names of all repositories, oldest first."""
        return [repository.name for repository in self._repositories.values()]

    def __repr__(self) -> str:
        return f"<GitHub of the lab: {', '.join(self.names) or 'no repositories yet'}>"


class Repository:
    """One git repository with a single branch, ``main``."""

    def __init__(self, name: str, clock: Clock, history: History, functions: FunctionUrls) -> None:
        self.name = name
        self._clock = clock
        self._history = history
        self._functions = functions
        self._webhooks = Webhooks(clock, history, name)
        self._git = MemoryRepo()
        self._git.refs.set_symbolic_ref(Ref(b"HEAD"), MAIN)
        self._tarballs: dict[str, bytes] = {}

    @property
    def head(self) -> str | None:
        """Full id of the newest commit, None before the first."""
        commit_id = self._git.refs.as_dict().get(MAIN)
        return None if commit_id is None else commit_id.decode()

    def commit(self, files: Mapping[str, str | bytes | None], message: str) -> str:
        """Commits ``files`` to ``main``: path to new content, or to None to remove it; other files stay.

        Text is stored as UTF-8. Scripts (``.sh``, or beginning with ``#!``) become executable.
        Returns the full commit id. Raises ``MisuseError`` if ``files`` or a content is of another type, a path
        cannot be in a repository, a file to remove is not there, the message is empty, or nothing would change;
        then nothing has changed.
        """
        if not isinstance(files, Mapping):
            error = (
                f"Expected the files of a commit as a dictionary from path to content, found {type(files).__name__}; "
                "write for example commit({'index.html': '<h1>Hello</h1>'}, message='v2')."
            )
            raise MisuseError(error)
        if not check_text(message).strip():
            error = f"Expected a commit message, found {message!r}; say in a few words what this commit changes."
            raise MisuseError(error)
        with self._clock.turns:
            return self._commit(files, message)

    def _commit(self, files: Mapping[str, str | bytes | None], message: str) -> str:
        before = self._tree(self.head)
        after = self._changed(before, files)
        if after == before:
            error = (
                f"Expected files that differ from those at the head of {self.name}, found no difference; "
                "change, add or remove (None) at least one file."
            )
            raise MisuseError(error)
        parent, commit_id = self.head, self._store(after, message)
        self._history.record(CommitMade(repository=self.name, commit_id=commit_id, message=message))
        self._webhooks.push(self._pushed(commit_id, parent, before, after))
        return commit_id

    def webhook(self, receiver: Function, secret: str | None = None) -> Webhook:
        """From now on each commit is pushed to ``receiver``: a function of an event and a context, as for AWS Lambda.

        It gets an address (a Lambda function URL) to which GitHub posts its event ``push``, signed with ``secret``.
        A function of the same name given before is replaced. A ``ping`` is delivered at once. Whatever the receiver
        does or raises, the commit stands; see the webhook's ``deliveries``.
        Raises ``MisuseError`` if ``receiver`` is no function, or ``secret`` no text.
        """
        return self._webhooks.add(self._functions.publish(receiver), secret)

    def log(self) -> list[Commit]:
        """The commits, newest first."""
        return list(self._ancestry())

    def files(self, commit_id: str | None = None) -> dict[str, bytes]:
        """Path and content of every file of that commit (of the head without one), sorted by path.

        Raises ``UnknownCommitError`` if there is no such commit.
        """
        tree = self._tree(self.head if commit_id is None else self._find(commit_id).commit_id)
        return {path: self._content(tree[path]) for path in sorted(tree)}

    def tarball(self, commit_id: str) -> bytes:
        """The commit as GitHub's ``.tar.gz``: all files below one folder ``owner-name-<first seven of the id>``.

        Raises ``UnknownCommitError`` unless ``commit_id`` is the full id of a commit.
        """
        # Kept, because a thousand machines ask for the same one during one deployment.
        if commit_id not in self._tarballs:
            commit = self._find(commit_id)
            self._tarballs[commit_id] = tar_gz(self._top(commit), self._archived(commit), commit.at)
        return self._tarballs[commit_id]

    def zipball(self, commit_id: str) -> bytes:
        """The same as a ``.zip``, which agents on Windows take."""
        commit = self._find(commit_id)
        return zipped(self._top(commit), self._archived(commit), commit.at, commit_id)

    def __repr__(self) -> str:
        return f"<Repository {self.name}, {len(self.log())} commits, head {(self.head or 'none')[:7]}>"

    def _changed(self, before: Mapping[str, _File], files: Mapping[str, str | bytes | None]) -> dict[str, _File]:
        after = dict(before)
        for path, content in files.items():
            check_path(path)
            if content is None:
                self._remove(after, path)
            else:
                after[path] = self._add(path, content)
        check_folders(after)
        return after

    def _remove(self, tree: dict[str, _File], path: str) -> None:
        if path not in tree:
            present = ", ".join(sorted(tree)) or "no files"
            message = f"Expected a file of {self.name} to remove, found no {path!r}; it holds: {present}."
            raise MisuseError(message)
        del tree[path]

    def _add(self, path: str, content: str | bytes) -> _File:
        if not isinstance(content, str | bytes):
            message = (
                f"Expected text, bytes or None as the content of {path!r}, found {type(content).__name__}; "
                "convert it first, for example with yaml.safe_dump(…)."
            )
            raise MisuseError(message)
        data = check_text(content).encode() if isinstance(content, str) else content
        blob = Blob.from_string(data)
        self._git.object_store.add_object(blob)
        return _File(blob.id, PROGRAM_MODE if path.endswith(".sh") or data.startswith(b"#!") else FILE_MODE)

    def _store(self, tree: Mapping[str, _File], message: str) -> str:
        store = self._git.object_store
        commit = dulwich.objects.Commit()
        commit.tree = commit_tree(store, [(path.encode(), file.blob_id, file.mode) for path, file in tree.items()])
        commit.parents = [] if self.head is None else [ObjectID(self.head.encode())]
        commit.author = commit.committer = AUTHOR.encode()
        commit.author_time = commit.commit_time = int(self._clock.now.timestamp())
        commit.author_timezone = commit.commit_timezone = 0
        commit.encoding = b"UTF-8"
        commit.message = message.rstrip("\n").encode() + b"\n"
        store.add_object(commit)
        self._git.refs[MAIN] = commit.id
        return commit.id.decode()

    def _pushed(
        self, commit_id: str, parent: str | None, before: Mapping[str, _File], after: Mapping[str, _File]
    ) -> Pushed:
        commit = self._find(commit_id)
        return Pushed(
            commit_id=commit_id,
            tree_id=self._git_commit(commit_id).tree.decode(),
            before=parent,
            message=commit.message,
            at=commit.at,
            added=tuple(sorted(after.keys() - before.keys())),
            removed=tuple(sorted(before.keys() - after.keys())),
            modified=tuple(sorted(path for path in after.keys() & before.keys() if after[path] != before[path])),
        )

    def _tree(self, commit_id: str | None) -> dict[str, _File]:
        if commit_id is None:
            return {}
        entries = iter_tree_contents(self._git.object_store, self._git_commit(commit_id).tree)
        return {entry.path.decode(): _File(entry.sha, entry.mode) for entry in entries}

    def _content(self, file: _File) -> bytes:
        return cast("Blob", self._git.object_store[file.blob_id]).data

    def _git_commit(self, commit_id: str) -> dulwich.objects.Commit:
        return cast("dulwich.objects.Commit", self._git.object_store[ObjectID(commit_id.encode())])

    def _ancestry(self) -> Iterator[Commit]:
        commit_id = self.head
        while commit_id is not None:
            commit = self._git_commit(commit_id)
            at = datetime.fromtimestamp(commit.commit_time, UTC)
            yield Commit(commit_id, commit.message.decode().rstrip("\n"), commit.author.decode(), at)
            commit_id = commit.parents[0].decode() if commit.parents else None

    def _find(self, commit_id: str) -> Commit:
        for commit in self._ancestry():
            if commit.commit_id == commit_id:
                return commit
        hint = (
            "no such commit was made; take the id that commit() returned, or .head"
            if re.fullmatch("[0-9a-f]{40}", commit_id)
            else "a shortened id or a branch name is not enough; take the whole id that commit() returned, or .head"
        )
        message = f"Expected the full 40-digit id of a commit of {self.name}, found {commit_id!r}: {hint}."
        raise UnknownCommitError(message)

    def _top(self, commit: Commit) -> str:
        return f"{self.name.replace('/', '-')}-{commit.commit_id[:7]}"

    def _archived(self, commit: Commit) -> Iterator[ArchivedFile]:
        for path, file in self._tree(commit.commit_id).items():
            yield ArchivedFile(path, self._content(file), executable=file.mode == PROGRAM_MODE)
