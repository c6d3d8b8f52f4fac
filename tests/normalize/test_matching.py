"""When a prediction is the expected answer: literally, or by what its type allows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalize.matching import answers_match, canonical_answer, canonical_text, is_exact

MATCHES = [
    ("paris", "Paris", True), ("paris", "the Paris", True), ("são paulo", "Sao Paulo", True),
    ("ice-cream", "ice cream", True), ("red, white and blue", "red white blue", True), ("five", "5", True),
    ("it is paris", "Paris", True), ('"invalid"', "invalid", True), ("u.s.a", "USA", True),
    ("lima", "Paris", False), ("not paris", "Paris", False), ("paris or lima", "Paris", False),
    ("5 km", "5 miles", False), ("invalid", "invalid", False), ("", "Paris", False),
]  # fmt: skip


@pytest.mark.parametrize(("prediction", "expected", "same"), MATCHES)
def test_texts_match_but_for_their_dress(prediction: str, expected: str, same: bool) -> None:
    assert answers_match(prediction, expected, "text") is same


def test_alias_is_as_good_as_the_expected_answer() -> None:
    assert answers_match("the netherlands", "Holland", "text", ("The Netherlands",))
    assert not answers_match("belgium", "Holland", "text", ("The Netherlands",))


@pytest.mark.parametrize(("prediction", "expected", "same"), [
    ("yes", "yes", True), ("yes", "True", True), ("no", "false", True), ("yes", "valid", True), ("no", "yes", False),
])  # fmt: skip
def test_booleans_match_in_either_wording(prediction: str, expected: str, same: bool) -> None:
    assert answers_match(prediction, expected, "boolean") is same


@pytest.mark.parametrize(("prediction", "expected", "same"), [
    ("B", "B", True), ("B", "(B)", True), ("B", "blue", True), ("A", "B", False), ("A", "blue", False),
])  # fmt: skip
def test_choice_may_be_expected_by_letter_or_text(prediction: str, expected: str, same: bool) -> None:
    assert answers_match(prediction, expected, "choice", (), ("red", "blue")) is same


@pytest.mark.parametrize(("prediction", "expected", "answer_type", "exact"), [
    ("18", "18", "number", True), ("18", "$18.00", "number", True), ("0.5", "1/2", "number", False),
    ("yes", "TRUE", "boolean", True), ("paris", "Paris.", "text", True), ("sao paulo", "São Paulo", "text", False),
    ("invalid", "invalid", "text", False),
])  # fmt: skip
def test_exact_allows_no_more_than_canonical_form(
    prediction: str, expected: str, answer_type: str, exact: bool
) -> None:
    assert is_exact(prediction, expected, answer_type) is exact


@given(st.text(max_size=120))
def test_canonical_text_is_its_own_canonical_text(text: str) -> None:
    once = canonical_text(text)
    assert canonical_answer(once, "text") == once or once == '"invalid"'


@given(st.text(min_size=1, max_size=60), st.sampled_from(["number", "choice", "boolean", "text"]))
def test_exact_implies_correct(text: str, answer_type: str) -> None:
    if is_exact(text, text, answer_type):
        assert answers_match(text, text, answer_type)
