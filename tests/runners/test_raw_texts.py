"""Which items' texts are the same in every run: as reading every response of the file tells."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from runners.raw_texts import same_texts
from utils.jsonl import object_line
from utils.responses import Response, read_responses

ITEMS, RUNS = ("a", "b"), (0, 2)

lines = st.fixed_dictionaries(
    {
        "model": st.sampled_from(["m/a"] * 8 + ["m/b", "none", 3]),
        "benchmark": st.sampled_from(["bench"] * 8 + ["other"]),
        "item_id": st.sampled_from([*ITEMS] * 4 + ["c", None]),
        "run": st.sampled_from([*RUNS] * 4 + [1, -1, 2.0, True, 10**30]),
        "response": st.sampled_from(["same", "same", "Same", "\ud800", ""]),
    },
    optional={"cost_usd": st.sampled_from([0.5, 10**25, -1, "x"]), "logprobs": st.just([{"logprob": -(10**30)}])},
)
torn = st.sampled_from([b"\n", b"{\n", b"[1]\n", b"\xff\n", b'{"a": ' + b"9" * 5000 + b"}\n", b"[" * 300 + b"\n"])


def by_hand(path: Path) -> list[bool] | None:
    texts = {(each.item_id, each.run): each.response for _, each in read_responses(path) if isinstance(each, Response)}
    if not all((item, run) in texts for item in ITEMS for run in RUNS):
        return None
    return [len({texts[item, run] for run in RUNS}) == 1 for item in ITEMS]


def whole(**fields: Any) -> list[bytes]:
    return [
        object_line({"model": "m/a", "benchmark": "bench", "item_id": item, "run": run, "response": "same", **fields})
        for item in ITEMS
        for run in RUNS
    ]


@settings(max_examples=60)
@given(st.lists(lines.map(object_line) | torn, max_size=10), st.sampled_from([[], whole(), whole(latency_s=1)]))
def test_texts_are_the_same_where_reading_all_responses_says_so(some: list[bytes], rest: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m__a" / "bench.jsonl"
        path.parent.mkdir()
        path.write_bytes(b"".join(some + rest))
        found = same_texts(path, ITEMS, RUNS)
        assert (None if found is None else found.tolist()) == by_hand(path)
