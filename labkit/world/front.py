"""What a machine shows to the network, and who wants to know when that changes."""

from collections.abc import Callable

from labkit.simulation.clock import Clock
from labkit.simulation.history import History
from labkit.world.events import PageChanged
from labkit.world.files import Directory, FileSystem, Node
from labkit.world.http import UNREACHABLE, Answer
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
    """A machine's answers.

    ``up``: whether it runs at all; ``dark``: whether it has no power; ``revision``: what CodeDeploy installed last.
    """

    def __init__(self, clock: Clock, history: History, instance_id: str) -> None:
        self._clock = clock
        self._history = history
        self._instance_id = instance_id
        self._listeners: list[Listener] = []
        self._answers: dict[tuple[int, str], Answer | None] = {}
        self._seen: tuple[object, ...] = ()
        self._shown: tuple[int | None, str, str | None, float] = (None, "", None, 0.0)
        self._looking = False
        # A visitor may come between a change and the look at it: the listeners have to hear of it all the same.
        self._untold = False
        self.inside: Inside | None = None
        self.up = False
        self.dark = False
        self._requests = 0
        self.revision: str | None = None

    def answer(self, port: int, path: str) -> Answer | None:
        """The answer to ``GET path`` on ``port``; None when nobody answers, ``UNREACHABLE`` without power."""
        if not self.up or self.inside is None:
            return None
        if self.dark:
            return UNREACHABLE
        self._untold |= self._refresh()
        usual = self._usual(self.inside, port, path)
        if usual is None or not usual.varies:
            return usual
        self._requests += 1
        return self._ask(self.inside, port, path, f"{self._instance_id}:{self._requests}")

    def usual_answer(self, port: int, path: str) -> Answer | None:
        """Like ``answer``, but no request counts: of answers that vary, the one that most requests get."""
        if self.dark and self.up:
            return UNREACHABLE
        if not self.up or self.inside is None:
            return None
        key = (port, path)
        known = key in self._answers and _same(self._look_around(), self._seen)
        return self._answers[key] if known else self._ask(self.inside, port, path)

    def _usual(self, inside: Inside, port: int, path: str) -> Answer | None:
        """The answer, remembered; of answers that vary, the one that most requests get."""
        key = (port, path)
        if key not in self._answers:
            self._answers[key] = self._ask(inside, port, path)
        return self._answers[key]

    @staticmethod
    def _ask(inside: Inside, port: int, path: str, request_id: str = "") -> Answer | None:
        server = listener(inside, port)
        return server.answer(inside.files, port, path, request_id=request_id) if server else None

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
        changed, self._untold = self._refresh() or self._untold, False
        lit = self.inside if self.up and not self.dark else None
        front = self._usual(lit, HTTP_PORT, "/") if lit else None
        page = front.body.decode("utf-8", errors="replace")[:MAX_PAGE_CHARACTERS] if front else ""
        share = _error_share(lit) if lit and front and front.varies else 0.0
        shown = (front.status if front else None, page, self.revision, share)
        if shown != self._shown and (front or self._shown[0] is not None):
            status, text, revision, share = shown
            self._history.record(
                PageChanged(
                    instance_id=self._instance_id, status=status, page=text, revision=revision, error_share=share
                )
            )
        self._shown = shown
        if changed:
            for listen in tuple(self._listeners):
                listen()

    def _refresh(self) -> bool:
        """Forgets answers that may be wrong now; whether there may be any."""
        seen = self._look_around()
        if _same(seen, self._seen):
            return False
        self._seen = seen
        self._answers.clear()
        return True

    def _look_around(self) -> tuple[object, ...]:
        """The very objects on which answers depend: services, and the folders and users that web servers read."""
        inside = self.inside
        if not self.up or self.dark or inside is None:
            return (self.revision, self.dark)
        states = [state for state in inside.services.values() if state.running]
        folders = [node for state in states for node in _served(inside.files, state)]
        users = inside.files.stat("/etc/passwd")
        return (self.revision, *states, *folders, users)


def _same(now: tuple[object, ...], before: tuple[object, ...]) -> bool:
    """Whether they are the very same objects."""
    return len(now) == len(before) and all(one is other for one, other in zip(now, before, strict=True))


def _error_share(inside: Inside) -> float:
    """The share of requests on port 80 that the web server means to answer with a 5xx."""
    server = listener(inside, HTTP_PORT)
    site = server.site(HTTP_PORT) if server else None
    return site.error_share if site else 0.0


def _served(files: FileSystem, state: ServiceState) -> list[Node | None]:
    if state.web is None:
        return []
    # Folders above matter too (who may enter them), and a link may lead elsewhere; both are rare, and cheap to follow.
    return [files.stat(folder) for folder in state.web.folders]
