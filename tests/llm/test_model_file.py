"""The model file says which models there are, what a variant changes, and which are asked by default."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from llm.keys import Secret
from llm.model_file import MODEL_FILE, Model, Price, _price, default_models, find_models, read_model_file
from utils.errors import InputError, UserError


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "models.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_price_of_the_shipped_file_names_its_date_and_source() -> None:
    tables = tomllib.loads(MODEL_FILE.read_text(encoding="utf-8"))["models"]
    prices = {name: table["price"] for name, table in tables.items() if "price" in table}
    assert {name.partition("/")[0] for name in prices} == {"openai", "anthropic", "google", "xai"}
    for price in prices.values():
        assert date.fromisoformat(price["as_of"]) <= date.today()
        assert price["source"].startswith("https://")


@pytest.mark.parametrize("provider", ["openai", "anthropic", "google", "xai"])
def test_each_provider_has_three_models_or_more_and_two_or_three_are_asked_by_default(provider: str) -> None:
    models = [model for model in read_model_file().values() if model.provider == provider]
    assert 3 <= len(models) <= 6
    assert sum(model.default for model in models) in (2, 3)
    assert all(model.accepts is not None and model.context > 100_000 and model.price for model in models)


def test_without_keys_the_two_embedded_models_are_asked_and_the_reason_is_said() -> None:
    models, reason = default_models(read_model_file(), {})
    assert [model.name for model in models] == ["local/smollm2-135m", "local/smollm2-135m-careful"]
    assert "no key" in reason


def test_with_a_key_the_default_models_of_that_provider_are_asked() -> None:
    models, reason = default_models(read_model_file(), {"openai": Secret("x")})
    assert models
    assert {model.provider for model in models} == {"openai"}
    assert "openai" in reason


def test_a_variant_has_all_of_its_base_but_what_it_says_itself() -> None:
    known = read_model_file()
    plain, careful = known["local/smollm2-135m"], known["local/smollm2-135m-careful"]
    assert careful.served_name == plain.served_name
    assert careful.weights == plain.weights
    assert careful.max_tokens == plain.max_tokens
    assert plain.system is None
    assert careful.system


def test_a_variant_merges_params_and_is_not_a_default_because_its_base_is(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        '[models."openai/a"]\ndefault = true\nparams = {top_p = 0.5, logit_bias = {}}\n'
        '[models."openai/b"]\nbase = "openai/a"\nparams = {top_p = 0.9}\ntemperature = 0\n',
    )
    variant = read_model_file(path)["openai/b"]
    assert variant.params == {"top_p": 0.9, "logit_bias": {}}
    assert (variant.served_name, variant.temperature, variant.default) == ("a", 0, False)


def test_a_provider_s_model_that_the_file_does_not_know_is_asked_with_unknown_price() -> None:
    (model,) = find_models(["openai/something-new"], read_model_file())
    assert (model.served_name, model.price) == ("something-new", None)


def test_a_model_named_twice_is_asked_once() -> None:
    assert len(find_models(["openai/x", "openai/x"], {})) == 1


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("gpt-4.1", "PROVIDER/NAME"),
        ("nobody/x", "no provider 'nobody'"),
        ("local/unknown", "does not say where its weights are"),
        ("compatible/unknown", "does not say where its server is"),
    ],
)
def test_a_name_that_cannot_be_asked_is_one_clear_line(name: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        find_models([name], read_model_file())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[models", "not valid TOML"),
        ('[models."openai/a"]\ntemprature = 1\n', r"openai/a\.temprature.*unknown"),
        ('[models."openai/a"]\nmax_tokens = "many"\n', "expected an integer, found 'many'"),
        ('[models."openai/a"]\nmax_tokens = true\n', "expected an integer"),
        ('[models."openai/a"]\nbase = "openai/b"\n', "no such model"),
        ('[models."openai/a"]\nprice = {input = 1}\n', "input and output"),
        ('[models."local/a"]\nweights = {package = "x"}\n', "sha256"),
        ('[models."nameless"]\n', "PROVIDER/NAME"),
        ('[models."openai/a"]\naccepts = ["heat"]\n', "expected some of temperature, seed.*found 'heat'"),
        ('[models."openai/a"]\naccepts = "seed"\n', "expected a list of temperature"),
        ('[models."openai/a"]\nprice = {input = 1, output = true}\n', "input and output"),
        ('[models."openai/a"]\nprice = {input = 1, output = -1}\n', "input and output"),
        ('[models."openai/a"]\nprice = {input = 1, output = 1, from = {soon = {}}}\n', "expected a date such as"),
        ('[models."openai/a"]\nbase_url = "http://x/v1"\n', "is for models of provider compatible"),
        ('[models."compatible/a"]\nbase_url = "localhost:8000"\n', "begins with http"),
        ('[models."compatible/a"]\nbase_url = "http://x"\nkey_variable = "sk-abc"\n', "never a key itself$"),
    ],
)
def test_a_mistake_in_the_file_names_the_field_and_what_was_expected(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        read_model_file(written(tmp_path, text))


def test_weights_are_found_relative_to_the_model_file(tmp_path: Path) -> None:
    path = written(tmp_path, '[models."local/a"]\nweights = "own.gguf"\n')
    weights = read_model_file(path)["local/a"].weights
    assert weights is not None
    assert weights.path == tmp_path / "own.gguf"


def test_cost_counts_cached_tokens_at_their_own_price() -> None:
    price = Price(input=2.0, output=8.0, cached_input=0.5)
    assert price.cost(1_000_000, 0) == 2.0
    assert price.cost(1_000_000, 500_000, cached_tokens=1_000_000) == pytest.approx(0.5 + 4.0)


def test_a_compatible_model_has_a_server_and_may_have_a_key(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        '[models."compatible/a"]\nserved_name = "org/a"\nbase_url = "http://x/v1"\nkey_variable = "A_KEY"\n'
        '[models."compatible/b"]\nbase = "compatible/a"\ntemperature = 0\n',
    )
    for model in read_model_file(path).values():
        assert (model.served_name, model.base_url, model.key_variable) == ("org/a", "http://x/v1", "A_KEY")


def test_a_price_changes_on_its_day(tmp_path: Path) -> None:
    later = {"2026-12-01": {"input": 3, "output": 4}, "2027-01-01": {"input": 5, "output": 6}}
    table = {"input": 1, "output": 2, "from": later}
    days = ("2026-11-30", "2026-12-01", "2026-12-31", "2027-02-01")
    prices = [_price(table, tmp_path, "x", date.fromisoformat(day)) for day in days]
    assert [price.input for price in prices] == [1, 3, 3, 5]
    assert [price.cached_input for price in prices] == [1, 3, 3, 5]


def test_a_batch_has_prices_of_its_own() -> None:
    assert Price(2.0, 8.0, 0.5, batch_input=1.0, batch_output=4.0).batch_cost(1_000_000, 500_000) == 3.0
    assert Price(2.0, 8.0, 0.5).batch_cost(1, 1) is None


@pytest.mark.parametrize(
    ("name", "accepted"),
    [
        ("openai/gpt-4.1", "temperature seed logprobs reasoning_effort"),
        ("openai/llama-3-of-my-server", "temperature seed logprobs reasoning_effort"),
        ("openai/gpt-6.3-sol", "seed reasoning_effort"),
        ("openai/o3", "seed reasoning_effort"),
        ("anthropic/claude-opus-4-20250514", "temperature"),
        ("anthropic/claude-sonnet-4-6", "temperature"),
        ("anthropic/claude-opus-4-8", "reasoning_effort"),
        ("anthropic/claude-sonnet-6", "reasoning_effort"),
        ("google/gemini-9", "temperature seed logprobs reasoning_effort"),
        ("xai/grok-5", "temperature seed reasoning_effort"),
        ("local/any", "temperature seed logprobs"),
    ],
)
def test_a_model_that_the_file_does_not_know_is_sent_what_its_like_take(name: str, accepted: str) -> None:
    model = Model(name, served_name=name.partition("/")[2])
    assert model.accepted == set(accepted.split())
    assert replace(model, accepts=frozenset()).accepted == set()
