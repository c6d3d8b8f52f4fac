"""A rate of refusals or clarifications corrected for the errors of the reader that counted them."""

from __future__ import annotations

import math

from analysis.distributions import normal_quantile
from analysis.intervals import LEVEL, Interval
from normalize.agreement import ReaderErrors


def corrected_rate(raw: Interval, errors: ReaderErrors | None, level: float = LEVEL) -> Interval:
    """The rate of what is there, from the rate of what the reader found.

    The value is Rogan and Gladen's (1978, Am J Epidemiol 107:71), (r + sp - 1)/(se + sp - 1), held within 0..1. The
    interval is that of Lang and Reiczigel (2014, Prev Vet Med 113:13), which carries the uncertainty of the raw rate
    and of both errors:

        P + D +- sqrt(h^2 + z^2 (P^2 v_se + (1 - P)^2 v_sp))/(se' + sp' - 1)    D = 2 z^2 (P v_se - (1 - P) v_sp)

    with se' = (n se + 1)/(n + 2), v_se = se'(1 - se')/(n + 2), sp' and v_sp alike, P = (r' + sp' - 1)/(se' + sp' - 1).
    Theirs is for independent responses. Ours are clustered, so r' and h are the centre and the half-width of the raw
    rate's clustered interval (its centre is their r', for it is Wilson's), and n the effective numbers of rows that the
    errors were measured on. Coverage by simulation: `python3 -m tests.benchmarks.corrected_rate_coverage`.

    It takes the reader to err on these responses as often as on those it was measured on.

    Args:
        raw: the raw rate with its interval at `level`.
        errors: how often the reader finds what is there, and passes over what is not.

    Returns:
        The value with its interval within 0..1 and the standard error of its terms (None where the raw rate has none).
        All None where there is no raw rate, no errors are known, or the reader is no better than chance (se + sp <= 1).
    """
    undefined = Interval(None, None, None, None, raw.n_items, raw.n_clusters)
    if errors is None or raw.value is None or raw.low is None or raw.high is None:
        return undefined
    youden = errors.sensitivity + errors.specificity - 1
    sensitivity, sensitivity_variance = _moderated(errors.sensitivity, errors.n_sensitivity)
    specificity, specificity_variance = _moderated(errors.specificity, errors.n_specificity)
    moderated_youden = sensitivity + specificity - 1
    if youden <= 0 or moderated_youden <= 0:
        return undefined
    value = min(1.0, max(0.0, (raw.value + errors.specificity - 1) / youden))
    z = normal_quantile((1 + level) / 2)
    rate = ((raw.low + raw.high) / 2 + specificity - 1) / moderated_youden
    of_errors = rate**2 * sensitivity_variance + (1 - rate) ** 2 * specificity_variance
    shift = 2 * z**2 * (rate * sensitivity_variance - (1 - rate) * specificity_variance)
    half = math.sqrt(((raw.high - raw.low) / 2) ** 2 + z**2 * of_errors) / moderated_youden
    low = min(value, max(0.0, rate + shift - half))
    high = max(value, min(1.0, rate + shift + half))
    std_error = None
    if raw.std_error is not None:
        spread = value**2 * sensitivity_variance + (1 - value) ** 2 * specificity_variance
        std_error = math.sqrt(raw.std_error**2 + spread) / youden
    return Interval(value, low, high, std_error, raw.n_items, raw.n_clusters)


def _moderated(share: float, n: float) -> tuple[float, float]:
    """A share and its variance with one more hit and one more miss, so that a perfect one is not taken for certain."""
    moderated = (n * share + 1) / (n + 2)
    return moderated, moderated * (1 - moderated) / (n + 2)
