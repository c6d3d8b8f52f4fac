"""Result tables: CSV and JSON say the same, no cell runs in a spreadsheet, and what is undefined is empty."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from utils.errors import InputError, UserError
from utils.layout import REPOSITORY
from utils.tables import (
    csv_text,
    guarded,
    json_text,
    read_csv,
    read_table,
    rounded,
    storable_rows,
    unguarded,
    write_table,
)

any_text = st.text(st.characters() | st.sampled_from("=+-@\t\r\n'\",\0\ud800 "), max_size=12)
finite = st.floats(allow_nan=False, allow_infinity=False)
cells = st.none() | st.booleans() | st.integers() | finite | any_text
COLUMNS = ("name", "value", "note")
tables = st.lists(st.fixed_dictionaries(dict.fromkeys(COLUMNS, cells)), max_size=4)


def stored_form(text: str) -> str:
    """What UTF-8 and every CSV reader can hold of `text`."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


def from_csv(cell: str, like: Any) -> Any:
    """A CSV cell as the value that JSON holds in the same place."""
    if like is None:
        assert cell == ""
        return None
    if isinstance(like, bool):
        return {"true": True, "false": False}[cell]
    return type(like)(cell)


@given(tables)
@example([{"name": "a\rb", "value": -0.0, "note": None}])
@example([{"name": "", "value": 5e-324, "note": "x" * 200_000}])
def test_csv_and_json_hold_the_same_rows_and_numbers(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("tables")
    write_table(folder, "t", COLUMNS, rows)
    in_json = read_table(folder, "t", made_by="make")
    in_csv = read_csv(folder / "t.csv")
    assert in_json == [
        {name: stored_form(cell) if isinstance(cell, str) else cell for name, cell in row.items()} for row in rows
    ]
    assert len(in_csv) == len(in_json)
    for csv_row, json_row in zip(in_csv, in_json, strict=True):
        assert list(csv_row) == list(json_row) == list(COLUMNS)
        assert {name: from_csv(cell, json_row[name]) for name, cell in csv_row.items()} == json_row


@given(finite)
def test_a_float_stands_by_its_repr_in_both(number: float) -> None:
    row = {"value": number}
    assert csv_text(["value"], [row]) == f"value\n{number!r}\n"
    assert json_text([row]) == f'[\n{{"value": {number!r}}}\n]\n'


def test_cells_are_quoted_alike_by_every_version_of_python() -> None:
    row = {"name": "a\rb", "value": 'say "x", y', "note": "two\nlines"}
    assert csv_text(COLUMNS, [row]) == 'name,value,note\n"a\rb","say ""x"", y","two\nlines"\n'


def test_files_end_lines_alike_everywhere_and_hold_non_ascii_as_it_is(tmp_path: Path) -> None:
    write_table(tmp_path, "t", ["name", "value"], [{"name": "é😀", "value": None}, {"name": "b", "value": True}])
    assert (tmp_path / "t.csv").read_bytes() == "name,value\né😀,\nb,true\n".encode()
    assert (tmp_path / "t.json").read_bytes() == (
        '[\n{"name": "é😀", "value": null},\n{"name": "b", "value": true}\n]\n'.encode()
    )


def test_a_table_without_rows_has_its_columns_still(tmp_path: Path) -> None:
    write_table(tmp_path, "t", COLUMNS, [])
    assert (tmp_path / "t.csv").read_text() == "name,value,note\n"
    assert read_csv(tmp_path / "t.csv") == read_table(tmp_path, "t", made_by="make", columns=COLUMNS) == []


@given(any_text)
def test_no_text_cell_begins_as_a_formula_unless_it_is_a_plain_number(text: str) -> None:
    cell = guarded(text)
    assert not cell.startswith(("=", "@", "\t", "\r"))
    if cell.startswith(("+", "-")):
        float(cell)  # a number, else this raises


@given(any_text)
@example("'")
@example("'=1")
@example("=1+1")
def test_a_guard_can_be_taken_off_again(text: str) -> None:
    assert unguarded(guarded(text)) == text


@pytest.mark.parametrize("number", ["-1", "+2", "-0.5", "-1e-07", "-1.5E+10", "3"])
def test_a_plain_number_that_a_model_answered_is_left_as_it_is(number: str) -> None:
    assert guarded(number) == number


@pytest.mark.parametrize("cell", ["-1+1", "-1 ", "--1", "-", "+1;2", "-1e", "-.5", "=-1", "-2+3+cmd|' /C calc'!A0"])
def test_what_only_begins_as_a_number_is_guarded(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"


@given(finite.filter(lambda number: number < 0))
def test_a_negative_number_is_a_number_in_the_spreadsheet(number: float) -> None:
    assert csv_text(["value"], [{"value": number}]).splitlines()[1].startswith("-")


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, np.float64("nan")])
def test_an_undefined_number_is_refused_and_nothing_is_written(tmp_path: Path, number: float) -> None:
    with pytest.raises(ValueError, match="undefined values are None"):
        write_table(tmp_path, "t", ["value"], [{"value": 1.0}, {"value": number}])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", [[1], {"a": 1}, b"x", (1, 2)])
def test_a_cell_is_a_scalar(value: Any) -> None:
    with pytest.raises(TypeError, match=type(value).__name__):
        storable_rows(["value"], [{"value": value}])


def test_a_row_that_lacks_a_column_is_refused() -> None:
    with pytest.raises(KeyError, match="note"):
        storable_rows(["name", "note"], [{"name": "a"}])


def test_numpy_scalars_are_stored_as_plain_ones() -> None:
    row: dict[str, Any] = {"name": np.str_("a"), "value": np.float64(0.1), "note": np.bool_(True)}
    (stored,) = storable_rows(COLUMNS, [row])
    assert [type(cell) for cell in stored.values()] == [str, float, bool]
    assert csv_text(COLUMNS, [stored]) == "name,value,note\na,0.1,true\n"


@given(finite)
def test_rounding_keeps_twelve_digits_and_a_second_time_changes_nothing(number: float) -> None:
    once = rounded(number)
    assert once is not None
    assert math.isclose(once, number, rel_tol=1e-11, abs_tol=1e-322)
    assert rounded(once) == once
    assert float(f"{once:.11e}") == once


@given(finite)
def test_rounding_hides_the_last_bits_that_differ_between_processors(number: float) -> None:
    halfway = rounded(rounded(number))
    assert halfway is not None
    if abs(halfway) > 1e-290:
        assert rounded(math.nextafter(halfway, math.inf)) == rounded(math.nextafter(halfway, -math.inf)) == halfway


def test_undefined_statistics_round_to_none_and_zero_has_no_sign() -> None:
    assert [rounded(value) for value in (None, math.nan, math.inf, -math.inf)] == [None] * 4
    assert [repr(rounded(value)) for value in (-0.0, 0.0, 1 / 3, np.float64(0.5))] == [
        "0.0",
        "0.0",
        "0.333333333333",
        "0.5",
    ]


def test_a_missing_table_names_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        read_table(tmp_path, "metrics", made_by="python3 -m runners.aggregate_results")
    assert str(caught.value) == (
        f"{tmp_path / 'metrics.json'}: not there yet; run `python3 -m runners.aggregate_results` first"
    )


@pytest.mark.parametrize(
    "content",
    [b"", b"[", b'[{"a": 1},]', b"\xff", b"{}", b'"a"', b"[1]", b"[" * 100_000, b"\xef\xbb\xbf[]"],
    ids=["empty", "torn", "comma", "not-utf8", "object", "string", "numbers", "deep", "bom"],
)
def test_a_broken_table_is_told_with_the_command_that_writes_it_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.json").write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_table(tmp_path, "t", made_by="python3 -m some.stage")
    assert str(caught.value).startswith(f"{tmp_path / 't.json'}: ")
    assert str(caught.value).endswith("run `python3 -m some.stage` to write it anew")


def test_a_missing_column_is_told_with_its_row(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text('[{"a": 1, "b": 2}, {"a": 1}]')
    with pytest.raises(InputError, match=r"t\.json: field 'b': row 2 lacks it; run `x`"):
        read_table(tmp_path, "t", made_by="x", columns=["a", "b"])


def test_a_table_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "t.json").mkdir()
    with pytest.raises(UserError, match=r"t\.json: cannot be read"):
        read_table(tmp_path, "t", made_by="x")


@pytest.mark.parametrize("content", ["a,b\n1\n", "a,b\n1,2,3\n", 'a,b\n"1,2\n', 'a,b\n"1"2,3\n'])
def test_a_csv_with_broken_rows_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "t.csv").write_text(content)
    with pytest.raises(InputError, match=r"t\.csv: "):
        read_csv(tmp_path / "t.csv")


def test_text_of_any_length_is_read_back_from_csv_in_a_fresh_process(tmp_path: Path) -> None:
    write_table(tmp_path, "t", ["text"], [{"text": "x" * 200_000}])
    code = (
        "import sys, utils.tables as t; from pathlib import Path; print(len(t.read_csv(Path(sys.argv[1]))[0]['text']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "t.csv")],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
    )
    assert done.stdout == "200000\n"


def test_a_csv_that_is_no_utf_8_or_no_file_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"a,b\n\xf2,1\n")
    with pytest.raises(InputError, match=r"a\.csv: is not UTF-8"):
        read_csv(tmp_path / "a.csv")
    with pytest.raises(UserError, match="cannot be read"):
        read_csv(tmp_path)
