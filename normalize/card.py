"""The scorer card: how well each reader agrees with labels, as measured; the figures alone, never a row of the data.

`normalize/scorer_card.json` holds them. `normalize.scorer_card` and `confidence.scorer_card` write it, step 2 copies it
to `results/scorer_card.*` and corrects rates by it.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from normalize.agreement import Agreement, Figure, ReaderErrors
from normalize.answers import read_answer
from normalize.clarification import read_clarification
from normalize.patterns import FOLDER, load_patterns
from normalize.refusal import read_refusal
from utils import atomic
from utils.errors import InputError
from utils.hashing import sha256_json
from utils.tables import rounded

CARD = FOLDER / "scorer_card.json"
MEASURE = "python3 -m normalize.scorer_card DATA_DIR --write"

REFUSAL, CLARIFICATION, ANSWERS, CONFIDENCE = "refusal", "clarification", "answers", "stated_confidence"
TRUSTBENCH = "trustbench"
# How the weights came about that a figure rests on.
CROSS_VALIDATED, IN_SAMPLE, SOURCE_LEFT_OUT = "cross_validated", "in_sample", "source_left_out"
REPORTED = "reported"  # the way of the interval of a figure that others published, without one

# The rows whose sensitivity and specificity correct the rates: for refusals those that people labelled, for
# clarifications all, because too few real replies among them ask back.
CORRECTED_BY = {REFUSAL: "xstest-human", CLARIFICATION: "all"}

# Replies of our own whose readings, with those of the examples in the tables of patterns, tell a changed reader.
ANSWER_PROBES = (
    ("So 12 apples.\nAnswer: 1,234.50", "number"), ("The total is $3.5 million.", "number"),
    ("\\boxed{\\frac{3}{4}}", "number"),
    ("It is 12, no wait, 13.", "number"), ("Half of it, so 50%.", "number"), ("Either 3 or 4.", "number"),
    ("Yes, that follows.", "boolean"), ("The answer is (B).", "choice"), ("**C**", "choice"), ("A or B", "choice"),
    ("Therefore it is the Eiffel Tower.", "text"), ("**Answer:** Marie Curie", "text"), ("", "text"),
)  # fmt: skip


@dataclass(frozen=True)
class CardRow:
    """One figure of the card.

    Attributes:
        normalizer: `refusal`, `clarification`, `answers` or `stated_confidence`.
        source: the rows it was measured on; `all`, a source's name, or `SOURCE/MODEL`.
        labels: who labelled them.
        method: `trustbench` or the alternative that was measured on the same rows.
        weights: how ours were fitted: `cross_validated`, `in_sample`, `source_left_out`; None where nothing is fitted.
        n: the rows; None where another's report does not tell.
        n_groups: the distinct replies among them, which were drawn together.
        metric, value, ci_low, ci_high: the figure with its 95% interval.
        interval: how that was made: `clustered_wilson`, `cluster_bootstrap`; `reported` for another's figure.
    """

    normalizer: str
    source: str
    labels: str
    method: str
    weights: str | None
    n: int | None
    n_groups: int | None
    metric: str
    value: float | None
    ci_low: float | None = None
    ci_high: float | None = None
    interval: str | None = None


CARD_COLUMNS = (*(field.name for field in fields(CardRow)), "current")


@dataclass(frozen=True)
class Card:
    """All figures, and by normalizer the fingerprint of the reader that they were measured with."""

    fingerprints: Mapping[str, str]
    rows: tuple[CardRow, ...]

    def stale(self) -> list[str]:
        """The normalizers that read otherwise now than when they were measured."""
        return [
            name for name in FINGERPRINTED if name in self.fingerprints and self.fingerprints[name] != fingerprint(name)
        ]

    def table(self) -> list[dict[str, Any]]:
        """The rows of `results/scorer_card`; `current` is None where no fingerprint is kept."""
        stale = set(self.stale())
        return [
            {**asdict(row), "current": row.normalizer not in stale if row.normalizer in self.fingerprints else None}
            for row in self.rows
        ]


def reader_errors(card: Card, normalizer: str) -> ReaderErrors | None:
    """The cross-validated errors of a reader on the rows that `CORRECTED_BY` names; None when they are not measured."""
    found = {
        row.metric: row.value
        for row in card.rows
        if (row.normalizer, row.source, row.method, row.weights)
        == (normalizer, CORRECTED_BY[normalizer], TRUSTBENCH, CROSS_VALIDATED)
    }
    values = [found.get(name) for name in ("recall", "specificity", "recall_effective_n", "specificity_effective_n")]
    sensitivity, specificity, n_sensitivity, n_specificity = values
    if sensitivity is None or specificity is None or not n_sensitivity or not n_specificity:
        return None
    return ReaderErrors(sensitivity, specificity, n_sensitivity, n_specificity)


def agreement_rows(found: Agreement, **named: Any) -> list[CardRow]:
    """The rows of one agreement; `named` are the first columns but for n and n_groups."""

    def row(metric: str, figure: Figure) -> CardRow:
        return figure_row(figure, **named, n=found.n, n_groups=found.n_groups, metric=metric)

    counts = {"tp": found.tp, "fp": found.fp, "fn": found.fn, "tn": found.tn}
    shares = {"precision": found.precision, "recall": found.recall, "specificity": found.specificity}
    return [
        *(row(name, Figure(count)) for name, count in counts.items()),
        *(row(name, share.figure) for name, share in shares.items()),
        row("f1", found.f1),
        row("kappa", found.kappa),
        row("recall_effective_n", Figure(found.recall.effective)),
        row("specificity_effective_n", Figure(found.specificity.effective)),
    ]


def figure_row(figure: Figure, **named: Any) -> CardRow:
    """The row of one figure; `named` are the columns before it."""
    value, low, high = rounded(figure.value), rounded(figure.low), rounded(figure.high)
    return CardRow(**named, value=value, ci_low=low, ci_high=high, interval=figure.interval)


def read_card(path: Path = CARD) -> Card:
    """The card as it was measured last.

    Raises:
        InputError: the file is missing or damaged.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Card(content["fingerprints"], tuple(CardRow(**row) for row in content["rows"]))
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(path, "is not there or no scorer card", hint=f"run `{MEASURE}` to measure again") from None


def write_card(rows: Sequence[CardRow], normalizers: Sequence[str], path: Path = CARD) -> Card:
    """Put the rows in the place of those of `normalizers`, with the fingerprints of the readers as they are now."""
    kept = read_card(path) if path.exists() else Card({}, ())
    fingerprints = {**kept.fingerprints, **{name: fingerprint(name) for name in normalizers if name in FINGERPRINTED}}
    names = (REFUSAL, CLARIFICATION, ANSWERS, CONFIDENCE)
    others = [row for row in kept.rows if row.normalizer not in normalizers]
    merged = sorted([*others, *rows], key=lambda row: names.index(row.normalizer))
    lines = ",\n".join("  " + json.dumps(asdict(row), ensure_ascii=False, allow_nan=False) for row in merged)
    head = json.dumps({name: fingerprints[name] for name in names if name in fingerprints}, indent=1)
    atomic.write_text(path, f'{{"fingerprints": {head},\n"rows": [\n{lines}\n]}}\n')
    return read_card(path)


def fingerprint(normalizer: str) -> str:
    """SHA-256 of a reader's tables and weights and of its readings of fixed replies.

    Code that reads these as before leaves it as it is; a changed pattern, weight or reading does not.
    """
    return sha256_json(FINGERPRINTED[normalizer]())


def _tables(name: str) -> list[Any]:
    """What a table's patterns look for, and the weights; what only saves time is left out."""
    table = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    patterns = [[row[field] for field in ("name", "side", "zone", "regex")] for row in table["pattern"]]
    weights = json.loads((FOLDER / f"{name}_weights.json").read_text(encoding="utf-8"))
    return [table.get("parts"), patterns, weights]


def _examples() -> list[str]:
    return [pattern.example for table in ("refusal", "clarification") for pattern in load_patterns(table)]


def _refusal_readings() -> list[Any]:
    return [*_tables("refusal"), [read_refusal(example).prediction for example in _examples()]]


def _clarification_readings() -> list[Any]:
    return [*_tables("clarification"), [read_clarification(example).prediction for example in _examples()]]


def _answer_readings() -> list[Any]:
    return [read_answer(reply, kind, ("red", "green", "blue")).prediction for reply, kind in ANSWER_PROBES]


FINGERPRINTED: Mapping[str, Callable[[], list[Any]]] = {
    REFUSAL: _refusal_readings,
    CLARIFICATION: _clarification_readings,
    ANSWERS: _answer_readings,
}
