"""Fit the weights of the refusal and clarification patterns to labelled outputs, and say how well they carry over.

Reads refusal.jsonl and clarify.jsonl in the folder given (see normalize.scorer_card).
Writes normalize/refusal_weights.json and normalize/clarification_weights.json, which hold weights and no text.

    python3 -m normalize.fit_weights DATA_DIR
"""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from normalize.clarification import CLARIFY, clarification_hits
from normalize.clarification import TABLE as CLARIFICATION
from normalize.patterns import FOLDER, Hit, LinearModel
from normalize.refusal import REFUSE, refusal_hits
from normalize.refusal import TABLE as REFUSAL
from normalize.scorer_card import Row, agreement, labelled_rows
from normalize.text import CanonicalText, canonical
from utils.atomic import write_text
from utils.cli import run_stage
from utils.errors import DONE, UserError

FOLDS = 10
# How strongly a weight is held to the one we gave it before seeing data: the precision of a Gaussian around it. Chosen
# among 0.1, 0.3, 1, 3 and 10 by what carries over to a model that was left out of the fit.
PRIOR_PRECISION = 3.0
# Bare questions, positive by construction, are most of the clarification rows; at full weight they would teach that
# any short reply asks. The others count fully.
SOURCE_WEIGHTS = {"CLAMBER": 0.1, "ClariQ": 0.1}

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Table:
    """A table of patterns with what its weights are fitted to."""

    name: str
    file: str
    positive: str
    hits: Callable[[CanonicalText], list[Hit]]
    left_out: str


TABLES = (
    Table(REFUSAL, "refusal.jsonl", REFUSE, refusal_hits, "partial"),
    Table(CLARIFICATION, "clarify.jsonl", CLARIFY, clarification_hits, ""),
)


@dataclass(frozen=True)
class Sample:
    """Distinct labelled replies: what fired in each, its label, and what it must not be split from."""

    fired: Floats
    labels: Floats
    weights: Floats
    groups: list[str]
    sources: list[str]
    counts: list[int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="python3 -m normalize.fit_weights", description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path, metavar="DATA_DIR", help="folder of the labelled outputs")
    folder = parser.parse_args(argv).data
    for table in TABLES:
        path = folder / table.file
        if not path.is_file():
            raise UserError(f"{path}: not there; give the folder of the labelled outputs")
        prior = prior_model(table.name)
        sample = _sample(labelled_rows(path), table, list(prior.weights))
        print(f"{table.name}: {len(sample.labels)} distinct replies of {sum(sample.counts)}")
        for line in _carried_over(sample, prior, least_weights(table.name)):
            print(f"  {line}")
        model = fit(sample, np.ones(len(sample.labels), dtype=bool), prior, least_weights(table.name))
        content = {"bias": model.bias, "weights": dict(model.weights)}
        write_text(FOLDER / f"{table.name}_weights.json", json.dumps(content, indent=2) + "\n")
    return DONE


def prior_model(table: str) -> LinearModel:
    """The weights that the table's rows state before any data."""
    content = tomllib.loads((FOLDER / f"{table}.toml").read_text(encoding="utf-8"))
    weights = {row["name"]: float(row["prior"]) for row in content["pattern"]}
    weights |= {name: float(weight) for name, weight in content["structure"].items()}
    return LinearModel(float(content["bias"]), weights)


def least_weights(table: str) -> dict[str, float]:
    """How near to 0 the weights of the table's rows may come, for the rows that say so."""
    content = tomllib.loads((FOLDER / f"{table}.toml").read_text(encoding="utf-8"))
    return {row["name"]: float(row["least"]) for row in content["pattern"] if "least" in row}


def fit(sample: Sample, chosen: NDArray[np.bool_], prior: LinearModel, least: Mapping[str, float]) -> LinearModel:
    """Logistic regression, each weight drawn to its prior and kept on the prior's side of 0; rounded to two decimals.

    Minimises sum_i v_i log(1 + exp(-y_i (b + w.x_i))) + (p/2) |w - prior|^2 with y in {-1, 1}, v the sample's weights.

    Args:
        chosen: which replies of the sample to fit to.
        least: by name, how near to 0 a weight may come.
    """
    from scipy.optimize import minimize  # needed for fitting only

    start = np.array([prior.bias, *prior.weights.values()])
    rows = np.column_stack([np.ones(int(chosen.sum())), sample.fired[chosen]])
    signs = np.where(sample.labels[chosen] > 0, 1.0, -1.0)
    counted = sample.weights[chosen]

    def loss(weights: Floats) -> tuple[float, Floats]:
        margins = signs * (rows @ weights)
        away = weights - start
        value = (counted * np.logaddexp(0.0, -margins)).sum() + PRIOR_PRECISION / 2 * (away**2).sum()
        slope = -counted * signs / (1.0 + np.exp(np.clip(margins, -500, 500)))
        return float(value), rows.T @ slope + PRIOR_PRECISION * away

    bounds: list[tuple[float | None, float | None]] = [(None, None)]
    for name, weight in prior.weights.items():
        bounds.append((least.get(name, 0.0), None) if weight > 0 else (None, -least.get(name, 0.0)))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    rounded = [round(float(weight), 2) + 0.0 for weight in found]
    return LinearModel(rounded[0], dict(zip(prior.weights, rounded[1:], strict=True)))


def _sample(rows: list[Row], table: Table, names: list[str]) -> Sample:
    """The distinct replies; identical ones count once, by the label that most of them have."""
    by_reply: dict[str, list[Row]] = {}
    for row in rows:
        if row["label"] != table.left_out:
            by_reply.setdefault(row["response"], []).append(row)
    fired = np.zeros((len(by_reply), len(names)))
    labels = np.zeros(len(by_reply))
    for index, (reply, same) in enumerate(by_reply.items()):
        for hit in table.hits(canonical(reply)):
            fired[index, names.index(hit.name)] = 1.0
        labels[index] = 2 * sum(row["label"] == table.positive for row in same) > len(same)
    firsts = [same[0] for same in by_reply.values()]
    groups = [str(row.get("prompt", row.get("request"))) for row in firsts]
    sources = [f"{row['source'].split('_')[0].split('-')[0]} {row['model'] or ''}".strip() for row in firsts]
    weights = np.array([SOURCE_WEIGHTS.get(source.split()[0], 1.0) for source in sources])
    return Sample(fired, labels, weights, groups, sources, [len(same) for same in by_reply.values()])


def _carried_over(sample: Sample, prior: LinearModel, least: Mapping[str, float]) -> list[str]:
    """Agreement on replies that the weights were not fitted to."""
    by_prompt = _held_out(sample, prior, least, [sum(map(ord, group)) % FOLDS for group in sample.groups])
    lines = [_told(f"{FOLDS}-fold, split by prompt", sample, by_prompt, range(len(sample.labels)))]
    sources = sorted(set(sample.sources))
    shown = [source for source in sources if sample.sources.count(source) >= 100]
    by_source = _held_out(sample, prior, least, [sources.index(source) for source in sample.sources])
    families = sorted({source.split()[0] for source in sources})
    for family in families:
        members = [index for index, name in enumerate(sample.sources) if name.split()[0] == family]
        lines.append(_told(f"{FOLDS}-fold, {family}", sample, by_prompt, members))
    for source in shown:
        members = [index for index, name in enumerate(sample.sources) if name == source]
        lines.append(_told(f"10-fold, {source}", sample, by_prompt, members))
        lines.append(_told(f"fitted without {source}", sample, by_source, members))
    untouched = _totals(sample, prior) > 0
    return [*lines, _told("prior weights, nothing fitted", sample, untouched, range(len(sample.labels)))]


def _held_out(sample: Sample, prior: LinearModel, least: Mapping[str, float], folds: list[int]) -> NDArray[np.bool_]:
    """For each reply, what a model says that was fitted to the other folds."""
    said = np.zeros(len(sample.labels), dtype=bool)
    fold_of = np.array(folds)
    for fold in sorted(set(folds)):
        rest = fold_of != fold
        model = fit(sample, rest, prior, least)
        said[~rest] = _totals(sample, model)[~rest] > 0
    return said


def _totals(sample: Sample, model: LinearModel) -> Any:
    return model.bias + sample.fired @ np.array(list(model.weights.values()))


def _told(name: str, sample: Sample, said: NDArray[np.bool_], members: Sequence[int]) -> str:
    """One line; every reply counts as often as it occurs."""
    repeated = [index for index in members for _ in range(sample.counts[index])]
    found = agreement([bool(said[index]) for index in repeated], [bool(sample.labels[index]) for index in repeated])
    kappa = "n/a" if found.kappa is None else f"{found.kappa:.3f}"
    return f"{name:48} n {found.n:5}  kappa {kappa}"


if __name__ == "__main__":
    run_stage(main)
