"""Fuzz one target in this process, or try it on given inputs, which takes no atheris.

Reads the target's corpus, adds to it what reached new code, and keeps each input that failed and the slowest one.

    python3 -m tests.fuzzing.one_target answers --seconds 60
    python3 -m tests.fuzzing.one_target answers .fuzzing/answers/crashes/FILE
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import sys
import traceback
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[2] / ".fuzzing"
OURS = ["analysis", "benchmarks", "confidence", "leaderboard", "llm", "normalize", "runners", "utils"]
SECONDS_LIMIT = 30  # of one input; libFuzzer ends the process then, and keeps the input
MEMORY_LIMIT = 2500  # MiB that a process uses; what it only asks for, as Arrow does for a damaged length, costs nothing
ASKED_LIMIT = 1 << 30


def main() -> int:
    """Run the command; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.fuzzing.one_target", description=__doc__.split("\n")[0])
    parser.add_argument("target", help="its name")
    parser.add_argument("inputs", type=Path, nargs="*", help="files to try instead of fuzzing")
    parser.add_argument("--seconds", type=int, default=60, help="how long to fuzz (default: %(default)s)")
    arguments = parser.parse_args()
    if arguments.inputs:
        return try_inputs(arguments.target, arguments.inputs)
    fuzz(arguments.target, arguments.seconds)
    return 0


def try_inputs(name: str, paths: list[Path]) -> int:
    """Print for each input how it went; 1 when any of them failed."""
    from tests.fuzzing.all_targets import TARGETS
    from tests.fuzzing.target import seconds_of

    failed = 0
    for path in paths:
        try:
            print(f"{path}: {1000 * seconds_of(TARGETS[name], path.read_bytes()):.1f} ms")
        except Exception:  # noqa: BLE001  # whatever left the target is what is looked for
            failed = 1
            print(f"{path}: failed\n{traceback.format_exc()}")
    return failed


def fuzz(name: str, seconds: int) -> None:
    """Fuzz the target; does not return, for libFuzzer ends the process."""
    import atheris

    with atheris.instrument_imports(include=OURS):
        from tests.fuzzing.all_targets import TARGETS
    from tests.fuzzing.json_changes import changed
    from tests.fuzzing.target import Target, seconds_of

    target: Target = TARGETS[name]
    folder = FOLDER / name
    corpus, seeds, crashes = (folder / part for part in ("corpus", "seeds", "crashes"))
    for path in (corpus, seeds, crashes):
        path.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (seeds / f"{number:04}").write_bytes(seed)
    words = [word.encode("utf-8", "surrogatepass") for word in target.tokens]
    (folder / "words").write_text("".join(f'"{_escaped(word)}"\n' for word in words), encoding="ascii")
    with contextlib.suppress(Exception):  # loads what is loaded once; the seeds come again
        seconds_of(target, next(iter(target.seeds())))
    slowest = 0.0

    def one_input(data: bytes) -> None:
        nonlocal slowest
        try:
            took = seconds_of(target, data)
        except Exception as error:  # noqa: BLE001  # whatever leaves the target is what is looked for
            _keep(crashes, error, data)
            return
        if took > slowest:
            slowest = took
            (folder / "slowest").write_bytes(data)

    def change(data: bytes, longest: int, seed: int) -> bytes:
        made = changed(data, longest, seed) if seed % 2 else None
        return made or bytes(atheris.Mutate(data, longest))

    more: dict[str, Any] = {"custom_mutator": change} if target.is_json else {}
    atheris.Setup(
        [
            sys.argv[0],
            *(f"-max_total_time={seconds}", f"-max_len={target.longest}", f"-timeout={SECONDS_LIMIT}"),
            *(
                f"-rss_limit_mb={MEMORY_LIMIT}",
                f"-malloc_limit_mb={ASKED_LIMIT}",
                f"-artifact_prefix={crashes}{os.sep}",
                f"-dict={folder / 'words'}",
            ),
            *("-print_final_stats=1", "-verbosity=1", str(corpus), str(seeds)),
        ],
        one_input,
        **more,
    )
    atheris.Fuzz()


def _keep(crashes: Path, error: BaseException, data: bytes) -> None:
    """Keep the shortest input of each place at which something left the target."""
    places = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_file()]
    place = f"{type(error).__name__}-{Path(places[-1].filename).stem}-{places[-1].lineno}" if places else "unknown"
    ours = [frame for frame in places if str(FOLDER.parent) in frame.filename]
    if ours:
        place += f"-{Path(ours[-1].filename).stem}-{ours[-1].lineno}"
    path = crashes / place
    if not path.exists() or path.stat().st_size > len(data):
        new = not path.exists()
        path.write_bytes(data)
        if new:
            print(f"FOUND {place} ({hashlib.sha256(data).hexdigest()[:12]}): {str(error)[:300]!r}", flush=True)


def _escaped(word: bytes) -> str:
    return "".join(chr(b) if 32 <= b < 127 and chr(b) not in '"\\' else f"\\x{b:02X}" for b in word)


if __name__ == "__main__":
    sys.exit(main())
