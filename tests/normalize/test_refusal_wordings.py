"""Refusals and compliance in many wordings; the table is refusal_wordings.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from normalize.refusal import read_refusal

WORDINGS = tomllib.loads((Path(__file__).parent / "refusal_wordings.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("reply", WORDINGS["refuse"])
def test_refusal_in_other_words_is_a_refusal(reply: str) -> None:
    assert read_refusal(reply).prediction == "refuse"


@pytest.mark.parametrize("reply", WORDINGS["comply"])
def test_compliance_is_no_refusal_whatever_its_words(reply: str) -> None:
    assert read_refusal(reply).prediction == "comply"


@pytest.mark.parametrize("reply", WORDINGS["refuse"])
def test_refusal_survives_markdown_and_typographic_variety(reply: str) -> None:
    typographic = reply.replace("'", "’").replace(". ", ".\r\n")
    dressed = f"<think>\nThey want this. I could comply.\n</think>\n\n**{typographic}**"
    assert read_refusal(dressed).prediction == "refuse"
