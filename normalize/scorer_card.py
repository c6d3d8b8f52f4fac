"""Measure the readers on labelled real outputs, and what others commonly use on the same rows.

Reads refusal.jsonl, clarify.jsonl, answers_bbh.jsonl and answers_gsm8k.jsonl in the folder given, those that are there;
writes the figures to the screen and, with --write, to normalize/scorer_card.json: never a row of the data.

    python3 -m normalize.scorer_card DATA_DIR --write
    python3 -m normalize.scorer_card --markdown
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from normalize import baselines, card, fit_weights
from normalize.agreement import Figure, agreement, share
from normalize.answers import read_answer
from normalize.card import (
    CROSS_VALIDATED,
    IN_SAMPLE,
    REPORTED,
    SOURCE_LEFT_OUT,
    TRUSTBENCH,
    CardRow,
    agreement_rows,
    figure_row,
)
from normalize.card_text import markdown, screen_lines
from normalize.clarification import read_clarification
from normalize.labelled import BIG_BENCH_HARD, CLARIFICATIONS, FILES, GSM8K, REFUSALS, Row, labelled_rows
from normalize.matching import answers_match
from normalize.refusal import REFUSE, read_refusal
from utils.cli import run_stage, shown
from utils.errors import DONE, UserError

# Suzgun et al. 2022 (arXiv 2210.09261), chain of thought with code-davinci-002, in percent.
PUBLISHED_BBH = {
    "boolean_expressions": 92.8, "date_understanding": 87.2, "formal_fallacies": 50.4, "hyperbaton": 66.4,
    "logical_deduction_three_objects": 87.6, "movie_recommendation": 90.4, "multistep_arithmetic_two": 47.6,
    "navigate": 96.4, "object_counting": 93.2, "penguins_in_a_table": 79.5, "snarks": 59.6, "word_sorting": 40.4,
}  # fmt: skip
BBH_ANSWER_TYPES = {
    "mcq": "choice", "boolean": "boolean", "yesno": "boolean", "number": "number", "word_list": "text",
    "valid_invalid": "text",
}  # fmt: skip
BBH_OPTION = re.compile(r"^\([A-Z]\) (.*)$", re.MULTILINE)

# What the usual methods reach on the rows of all five XSTest models, partial refusals left out: precision, recall and
# kappa, as the collection of labelled outputs reports them. Our rows are those of two of the five.
FIVE_MODELS = "xstest-human, all five models"
REPORTED_ON_FIVE_MODELS = {
    "gcg_ten_phrases": (0.936, 0.710, 0.674),
    "jailbreakbench_twelve_phrases": (0.943, 0.737, 0.704),
    "xstest_authors_list": (0.948, 0.857, 0.818),
    "gpt4_judge": (0.946, 0.763, 0.731),
}
# The same collection on the replies to AlpacaEval instructions: kappa of a list of phrases that ask back.
REPORTED_PHRASE_LIST = 0.487
LABELLERS = {
    "refusal/all": "two people, two LLM judges", "xstest-human": "two people", "stability-2judges": "two LLM judges",
    "clarification/all": "one reader, by construction", "alpaca_eval": "one reader, provisional",
    "CLAMBER": "by construction", "ClariQ": "by construction",
}  # fmt: skip
CLARIFICATION_SOURCES = ("alpaca_eval", "CLAMBER", "ClariQ")
MIXED_LEFT_OUT = ", mixed left out"

Readings = Mapping[tuple[str, str | None], Sequence[bool]]
"""By method and weights, whether each row was read as the positive class."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="python3 -m normalize.scorer_card", description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path, nargs="?", metavar="DATA_DIR", help="folder of the labelled outputs")
    parser.add_argument("--write", action="store_true", help="keep the figures in normalize/scorer_card.json")
    parser.add_argument("--markdown", action="store_true", help="print the kept figures as the README shows them")
    arguments = parser.parse_args(argv)
    if arguments.markdown:
        print(markdown(card.read_card()))
        return DONE
    if arguments.data is None:
        raise UserError("DATA_DIR is missing: give the folder of the labelled outputs, or --markdown")
    rows = measured(arguments.data)
    print("\n".join(screen_lines(rows)))
    if arguments.write:
        card.write_card(rows, sorted({row.normalizer for row in rows}))
        print(f"The figures are kept in {shown(card.CARD)}. Next: python3 -m normalize.scorer_card --markdown")
    return DONE


def measured(folder: Path) -> list[CardRow]:
    """The figures of the labelled files that are in the folder.

    Raises:
        UserError: none is.
    """
    measures: dict[str, Callable[[list[Row]], list[CardRow]]] = {
        REFUSALS: refusal_rows, CLARIFICATIONS: clarification_rows, BIG_BENCH_HARD: bbh_rows, GSM8K: gsm8k_rows,
    }  # fmt: skip
    found = [name for name in FILES if (folder / name).is_file()]
    if not found:
        raise UserError(f"{folder}: holds none of {', '.join(FILES)}")
    return [row for name in found for row in measures[name](labelled_rows(folder / name))]


def refusal_rows(rows: list[Row]) -> list[CardRow]:
    """Agreement on refusals by source, partial refusals left out, and each model's rate beside people's."""
    table = fit_weights.TABLES[0]
    readings: dict[tuple[str, str | None], Sequence[bool]] = {
        **_ours(rows, table, lambda reply: read_refusal(reply).prediction),
        ("gcg_ten_phrases", None): [baselines.has_one_of_ten_phrases(row["response"]) for row in rows],
        ("jailbreakbench_twelve_phrases", None): [baselines.has_one_of_twelve_phrases(row["response"]) for row in rows],
    }
    clear = [index for index, row in enumerate(rows) if row["label"] != table.left_out]
    found = []
    for source in ("all", *sorted({row["source"] for row in rows})):
        chosen = [index for index in clear if source in ("all", rows[index]["source"])]
        found += _agreements(card.REFUSAL, source, rows, chosen, readings, table.positive)
    for method, figures in REPORTED_ON_FIVE_MODELS.items():
        for metric, value in zip(("precision", "recall", "kappa"), figures, strict=True):
            figure = Figure(value, interval=REPORTED)
            named = {"normalizer": card.REFUSAL, "source": FIVE_MODELS, "labels": "two people", "method": method}
            found.append(figure_row(figure, **named, weights=None, n=None, n_groups=None, metric=metric))
    return found + _model_rates(rows, readings[TRUSTBENCH, CROSS_VALIDATED])


def clarification_rows(rows: list[Row]) -> list[CardRow]:
    """Agreement on clarification by source, `mixed` (answers and asks) counted as answers, and left out."""
    table = fit_weights.TABLES[1]
    readings: dict[tuple[str, str | None], Sequence[bool]] = {
        **_ours(rows, table, lambda reply: read_clarification(reply).prediction),
        ("any_question_mark", None): [baselines.has_question_mark(row["response"]) for row in rows],
        ("ends_with_question_mark", None): [baselines.ends_with_question_mark(row["response"]) for row in rows],
    }
    found = []
    for source in ("all", *(name for name in CLARIFICATION_SOURCES if any(_is_of(row, name) for row in rows))):
        for suffix, left_out in (("", ()), (MIXED_LEFT_OUT, ("mixed",))):
            chosen = [i for i, row in enumerate(rows) if _is_of(row, source) and row["label"] not in left_out]
            if not left_out or len(chosen) < sum(_is_of(row, source) for row in rows):
                found += _agreements(card.CLARIFICATION, source + suffix, rows, chosen, readings, table.positive)
    named = {"normalizer": card.CLARIFICATION, "source": "alpaca_eval", "labels": LABELLERS["alpaca_eval"]}
    named |= {"method": "phrase_list", "metric": "kappa"}
    figure = Figure(REPORTED_PHRASE_LIST, interval=REPORTED)
    return [*found, figure_row(figure, **named, weights=None, n=None, n_groups=None)]


def bbh_rows(rows: list[Row]) -> list[CardRow]:
    """Accuracy by task beside the published one; no label says which single answers are right."""
    found = []
    for task, published in PUBLISHED_BBH.items():
        group = [row for row in rows if row["task"] == task]
        if not group:
            continue
        methods = {
            TRUSTBENCH: [_bbh_correct(row) for row in group],
            "lm_eval_answer_is": [baselines.behind_the_answer_is(r["response"]).strip() == r["gold"] for r in group],
        }
        named = {"normalizer": card.ANSWERS, "source": f"big-bench-hard/{task}", "labels": "published accuracy"}
        for method, right in methods.items():
            found.append(_share_row("accuracy", right, **named, method=method, weights=None))
        figure = Figure(published / 100, interval=REPORTED)
        named |= {"method": "suzgun_2022", "metric": "accuracy"}
        found.append(figure_row(figure, **named, weights=None, n=len(group), n_groups=None))
    return found


def gsm8k_rows(rows: list[Row]) -> list[CardRow]:
    """How often the verdict on an answer is the published one."""
    methods: dict[str, Callable[[str], str]] = {
        "lm_eval_flexible_extract": baselines.last_number,
        "lm_eval_strict_match": baselines.marked_number,
    }
    verdicts = {TRUSTBENCH: [_gsm8k_correct(row) for row in rows]}
    verdicts |= {name: [read(row["response"]) == row["gold"] for row in rows] for name, read in methods.items()}
    found = []
    for method, right in verdicts.items():
        named = {"normalizer": card.ANSWERS, "source": "gsm8k", "labels": "published verdict", "method": method}
        same = [verdict == row["is_correct"] for verdict, row in zip(right, rows, strict=True)]
        found.append(_share_row("agreement", same, **named, weights=None))
    return found


def _ours(
    rows: list[Row], table: fit_weights.Table, read: Callable[[str], str]
) -> dict[tuple[str, str | None], Sequence[bool]]:
    by_prompt, by_source = fit_weights.held_out(rows, table)
    as_shipped = [read(row["response"]) == table.positive for row in rows]
    return {
        (TRUSTBENCH, CROSS_VALIDATED): by_prompt,
        (TRUSTBENCH, SOURCE_LEFT_OUT): by_source,
        (TRUSTBENCH, IN_SAMPLE): as_shipped,
    }


def _agreements(
    normalizer: str, source: str, rows: list[Row], chosen: list[int], readings: Readings, positive: str
) -> list[CardRow]:
    labelled = [rows[index]["label"] == positive for index in chosen]
    groups = [rows[index]["response"] for index in chosen]
    plain = source.removesuffix(MIXED_LEFT_OUT)
    labels = LABELLERS.get(f"{normalizer}/all" if plain == "all" else plain, "as the data says")
    found = []
    for (method, weights), said in readings.items():
        figures = agreement([said[index] for index in chosen], labelled, groups)
        found += agreement_rows(
            figures, normalizer=normalizer, source=source, labels=labels, method=method, weights=weights
        )
    return found


def _model_rates(rows: list[Row], said: Sequence[bool]) -> list[CardRow]:
    """Each model's refusal rate on all rows that people labelled, theirs, and the share that they call partial."""
    found = []
    human = [index for index, row in enumerate(rows) if row["source"] == "xstest-human"]
    for model in sorted({rows[index]["model"] for index in human}):
        own = [index for index in human if rows[index]["model"] == model]
        named = {"normalizer": card.REFUSAL, "source": f"xstest-human/{model}", "labels": "two people"}
        groups = [rows[index]["response"] for index in own]
        read = [said[index] for index in own]
        ours = {**named, "method": TRUSTBENCH, "weights": CROSS_VALIDATED}
        found.append(_share_row("refusal_rate", read, groups, **ours))
        for metric, label in (("refusal_rate", REFUSE), ("partial_share", "partial")):
            called = [rows[index]["label"] == label for index in own]
            found.append(_share_row(metric, called, groups, **named, method="people", weights=None))
    return found


def _share_row(metric: str, hits: Sequence[bool], groups: Sequence[str] | None = None, **named: Any) -> CardRow:
    codes = np.arange(len(hits)) if groups is None else np.unique(np.array(groups), return_inverse=True)[1]
    figure = share(np.array(hits, dtype=bool), codes).figure
    return figure_row(figure, **named, n=len(hits), n_groups=len(set(codes.tolist())), metric=metric)


def _is_of(row: Row, source: str) -> bool:
    return source == "all" or str(row["source"]).startswith(source)


def _bbh_correct(row: Row) -> bool:
    answer_type = BBH_ANSWER_TYPES[row["answer_type"]]
    choices = tuple(BBH_OPTION.findall(row["question"])) if answer_type == "choice" else ()
    reading = read_answer(row["response"], answer_type, choices)
    return answers_match(reading.prediction, row["gold"], answer_type, (), choices)


def _gsm8k_correct(row: Row) -> bool:
    return answers_match(read_answer(row["response"], "number").prediction, row["gold"], "number")


if __name__ == "__main__":
    run_stage(main)
