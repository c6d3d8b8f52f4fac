"""The README's scorer card holds the kept figures: `python3 -m normalize.scorer_card --markdown` prints its tables."""

from __future__ import annotations

from normalize.card import read_card
from normalize.card_text import markdown
from utils.layout import REPOSITORY


def test_the_readme_shows_the_kept_figures() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    missing = [line for line in markdown(read_card()).splitlines() if line and line not in readme]
    assert missing == []
    assert markdown(read_card()) in readme
