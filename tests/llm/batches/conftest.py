"""`--batch` in this process, in a folder with a small benchmark and a price for each model."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from llm.model_file import KEY_VARIABLES as VARIABLES
from runners.auto_run_async import main
from tests.llm.batches.cases import MODELS, PRICE, Run
from tests.runners.answering import safety_items, write_lines
from utils.cli import run_stage as run_stage_main

KEY_VARIABLES = tuple(VARIABLES.values())


@pytest.fixture
def run_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], one_authority: None
) -> Run:
    """Run the step in this process, where the SDKs are loaded only once."""

    def run(_: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        for name in (*KEY_VARIABLES, "GOOGLE_SDK"):
            monkeypatch.setenv(name, variables.pop(name, ""))
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            run_stage_main(lambda _: main([*arguments, "--root", str(tmp_path)]))
        told = capfd.readouterr()
        code = ended.value.code
        return subprocess.CompletedProcess(arguments, code if isinstance(code, int) else -1, told.out, told.err)

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_lines(tmp_path / "benchmarks" / "small.jsonl", safety_items(2))
    (tmp_path / "models.toml").write_text("".join(PRICE.format(model=model) for model in MODELS.values()))
    return tmp_path
