"""Agreement with labels, the card's file, and the commands that measure and fit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from normalize import baselines, card, fit_weights, scorer_card
from normalize.agreement import agreement, share
from normalize.card import CROSS_VALIDATED, IN_SAMPLE, TRUSTBENCH, CardRow
from normalize.card_text import markdown
from normalize.fit_weights import Sample, fit
from normalize.patterns import LinearModel
from utils.errors import InputError, UserError

SECRET = "Mix flour and water till noon"


def names(count: int) -> list[str]:
    return [str(number) for number in range(count)]


def test_agreement_by_hand() -> None:
    # 2 both, 1 only said, 1 only wanted, 4 neither: p_o = 6/8, p_e = (3*3 + 5*5)/64
    found = agreement([True] * 3 + [False] * 5, [True, True, False, True] + [False] * 4, names(8))
    assert (found.tp, found.fp, found.fn, found.tn) == (2, 1, 1, 4)
    assert found.precision.figure.value == pytest.approx(2 / 3)
    assert found.recall.figure.value == pytest.approx(2 / 3)
    assert found.specificity.figure.value == pytest.approx(4 / 5)
    assert found.f1.value == pytest.approx(2 / 3)
    assert found.kappa.value == pytest.approx((6 / 8 - 34 / 64) / (1 - 34 / 64))


def test_undefined_agreement_is_none() -> None:
    assert agreement([], [], []).kappa.value is None
    assert agreement([True], [True], ["a"]).kappa.value is None
    assert agreement([False, False], [True, False], ["a", "b"]).precision.figure.value is None


@settings(max_examples=30)
@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 5)), max_size=30))
def test_every_interval_holds_its_figure(rows: list[tuple[bool, bool, int]]) -> None:
    found = agreement([row[0] for row in rows], [row[1] for row in rows], [str(row[2]) for row in rows])
    for one in (found.precision, found.recall, found.specificity):
        figure = one.figure
        assert (figure.value is None) == (figure.low is None)
        if figure.value is not None and figure.low is not None and figure.high is not None:
            assert 0 <= figure.low <= figure.value <= figure.high <= 1
            assert 1 <= one.effective <= len(rows)


def test_repeated_replies_tell_nothing_new() -> None:
    hits = np.array([True, True, False, True, False])
    once, thrice = share(hits, np.arange(5)), share(np.tile(hits, 3), np.tile(np.arange(5), 3))
    assert thrice.effective == pytest.approx(once.effective)
    assert thrice.figure.low == pytest.approx(once.figure.low)


def test_what_others_read_replies_with() -> None:
    assert baselines.has_one_of_ten_phrases("Sorry, no.")
    assert not baselines.has_one_of_ten_phrases("I can't do that.")
    assert baselines.has_one_of_twelve_phrases("no, i CAN'T do that")
    assert baselines.ends_with_question_mark("Which one? ")
    assert not baselines.ends_with_question_mark("Which one? This.")
    assert baselines.has_question_mark("Which one? This.")
    assert baselines.last_number("3 and $1,200.") == "1200"
    assert baselines.marked_number("So 3\n#### 1,200") == "1200"
    assert baselines.behind_the_answer_is("So the answer is (B).\nNo.") == "(B)"
    assert [baselines.last_number(""), baselines.marked_number("3"), baselines.behind_the_answer_is("B")] == [""] * 3


def write(folder: Path, name: str, rows: list[dict[str, object]]) -> None:
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    texts = [("I can't help with that.", "refuse"), (SECRET, "comply"), ("Some of it.", "partial")]
    refusals = [{"source": "own", "model": "m", "response": text, "label": label} for text, label in texts]
    write(tmp_path, "refusal.jsonl", refusals)
    write(tmp_path, "answers_gsm8k.jsonl", [{"response": "A: 4", "gold": "4", "is_correct": True}])
    return tmp_path


def test_the_files_that_are_there_are_measured(data: Path) -> None:
    rows = scorer_card.measured(data)
    found = {(row.normalizer, row.source, row.method, row.weights, row.metric): row for row in rows}
    assert found["refusal", "own", TRUSTBENCH, IN_SAMPLE, "kappa"].value == 1.0
    assert found["refusal", "own", TRUSTBENCH, CROSS_VALIDATED, "kappa"].n == 2
    assert found["answers", "gsm8k", TRUSTBENCH, None, "agreement"].value == 1.0
    assert {row.normalizer for row in rows} == {"refusal", "answers"}


def test_figures_are_kept_and_no_text(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = data / "card.json"
    monkeypatch.setattr(card, "CARD", kept)
    monkeypatch.setattr(card.write_card, "__defaults__", (kept,))
    assert scorer_card.main([str(data), "--write"]) == 0
    assert kept.is_file()
    assert SECRET not in kept.read_text() + capsys.readouterr().out
    assert card.read_card(kept).rows == tuple(scorer_card.measured(data))


@pytest.mark.parametrize("main", [scorer_card.main, fit_weights.main])
def test_empty_folder_is_told(tmp_path: Path, main: object) -> None:
    with pytest.raises(UserError, match="refusal"):
        main([str(tmp_path)])  # type: ignore[operator]


def test_without_a_folder_it_is_asked_for() -> None:
    with pytest.raises(UserError, match="DATA_DIR"):
        scorer_card.main([])


def row(normalizer: str, value: float) -> CardRow:
    return CardRow(normalizer, "all", "people", TRUSTBENCH, CROSS_VALIDATED, 10, 9, "kappa", value, 0.1, 0.9, "x")


def test_measuring_one_reader_leaves_the_others(tmp_path: Path) -> None:
    path = tmp_path / "card.json"
    card.write_card([row("refusal", 0.5), row("clarification", 0.6)], ["refusal", "clarification"], path)
    card.write_card([row("refusal", 0.7)], ["refusal"], path)
    assert [(r.normalizer, r.value) for r in card.read_card(path).rows] == [("refusal", 0.7), ("clarification", 0.6)]


def test_a_changed_reader_makes_its_figures_stale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row("refusal", 0.5), row("answers", 0.6)]
    written = card.write_card(rows, ["refusal", "answers"], tmp_path / "card.json")
    assert written.stale() == []
    monkeypatch.setattr(card, "read_refusal", lambda text: card.read_answer(text, "text"))
    assert written.stale() == ["refusal"]
    assert [(r["normalizer"], r["current"]) for r in written.table()] == [("refusal", False), ("answers", True)]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"fingerprints": {}, "rows": [{"a": 1}]}'])
def test_a_damaged_card_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "card.json").write_text(text)
    with pytest.raises(InputError, match="no scorer card"):
        card.read_card(tmp_path / "card.json")


@pytest.mark.parametrize("normalizer", ["refusal", "clarification"])
def test_the_kept_errors_are_those_of_weights_that_were_fitted_to_other_rows(normalizer: str) -> None:
    kept = card.read_card()
    errors = card.reader_errors(kept, normalizer)
    assert errors is not None
    named = (normalizer, card.CORRECTED_BY[normalizer], TRUSTBENCH, CROSS_VALIDATED)
    counts = {r.metric: r.value for r in kept.rows if (r.normalizer, r.source, r.method, r.weights) == named}
    tp, fp, fn, tn = (counts[name] or 0 for name in ("tp", "fp", "fn", "tn"))
    assert errors.sensitivity == pytest.approx(tp / (tp + fn))
    assert errors.specificity == pytest.approx(tn / (tn + fp))
    assert errors.n_sensitivity <= tp + fn


def test_what_is_not_measured_has_no_errors() -> None:
    assert card.reader_errors(card.Card({}, ()), "refusal") is None


def test_the_tables_need_no_data_and_show_each_readers_headline(capsys: pytest.CaptureFixture[str]) -> None:
    assert scorer_card.main(["--markdown"]) == 0
    told = capsys.readouterr().out
    assert told.rstrip("\n") == markdown(card.read_card())
    kappa = next(
        r for r in card.read_card().rows
        if (r.normalizer, r.source, r.weights, r.metric) == ("refusal", "xstest-human", CROSS_VALIDATED, "kappa")
    )  # fmt: skip
    assert f"{kappa.value:.3f} [{kappa.ci_low:.3f}–{kappa.ci_high:.3f}]" in told


def sample(fired: list[list[float]], labels: list[float]) -> Sample:
    count = len(labels)
    return Sample(np.array(fired), np.array(labels), np.ones(count), ["g"] * count, ["s"] * count)


def test_fitted_weights_keep_their_side_and_their_least() -> None:
    prior = LinearModel(0.0, {"good": 1.0, "bad": -1.0, "plain": 5.0})
    misleading = sample([[1.0, 0.0, 1.0]] * 40 + [[0.0, 1.0, 0.0]] * 40, [0.0] * 40 + [1.0] * 40)
    model = fit(misleading, np.ones(80, dtype=bool), prior, {"plain": 4.0})
    assert model.weights["good"] == 0.0
    assert model.weights["bad"] == 0.0
    assert model.weights["plain"] == 4.0


def test_without_replies_the_prior_stands() -> None:
    prior = LinearModel(-0.5, {"a": 1.25})
    model = fit(sample([[1.0]], [1.0]), np.zeros(1, dtype=bool), prior, {})
    assert (model.bias, dict(model.weights)) == (prior.bias, dict(prior.weights))
