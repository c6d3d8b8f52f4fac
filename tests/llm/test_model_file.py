"""The model file says which models there are, what a variant changes, and which are asked by default."""

from __future__ import annotations

from pathlib import Path

import pytest

from llm.keys import Secret
from llm.model_file import MODEL_FILE, Price, default_models, find_models, read_model_file
from utils.errors import InputError, UserError


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "models.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_file_is_valid_and_every_price_names_its_date_and_source() -> None:
    known = read_model_file()
    assert len(known) >= 4
    text = MODEL_FILE.read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("price"):
            assert "as_of" in line
            assert "source" in line


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
