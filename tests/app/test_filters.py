"""Filters and selections: in the URL, from the URL, and together."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from tests.app.page_reading import PAGES, OpenPage, Reader

ALPHA = {"model": "local/alpha-1", "benchmark": "safety"}


def listed(open_page: OpenPage, root: Path, **query: str) -> pd.DataFrame:
    app = open_page("responses", root, **query)
    assert not app.exception
    return app.dataframe[0].value


def test_model_and_benchmark_come_from_the_url(plain_files: Path, open_page: OpenPage) -> None:
    frame = listed(open_page, plain_files, **ALPHA)
    assert len(frame) == 24
    assert frame["Item"].str.startswith("safety-").all()


@pytest.mark.parametrize(
    ("query", "column", "value"),
    [
        ({"prediction": "comply"}, "Prediction", "comply"),
        ({"outcome": "Wrong"}, "Outcome", "Wrong"),
        ({"category": "everyday"}, "Category", "everyday"),
        ({"run": "2"}, "Run", 2),
    ],
)
def test_a_filter_keeps_what_fits(
    query: dict[str, str], column: str, value: object, plain_files: Path, open_page: OpenPage
) -> None:
    whole = listed(open_page, plain_files, **ALPHA)
    kept = listed(open_page, plain_files, **ALPHA, **query)
    assert len(kept) == (whole[column] == value).sum() > 0
    assert (kept[column] == value).all()


def test_words_are_found_in_prompts_and_responses_whatever_their_case(plain_files: Path, open_page: OpenPage) -> None:
    assert len(listed(open_page, plain_files, **ALPHA, search="QUESTION 3 about")) == 3
    refused = listed(open_page, plain_files, **ALPHA, search="i can't help")
    assert set(refused["Prediction"]) == {"refuse"}


def test_filters_work_together_and_may_leave_nothing(plain_files: Path, open_page: OpenPage) -> None:
    app = open_page("responses", plain_files, **ALPHA, prediction="refuse", search="first boil the water")
    assert not app.exception
    assert [info.value for info in app.info] == ["No response fits these filters."]


@pytest.mark.parametrize("name", ["model", "benchmark", "prediction", "run", "outcome", "category", "item", "of_run"])
def test_nonsense_in_the_url_is_passed_over(name: str, plain_files: Path, open_page: OpenPage) -> None:
    assert len(listed(open_page, plain_files, **{name: "<script>alert(1)</script>"})) == 24


def test_a_permanent_link_opens_its_response(plain_files: Path, open_page: OpenPage) -> None:
    app = open_page("responses", plain_files, **ALPHA, item="safety-5", of_run="2")
    assert "Item safety-5, run 2" in "".join(Reader(element.value).text for element in app.html)
    assert app.code[-1].value.endswith("?model=local%2Falpha-1&benchmark=safety&item=safety-5&of_run=2")


def test_next_and_previous_walk_through_the_list(plain_files: Path, open_page: OpenPage) -> None:
    app = open_page("responses", plain_files, **ALPHA, item="safety-1", of_run="0")
    app.button[1].click().run()
    assert (app.query_params["item"], app.query_params["of_run"]) == ("safety-2", "0")
    app.button[0].click().run()
    assert (app.query_params["item"], app.query_params["of_run"]) == ("safety-1", "0")


def test_what_is_chosen_is_put_into_the_url(plain_files: Path, open_page: OpenPage) -> None:
    app = open_page("responses", plain_files)
    app.selectbox(key="model").select("openai/beta-2").run()
    app.selectbox(key="outcome").select("Right").run()
    app.text_input(key="search").set_value("kettles").run()
    assert app.query_params == {"model": "openai/beta-2", "outcome": "Right", "search": "kettles"}
    assert set(app.dataframe[0].value["Outcome"]) == {"Right"}
    app.selectbox(key="outcome").select("All").run()
    assert app.query_params["outcome"] == "All"
    assert len(app.dataframe[0].value) == 24


def test_a_url_that_changes_changes_the_choice(plain_files: Path, open_page: OpenPage) -> None:
    """As when the browser goes back."""
    app = open_page("responses", plain_files)
    app.selectbox(key="model").select("openai/beta-2").run()
    app.query_params["model"] = "local/alpha-1"
    app.run()
    assert app.selectbox(key="model").value == "local/alpha-1"


def test_the_model_goes_along_to_the_next_page(plain_files: Path, open_page: OpenPage) -> None:
    app = open_page("responses", plain_files)
    app.selectbox(key="model").select("openai/beta-2").run()
    app.query_params.clear()
    app._page_hash = calc_hash("calibration")
    app.run()
    assert app.title[0].value == "Calibration"
    assert app.selectbox(key="model").value == "openai/beta-2"
    assert app.query_params["model"] == "openai/beta-2"


def test_several_models_are_put_into_the_url_and_so_is_none(plain_files: Path, open_page: OpenPage) -> None:
    app = open_page("safety", plain_files)
    app.multiselect(key="models").set_value(["local/alpha-1", "openai/beta-2"]).run()
    assert app.query_params["models"] == ["local/alpha-1", "openai/beta-2"]
    app.multiselect(key="models").set_value([]).run()
    assert app.query_params["models"] == ""
    assert app.multiselect(key="models").value == []


def test_the_rule_and_the_words_that_fired_are_shown(plain_files: Path, open_page: OpenPage) -> None:
    app = open_page("responses", plain_files, **ALPHA, prediction="refuse")
    marked = [Reader(element.value).marked for element in app.html]
    assert any(words and words in "I'm sorry, but I can't help with that." for words in marked)


@pytest.mark.parametrize("page", ["overview", "safety"])
def test_no_model_chosen_is_no_error(page: str, plain_files: Path, open_page: OpenPage) -> None:
    assert not open_page(page, plain_files, models="").exception


def test_a_table_is_narrowed_to_the_models_in_the_url(plain_files: Path, open_page: OpenPage) -> None:
    app = open_page("safety", plain_files, models="local/alpha-1", rate="Over-refusal (harmless)")
    assert not app.exception
    assert set(app.dataframe[0].value["Model"]) == {"local/alpha-1"}
    assert app.selectbox(key="rate").value == "Over-refusal (harmless)"


@pytest.mark.parametrize("page", [name for name in PAGES if name not in ("run", "provenance")])
def test_a_filter_changes_the_view_and_the_address_shows_that_view(
    page: str, plain_files: Path, open_page: OpenPage
) -> None:
    app = open_page(page, plain_files)
    before, keys = shown(app), [box.key for box in app.selectbox if len(box.options) > 1]
    for key in keys or ["models"]:
        if keys:
            box = app.selectbox(key=key)
            box.select(next(option for option in reversed(box.options) if option != box.value)).run()
        else:
            app.multiselect(key=key).set_value(["local/alpha-1"]).run()
        if shown(app) != before:
            break
    assert not app.exception
    assert shown(app) != before
    query = {name: app.query_params[name] for name in app.query_params}
    assert shown(open_page(page, plain_files, **query)) == shown(app)


def shown(app: AppTest) -> list[str]:
    """Tables, charts and words of a page, without what merely names an element."""
    words = [element.value for kind in (app.html, app.caption, app.code) for element in kind]
    charts = [element.proto.spec for element in app.get("vega_lite_chart")]
    return [*words, *charts, *(frame.value.to_json() for frame in app.dataframe)]
