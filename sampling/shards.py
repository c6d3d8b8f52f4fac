"""Splitting the asking over machines: every (benchmark, item, run) belongs to one shard of N, on every machine."""

from __future__ import annotations

import re
from dataclasses import dataclass

from utils.hashing import sha256_text

SHARD = re.compile(r"([1-9][0-9]{0,4})/([1-9][0-9]{0,4})")


@dataclass(frozen=True)
class Shard:
    """Part `index` of `count`, counted from 1; which model is asked makes no difference."""

    index: int
    count: int

    def holds(self, benchmark: str, item_id: str, run: int) -> bool:
        """Whether the item's run belongs to this shard: by a hash, so that a larger sample moves nothing."""
        if self.count == 1:  # the usual case, in which no request needs its hash
            return True
        return int(sha256_text(f"shard\0{benchmark}\0{item_id}\0{run}")[:15], 16) % self.count == self.index - 1

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"


WHOLE = Shard(1, 1)


def parse_shard(text: str) -> Shard:
    """The shard that `I/N` names.

    Raises:
        ValueError: it is none; 1/N to N/N are.
    """
    found = SHARD.fullmatch(text)
    if not found or int(found[1]) > int(found[2]):
        raise ValueError(f"expected I/N with I from 1 to N, for instance 2/4, found {text!r}")
    return Shard(int(found[1]), int(found[2]))
