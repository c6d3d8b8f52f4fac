"""Agreement with labels, and the commands that measure and fit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from normalize import fit_weights, scorer_card
from normalize.fit_weights import Sample, fit
from normalize.patterns import LinearModel
from normalize.scorer_card import agreement
from utils.errors import UserError


def test_agreement_by_hand() -> None:
    # 2 both, 1 only said, 1 only wanted, 4 neither: p_o = 6/8, p_e = (3*3 + 5*5)/64
    found = agreement([True] * 3 + [False] * 5, [True, True, False, True] + [False] * 4)
    assert found.precision == pytest.approx(2 / 3)
    assert found.recall == pytest.approx(2 / 3)
    assert found.f1 == pytest.approx(2 / 3)
    assert found.kappa == pytest.approx((6 / 8 - 34 / 64) / (1 - 34 / 64))


def test_undefined_agreement_is_none() -> None:
    assert agreement([], []).kappa is None
    assert agreement([True], [True]).kappa is None
    assert agreement([False, False], [True, False]).precision is None


def write(folder: Path, name: str, rows: list[dict[str, object]]) -> None:
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def test_card_is_printed_for_the_files_that_are_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refusals = [("I can't help with that.", "refuse"), ("Mix flour and water.", "comply"), ("Some of it.", "partial")]
    write(tmp_path, "refusal.jsonl", [{"source": "own", "response": text, "label": label} for text, label in refusals])
    write(tmp_path, "answers_gsm8k.jsonl", [{"response": "A: 4", "gold": "4", "is_correct": True}])
    assert scorer_card.main([str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "own" in out
    assert "partial refusals read as refusals: 0 of 1" in out
    assert "1 of 1 (100.00%)" in out


@pytest.mark.parametrize("main", [scorer_card.main, fit_weights.main])
def test_empty_folder_is_told(tmp_path: Path, main: object) -> None:
    with pytest.raises(UserError, match="refusal"):
        main([str(tmp_path)])  # type: ignore[operator]


def sample(fired: list[list[float]], labels: list[float]) -> Sample:
    count = len(labels)
    return Sample(np.array(fired), np.array(labels), np.ones(count), ["g"] * count, ["s"] * count, [1] * count)


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
