"""Whether two answers are the same mathematics in different form: 1+x^2 and x^2+1, \\sqrt{8} and 2\\sqrt{2}.

math-verify (github.com/huggingface/Math-Verify) compares them, in a process that is started when the first comparison
needs it and restarted when one of them takes too long.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import subprocess
import sys
import threading
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Literal

from utils.errors import UserError

Outcome = Literal["equivalent", "different", "timed_out"]

WORKER = Path(__file__).with_name("equivalence_worker.py")

# All that the worker is given of the environment: no keys of providers.
ENVIRONMENT = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "HOME", "TMPDIR", "TEMP", "SYSTEMROOT")

# The worker limits the CPU time of a comparison to 2 s. These limit the waiting, on platforms without that limit and
# for a machine that is overloaded.
START_SECONDS = 120.0
ANSWER_SECONDS = 30.0

# Bounds on what is compared at all. Within them a comparison takes some milliseconds, so that its limit in time, which
# depends on the machine, is a safeguard and decides nothing in practice.
LENGTH_LIMIT = 120
NESTING_LIMIT = 8
_FUNCTIONS = frozenset(("sin", "cos", "tan", "cot", "sec", "csc", "log", "ln", "exp"))
_COMMANDS = _FUNCTIONS | frozenset((
    "frac", "dfrac", "tfrac", "sqrt", "cdot", "times", "div", "pm", "le", "ge", "leq", "geq", "lt", "gt", "neq", "in",
    "cup", "cap", "infty", "emptyset", "left", "right", "displaystyle", "arcsin", "arccos", "arctan", "circ",
    "lfloor", "rfloor", "lceil", "rceil",
    "pi", "theta", "alpha", "beta", "gamma", "delta", "lambda", "mu", "phi", "omega",
))  # fmt: skip
_WRITTEN = str.maketrans({
    "π": r"\pi ", "∞": r"\infty ", "×": r"\times ", "·": r"\cdot ", "÷": "/", "≤": r"\le ", "≥": r"\ge ", "≠": r"\neq ",
    "∪": r"\cup ", "∩": r"\cap ", "±": r"\pm ", "∈": r"\in ", "θ": r"\theta ", "$": None,
})  # fmt: skip
_DRESS = (
    (re.compile(r"\\[()\[\]]|\\[,;:!]"), " "),
    (re.compile(r"\*\*"), "^"),
    (re.compile(r"(?<![a-z\\])sqrt\s*\(([^()]*)\)|√\s*\(([^()]*)\)|√\s*(\w+)"), r"\\sqrt{\1\2\3}"),
    (re.compile(rf"(?<![a-z\\])({'|'.join(sorted(_FUNCTIONS))}|pi)(?![a-z])"), r"\\\1 "),
    # Exactly, so that no rounding makes 3.14159265 equal to pi.
    (re.compile(r"(\d+)\.(\d{1,12})(?![\d.])"), lambda m: rf"\frac{{{m[1]}{m[2]}}}{{1{'0' * len(m[2])}}}"),
)
# One way alone to match a text, so that the time does not explode where it fails.
_ALLOWED = re.compile(r"(?:\\[a-z{}%]|[a-z0-9\s+\-*/^_=<>!|.,;(){}\[\]%])+")
_COMMAND = re.compile(r"\\([a-z]+)")
_WORD = re.compile(r"[a-z]{3,}")
# What only a formula holds: a command, a power, a sum or product, an equation, a bracketed list.
_MARK = re.compile(r"\\[a-z{]|\^|=|[<>]|[\w)}]\s*[+*]\s*[\w({]|[(\[][^,]+,[^,]+[)\]]|\d!|^-\s*[a-z]$")
_NUMBER = re.compile(r"(?P<minus>-?) ?(?:(?P<whole>\d+)|\\frac\{(?P<over>\d+)\}\{(?P<tens>10*)\})", re.ASCII)
# Numerals, powers of powers, powers and factorials that would take long to write out; and dates.
_TOO_LARGE = re.compile(
    r"\d{16}|\^\s*(?:\w+|\\[a-z]+|[{(][^{}()]*)\s*\^|\^\s*[{(]?\s*-?\s*\d{4}|[)}]\s*\^\s*[{(]?\s*-?\s*\d{3}"
    r"|\d{3}\s*!|[!)}]\s*!|\^[{(][^{}()]*!|\d\s*/\s*\d+\s*/\s*\d"
)


def formula(text: str) -> str | None:
    """The text (an answer in lower case) as LaTeX when it is mathematics of a size that can be compared, else None."""
    written = text.translate(_WRITTEN)
    if len(written) > LENGTH_LIMIT:
        return None
    for pattern, replacement in _DRESS:
        written = pattern.sub(replacement, written)
    written = " ".join(written.split())
    if not re.search(r"[a-z0-9]", written) or _ALLOWED.fullmatch(written) is None or _TOO_LARGE.search(written):
        return None
    if not set(_COMMAND.findall(written)) <= _COMMANDS or _WORD.search(_COMMAND.sub(" ", written)):
        return None
    return written if _nesting(written) <= NESTING_LIMIT else None


def is_marked(written: str) -> bool:
    """Whether a `formula` is more than a number or a letter."""
    return _MARK.search(written) is not None


def _nesting(text: str) -> int:
    depth = deepest = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    return deepest


@lru_cache(maxsize=4096)
def compare(expected: str, prediction: str) -> Outcome:
    """Compare two formulas (as `formula` gives them); safe to call from any thread or process.

    Returns:
        `timed_out` when the comparison took more than its time: it then counts as different, and the rule says so.

    Raises:
        UserError: math-verify is not installed.
    """
    one, other = _written_out(expected), _written_out(prediction)
    if one is not None and other is not None:  # math-verify says the same in some milliseconds
        return "equivalent" if one == other else "different"
    with _worker.lock:
        return _worker.compare(expected, prediction)


def _written_out(written: str) -> Fraction | None:
    """The value of an integer or a decimal number, as `formula` gives it; None for anything else."""
    match = _NUMBER.fullmatch(written)
    if match is None:
        return None
    value = Fraction(int(match["whole"] or match["over"]), int(match["tens"] or 1))
    return -value if match["minus"] else value


class _Worker:
    """The process that compares; started on first need."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.process: subprocess.Popen[str] | None = None

    def compare(self, expected: str, prediction: str) -> Outcome:
        process = self.process or self._start()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps([expected, prediction]) + "\n")
            process.stdin.flush()
        except OSError:  # it was ended from outside between two comparisons
            self.stop()
            return self.compare(expected, prediction)
        answer = self._answer(process, ANSWER_SECONDS)
        if answer not in ("true", "false"):
            self.stop()
            return "timed_out"
        return "equivalent" if answer == "true" else "different"

    def _start(self) -> subprocess.Popen[str]:
        # -P: the folder of the script stays out of the path, for it has a `numbers` of its own.
        process = subprocess.Popen(  # noqa: S603 - our own script
            [sys.executable, "-P", str(WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ} | {"PYTHONHASHSEED": "0"},
        )
        self.process = process
        if self._answer(process, START_SECONDS) != "ready":
            self.stop()
            raise UserError("math-verify cannot be started; run `python3 -m pip install -r requirements.txt`")
        return process

    def _answer(self, process: subprocess.Popen[str], seconds: float) -> str:
        """The next line, or nothing when the process ended or took too long."""
        assert process.stdout is not None
        waiting = threading.Timer(seconds, process.kill)
        waiting.daemon = True
        waiting.start()
        try:
            return process.stdout.readline().strip()
        finally:
            waiting.cancel()

    def stop(self) -> None:
        """End the process, if there is one, and leave nothing of it behind."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.communicate()


_worker = _Worker()


def _forget_worker() -> None:
    """In a process that was forked off, the worker belongs to the parent."""
    global _worker
    if _worker.process is not None:
        _worker.process.returncode = 0  # not ours to wait for
    _worker = _Worker()


def _stop_worker() -> None:
    _worker.stop()


atexit.register(_stop_worker)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_worker)
