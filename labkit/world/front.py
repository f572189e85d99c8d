"""What a machine shows to the network, and who wants to know when that changes."""

from collections.abc import Callable

from labkit.simulation.clock import Clock
from labkit.simulation.history import History
from labkit.world.events import PageChanged
from labkit.world.files import Directory, FileSystem, Node
from labkit.world.http import Answer
from labkit.world.inside import Inside, ServiceState
from labkit.world.services import listener

Listener = Callable[[], None]
MAX_PAGE_CHARACTERS = 4096
HTTP_PORT = 80


class WatchedFileSystem(FileSystem):
    """A file system that tells when anything in it has changed."""

    def __init__(self, root: Directory, now: Callable[[], float], changed: Callable[[], None]) -> None:
        self._changed: Callable[[], None] = lambda: None
        super().__init__(root, now)
        self._changed = changed

    @property
    def root(self) -> Directory:
        """The snapshot of everything."""
        return self._root

    @root.setter
    def root(self, new: Directory) -> None:
        self._root = new
        self._changed()


class Front:
    """A machine's answers. ``up``: whether it runs at all; ``revision``: what CodeDeploy installed there last."""

    def __init__(self, clock: Clock, history: History, instance_id: str) -> None:
        self._clock = clock
        self._history = history
        self._instance_id = instance_id
        self._listeners: list[Listener] = []
        self._answers: dict[tuple[int, str], Answer | None] = {}
        self._seen: tuple[object, ...] = ()
        self._shown: tuple[int | None, str, str | None] = (None, "", None)
        self._looking = False
        self.inside: Inside | None = None
        self.up = False
        self.revision: str | None = None

    def answer(self, port: int, path: str) -> Answer | None:
        """The answer to ``GET path`` on ``port``; None when nobody answers."""
        if not self.up or self.inside is None:
            return None
        self._refresh()
        key = (port, path)
        if key not in self._answers:
            server = listener(self.inside, port)
            self._answers[key] = server.answer(self.inside.files, port, path) if server else None
        return self._answers[key]

    def on_change(self, listen: Listener) -> Callable[[], None]:
        """Calls ``listen`` whenever an answer may have changed; the result ends that."""
        self._listeners.append(listen)
        return lambda: self._listeners.remove(listen)

    def touched(self) -> None:
        """Something inside has changed: look, once, when everything of this moment has happened."""
        if not self._looking:
            self._looking = True
            self._clock.call_at(self._clock.now_s, self.look)

    def look(self) -> None:
        """Records what ``GET /`` on port 80 says if that is new, and tells the listeners if anything may be."""
        self._looking = False
        changed = self._refresh()
        front = self.answer(HTTP_PORT, "/")
        page = front.body.decode("utf-8", errors="replace")[:MAX_PAGE_CHARACTERS] if front else ""
        shown = (front.status if front else None, page, self.revision)
        if shown != self._shown and (front or self._shown[0] is not None):
            status, text, revision = shown
            self._history.record(
                PageChanged(instance_id=self._instance_id, status=status, page=text, revision=revision)
            )
        self._shown = shown
        if changed:
            for listen in tuple(self._listeners):
                listen()

    def _refresh(self) -> bool:
        """Forgets answers that may be wrong now; whether there may be any."""
        seen = self._look_around()
        if len(seen) == len(self._seen) and all(now is before for now, before in zip(seen, self._seen, strict=True)):
            return False
        self._seen = seen
        self._answers.clear()
        return True

    def _look_around(self) -> tuple[object, ...]:
        """The very objects on which answers depend: services, and the folders and users that web servers read."""
        inside = self.inside
        if not self.up or inside is None:
            return (self.revision,)
        states = [state for state in inside.services.values() if state.running]
        folders = [node for state in states for node in _served(inside.files, state)]
        users = inside.files.stat("/etc/passwd")
        return (self.revision, *states, *folders, users)


def _served(files: FileSystem, state: ServiceState) -> list[Node | None]:
    if state.web is None:
        return []
    # Folders above matter too (who may enter them), and a link may lead elsewhere; both are rare, and cheap to follow.
    return [files.stat(folder) for folder in state.web.folders]
