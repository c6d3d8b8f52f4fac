"""The card's figures of stated confidence are those of the table of wordings as it stands."""

from __future__ import annotations

from confidence.scorer_card import measured
from normalize.card import CONFIDENCE, TRUSTBENCH, read_card


def test_the_kept_figures_are_those_of_the_wordings() -> None:
    kept = [row for row in read_card().rows if row.normalizer == CONFIDENCE]
    assert kept == measured()  # else run `python3 -m confidence.scorer_card`


def test_our_reader_reads_every_wording_and_the_first_number_does_not() -> None:
    shares = {row.method: row.value for row in measured()}
    assert shares[TRUSTBENCH] == 1.0
    assert 0.3 < (shares["first_number_of_100"] or 0) < 0.8
