"""The form in which replies are read: plain quotes and dashes, no emphasis, no thinking; offsets lead back to the raw.

Only readers use it. What is stored is the raw reply.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from normalize.thinking import begins_line, thinking_ranges

# A refusal, a question or a final answer stands at one of the ends; the middle of a longer reply is passed over, so
# that the time to read any reply is bounded.
HEAD_WINDOW = 8_000
TAIL_WINDOW = 8_000

# Characters beyond ASCII that are folded together: an accent must meet its letter, and short runs recur.
RUN_LIMIT = 16

# Everything that may have to change; one class of characters, so that the search runs at memory speed.
_SPECIAL = re.compile(r"[*_`\r\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\U0010ffff]+")
_FENCE = re.compile(r"(?:```+|~~~+)[\w+#.-]*[ \t]*(?=\n|\r|\Z)")

_REPLACED = {
    **dict.fromkeys("‘’‚‛ʼ′´`", "'"),
    **dict.fromkeys("“”„‟«»″", '"'),
    **dict.fromkeys("‐‑‒–—―−﹣－", "-"),
    **dict.fromkeys("\u2028\u2029\x85", "\n"),
    "⁄": "/",
    "∕": "/",
    "İ": "I",
}
# Those that most replies beyond ASCII have to thank for it.
_TYPOGRAPHIC = tuple((character, _REPLACED[character]) for character in "’‘“”—–")

# What a character of ASCII is to the reading: a mark, a control character, or nothing special.
_MARK, _CONTROL = b"*", b"!"
_KINDS = bytes(
    ord(_MARK if chr(byte) in "*_`" else b" " if chr(byte).isprintable() or chr(byte) in "\n\t" else _CONTROL)
    for byte in range(256)
)


class CanonicalText(NamedTuple):
    """A reply in the form it is read in.

    Attributes:
        original: the reply.
        text: the canonical form; case is kept.
        lower: the same in lower case; offsets are the same.
        edits: `(start, end, length)`: the original's characters start to end became `length` canonical ones.
        fences: where code fences stood, as canonical offsets, in order.
    """

    original: str
    text: str
    lower: str
    edits: tuple[tuple[int, int, int], ...] = ()
    fences: tuple[int, ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original's characters that the canonical ones from `start` to `end` stand for."""
        if not self.edits:
            return start, end
        first = self._original_offset(start, at_end=False)
        return first, max(first, self._original_offset(end, at_end=True))

    def _original_offset(self, offset: int, *, at_end: bool) -> int:
        # An end offset belongs to the character before it, so that text removed just behind a span stays out of it.
        sought = offset - 1 if at_end else offset
        shift = 0  # original - canonical, behind the edits passed so far
        last = None
        for edit in self.edits:
            if edit[0] - shift > sought:
                break
            last, before = edit, shift
            shift += (edit[1] - edit[0]) - edit[2]
        if last is None:
            return min(offset, len(self.original))
        start, end, length = last
        inside = offset - (start - before)
        if inside < length or (at_end and inside == length):
            return end if at_end else start
        return min(offset + shift, len(self.original))


def canonical(response: str) -> CanonicalText:
    """The reply without thinking, markdown emphasis and typographic variety, cut to the window at each end."""
    thinking = thinking_ranges(response)
    if not thinking and len(response) <= HEAD_WINDOW + TAIL_WINDOW:
        text = _without_marks(response)
        if text is not None:
            return text
    removed = _merged(thinking, response)
    writer = _Writer(response, response)
    position = 0
    for start, end, replacement in [*removed, (len(response), len(response), "")]:
        while (match := _SPECIAL.search(response, position, start)) is not None:
            writer.copy(position, match.start())
            position = _write_special(writer, match, start)
        writer.copy(position, start)
        writer.replace(start, end, replacement)
        position = end
    return writer.finished()


def _without_marks(response: str) -> CanonicalText | None:
    """The canonical form of a reply that takes no more than dropped marks and one character for another; else None.

    Most replies are of this kind; to search them for `_SPECIAL` would take several times as long.
    """
    plain = response
    if not plain.isascii():
        for character, replacement in _TYPOGRAPHIC:
            plain = plain.replace(character, replacement)
        if not plain.isascii():
            return None
    kinds = plain.encode("ascii").translate(_KINDS)
    if _CONTROL in kinds:
        return None
    place = kinds.find(_MARK)
    if place < 0:
        return CanonicalText(response, plain, plain.lower())
    kept: list[str] = []
    edits: list[tuple[int, int, int]] = []
    fences: list[int] = []
    position = removed = 0
    while place >= 0:
        stop, is_dropped, is_fence = _mark(response, place, len(response))
        if is_dropped:
            if is_fence:
                fences.append(place - removed)
            kept.append(plain[position:place])
            edits.append((place, stop, 0))
            removed += stop - place
            position = stop
        place = kinds.find(_MARK, stop)
    kept.append(plain[position:])
    text = "".join(kept)
    return CanonicalText(response, text, text.lower(), tuple(edits), tuple(fences))


class _Writer:
    """Collects the canonical text and where it differs from the original; what is copied comes from `source`."""

    def __init__(self, original: str, source: str) -> None:
        self.original = original
        self.source = source
        self.pieces: list[str] = []
        self.edits: list[tuple[int, int, int]] = []
        self.fences: list[int] = []
        self.length = 0

    def copy(self, start: int, end: int) -> None:
        if end > start:
            self.pieces.append(self.source[start:end])
            self.length += end - start

    def replace(self, start: int, end: int, replacement: str) -> None:
        if self.source[start:end] == replacement:
            self.copy(start, end)
            return
        self.pieces.append(replacement)
        self.edits.append((start, end, len(replacement)))
        self.length += len(replacement)

    def finished(self) -> CanonicalText:
        text = "".join(self.pieces)
        return CanonicalText(self.original, text, text.lower(), tuple(self.edits), tuple(self.fences))


def _write_special(writer: _Writer, match: re.Match[str], end: int) -> int:
    """Write a run of special characters in canonical form, and return where the reading goes on."""
    text, position = match.string, match.start()
    while position < match.end():
        character = text[position]
        if character in "*_`":
            position = _write_mark(writer, text, position, end)
        elif character == "\r":
            width = 2 if text.startswith("\r\n", position) else 1
            writer.replace(position, position + width, "\n")
            position += width
        else:
            stop = position + 1
            while stop < match.end() and stop - position < RUN_LIMIT and text[stop] not in "*_`\r":
                stop += 1
            writer.replace(position, stop, _fold_run(text[position:stop], text[position - 1 : position].isdigit()))
            position = stop
    return position


def _write_mark(writer: _Writer, text: str, position: int, end: int) -> int:
    stop, is_dropped, is_fence = _mark(text, position, end)
    if is_fence:
        writer.fences.append(writer.length)
    if is_dropped:
        writer.replace(position, stop, "")
    else:
        writer.copy(position, stop)
    return stop


def _mark(text: str, position: int, end: int) -> tuple[int, bool, bool]:
    """Where a run of one mark ends, whether it is dropped, and whether it is a code fence.

    A fence is passed over with its line, emphasis is dropped, the rest (2*3) stays.
    """
    mark = text[position]
    stop = position + 1
    while stop < end and text[stop] == mark:
        stop += 1
    if mark == "`" and stop - position >= 3 and begins_line(text, position):
        fence = _FENCE.match(text, position, end)
        if fence is not None:
            return fence.end(), True, True
    return stop, mark == "`" or _is_emphasis(text, position, stop, mark), False


def _is_emphasis(text: str, start: int, stop: int, mark: str) -> bool:
    """Whether a run of * or _ opens or closes emphasis; else it is a product, a bullet, a blank or part of a name."""
    if stop - start > 3:
        return False
    before, behind = text[start - 1 : start] if start else "", text[stop : stop + 1]
    joined_before = before.isalnum() or before in ")]" if before else False
    joined_behind = behind.isalnum() or behind in "([" if behind else False
    if mark == "_":
        opens = not joined_before and (behind.isalnum() or _REPLACED.get(behind, behind) in "\"'(") if behind else False
        closes = not joined_behind and not before.isspace() if before else False
        return (opens or closes) and stop - start <= 2
    opens = not joined_before and not behind.isspace() if behind else False
    closes = not joined_behind and not before.isspace() if before else False
    return opens or closes


def fold(text: str) -> str:
    """A short text (an option, an expected answer) in canonical form, without the offsets."""
    return canonical(text).text


def _merged(removed: list[tuple[int, int]], response: str) -> list[tuple[int, int, str]]:
    """The ranges to leave out, in order, with what stands in their place; the middle of a long reply is one."""
    ranges = [(start, end, "") for start, end in removed]
    kept = len(response) - sum(end - start for start, end in removed)
    if kept <= HEAD_WINDOW + TAIL_WINDOW:
        return ranges
    cut_start = _after_kept(ranges, HEAD_WINDOW)
    cut_end = _after_kept(ranges, kept - TAIL_WINDOW)
    outside = [entry for entry in ranges if entry[1] <= cut_start or entry[0] >= cut_end]
    return sorted([*outside, (cut_start, cut_end, "\n\n")])


def _after_kept(ranges: list[tuple[int, int, str]], count: int) -> int:
    """The original offset behind the first `count` kept characters."""
    offset = count
    for start, end, _ in ranges:
        if start >= offset:
            break
        offset += end - start
    return offset


@lru_cache(maxsize=4096)
def _fold_run(run: str, after_digit: bool) -> str:
    """A run of characters beyond ASCII in canonical form; short runs (quotes, dashes) recur and are remembered."""
    out: list[str] = []
    composed = unicodedata.normalize("NFC", run)
    for character in composed:
        if character.isascii() and character.isprintable():
            out.append(character)
            after_digit = False
            continue
        folded = _fold_character(character, after_digit)
        out.append(folded)
        after_digit = folded[-1:].isdigit()
    return "".join(out)


@lru_cache(maxsize=8192)
def _fold_character(character: str, after_digit: bool) -> str:
    """One character's canonical form.

    NFKC would turn 10² into 102 and 3½ into 31⁄2; a superscript is written with ^ and a fraction set off instead.
    """
    known = _REPLACED.get(character)
    if known is not None:
        return known
    category = unicodedata.category(character)
    if category in ("Cf", "Cc", "Mn", "Me"):
        return " " if character in "\x0b\x0c\x1c\x1d\x1e\x1f" else "" if category != "Mn" else character
    if category == "Cs":
        return "\N{REPLACEMENT CHARACTER}"
    if category == "Nd":
        return str(unicodedata.decimal(character))
    decomposition = unicodedata.decomposition(character)
    if not decomposition.startswith("<"):
        return character
    if category == "Zs":
        return " "
    folded = "".join(_REPLACED.get(part, part) for part in unicodedata.normalize("NFKC", character))
    if decomposition.startswith("<super>") and folded[:1].isdigit() and after_digit:
        return f"^{folded}"
    if decomposition.startswith("<fraction>") and after_digit:
        return f" {folded}"
    return folded
