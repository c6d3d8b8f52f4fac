"""Fit the weights of the refusal and clarification patterns to labelled outputs.

Reads refusal.jsonl and clarify.jsonl in the folder given; normalize.scorer_card says how well the weights carry over.
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

import numpy as np
from numpy.typing import NDArray

from normalize.clarification import CLARIFY, clarification_hits
from normalize.clarification import TABLE as CLARIFICATION
from normalize.labelled import CLARIFICATIONS, REFUSALS, Row, labelled_rows
from normalize.patterns import FOLDER, Hit, LinearModel
from normalize.refusal import REFUSE, refusal_hits
from normalize.refusal import TABLE as REFUSAL
from normalize.text import CanonicalText, canonical
from utils.atomic import write_text
from utils.cli import run_stage, shown
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
    Table(REFUSAL, REFUSALS, REFUSE, refusal_hits, "partial"),
    Table(CLARIFICATION, CLARIFICATIONS, CLARIFY, clarification_hits, ""),
)


@dataclass(frozen=True)
class Sample:
    """Distinct labelled replies: what fired in each, its label, and what it must not be split from."""

    fired: Floats
    labels: Floats
    weights: Floats
    groups: list[str]
    sources: list[str]


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
        model = fit(sample, np.ones(len(sample.labels), dtype=bool), prior, least_weights(table.name))
        content = {"bias": model.bias, "weights": dict(model.weights)}
        path = FOLDER / f"{table.name}_weights.json"
        write_text(path, json.dumps(content, indent=2) + "\n")
        print(
            f"{table.name}: fitted to {int((sample.weights > 0).sum())} distinct replies; weights are in {shown(path)}"
        )
    print(f"Next: python3 -m normalize.scorer_card {folder} --write")
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


def held_out(rows: list[Row], table: Table) -> tuple[list[bool], list[bool]]:
    """What each row's reply is read as by weights that were fitted to others.

    Returns:
        For each row, whether it is read as `table.positive`: by weights fitted without the tenth of the prompts to
        which its prompt belongs, and by weights fitted without its source and model. Identical replies are one.
    """
    names = prior_model(table.name)
    sample = _sample(rows, table, list(names.weights))
    by_prompt = _by_others(sample, table, [sum(map(ord, group)) % FOLDS for group in sample.groups])
    sources = sorted(set(sample.sources))
    by_source = _by_others(sample, table, [sources.index(source) for source in sample.sources])
    place = {reply: index for index, reply in enumerate(dict.fromkeys(row["response"] for row in rows))}
    places = [place[row["response"]] for row in rows]
    return [bool(by_prompt[index]) for index in places], [bool(by_source[index]) for index in places]


def _by_others(sample: Sample, table: Table, folds: list[int]) -> NDArray[np.bool_]:
    """For each reply, whether a model reads it as positive that was fitted to the other folds."""
    prior, least = prior_model(table.name), least_weights(table.name)
    said = np.zeros(len(sample.labels), dtype=bool)
    fold_of = np.array(folds)
    for fold in sorted(set(folds)):
        rest = fold_of != fold
        model = fit(sample, rest, prior, least)
        weights = np.array(list(model.weights.values()))
        said[~rest] = model.bias + (sample.fired[~rest] * weights).sum(axis=1) > 0
    return said


def _sample(rows: list[Row], table: Table, names: list[str]) -> Sample:
    """The distinct replies in the order of the rows; identical ones count once, by the label that most of them have.

    Those with no label but the one that is left out weigh nothing.
    """
    by_reply: dict[str, list[Row]] = {}
    for row in rows:
        by_reply.setdefault(row["response"], []).append(row)
    fired = np.zeros((len(by_reply), len(names)))
    labels = np.zeros(len(by_reply))
    weights = np.zeros(len(by_reply))
    groups, sources = [], []
    for index, (reply, same) in enumerate(by_reply.items()):
        for hit in table.hits(canonical(reply)):
            fired[index, names.index(hit.name)] = 1.0
        counted = [row for row in same if row["label"] != table.left_out]
        labels[index] = 2 * sum(row["label"] == table.positive for row in counted) > len(counted)
        first = (counted or same)[0]
        source = first["source"].split("_")[0].split("-")[0]
        groups.append(str(first.get("prompt", first.get("request"))))
        sources.append(f"{source} {first.get('model') or ''}".strip())
        weights[index] = SOURCE_WEIGHTS.get(source, 1.0) if counted else 0.0
    return Sample(fired, labels, weights, groups, sources)


if __name__ == "__main__":
    run_stage(main)
