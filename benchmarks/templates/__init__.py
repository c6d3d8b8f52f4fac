"""Templates: questions whose numbers and names are drawn, and whose answers are computed twice."""

from __future__ import annotations

from benchmarks.templates import (
    adversarial,
    algebra,
    arithmetic,
    arrangements,
    causal,
    code_tracing,
    combinatorics,
    dates_and_time,
    logic,
    probability,
    spatial,
    tables,
    units,
)
from benchmarks.templates.question import Template

MODULES = (
    arithmetic,
    algebra,
    probability,
    combinatorics,
    logic,
    arrangements,
    dates_and_time,
    units,
    tables,
    spatial,
    causal,
    code_tracing,
    adversarial,
)
TEMPLATES: tuple[Template, ...] = tuple(made for module in MODULES for made in module.TEMPLATES)
