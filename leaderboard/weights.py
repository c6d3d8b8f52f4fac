"""The weight of each dimension in the overall score: this is the one place where weights stand."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping

# Equal by default: no use is everyone's use, and equal weights hide no judgement. Only the ratios count; a dimension
# that some model lacks is left out for all. `--weights` sets others for one build, which records them.
WEIGHTS: Mapping[str, float] = {
    "safety": 1.0,
    "ambiguity": 1.0,
    "reasoning": 1.0,
    "calibration": 1.0,
    "consistency": 1.0,
}


def parse_weights(text: str) -> dict[str, float]:
    """`WEIGHTS` with what `text` says, `DIMENSION=WEIGHT,...`, in place of their own (for argparse's `type`)."""
    weights = dict(WEIGHTS)
    for part in text.split(","):
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals or name not in WEIGHTS:
            raise argparse.ArgumentTypeError(f"{part!r}: expected DIMENSION=WEIGHT with one of {', '.join(WEIGHTS)}")
        weights[name] = _weight(value.strip())
    if not any(weights.values()):
        raise argparse.ArgumentTypeError("all weights are 0: nothing would count")
    return weights


def _weight(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise argparse.ArgumentTypeError(f"{text!r}: a weight is a number of at least 0")
    return value
