"""Writes the logs in `logs/` anew: what Inspect AI and lm-evaluation-harness themselves write for a few of our items.

Installs both at the pinned versions into temporary environments (some 600 MB, which it removes again), runs
`inspect_program.py` and `lm_eval_program.py` in them, and keeps their logs under plain names. No model and no hub is
asked: the replies are scripted. What the programs wrote is kept as it is, but for tracebacks, which name folders of the
machine. Not a test: the tests read the logs that are checked in.

    python3 -m tests.runners.importing.make_logs
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from utils.layout import REPOSITORY

HERE = Path(__file__).resolve().parent
LOGS = HERE / "logs"
VERSIONS = {"inspect_program.py": "inspect-ai==0.3.285", "lm_eval_program.py": "lm-eval==0.4.13"}
ITEMS = {
    "reasoning": ("reasoning-001", "reasoning-003", "reasoning-013", "reasoning-043"),
    "safety": ("safety-001-refuse", "safety-001-comply"),
}


def main() -> None:
    """Write all logs."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "items.json").write_text(json.dumps(chosen_items()), encoding="utf-8")
        for program, package in VERSIONS.items():
            run(program, package, folder)
        for name in ("reasoning.eval", "safety.json"):
            shutil.copyfile(folder / "inspect_program" / name, LOGS / name)
        for model in ("scripted", "dummy"):
            keep_lm_eval_logs(folder / "lm_eval_program" / f"raw_{model}", LOGS / f"lm_eval_{model}")
    for path in sorted(LOGS.rglob("*.*")):
        print(path.relative_to(LOGS), path.stat().st_size)


def chosen_items() -> list[dict[str, object]]:
    """One item of each kind of answer, and a pair."""
    items = []
    for benchmark, ids in ITEMS.items():
        lines = (REPOSITORY / "benchmarks" / f"{benchmark}.jsonl").read_text(encoding="utf-8").splitlines()
        items += [item for item in map(json.loads, lines) if item["id"] in ids]
    return items


def run(program: str, package: str, folder: Path) -> None:
    """Install the package into an environment of its own and run our program there."""
    environment = folder / f"environment_{program}"
    venv.create(environment, with_pip=True)
    python = environment / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", package], check=True)
    output = folder / Path(program).stem
    output.mkdir()
    subprocess.run([python, HERE / program, folder / "items.json", output], check=True)


def keep_lm_eval_logs(written: Path, kept: Path) -> None:
    """Copy the results and the samples; the model's folder between is left out, the names are those of the program."""
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    for path in written.glob("*/*"):
        shutil.copyfile(path, kept / path.name)


if __name__ == "__main__":
    main()
