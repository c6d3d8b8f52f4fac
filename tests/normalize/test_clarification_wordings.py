"""Replies that ask back and replies that answer, in many wordings; the table is clarification_wordings.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from normalize.clarification import read_clarification

WORDINGS = tomllib.loads((Path(__file__).parent / "clarification_wordings.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("reply", WORDINGS["clarify"])
def test_reply_that_needs_something_from_the_user_clarifies(reply: str) -> None:
    assert read_clarification(reply).prediction == "clarify"


@pytest.mark.parametrize("reply", WORDINGS["answer"])
def test_reply_that_gives_something_to_go_on_answers(reply: str) -> None:
    assert read_clarification(reply).prediction == "answer"
