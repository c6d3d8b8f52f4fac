"""The model file, `models.toml`: which models there are, their variants, and which are asked by default."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from utils.errors import InputError, UserError, quoted
from utils.layout import check_model_name

MODEL_FILE = Path(__file__).with_name("models.toml")

# The environment variable that holds each provider's key; a provider that needs none has no entry.
KEY_VARIABLES = {
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "google": "GOOGLE_API_KEY",
    "xai": "XAI_API_KEY",
}
PROVIDERS = ("local", "openai")
"""The providers that have a client."""

TEMPERATURE = 0.7
MAX_TOKENS = 1024
CONTEXT = 4096


@dataclass(frozen=True)
class Price:
    """USD for a million tokens."""

    input: float
    output: float
    cached_input: float

    def cost(self, input_tokens: int, output_tokens: int, cached_tokens: int = 0) -> float:
        """USD for one request; cached tokens are counted within the input tokens, as the providers do."""
        fresh = max(0, input_tokens - cached_tokens)
        return (fresh * self.input + cached_tokens * self.cached_input + output_tokens * self.output) / 1_000_000


@dataclass(frozen=True)
class Weights:
    """Where a GGUF file lies: on the disk (`path`), or within a package of the Python registry."""

    path: Path | None = None
    package: str = ""
    member: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Model:
    """A model as it is asked. `served_name` is what its provider calls it; a variant has its base's."""

    name: str
    served_name: str
    about: str = ""
    default: bool = False
    system: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    price: Price | None = None
    weights: Weights | None = None
    context: int = CONTEXT
    threads: int = 1

    @property
    def provider(self) -> str:
        return self.name.partition("/")[0]


def read_model_file(path: Path = MODEL_FILE) -> dict[str, Model]:
    """All models of the file by name.

    Raises:
        UserError: the file cannot be read.
        InputError: it is no valid TOML, or a model's field is not what the head of `llm/models.toml` says.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("models", {})
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(path, f"is not valid TOML ({error})") from error
    if not isinstance(tables, dict):
        raise InputError(path, 'expected tables named [models."PROVIDER/NAME"]', field="models")
    return {name: _model(name, tables, path) for name in tables}


def find_models(names: Sequence[str], known: Mapping[str, Model]) -> list[Model]:
    """The models that were named, each once, in the order given; one that the file does not know is made up.

    Raises:
        UserError: a name has not the form PROVIDER/NAME, its provider has no client, or it is a local model that the
            file does not describe.
    """
    found: dict[str, Model] = {}
    for name in names:
        model = known.get(check_model_name(name)) or Model(name, served_name=name.partition("/")[2])
        if model.provider not in PROVIDERS:
            raise UserError(
                f"model {quoted(name)}: there is no provider {quoted(model.provider)}; there are {', '.join(PROVIDERS)}"
            )
        if model.provider == "local" and model.weights is None:
            local = ", ".join(name for name, other in known.items() if other.provider == "local")
            raise UserError(
                f"model {quoted(name)}: {MODEL_FILE.name} does not say where its weights are; it knows {local}. "
                "The head of llm/models.toml shows how to add one"
            )
        found[model.name] = model
    return list(found.values())


def default_models(known: Mapping[str, Model], keys: Mapping[str, object]) -> tuple[list[Model], str]:
    """The models to ask when none was named, and why these.

    Args:
        keys: the providers whose key is set.
    """
    with_key = [model for model in known.values() if model.default and model.provider in keys]
    if with_key:
        providers = sorted({model.provider for model in with_key})
        return with_key, f"the default models of {', '.join(providers)}, whose key is set"
    local = [model for model in known.values() if model.default and model.provider == "local"]
    return local, "no key is set, so the embedded models are asked; they run on this machine and cost nothing"


# What each field of a model's table must be, in the words of an error message.
_FIELDS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "default": (bool, "true or false"),
    "about": (str, "a string"),
    "base": (str, "the name of another model"),
    "served_name": (str, "a string"),
    "system": (str, "a string"),
    "temperature": ((int, float), "a number"),
    "max_tokens": (int, "an integer"),
    "params": (dict, "a table"),
    "price": (dict, "a table with the numbers input and output"),
    "weights": ((str, dict), "a path, or a table with package, member and sha256"),
    "context": (int, "an integer"),
    "threads": (int, "an integer"),
}


def _model(name: str, tables: Mapping[str, Any], path: Path) -> Model:
    own = _checked(name, tables, path)
    inherited: dict[str, Any] = {}
    if base := own.pop("base", None):
        if base not in tables or base.partition("/")[0] != name.partition("/")[0]:
            raise InputError(path, f"there is no such model of the same provider: {quoted(base)}", field=f"{name}.base")
        inherited = _checked(base, tables, path)
        if "base" in inherited:
            raise InputError(path, f"{quoted(base)} is a variant itself; name its base", field=f"{name}.base")
        inherited.pop("default", None)
        inherited.setdefault("served_name", base.partition("/")[2])
    merged = {**inherited, **own}
    merged["params"] = {**inherited.get("params", {}), **own.get("params", {})}
    merged.setdefault("served_name", name.partition("/")[2])
    if "price" in merged:
        merged["price"] = _price(merged["price"], path, f"{name}.price")
    if "weights" in merged:
        merged["weights"] = _weights(merged["weights"], path, f"{name}.weights")
    if "system" in merged:
        merged["system"] = merged["system"].strip()
    return Model(name=name, **merged)


def _checked(name: str, tables: Mapping[str, Any], path: Path) -> dict[str, Any]:
    table = tables[name]
    try:
        check_model_name(name)
    except UserError as error:
        raise InputError(path, str(error)) from error
    if not isinstance(table, dict):
        raise InputError(path, "expected a table", field=name)
    for key, value in table.items():
        if key not in _FIELDS:
            raise InputError(path, f"unknown; expected one of {', '.join(_FIELDS)}", field=f"{name}.{key}")
        kind, expected = _FIELDS[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise InputError(path, f"expected {expected}, found {quoted(value)}", field=f"{name}.{key}")
    return dict(table)


def _price(value: Mapping[str, Any], path: Path, where: str) -> Price:
    try:
        given, output = float(value["input"]), float(value["output"])
        return Price(given, output, float(value.get("cached_input", given)))
    except (KeyError, TypeError, ValueError):
        raise InputError(path, f"expected the numbers input and output, found {quoted(value)}", field=where) from None


def _weights(value: str | Mapping[str, Any], path: Path, where: str) -> Weights:
    if isinstance(value, str):
        return Weights(path=(path.parent / Path(value).expanduser()).absolute())
    try:
        return Weights(package=str(value["package"]), member=str(value["member"]), sha256=str(value["sha256"]))
    except KeyError as error:
        raise InputError(path, f"expected package, member and sha256; {error} is missing", field=where) from None
