"""The errors that a user is meant to read: one line, and what to do next."""

from __future__ import annotations

from functools import partial
from pathlib import Path

DONE = 0
PARTLY_FAILED = 1
UNUSABLE_INPUT = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells report it


class UserError(Exception):
    """Something the user can mend. The message is one line; a stage that meets it exits with `UNUSABLE_INPUT`."""


class InputError(UserError):
    """A file holds something other than its contract says.

    Args:
        path: the file.
        problem: what was found and what was expected, without a full stop.
        line: 1-based line number, when the problem lies in one line.
        field: the field at fault, when there is one.
        hint: the next thing to do, such as a command to run.
    """

    def __init__(
        self, path: Path | str, problem: str, *, line: int | None = None, field: str | None = None, hint: str = ""
    ) -> None:
        self.path, self.problem, self.line, self.field, self.hint = Path(path), problem, line, field, hint
        place = str(path) if line is None else f"{path}:{line}"
        where = f"{place}: field '{field}'" if field else place
        super().__init__(one_line(f"{where}: {problem}" + (f"; {hint}" if hint else "")))

    def __reduce__(self) -> tuple[partial[InputError], tuple[()]]:
        """As it is, from one process to another: what an exception does by itself loses all but the message."""
        return partial(InputError, self.path, self.problem, line=self.line, field=self.field, hint=self.hint), ()


def one_line(text: str, limit: int = 500) -> str:
    """`text` on one printable line of at most `limit` characters (hostile input can hold anything)."""
    printable = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in " ".join(text.split()))
    return printable if len(printable) <= limit else printable[: limit - 1] + "\N{HORIZONTAL ELLIPSIS}"


def quoted(value: object, limit: int = 60) -> str:
    """`value` for an error message: quoted, escaped and cut, so that a line of input cannot flood the screen."""
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "\N{HORIZONTAL ELLIPSIS}"
