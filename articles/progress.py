"""How far long work has come: one line on a terminal, a line every few seconds elsewhere."""

import time

from django.core.management.base import OutputWrapper

#: Seconds between two reports, on a terminal and in a log.
ON_TERMINAL, IN_LOG = 0.2, 10.0
WIDTH = 24


class Progress:
    """Reports `step` by `step` to a command's `stdout`; use it in a `with`. Without `total` it only counts.

    >>> with Progress(self.stdout, "Sanitising", total=len(rows)) as progress:
    ...     for row in rows:
    ...         progress.step()
    """

    def __init__(self, out: OutputWrapper, what: str, total: int | None = None):
        self.out, self.what, self.total = out, what, total
        self.done = self.said_at = 0
        self.began = self.said = time.monotonic()
        self.is_terminal = bool(getattr(out, "isatty", lambda: False)())

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *failure: object) -> None:
        self._say(is_last=True)

    def step(self, count: int = 1) -> None:
        self.done += count
        if time.monotonic() - self.said >= (ON_TERMINAL if self.is_terminal else IN_LOG):
            self._say()

    def line(self) -> str:
        rate = self.done / max(time.monotonic() - self.began, 0.001)
        if self.total is None:
            return f"{self.what}: {self.done:,} · {rate:,.0f} a second"
        filled = WIDTH * self.done // max(self.total, 1)
        bar = "█" * filled + "░" * (WIDTH - filled)
        return f"{self.what} {bar} {self.done:,} of {self.total:,} · {rate:,.0f} a second"

    def _say(self, *, is_last: bool = False) -> None:
        if is_last and not self.is_terminal and self.done and self.said_at == self.done:
            return
        self.said_at = self.done
        self.said = time.monotonic()
        if self.is_terminal:
            self.out.write(f"\r{self.line()}\x1b[K", ending="\n" if is_last else "")
            self.out.flush()
        else:
            self.out.write(self.line())
