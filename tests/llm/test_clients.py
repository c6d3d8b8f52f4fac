"""Which client serves a provider, and that its library is imported only then."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from llm.clients import as_its_client_asks, open_clients
from llm.keys import Secret
from llm.model_file import KEY_VARIABLES, Model
from tests.llm.providers import has_legacy_google
from utils.errors import UserError
from utils.layout import REPOSITORY

LIBRARIES = ("openai", "anthropic", "google.genai", "google.generativeai", "httpx2", "httpx", "aiohttp", "xllamacpp")
KEYS = {provider: Secret("Zq81Lm2Pw0Rt") for provider in KEY_VARIABLES}


def imported_by(program: str) -> set[str]:
    told = f"{program}\nimport sys\nprint(*[name for name in {LIBRARIES!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", told], cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


def test_step_1_imports_no_provider_s_library_before_it_is_used() -> None:
    assert imported_by("import runners.auto_run_async, llm.clients") == set()


@pytest.mark.parametrize(
    ("provider", "library"), [("openai", "openai"), ("anthropic", "anthropic"), ("xai", None), ("compatible", "openai")]
)
def test_a_provider_brings_its_own_maker_s_library_alone(provider: str, library: str | None) -> None:
    program = f"""
import asyncio, pathlib
from llm.clients import open_clients
from llm.keys import Secret
clients = open_clients({{{provider!r}: 2}}, {{{provider!r}: Secret("Zq81Lm2Pw0Rt")}}, pathlib.Path("."), 9, print)
asyncio.run(clients[{provider!r}].close())
"""
    assert imported_by(program) & {"openai", "anthropic", "google.genai", "xllamacpp"} == {library} - {None}


@pytest.mark.parametrize("provider", ["openai", "anthropic", "google", "xai"])
def test_an_address_that_is_none_is_one_line_that_names_its_variable(
    provider: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{provider.upper()}_BASE_URL", "localhost:8000")
    with pytest.raises(UserError, match=f"{provider.upper()}_BASE_URL: expected an address"):
        open_clients({provider: 1}, KEYS, tmp_path, 9, print)


def test_google_sdk_names_one_of_two_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_SDK", "palm")
    with pytest.raises(UserError, match="expected google-genai or google-generativeai, found 'palm'"):
        open_clients({"google": 1}, KEYS, tmp_path, 9, print)


@pytest.mark.skipif(has_legacy_google(), reason="requirements-legacy.txt is installed")
def test_a_package_that_is_not_installed_is_told_with_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_SDK", "google-generativeai")
    with pytest.raises(UserError, match=r"pip install -r requirements-legacy\.txt"):
        open_clients({"google": 1}, KEYS, tmp_path, 9, print)


def test_what_google_s_older_package_cannot_send_is_not_said_to_be_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Model("google/gemini-x", served_name="gemini-x")
    assert as_its_client_asks(model).accepts_parameter("seed")
    monkeypatch.setenv("GOOGLE_SDK", "google-generativeai")
    older = as_its_client_asks(model)
    assert (older.accepts_parameter("seed"), older.accepts_parameter("temperature")) == (False, True)
    assert as_its_client_asks(Model("xai/m", served_name="m")).accepts_parameter("seed")
