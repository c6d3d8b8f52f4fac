"""Text that a model or a file's author wrote, made safe to show: never markdown, HTML, a link, an image or LaTeX.

Everything from a file reaches the screen through this module. `visible` shows what could deceive the eye, `cell` and
`names` serve tables, charts and select boxes, and `markup` and `passage` are the only makers of HTML.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import LiteralString

PASSAGE_LIMIT = (
    20_000  # characters of one response on a page; browsers stall on megabytes, and the rest can be downloaded
)
CELL_LIMIT = 200  # characters in a table's cell
NAME_LIMIT = 48  # characters of a name on an axis, in a legend or in a select box

# What is drawn as nothing, or moves what is drawn: control characters but line feed and tab; bidirectional marks and
# other invisible format characters (Unicode category Cf, without the joiners U+200C and U+200D that scripts and emoji
# need); blank letters; line and paragraph separators; surrogates; the tags and selectors that can carry hidden text.
_DECEPTIVE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\ud800-\udfff"
    "\U000e0000-\U000e01ef]"
)


def visible(text: str) -> str:
    """`text` with what is invisible or reorders text replaced by its code, such as `⟦U+202E⟧`.

    Line feeds and tabs stay; a carriage return before a line feed is dropped. The result is encodable as UTF-8.
    """
    return _DECEPTIVE.sub(_sign, text.replace("\r\n", "\n"))


def _sign(match: re.Match[str]) -> str:
    return f"⟦U+{ord(match.group()):04X}⟧"  # the pictures of control characters, U+2400 on, are missing in many fonts


def cell(value: object, limit: int = CELL_LIMIT) -> str:
    """`value` as one visible line of at most `limit` characters; None and NaN are the empty string."""
    if value is None or value != value:
        return ""
    text = value if isinstance(value, str) else str(value)
    line = " ".join(visible(text[: limit * 2]).split())
    return line if len(line) <= limit and len(text) <= limit * 2 else line[: limit - 1] + "…"


def names(values: Iterable[str], reserved: Iterable[str] = ()) -> dict[str, str]:
    """A short visible name for each value, each name once and none of them in `reserved`.

    Two names that look alike after cutting or cleaning get a number: a model must not pass for another one.
    """
    taken = set(reserved)
    result: dict[str, str] = {}
    for value in values:
        if value in result:
            continue
        name = stem = cell(value, NAME_LIMIT) or "(no name)"
        number = 2
        while name in taken:
            name = f"{stem} ({number})"
            number += 1
        taken.add(name)
        result[value] = name
    return result


def escaped(text: object) -> str:
    """`text` for HTML: visible, escaped, and on one line of source (Streamlit dedents what it is given)."""
    return html.escape(visible(str(text)), quote=True).replace("\n", "&#10;").replace("\t", "&#9;")


def markup(template: LiteralString, **values: object) -> str:
    """The HTML of `template`, its `{name}` slots filled with escaped values.

    The template is the program's own text. Every value is isolated (`<bdi>`), so that right-to-left letters in it do
    not reorder the words around it; a slot must therefore stand in an element's content, not in an attribute.
    """
    return template.format(**{name: f"<bdi>{escaped(value)}</bdi>" for name, value in values.items()})


def passage(text: str, span: tuple[int, int] | None = None, limit: int = PASSAGE_LIMIT) -> str:
    """The HTML of a whole text, its lines kept, the characters `span[0]` to `span[1]` marked.

    Of a text longer than `limit` the beginning, the end and the surroundings of the mark are shown, with the number
    of characters left out between.
    """
    parts, position = [], 0
    for start, end in _windows(len(text), span, limit):
        if start > position:
            parts.append(_gap(start - position))
        parts.append(_marked(text, start, end, span))
        position = end
    if position < len(text):
        parts.append(_gap(len(text) - position))
    return f'<div class="tb-passage" dir="auto">{"".join(parts) or _note("(empty)")}</div>'


def pieces(parts: Iterable[tuple[str, bool]], *, before: int = 0, after: int = 0) -> str:
    """The HTML of a text that comes in pieces, each with whether it is marked.

    Args:
        before: characters of the text that are left out before the pieces.
        after: the same after them.
    """
    shown = "".join(f"<mark>{escaped(text)}</mark>" if marked else escaped(text) for text, marked in parts)
    whole = (_gap(before) if before else "") + shown + (_gap(after) if after else "")
    return f'<div class="tb-passage" dir="auto">{whole or _note("(empty)")}</div>'


def fired(text: str, span: tuple[int, int] | None) -> str | None:
    """The words that `span` covers, on one line; None when there is no span."""
    return cell(text[span[0] : span[1]]) if span else None


def _windows(length: int, span: tuple[int, int] | None, limit: int) -> list[tuple[int, int]]:
    if length <= limit:
        return [(0, length)] if length else []
    wanted = [(0, limit // 2), (length - limit // 4, length)]
    if span:
        margin = limit // 16
        wanted.append((max(0, span[0] - margin), min(length, span[1] + margin, span[0] + limit // 8)))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(wanted):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _marked(text: str, start: int, end: int, span: tuple[int, int] | None) -> str:
    first, last = (max(start, span[0]), min(end, span[1])) if span else (end, end)
    if first >= last:
        return escaped(text[start:end])
    return f"{escaped(text[start:first])}<mark>{escaped(text[first:last])}</mark>{escaped(text[last:end])}"


def _gap(count: int) -> str:
    return _note(f"… {count:,} characters left out …")


def _note(words: str) -> str:
    return f'<span class="tb-note">{html.escape(words)}</span>'


STYLE = """<style>
.tb-passage { white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: plaintext; overflow: hidden auto;
  max-height: 32rem; padding: .75rem 1rem; border: 1px solid rgba(128,128,128,.35); border-radius: .5rem;
  font-size: .95rem; line-height: 1.5; }
.tb-passage mark { background: rgba(230,159,0,.35); color: inherit; border-bottom: 2px solid #E69F00; }
.tb-note { display: inline-block; padding: 0 .4rem; font-style: italic; opacity: .75; }
.tb-list { margin: 0; padding-left: 1.1rem; line-height: 1.6; overflow-wrap: anywhere; }
.tb-list li { margin-bottom: .35rem; }
.tb-line { margin: 0; line-height: 1.6; overflow-wrap: anywhere; }
.tb-lead { margin: 0; font-size: 1.15rem; line-height: 1.5; overflow-wrap: anywhere; }
.tb-facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .15rem .9rem; margin: 0;
  font-size: .9rem; }
.tb-facts dt { opacity: .75; } .tb-facts dd { margin: 0; overflow-wrap: anywhere; }
[data-testid="stVegaLiteChart"] :is(.role-axis-label, .role-axis-title, .role-legend-label) text {
  fill: currentColor; fill-opacity: .8; }
</style>"""
