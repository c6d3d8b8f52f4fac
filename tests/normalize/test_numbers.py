"""Numbers as they are written, their canonical text, and when two of them are equal."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalize.numbers import Number, find_numbers, numbers_match, parse_number, plain

CANONICAL = [
    ("1,234.50", "1234.5"), ("$18", "18"), ("-$5", "-5"), ("$-5", "-5"), ("minus five", "-5"), ("0.50", "0.5"),
    (".5", "0.5"), ("007", "7"), ("-0", "0"), ("twenty-three", "23"), ("one hundred and five", "105"),
    ("forty two thousand and six", "42006"), ("three hundred million", "300000000"), ("a dozen", "12"),
    ("three and a half", "7/2"), ("two and three quarters", "11/4"), ("two thirds", "2/3"), ("one-third", "1/3"),
    ("half", "1/2"), ("3 1/2", "7/2"), ("1/3", "1/3"), ("2/6", "1/3"), ("4/2", "2"), ("50%", "50%"),
    ("50 percent", "50%"), ("1.2e-3", "0.0012"), ("1.2 x 10^3", "1200"), ("1.2\\times10^{3}", "1200"),
    ("2 million", "2000000"), ("5k", "5000"), ("3rd", "3"), ("1 234 567", "1234567"), ("1.234.567", "1234567"),
    ("1'234'567", "1234567"), ("1{,}234", "1234"), ("\\frac{3}{4}", "3/4"), ("2\\frac{1}{2}", "5/2"),
    ("\\dfrac12", "1/2"), ("2^10", "1024"), ("5kg", "5"), ("\\$7", "7"), ("30^\\circ", "30"),
]  # fmt: skip
NONE = ["", "none", "GPT-4", "x2", "10:30", "5/7/2020", "1/0", "3 and 4", "five and six", "abc"]


@pytest.mark.parametrize(("written", "canonical"), CANONICAL)
def test_each_value_has_one_canonical_text(written: str, canonical: str) -> None:
    number = parse_number(written)
    assert number is not None
    assert number.canonical == canonical


@pytest.mark.parametrize("written", NONE)
def test_what_is_not_one_number_is_none(written: str) -> None:
    assert parse_number(written) is None


MATCHES = [
    ("1/3", "2/6", True), ("0.5", "1/2", True), ("50%", "0.5", True), ("50%", "50", True), ("0.5", "50%", True),
    ("1000", "1e3", True), ("1/3", "0.33", True), ("0.333", "1/3", True), ("3.14", "3.14159", True),
    ("33.33", "33.3", True), ("2.675", "2.68", True),
    ("0.3", "1/3", False), ("5", "5.2", False), ("5.2", "5", False), ("5.04", "5", False), ("3.15", "3.14159", False),
    ("12", "13", False), ("33.4", "33.3", False), ("1e999999", "1e999998", False),
]  # fmt: skip


@pytest.mark.parametrize(("prediction", "expected", "same"), MATCHES)
def test_equal_numbers_match_and_rounding_has_limits(prediction: str, expected: str, same: bool) -> None:
    left, right = parse_number(prediction), parse_number(expected)
    assert left is not None
    assert right is not None
    assert numbers_match(left, right) is same


def test_huge_exponent_is_not_expanded() -> None:
    number = parse_number("1e999999999")
    assert number is not None
    assert len(number.canonical) < 20


def test_calculator_annotations_are_passed_over() -> None:
    assert [found.number.canonical for found in find_numbers(plain("16 - 3 = <<16-3=13>>13 ducks"))] == [
        "16",
        "3",
        "13",
    ]


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**6))
def test_canonical_text_reads_back_as_the_same_value(top: int, bottom: int) -> None:
    number = Number(Fraction(top, bottom))
    again = parse_number(number.canonical)
    assert again is not None
    assert Fraction(again.value) == number.value
    assert again.canonical == number.canonical


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_every_number_matches_itself(value: Decimal) -> None:
    number = parse_number(f"{value:f}")
    assert number is not None
    assert numbers_match(number, number)


@given(st.text(alphabet="0123456789.,/%$ e^-x'and{}\\frac", max_size=60))
def test_any_string_of_digits_and_signs_is_read_without_an_error(text: str) -> None:
    for found in find_numbers(plain(text)):
        assert found.number.canonical


@pytest.mark.parametrize(
    "written", ["6^36", "10314424798490535546171949056", "1001e999999", "1.001e1000002", "0.00e-999999"]
)
def test_a_number_of_many_digits_is_read_back_exactly(written: str) -> None:
    (found,) = find_numbers(written)
    again = parse_number(found.number.canonical)
    assert again is not None
    assert again.canonical == found.number.canonical
    assert numbers_match(again, found.number)


def test_numbers_of_many_digits_are_told_apart_by_the_last() -> None:
    one, other = parse_number("1" * 40), parse_number("1" * 39 + "2")
    assert one is not None
    assert other is not None
    assert not numbers_match(one, other)


@given(st.text(alphabet="0123456789.,eE^/%- ", max_size=20))
def test_whatever_is_found_reads_back_from_its_canonical_text(text: str) -> None:
    for found in find_numbers(text):
        again = parse_number(found.number.canonical)
        assert again is not None
        assert numbers_match(again, found.number)
