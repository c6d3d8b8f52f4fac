"""Whether a model gave the same text in every run, from the submissions, without keeping any text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from analysis.item_columns import Bools
from utils.jsonl import located_lines
from utils.layout import model_folder
from utils.responses import valid_object


def same_texts(path: Path, items: Sequence[str], runs: Sequence[int]) -> Bools | None:
    """Of each item whether the texts of all these runs are equal; None where the text of any item and run is missing.

    The first line of an item and run stands. Lines that are no valid response of this file were told by
    runners.aggregate_results and are passed over. A text is known by its length and hash.

    Raises:
        UserError: the file cannot be read.
    """
    benchmark, folder, n_runs = path.stem, path.parent.name, len(runs)
    starts = {item: place * n_runs for place, item in enumerate(items)}
    columns = {run: column for column, run in enumerate(runs)}
    seen = bytearray(len(items) * n_runs)
    first: dict[int, tuple[int, int]] = {}
    differing: set[int] = set()
    missing, belongs = len(seen), {}
    for line, _, content, complete in located_lines(path):
        if not missing:
            break
        value = valid_object(content, path, line, complete=complete)
        if value is None or value["benchmark"] != benchmark:
            continue
        start, column, model = starts.get(value["item_id"]), columns.get(value["run"]), value["model"]
        if start is None or column is None or seen[start + column]:
            continue
        if model not in belongs:
            belongs[model] = model_folder(model) == folder
        if not belongs[model]:
            continue
        seen[start + column] = True
        missing -= 1
        if start not in differing:
            text = value["response"]
            known = len(text), hash(text)
            if first.setdefault(start, known) != known:
                differing.add(start)
    return None if missing else np.array([start not in differing for start in starts.values()], np.bool_)
