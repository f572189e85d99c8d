"""Errors that are a sentence to the person at the notebook: expected, found, what to do next."""


class MisuseError(ValueError):
    """Something was asked of the lab that it can't do; the message says what to do instead.

    In a notebook it is shown as that sentence alone, without the lab's own stack.
    """

    def _render_traceback_(self) -> list[str]:
        # IPython asks an exception for this before it formats a traceback itself.
        return [f"{type(self).__name__}: {self}"]
