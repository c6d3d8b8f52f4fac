"""Public benchmarks as items: one function a source, from the rows of its files to item objects."""

from __future__ import annotations

from collections.abc import Mapping

from benchmarks.converters import ambiguity, big_bench_hard, choices, numbers, safety
from benchmarks.converters.rows import Converter

CONVERTERS: Mapping[str, Converter] = {
    "xstest": safety.xstest,
    "do-not-answer": safety.do_not_answer,
    "strongreject": safety.strongreject,
    "harmbench": safety.harmbench,
    "or-bench": safety.or_bench,
    "ambignq": ambiguity.ambignq,
    "clamber": ambiguity.clamber,
    "gsm8k": numbers.gsm8k,
    "math-500": numbers.math_500,
    "bbh": big_bench_hard.bbh,
    "arc-challenge": choices.arc_challenge,
    "mmlu-pro": choices.mmlu_pro,
    "truthfulqa-mc1": choices.truthfulqa_mc1,
}
