"""The interpreters: bash in memory, lent to one run at a time and wiped in between.

Nothing here can reach the computer: bashkit is given no folder, no network and no other language.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import RLock
from weakref import ref

import bashkit

from labkit.world.shell.mirror import Mirror

MAX_COMMANDS = 30_000
"""Commands one shell may run before it counts as endless."""

MAX_PROCESSES = 200
"""Processes one run may start; then ``fork`` fails, as it does on a machine that has run out of them."""

MAX_NESTED = 12
"""Shells that may wait for each other; each needs an interpreter and a thread."""

LAST_RESORT_S = 20.0
"""Real seconds after which an interpreter gives up. No script that ends by itself comes near it."""

MAX_SHOWN = 3_000
"""Entries in the mirror beyond which it is thrown away after the run that filled it."""

BASH_KEEPS = frozenset({"kill"})
"""Commands of the lab whose name bash must go on answering: its own ``kill`` is what makes a script's traps run."""

Callback = Callable[[bashkit.BuiltinContext], bashkit.BuiltinResult]


class Sandbox:
    """Interpreters with one file system between them. ``names``: the commands that come back to the lab."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(name for name in names if name not in BASH_KEEPS)
        self._lock = RLock()
        self._handler: Callback | None = None
        self.discard()

    @contextmanager
    def lend(self, handler: Callback) -> Iterator[None]:
        """Within it the interpreters belong to one run, whose commands of the lab go to ``handler``."""
        with self._lock:
            self._handler = handler
            try:
                yield
            except BaseException:
                self.discard()  # it may have been left half-way
                raise
            finally:
                self._handler = None
            if self.mirror.size > MAX_SHOWN:
                self.discard()

    def discard(self) -> None:
        """Forgets everything; the next use starts afresh."""
        self.mirror = Mirror()
        self._interpreters: list[bashkit.Bash] = []

    def interpreter(self, depth: int) -> bashkit.Bash:
        """A wiped interpreter for the ``depth``-th of the shells that wait for each other (0: the outermost)."""
        while len(self._interpreters) <= depth:
            self._interpreters.append(self._new())
        bash = self._interpreters[depth]
        bash.clear_cancel()
        bash.reset()
        return bash

    def _new(self) -> bashkit.Bash:
        bash = bashkit.Bash(
            cwd="/",
            max_commands=MAX_COMMANDS,
            max_loop_iterations=MAX_COMMANDS,
            timeout_seconds=LAST_RESORT_S,
            custom_builtins=dict.fromkeys(self._names, _weakly(self)),
        )
        bash.mount("/", self.mirror.fs)
        return bash

    def answer(self, context: bashkit.BuiltinContext) -> bashkit.BuiltinResult:
        """Hands a command of the lab to the run in progress."""
        if self._handler is None:
            message = f"Expected a run to be in progress, but `{context.name}` was called outside of one."
            raise RuntimeError(message)
        return self._handler(context)


def _weakly(sandbox: Sandbox) -> Callback:
    """``sandbox.answer`` without keeping the sandbox alive: Python cannot see cycles that lead through bashkit."""
    holder = ref(sandbox)

    def answer(context: bashkit.BuiltinContext) -> bashkit.BuiltinResult:
        found = holder()
        if found is None:
            message = f"Expected the sandbox to be in use, but `{context.name}` was called after it had gone."
            raise RuntimeError(message)
        return found.answer(context)

    return answer
