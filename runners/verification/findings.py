"""What a verification found, in words: proven, differs, or not on record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

State = Literal["proven", "differs", "not on record"]


@dataclass(frozen=True)
class Finding:
    """One statement about one thing.

    Args:
        what: a file, or what is claimed of a model's responses.
        state: `proven` when it was found again, `differs` when it was not, `not on record` when nothing says.
        detail: in one line, what was compared or what differs.
    """

    what: str
    state: State
    detail: str


def differing(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.state == "differs"]
