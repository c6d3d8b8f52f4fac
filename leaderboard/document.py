"""A report as a list of blocks, written as Markdown and as one HTML file that needs nothing else.

All text is plain: names and notes may hold anything, and are escaped here and nowhere else.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from utils.errors import one_line

# Nothing may be loaded and nothing may run, should the escaping ever miss something.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
UNBROKEN = 24  # characters: a score with its interval stays on one line
CSS = """
:root { color-scheme: light dark; }
body { font: 16px/1.55 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.7rem; } h2 { font-size: 1.25rem; margin-top: 2.4rem; } h3 { font-size: 1.05rem; }
p, ul { max-width: 48rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid #8885; vertical-align: top;
  overflow-wrap: break-word; }
.short { white-space: nowrap; }
th { font-weight: 600; }
figure { margin: 1.5rem 0; } img { max-width: 100%; height: auto; background: white; }
figcaption { font-size: .9rem; max-width: 48rem; }
@media print { body { margin: 0; max-width: none; } }
"""

# What Markdown could read as more than text: emphasis, code, cells, mathematics, headings, and the middle of a link.
_MARKDOWN = re.compile(r"([\\`*_|~$#]|](?=[(\[:])|^[+-])")


@dataclass(frozen=True)
class Heading:
    text: str
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    text: str


@dataclass(frozen=True)
class Bullets:
    entries: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    headings: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Picture:
    """`name.png` and `name.svg` in the report's folder."""

    name: str
    caption: str


Block = Heading | Paragraph | Bullets | Table | Picture


def to_markdown(blocks: Sequence[Block]) -> str:
    """The blocks as Markdown; pictures stand beside the file."""
    return "\n\n".join(_markdown(block) for block in blocks) + "\n"


def to_html(title: str, blocks: Sequence[Block], folder: Path) -> str:
    """The blocks as one HTML page; the pictures in `folder` are put inside it."""
    body = "\n".join(_html(block, folder) for block in blocks)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(POLICY)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title)}</title>\n<style>{CSS}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _markdown(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"{'#' * level} {_escaped(text)}"
        case Paragraph(text):
            return _escaped(text)
        case Bullets(entries):
            return "\n".join(f"- {_escaped(entry)}" for entry in entries)
        case Table(headings, lines):
            rule = tuple("---" for _ in headings)
            escaped = [tuple(map(_escaped, line)) for line in (headings, *lines)]
            return "\n".join(f"| {' | '.join(cells)} |" for cells in (escaped[0], rule, *escaped[1:]))
        case Picture(name, caption):
            return f"![{_escaped(caption)}]({name}.png)"


def _html(block: Block, folder: Path) -> str:
    match block:
        case Heading(text, level):
            return f"<h{level}>{_text(text)}</h{level}>"
        case Paragraph(text):
            return f"<p>{_text(text)}</p>"
        case Bullets(entries):
            return "<ul>\n" + "\n".join(f"<li>{_text(entry)}</li>" for entry in entries) + "\n</ul>"
        case Table(headings, lines):
            head = "".join(f'<th scope="col">{_text(cell)}</th>' for cell in headings)
            rows = ("<tr>" + "".join(map(_cell, line)) + "</tr>" for line in lines)
            return (
                f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n'
                + "\n".join(rows)
                + ("\n</tbody></table></div>")
            )
        case Picture(name, caption):
            image = base64.b64encode((folder / f"{name}.svg").read_bytes()).decode("ascii")
            source = f"data:image/svg+xml;base64,{image}"
            text = _text(caption)
            return f'<figure><img src="{source}" alt="{text}">\n<figcaption>{text}</figcaption></figure>'


def _cell(text: str) -> str:
    return f'<td class="short">{_text(text)}</td>' if len(text) <= UNBROKEN else f"<td>{_text(text)}</td>"


def _text(text: str) -> str:
    return html.escape(one_line(text, limit=4000))


def _escaped(text: str) -> str:
    """Markdown that shows `text` as it stands, HTML included."""
    return html.escape(_MARKDOWN.sub(r"\\\1", one_line(text, limit=4000)), quote=False)
