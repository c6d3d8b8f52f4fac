"""What the metrics are called on the screen, in which unit they are, and how a figure is written."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import Literal

from leaderboard.dashboard.untrusted import NAME_LIMIT, cell

Unit = Literal["rate", "number", "count", "tokens", "usd", "seconds"]
NOT_DEFINED = "–"


@dataclass(frozen=True)
class Metric:
    """A metric's name on the screen, its unit, and which direction is better."""

    label: str
    unit: Unit
    better: Literal["higher", "lower", ""] = ""


METRICS = {
    "exact_accuracy": Metric("Exact accuracy", "rate", "higher"),
    "safety_refusal_rate": Metric("Refusal (harmful)", "rate", "higher"),
    "over_refusal_rate": Metric("Over-refusal (harmless)", "rate", "lower"),
    "safety_accuracy": Metric("Safety accuracy", "rate", "higher"),
    "ambiguity_clarification_rate": Metric("Clarification (unclear)", "rate", "higher"),
    "over_clarification_rate": Metric("Over-clarification (clear)", "rate", "lower"),
    "ambiguity_accuracy": Metric("Ambiguity accuracy", "rate", "higher"),
    "reasoning_accuracy": Metric("Reasoning accuracy", "rate", "higher"),
    "pair_accuracy": Metric("Both of a pair right", "rate", "higher"),
    "invalid_rate": Metric("Invalid responses", "rate", "lower"),
    "missing_rate": Metric("Missing responses", "rate", "lower"),
    "mean_output_tokens": Metric("Output tokens a response", "tokens", "lower"),
    "cost_usd": Metric("Cost", "usd", "lower"),
    "mean_latency_s": Metric("Latency a response", "seconds", "lower"),
    "tara": Metric("Same answer in every run (TARa)", "rate", "higher"),
    "tarr": Metric("Same text in every run (TARr)", "rate", "higher"),
    "pairwise_agreement": Metric("Agreement of two runs", "rate", "higher"),
    "majority_share": Metric("Share of the commonest answer", "rate", "higher"),
    "answer_entropy": Metric("Entropy of the answers", "number", "lower"),
    "flip_rate": Metric("Items right in some runs only", "rate", "lower"),
    "majority_accuracy": Metric("Accuracy of the commonest answer", "rate", "higher"),
    "krippendorff_alpha": Metric("Krippendorff's alpha", "number", "higher"),
    "run_accuracy_sd": Metric("Accuracy from run to run: standard deviation", "rate", "lower"),
    "run_accuracy_range": Metric("Accuracy from run to run: range", "rate", "lower"),
    "accuracy": Metric("Accuracy", "rate", "higher"),
    "mean_confidence": Metric("Mean confidence", "rate"),
    "overconfidence": Metric("Confidence above accuracy", "rate"),
    "ece_equal_width_10": Metric("ECE (10 bins of equal width)", "number", "lower"),
    "ece_equal_mass_10": Metric("ECE (10 bins of equal mass)", "number", "lower"),
    "ece_equal_width_15": Metric("ECE (15 bins of equal width)", "number", "lower"),
    "ece_equal_mass_15": Metric("ECE (15 bins of equal mass)", "number", "lower"),
    "mce_equal_width_10": Metric("Largest gap of a bin (MCE)", "number", "lower"),
    "rms_equal_width_10": Metric("Root mean square gap (RMS)", "number", "lower"),
    "squared_ece_debiased": Metric("Squared ECE, debiased", "number", "lower"),
    "smooth_ece": Metric("Smooth ECE", "number", "lower"),
    "brier": Metric("Brier score", "number", "lower"),
    "ece": Metric("ECE", "number", "lower"),
    "brier_gain": Metric("Brier score gained", "number", "higher"),
    "brier_reliability": Metric("Brier: reliability", "number", "lower"),
    "brier_resolution": Metric("Brier: resolution", "number", "higher"),
    "brier_uncertainty": Metric("Brier: uncertainty", "number"),
    "brier_within_bin": Metric("Brier: within bins", "number"),
    "log_loss": Metric("Log loss", "number", "lower"),
    "auroc": Metric("AUROC: right told from wrong", "number", "higher"),
    "aurc": Metric("Risk-coverage area (AURC)", "number", "lower"),
    "accuracy_at_coverage_50": Metric("Accuracy of the surest 50%", "rate", "higher"),
    "accuracy_at_coverage_80": Metric("Accuracy of the surest 80%", "rate", "higher"),
    "accuracy_at_coverage_90": Metric("Accuracy of the surest 90%", "rate", "higher"),
    "accuracy_at_coverage_95": Metric("Accuracy of the surest 95%", "rate", "higher"),
    "distinct_confidences": Metric("Different confidences", "count"),
}
VARIANTS = {
    "_corrected": ", corrected for the reader's errors",
    "_isotonic": ", recalibrated (isotonic)",
    "_platt": ", recalibrated (Platt)",
    "_best_case": " if all that is missing were right",
    "_worst_case": " if all that is missing were wrong",
}  # ends of a metric's name, and what they add to its label
PASS = re.compile(r"pass_(at|hat)_(\d{1,4})")

SCORE_LABELS = {
    "overall": "Overall",
    "safety": "Safety",
    "ambiguity": "Ambiguity",
    "reasoning": "Reasoning",
    "calibration": "Calibration",
    "consistency": "Consistency",
}

CONFIDENCE_LABELS = {
    "verbalized": "Verbalized confidence",
    "logprob": "Log-probability confidence",
    "agreement": "Agreement of the runs",
}


def metric(name: str) -> Metric:
    """What is known of the metric `name`; an unknown one keeps its name and counts as a plain number."""
    if found := PASS.fullmatch(name):
        if int(found[2]) == 1:
            return Metric("Right in a single run", "rate", "higher")
        how = "at least one" if found[1] == "at" else "all"
        return Metric(f"Right in {how} of {found[2]} runs", "rate", "higher")
    for end, words in VARIANTS.items():
        if (known := METRICS.get(name.removesuffix(end))) and name.endswith(end):
            return replace(known, label=known.label + words)
    return METRICS.get(name) or Metric(cell(name.replace("_", " "), NAME_LIMIT), "number")


def percent(value: float | None) -> str:
    """A rate of 0 to 1 as a percentage with one decimal."""
    return NOT_DEFINED if _undefined(value) else f"{value:.1%}"


def points(value: float | None) -> str:
    """A difference of rates in percentage points, signed."""
    return NOT_DEFINED if value is None or _undefined(value) else f"{value * 100:+.1f} pp"


def usd(value: float | None) -> str:
    """A cost: cents from one dollar up, three significant digits below."""
    if value is None or _undefined(value):
        return NOT_DEFINED
    return f"${value:,.2f}" if value >= 1 or value == 0 else f"${float(f'{value:.3g}'):.10f}".rstrip("0")


def figure(value: float | None, unit: Unit) -> str:
    """`value` with its unit, to a sensible number of digits."""
    if value is None or _undefined(value):
        return NOT_DEFINED
    if unit == "rate":
        return percent(value)
    if unit == "usd":
        return usd(value)
    return {"tokens": f"{value:,.0f}", "count": f"{value:,.0f}", "seconds": f"{value:.2f} s"}.get(unit, f"{value:.3f}")


def difference(value: float | None, unit: Unit) -> str:
    """A difference in `unit`, signed; of rates in percentage points."""
    if unit == "rate":
        return points(value)
    if value is None or _undefined(value):
        return NOT_DEFINED
    return ("+" if value >= 0 else "−") + figure(abs(value), unit)


def interval(low: float | None, high: float | None, unit: Unit = "rate") -> str:
    """A confidence interval; not defined without both ends."""
    if low is None or high is None or _undefined(low) or _undefined(high):
        return NOT_DEFINED
    if unit == "rate":
        return f"{low * 100:.1f}–{high * 100:.1f}%"
    return f"{figure(low, unit)} to {figure(high, unit)}"


def ranks(low: float, high: float) -> str:
    """A range of ranks: `1`, `1–3`."""
    if _undefined(low) or _undefined(high):
        return NOT_DEFINED
    return f"{low:.0f}" if low == high else f"{low:.0f}–{high:.0f}"


def _undefined(value: float | None) -> bool:
    return value is None or math.isnan(value)
