r"""Answers in LaTeX as plain text: `\dfrac{1}{2}` is 1/2, `90^\circ` is 90, `\sqrt{51}` is sqrt(51)."""

from __future__ import annotations

import re

# Marks that do not change what an answer says.
_TIDYING = (
    (re.compile(r"\\left(?![a-zA-Z])|\\right(?![a-zA-Z])|\\displaystyle|\\[!,;: ]|~"), " "),
    (re.compile(r"\\[dt]frac(?![a-z])"), r"\\frac"),
    (re.compile(r"\\(?:text|textbf|mathrm|mathbf|mbox|operatorname)\s*\{([^{}]*)\}"), r" \1 "),
    (re.compile(r"\s+"), " "),
)
_SPEAKING = (
    (re.compile(r"\^\s*\{?\s*\\circ\s*\}?"), " degrees"),
    (re.compile(r"\\frac\s*([\da-zA-Z])\s*([\da-zA-Z])"), r"\1/\2"),
    (re.compile(r"\\sqrt\s*([\da-zA-Z])"), r"sqrt(\1)"),
    (re.compile(r"\\sqrt\s*\{([^{}]*)\}"), r"sqrt(\1)"),
    (re.compile(r"\\frac\s*\{\s*([\w.]+)\s*\}\s*\{\s*([\w.]+)\s*\}"), r"\1/\2"),
    (re.compile(r"\\frac\s*\{\s*(\\[a-z]+)\s*\}\s*\{\s*([\w.]+)\s*\}"), r"\1/\2"),
    (re.compile(r"\\frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}"), r"(\1)/(\2)"),
    (re.compile(r"\\(?:cdot|times)(?![a-z])"), "*"),
    (re.compile(r"\\infty(?![a-z])"), "infinity"),
    (re.compile(r"\\cup(?![a-z])"), "union"),
    (re.compile(r"\\le(?:q)?(?![a-z])"), "<="),
    (re.compile(r"\\ge(?:q)?(?![a-z])"), ">="),
    (re.compile(r"\\([a-zA-Z]+)"), r"\1"),
    (re.compile(r"\\([$%#&_{}])"), r"\1"),
    (re.compile(r"\s+"), " "),
)
_GROUPED = re.compile(r"-?\d{1,3}(?:(?:,|\{,\}|\\!|,\\!)\d{3})+(?:\.\d+)?")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?|-?\d+/0*[1-9]\d*", re.ASCII)
_FRACTION = re.compile(r"(-?)\s*\\[dt]?frac\s*(?:\{\s*(-?\d+)\s*\}\s*\{\s*(\d+)\s*\}|(\d)\s*(\d))")
_UNIT = re.compile(r"\^\s*\{?\s*\\circ\s*\}?$|\\?%$")


def number_in(latex: str) -> str | None:
    """The number that the whole of `latex` is, as 42, -0.25 or 3/8; None when it is anything else.

    A sign of money before it and degrees or percent behind it are dropped: the question names them.
    """
    bare = _UNIT.sub("", latex.strip().strip("$").removeprefix("\\$").strip()).strip()
    if _GROUPED.fullmatch(bare):
        bare = re.sub(r",|\{,\}|\\!", "", bare).replace("{}", "")
    if fraction := _FRACTION.fullmatch(bare):
        sign, top, bottom, short_top, short_bottom = fraction.groups()
        bare = f"{sign}{top or short_top}/{bottom or short_bottom}".replace("--", "")
    if bare.startswith("."):
        bare = f"0{bare}"
    return bare if _NUMBER.fullmatch(bare) else None


def tidy(latex: str) -> str:
    """The same LaTeX without what only shapes it (sizes, thin spaces, text boxes)."""
    for pattern, replacement in _TIDYING:
        latex = pattern.sub(replacement, latex)
    return latex.strip()


def spoken(latex: str) -> str:
    """The answer without LaTeX, as far as its commands are known; a command that is not is left as its name."""
    plain = tidy(latex)
    for pattern, replacement in _SPEAKING:
        plain = pattern.sub(replacement, plain)
    return re.sub(r"([(\[]) | ([)\],])", r"\1\2", plain).strip() or latex
