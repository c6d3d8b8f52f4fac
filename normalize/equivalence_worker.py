"""Compares formulas with math-verify, in a process of its own that nothing which a model wrote can do harm in.

Run by `normalize.equivalence`, never imported. Reads lines of JSON, `[expected, prediction]`, both in LaTeX; writes for
each a line `true` or `false`. A comparison that takes more than its CPU time ends the process.
"""

import contextlib
import json
import logging
import random
import re
import signal
import sys

CPU_SECONDS = 2.0
MEMORY_BYTES = 2 * 1024**3
RECURSION_LIMIT = 3000

# What a comparison has no business with. Python raises an audit event for each; the first word of its name is enough.
FORBIDDEN = frozenset(
    ("ctypes", "ftplib", "http", "pty", "shutil", "smtplib", "socket", "subprocess", "urllib", "winreg")
)
OWN_CODE = b"def monomial_"  # sympy writes itself functions for its polynomials; no text of ours gets into them
FORBIDDEN_OS = (
    "os.system", "os.exec", "os.spawn", "os.posix_spawn", "os.fork", "os.kill", "os.remove", "os.rename", "os.rmdir",
    "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "os.chown", "os.startfile", "os.putenv",
)  # fmt: skip

# One comparison of each kind.
FIRST = (
    ("(x+1)^2", "x^2+2x+1"), (r"\sqrt{8}", r"2\sqrt{2}"), ("[0,1)", r"\{1,2\}"), ("x=1", "x<1"), ("(1,2)", "(2,1)"),
    (r"\frac{1}{2}", "0.5"), (r"\sin^2 x+\cos^2 x", "1"), (r"(-\infty,1] \cup [2,3)", r"\pm 2"), ("i^2", "e^{2}"),
    (r"\log (100)", r"\tan(\pi/4)"), ("3!", r"50\%"), ("x>2", r"(2,\infty)"), ("2^{x}", "1<x<2"),
)  # fmt: skip
NUMERAL = re.compile(r"\s*\d+(?:\.\d+)?\s*", re.ASCII)

logging.disable(logging.CRITICAL)


def main() -> None:
    """Answer until the input ends."""
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever a library prints is no answer
    limit_memory()
    sys.setrecursionlimit(RECURSION_LIMIT)
    # sympy loads much of itself on first use, and in doing so does what is forbidden afterwards.
    import sympy.physics.units  # noqa: F401

    for pair in FIRST:
        compare(*pair)
    read_numbers_without_eval()
    sys.addaudithook(forbid)
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        expected, prediction = json.loads(line)
        limit_time(CPU_SECONDS)
        same = compare(expected, prediction)
        limit_time(0.0)
        print("true" if same else "false", file=answers, flush=True)


def compare(expected: str, prediction: str) -> bool:
    """Whether two formulas are the same; False when one of them cannot be read."""
    from math_verify import LatexExtractionConfig, parse, verify
    from sympy.core import random as sympy_random
    from sympy.core.cache import clear_cache

    clear_cache()  # no comparison leans on one before it
    random.seed(0)
    sympy_random.seed(0)
    # LaTeX alone: its grammar builds expressions node by node. No time limit by its own signals: this process has one.
    config = [LatexExtractionConfig()]
    read = [
        parse(f"${formula}$", config, fallback_mode="no_fallback", parsing_timeout=None)
        for formula in (expected, prediction)
    ]
    try:
        same = verify(read[0], read[1], timeout_seconds=None, allow_set_relation_comp=True)
        return bool(read[0] and read[1] and same)
    except (Exception, RecursionError):  # noqa: BLE001 - sympy raises whatever it likes on what it cannot compare
        return False


def read_numbers_without_eval() -> None:
    """sympy reads a string by `eval`, and the LaTeX grammar hands it its numerals; let it read numerals and no more."""
    import sympy
    from sympy.parsing import sympy_parser

    def numeral(text: str, *_: object, **__: object) -> object:
        if NUMERAL.fullmatch(text) is None:
            raise ValueError("no numeral")
        return sympy.Float(text) if "." in text else sympy.Integer(int(text))

    sympy_parser.parse_expr = numeral


def limit_time(seconds: float) -> None:
    """End the process after so much CPU time; 0 lifts the limit. Even a single long multiplication is cut short."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)


def limit_memory() -> None:
    """Let the process have no more than `MEMORY_BYTES`, where the platform knows such a limit."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def forbid(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook that lets nothing run code from a string, start a program, or touch the network or a file."""
    if event == "compile":
        source, name = arguments[:2]
        forbidden = not str(name).endswith(".py") and not (isinstance(source, bytes) and source.startswith(OWN_CODE))
    elif event == "open":
        forbidden = isinstance(arguments[1], str) and bool(set(arguments[1]) & set("wxa+"))
    else:
        forbidden = event.partition(".")[0] in FORBIDDEN or event.startswith(FORBIDDEN_OS)
    if forbidden:
        raise PermissionError(event)


if __name__ == "__main__":
    main()
