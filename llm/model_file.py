"""The model file, `models.toml`: which models there are, their variants, and which are asked by default."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from llm.endpoints import is_http_url
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
PROVIDERS = ("local", "openai", "anthropic", "google", "xai", "compatible")
"""The providers that have a client."""

PARAMETERS = ("temperature", "seed", "logprobs", "reasoning_effort")
"""What a model may accept or reject; `accepts` in the model file lists what it accepts."""

_ALL = frozenset(PARAMETERS)
# What a model takes when the model file does not say: the first pattern that fits. OpenAI's reasoning models (all since
# GPT-5) and Anthropic's models since Claude 4.7 refuse a temperature; Anthropic has no seed and no logprobs.
USUALLY_ACCEPTED: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    (re.compile(r"local/"), _ALL - {"reasoning_effort"}),
    (re.compile(r"openai/(?:gpt-(?:[5-9]|\d\d)|o\d|chat-latest|codex)"), frozenset({"seed", "reasoning_effort"})),
    (re.compile(r"anthropic/claude-(?:3|(?:opus|sonnet|haiku)-4(?:-[0-6])?(?:-\d{8})?$)"), frozenset({"temperature"})),
    (re.compile(r"anthropic/"), frozenset({"reasoning_effort"})),
    (re.compile(r"xai/"), _ALL - {"logprobs"}),
    (re.compile(r""), _ALL),
)

PRICES = ("input", "output", "cached_input", "batch_input", "batch_output")
"""USD for a million tokens, in a model's `price`."""

TEMPERATURE = 0.7
MAX_TOKENS = 1024
CONTEXT = 4096


@dataclass(frozen=True)
class Price:
    """USD for a million tokens."""

    input: float
    output: float
    cached_input: float
    batch_input: float | None = None
    batch_output: float | None = None
    """What the same costs in a batch; None where that is unknown."""

    def cost(self, input_tokens: int, output_tokens: int, cached_tokens: int = 0) -> float:
        """USD for one request; cached tokens are counted within the input tokens, as the providers do."""
        fresh = max(0, input_tokens - cached_tokens)
        return (fresh * self.input + cached_tokens * self.cached_input + output_tokens * self.output) / 1_000_000

    def batch_cost(self, input_tokens: int, output_tokens: int) -> float | None:
        """USD for one request within a batch, all its input taken as fresh; None where the price is unknown."""
        if self.batch_input is None or self.batch_output is None:
            return None
        return (input_tokens * self.batch_input + output_tokens * self.batch_output) / 1_000_000


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
    accepts: frozenset[str] | None = None
    """Which of `PARAMETERS` it takes; None where nobody said, and then the provider's usual ones are sent."""
    base_url: str | None = None
    key_variable: str | None = None
    """Of a `compatible` model: where its server is, and which variable holds its key, if it needs one."""
    weights: Weights | None = None
    context: int = CONTEXT
    threads: int = 1

    @property
    def provider(self) -> str:
        return self.name.partition("/")[0]

    @property
    def accepted(self) -> frozenset[str]:
        """Which of `PARAMETERS` it takes: as the model file says, else as models of such a name usually do."""
        if self.accepts is not None:
            return self.accepts
        called = f"{self.provider}/{self.served_name}"
        return next(accepted for pattern, accepted in USUALLY_ACCEPTED if pattern.match(called))

    def accepts_parameter(self, name: str) -> bool:
        """Whether this parameter is sent."""
        return name in self.accepted


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
        if model.provider == "compatible" and model.base_url is None:
            raise UserError(
                f"model {quoted(name)}: {MODEL_FILE.name} does not say where its server is. "
                "The head of llm/models.toml shows how to add one: base_url"
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
    "accepts": (list, f"a list of {', '.join(PARAMETERS)}"),
    "base_url": (str, "an address that begins with http:// or https://"),
    "key_variable": (str, "the name of an environment variable, never a key itself"),
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
    if "accepts" in merged:
        merged["accepts"] = _accepts(merged["accepts"], path, f"{name}.accepts")
    _check_server(name, merged, path)
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


def _price(value: Mapping[str, Any], path: Path, where: str, today: date | None = None) -> Price:
    """The price of today: `from` within a price holds later ones, each under the first day on which it is asked."""
    later = value.get("from", {})
    if not isinstance(later, dict):
        raise InputError(path, "expected a table of prices by their first day", field=f"{where}.from")
    current = value
    for day in sorted(later):
        if _date(day, path, f"{where}.from") <= (today or datetime.now(UTC).date()):
            current = later[day]
    try:
        numbers = {name: _dollars(current[name]) for name in PRICES if name in current}
        return Price(**{"cached_input": numbers["input"], **numbers})
    except (KeyError, TypeError, ValueError):
        raise InputError(
            path,
            f"expected the numbers input and output (and {', '.join(PRICES[2:])}), found {quoted(value)}",
            field=where,
        ) from None


def _dollars(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError(value)
    return float(value)


def _date(text: str, path: Path, where: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(path, f"expected a date such as 2026-12-01, found {quoted(text)}", field=where) from None


def _accepts(value: list[Any], path: Path, where: str) -> frozenset[str]:
    unknown = [name for name in value if name not in PARAMETERS]
    if unknown:
        raise InputError(path, f"expected some of {', '.join(PARAMETERS)}, found {quoted(unknown[0])}", field=where)
    return frozenset(value)


def _check_server(name: str, merged: Mapping[str, Any], path: Path) -> None:
    """Only a `compatible` model has a server of its own. What was found is not repeated: it may be a key."""
    for field_name, is_right in (("base_url", is_http_url), ("key_variable", _is_variable)):
        if field_name not in merged:
            continue
        where = f"{name}.{field_name}"
        if name.partition("/")[0] != "compatible":
            raise InputError(path, "is for models of provider compatible", field=where)
        if not is_right(merged[field_name]):
            raise InputError(path, f"expected {_FIELDS[field_name][1]}", field=where)


def _is_variable(text: str) -> bool:
    return bool(re.fullmatch(r"[A-Z][A-Z0-9_]*", text))


def _weights(value: str | Mapping[str, Any], path: Path, where: str) -> Weights:
    if isinstance(value, str):
        return Weights(path=(path.parent / Path(value).expanduser()).absolute())
    try:
        return Weights(package=str(value["package"]), member=str(value["member"]), sha256=str(value["sha256"]))
    except KeyError as error:
        raise InputError(path, f"expected package, member and sha256; {error} is missing", field=where) from None
