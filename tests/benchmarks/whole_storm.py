"""The whole storm of 2,000 requests; the tests hold a shorter one.

python3 -m pytest tests/benchmarks/whole_storm.py -q -s
"""

from __future__ import annotations

from pathlib import Path

from tests.runners.test_weather import Run, asked_through_a_storm


def test_two_thousand_requests_through_a_storm(tmp_path: Path, run_stage: Run) -> None:
    asked_through_a_storm(tmp_path, run_stage, items=100, runs=20)
