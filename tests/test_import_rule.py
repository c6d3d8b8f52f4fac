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
MODULES = [path for folder in MAY_IMPORT for path in sorted((REPOSITORY / folder).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    """The modules of ours that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in found if name.partition(".")[0] in MAY_IMPORT}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_a_module_imports_only_what_lies_before_it_in_the_flow_of_data(path: Path) -> None:
    folder = path.relative_to(REPOSITORY).parts[0]
    assert {name.partition(".")[0] for name in imported(path)} <= MAY_IMPORT[folder] | {folder}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_no_module_imports_a_stage(path: Path) -> None:
    assert not imported(path) & STAGES
