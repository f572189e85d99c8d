"""The smallest machine that a load balancer can check."""

from collections.abc import Callable

from labkit.world.http import Answer


class FakeWebHost:
    """Answers every path with one status, which tests change; ``asked`` counts how often it was asked."""

    def __init__(self, instance_id: str, *, status: int | None = 200, zone: str = "ap-northeast-2a") -> None:
        self.instance_id = instance_id
        self.availability_zone = zone
        self.running = True
        self.revision: str | None = None
        self.status = status
        self.delay_s = 0.0
        self.asked: list[tuple[int, str]] = []
        self.listeners: list[Callable[[], None]] = []

    def answer(self, port: int, path: str) -> Answer | None:
        self.asked.append((port, path))
        if not self.running or self.status is None:
            return None
        return Answer(self.status, f"{self.instance_id} at {path}".encode(), delay_s=self.delay_s)

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def change(self, *, status: int | None = 200, delay_s: float = 0.0, running: bool = True) -> None:
        self.status, self.delay_s, self.running = status, delay_s, running
        for listener in tuple(self.listeners):
            listener()
