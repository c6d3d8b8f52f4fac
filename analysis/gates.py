"""Gates for continuous integration: the least change of a metric that passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.deltas import COMPARED, LOWER_IS_BETTER
from utils.errors import UserError, quoted

ANY, SIGNIFICANT = "any", "significant"
NAMES = tuple(metric.name for metric in COMPARED)


@dataclass(frozen=True)
class Gate:
    """A metric and the least improvement that passes, -1 to 1; below 0 it is a loss that is borne with."""

    metric: str
    least: float

    def __str__(self) -> str:
        return f"--fail-under {self.metric}={self.least:g}"


def gates_from(texts: Sequence[str]) -> list[Gate]:
    """The gates that `METRIC=DELTA` texts name.

    Raises:
        UserError: no such metric (the message lists those there are), or DELTA is no number from -1 to 1.
    """
    return [_gate(text) for text in texts]


def failures(gate: Gate, rows: Sequence[Mapping[str, Any]], fail_when: str) -> list[str]:
    """What of the rows of `results/deltas` or `results/changes` does not meet the gate, a line each.

    The improvement is the delta, and where lower is better its negative. It fails below `gate.least`; with
    `fail_when` SIGNIFICANT only if its whole interval lies below and, where a loss is allowed (or none asked for),
    the difference is significant as well. No row of the metric: it cannot be met, which is a line too.
    """
    own = [row for row in rows if row["metric"] == gate.metric]
    if not own:
        return [f"{gate}: nothing was compared on {gate.metric}"]
    return [_failure(gate, row) for row in own if _fails(gate, row, fail_when)]


def _fails(gate: Gate, row: Mapping[str, Any], fail_when: str) -> bool:
    lower = gate.metric in LOWER_IS_BETTER
    improvement, best = (-row["delta"], -row["ci_low"]) if lower else (row["delta"], row["ci_high"])
    if fail_when == ANY:
        return bool(improvement < gate.least)
    return bool(best < gate.least and (gate.least > 0 or row["significant"]))


def _failure(gate: Gate, row: Mapping[str, Any]) -> str:
    better = "; lower is better" if gate.metric in LOWER_IS_BETTER else ""
    return (
        f"{gate}: {row['model']} on {row['benchmark']} against {row['baseline']}: {row['delta']:+.4f} "
        f"({row['baseline_value']:.4f} to {row['value']:.4f}, 95% interval {row['ci_low']:+.4f} to "
        f"{row['ci_high']:+.4f}{better})"
    )


def _gate(text: str) -> Gate:
    metric, equals, number = text.partition("=")
    if metric not in NAMES:
        raise UserError(f"--fail-under {quoted(text)}: no such metric; expected METRIC=DELTA with {', '.join(NAMES)}")
    try:
        least = float(number)
    except ValueError:
        least = 2.0
    if not equals or not -1 <= least <= 1:
        raise UserError(
            f"--fail-under {quoted(text)}: expected METRIC=DELTA with DELTA from -1 to 1, for instance {metric}=-0.02 "
            "for a loss of 2 points"
        )
    return Gate(metric, least)
