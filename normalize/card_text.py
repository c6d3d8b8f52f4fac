"""The scorer card for people: lines for the screen, and the tables of the README."""

from __future__ import annotations

from collections.abc import Iterable

from normalize.card import (
    ANSWERS,
    CLARIFICATION,
    CONFIDENCE,
    CROSS_VALIDATED,
    IN_SAMPLE,
    REFUSAL,
    SOURCE_LEFT_OUT,
    TRUSTBENCH,
    Card,
    CardRow,
)

UNDEFINED = "–"
READ_BY = {
    (TRUSTBENCH, CROSS_VALIDATED): "**TrustBench**, cross-validated",
    (TRUSTBENCH, SOURCE_LEFT_OUT): "TrustBench, fitted to other models' replies",
    (TRUSTBENCH, IN_SAMPLE): "TrustBench, as fitted to these rows",
    (TRUSTBENCH, None): "**TrustBench**",
    ("gcg_ten_phrases", None): "ten phrases (GCG)",
    ("jailbreakbench_twelve_phrases", None): "twelve phrases (JailbreakBench)",
    ("xstest_authors_list", None): "the XSTest authors' list",
    ("gpt4_judge", None): "GPT-4 as a judge",
    ("any_question_mark", None): "any question mark",
    ("ends_with_question_mark", None): "a question mark at the end",
    ("phrase_list", None): "a list of phrases, as reported",
    ("lm_eval_answer_is", None): '"the answer is" (lm-evaluation-harness)',
    ("lm_eval_flexible_extract", None): "last number (lm-evaluation-harness)",
    ("lm_eval_strict_match", None): '"####" (lm-evaluation-harness)',
    ("first_number_of_100", None): "first number, of 100",
}
ROWS_OF = {
    (REFUSAL, "xstest-human"): "refusal: XSTest, two models (two people)",
    (REFUSAL, "xstest-human, all five models"): "refusal: XSTest, all five models, as reported",
    (REFUSAL, "stability-2judges"): "refusal: harmful prompts, Llama-3.1-8B (two LLM judges agree)",
    (CLARIFICATION, "all"): "clarification: all rows",
    (CLARIFICATION, "alpaca_eval"): "clarification: replies of 36 chat models (AlpacaEval)",
}
# The figures that flatter stay in the table of results: they are of weights that have seen these very rows.
LEFT_TO_RESULTS = (IN_SAMPLE,)
AGREEMENT_FIGURES = ("precision", "recall", "kappa")
SCREEN_FIGURES = (
    "precision",
    "recall",
    "specificity",
    "f1",
    "kappa",
    "accuracy",
    "agreement",
    "refusal_rate",
    "partial_share",
)


def screen_lines(rows: Iterable[CardRow]) -> list[str]:
    """One line for each way of reading on each source."""
    lines = []
    for (normalizer, source, method, weights), figures in _grouped(rows).items():
        shown = [f"{name} {_figure(figures[name])}" for name in SCREEN_FIGURES if name in figures]
        count = next(iter(figures.values())).n
        by = " ".join(filter(None, (method, weights)))
        lines.append(f"{normalizer:14} {source:46} {by:38} n {_count(count):>5}  {'  '.join(shown)}")
    return lines


def markdown(card: Card) -> str:
    """The README's tables: agreement with labels, answers, and refusal rates beside people's, with 95% intervals."""
    found = _grouped(card.rows)
    return "\n\n".join("\n".join(table) for table in (_agreement(found), _answers(found), _rates(found)))


_Key = tuple[str, str, str, str | None]
_Grouped = dict[_Key, dict[str, CardRow]]


def _grouped(rows: Iterable[CardRow]) -> _Grouped:
    found: _Grouped = {}
    for row in rows:
        found.setdefault((row.normalizer, row.source, row.method, row.weights), {})[row.metric] = row
    return found


def _agreement(found: _Grouped) -> list[str]:
    lines = _head("what is read, on which rows (who labelled them)", "read by", "n", *AGREEMENT_FIGURES)
    for key, title in ROWS_OF.items():
        named = title
        for (normalizer, source, method, weights), figures in found.items():
            if (normalizer, source) == key and weights not in LEFT_TO_RESULTS:
                cells = [_figure(figures.get(name)) for name in AGREEMENT_FIGURES]
                lines.append(_row(named, READ_BY[method, weights], _count(figures["kappa"].n), *cells))
                named = ""
    return lines


def _answers(found: _Grouped) -> list[str]:
    lines = _head("what is read, on which rows", "read by", "n", "agreement")
    last = ""
    for (normalizer, source, method, weights), figures in found.items():
        if normalizer in (ANSWERS, CONFIDENCE) and "agreement" in figures:
            title = "answers: GSM8K, GPT-3 (published verdict)" if source == "gsm8k" else f"stated confidence: {source}"
            row = figures["agreement"]
            shown = "" if title == last else title
            lines.append(_row(shown, READ_BY[method, weights], _count(row.n), _figure(row, digits=4)))
            last = title
    for method in (TRUSTBENCH, "lm_eval_answer_is"):
        differences = _differences(found, method)
        if differences:
            most, mean = 100 * max(differences), 100 * sum(differences) / len(differences)
            said = f"off the published accuracy by at most {most:.1f} points, {mean:.2f} on average"
            title = f"answers: BIG-Bench Hard, {len(differences)} tasks" if method == TRUSTBENCH else ""
            n = sum(row["accuracy"].n or 0 for key, row in found.items() if key[2] == method and "accuracy" in row)
            lines.append(_row(title, READ_BY[method, None], _count(n), said))
    return lines


def _differences(found: _Grouped, method: str) -> list[float]:
    """By task, how far the accuracy is off the published one; that is given to a tenth of a point."""
    differences = []
    for (normalizer, source, published_by, _), figures in found.items():
        ours = found.get((normalizer, source, method, None))
        if published_by == "suzgun_2022" and ours is not None:
            measured, published = ours["accuracy"].value, figures["accuracy"].value
            assert measured is not None
            assert published is not None
            differences.append(abs(round(measured, 3) - published))
    return differences


def _rates(found: _Grouped) -> list[str]:
    lines = _head("model (XSTest)", "n", "refusals by TrustBench", "by two people", "what they call partial")
    for (normalizer, source, method, _), figures in found.items():
        if normalizer == REFUSAL and source.startswith("xstest-human/") and method == TRUSTBENCH:
            people = found[normalizer, source, "people", None]
            rates = (figures["refusal_rate"], people["refusal_rate"], people["partial_share"])
            cells = [_figure(row, digits=1, scale=100) for row in rates]
            lines.append(_row(f"`{source.partition('/')[2]}`", _count(rates[0].n), *(f"{cell} %" for cell in cells)))
    return lines


def _head(*names: str) -> list[str]:
    return [_row(*names), "|" + "---|" * len(names)]


def _row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def _count(n: int | None) -> str:
    return UNDEFINED if n is None else str(n)


def _figure(row: CardRow | None, digits: int = 3, scale: float = 1) -> str:
    """`0.927 [0.899–0.951]`; the brackets are left out where there is no interval."""
    if row is None or row.value is None:
        return UNDEFINED
    value = f"{scale * row.value:.{digits}f}"
    if row.ci_low is None or row.ci_high is None:
        return value
    return f"{value} [{scale * row.ci_low:.{digits}f}–{scale * row.ci_high:.{digits}f}]"
