"""API keys: read from the environment or `.env`, kept out of every text that leaves the process."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from dotenv import dotenv_values

from llm.model_file import KEY_VARIABLES
from utils.errors import one_line
from utils.layout import REPOSITORY

# Parts of a key as long as this are taken out of messages; providers like to quote the head and the tail of one.
SHORTEST_PART = 4
# What looks like anybody's key, known to us or not.
_KEY_LIKE = re.compile(r"(?i)\b(?:sk|xai|pk|rk)-[\w*.…-]{3,}|\bAIza[\w*.…-]{3,}|\bBearer\s+\S+")
_WORD = re.compile(r"[\w*.…+/=-]+")


class Secret:
    """A string that does not show itself: `str`, `repr` and formatting give a placeholder."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The string itself, for the one place that sends it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(hidden)"

    __str__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not stored")


def key_files(root: Path) -> list[Path]:
    """The files beside the environment that may hold keys, those that go first in front."""
    return list(dict.fromkeys([root / ".env", REPOSITORY / ".env"]))


def read_keys(env_files: Sequence[Path], environment: Mapping[str, str] = os.environ) -> dict[str, Secret]:
    """The key of each provider that has one.

    A variable of the environment goes before `.env`, also when it is empty: `OPENAI_API_KEY= make run` hides the key.
    """
    found = {provider: read_key(variable, env_files, environment) for provider, variable in KEY_VARIABLES.items()}
    return {provider: key for provider, key in found.items() if key is not None}


def read_key(variable: str, env_files: Sequence[Path], environment: Mapping[str, str] = os.environ) -> Secret | None:
    """The key in one variable of the environment or of `.env`, or None."""
    value = environment.get(variable)
    if value is None:
        files = [dotenv_values(path, interpolate=False) for path in env_files if path.is_file()]
        value = next((file[variable] for file in files if variable in file), None)
    return Secret(value.strip()) if value and value.strip() else None


def redacted(message: str, keys: Iterable[Secret]) -> str:
    """`message` on one line, without any of the keys, any telling part of one, or anything that looks like a key."""
    values = [key.reveal() for key in keys]
    text = _KEY_LIKE.sub("[redacted]", message)
    for value in values:
        text = text.replace(value, "[redacted]")
    return one_line(_WORD.sub(lambda match: "[redacted]" if _tells(match.group(), values) else match.group(), text))


def _tells(word: str, keys: Iterable[str]) -> bool:
    """Whether the word holds the head or the tail of a key, or a longer part from anywhere in it."""
    for key in keys:
        if len(key) < SHORTEST_PART:
            continue
        if key[:SHORTEST_PART] in word or key[-SHORTEST_PART:] in word:
            return True
        width = 2 * SHORTEST_PART
        if any(key[start : start + width] in word for start in range(len(key) - width + 1)):
            return True
    return False
