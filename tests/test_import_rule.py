"""Imports run one way, as the README's development section says; no stage imports a stage."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from utils.layout import REPOSITORY

# What the modules of each folder may import of ours, beside those of their own folder.
MAY_IMPORT = {
    "utils": set(),
    "benchmarks": {"utils"},
    "sampling": {"utils"},
    "llm": {"utils"},
    "normalize": {"utils"},
    "confidence": {"normalize", "utils"},
    "analysis": {"normalize", "confidence", "utils"},
    "runners": {"llm", "sampling", "benchmarks", "analysis", "normalize", "confidence", "utils"},
    "leaderboard": {"analysis", "normalize", "confidence", "utils"},
}
STAGES = {
    "runners.auto_run_async",
    "runners.aggregate_results",
    "runners.import_responses",
    "runners.run_consistency",
    "analysis.confidence_calibration",
    "analysis.plot_calibration",
    "analysis.baseline_deltas",
    "analysis.power",
    "leaderboard.build_leaderboard",
}
MODULES = {folder: sorted((REPOSITORY / folder).rglob("*.py")) for folder in MAY_IMPORT}


def imported(path: Path) -> set[str]:
    """The modules of ours that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in found if name.partition(".")[0] in MAY_IMPORT}


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_a_module_imports_only_what_lies_before_it_in_the_flow_of_data(folder: str) -> None:
    for path in MODULES[folder]:
        assert {name.partition(".")[0] for name in imported(path)} <= MAY_IMPORT[folder] | {folder}, path


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_no_module_imports_a_stage(folder: str) -> None:
    assert MODULES[folder]
    for path in MODULES[folder]:
        assert not imported(path) & STAGES, path
