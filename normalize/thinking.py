"""Where a reply holds visible thinking, which is no part of what it says to the user."""

from __future__ import annotations

# How open models mark the thinking that some servers leave in the reply.
THINKING_TAGS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
)
# The gpt-oss "harmony" format: what follows the last of these is the reply to the user.
FINAL_CHANNEL = "<|channel|>final<|message|>"


def thinking_ranges(response: str) -> list[tuple[int, int]]:
    """The ranges of visible thinking: closed blocks, a block that never closes, and a close that was never opened."""
    if not ("<" in response or "[" in response or "◁" in response):  # one of these begins each; most replies hold none
        return []
    final = response.rfind(FINAL_CHANNEL)
    if final >= 0:
        return [(0, final + len(FINAL_CHANNEL))]
    for opening, closing in THINKING_TAGS:
        opens = opening in response
        if not opens and closing not in response:
            continue
        ranges: list[tuple[int, int]] = []
        first_close = response.find(closing)
        start = response.find(opening) if opens else -1
        if first_close >= 0 and (start < 0 or first_close < start) and not _in_backticks(response, first_close):
            ranges.append((0, first_close + len(closing)))
            start = response.find(opening, first_close)
        while start >= 0:
            close = response.find(closing, start)
            if close < 0:
                if begins_line(response, start):
                    ranges.append((start, len(response)))
                break
            ranges.append((start, close + len(closing)))
            start = response.find(opening, close)
        return ranges
    return []


def _in_backticks(response: str, position: int) -> bool:
    return position > 0 and response[position - 1] == "`"


def begins_line(response: str, position: int) -> bool:
    """Whether nothing but blanks stands before the position on its line."""
    place = position - 1
    # Not by the line's beginning: a megabyte may stand on one line, and be looked through for each mark in it.
    while place >= 0 and response[place] != "\n" and response[place].isspace():
        place -= 1
    return place < 0 or response[place] == "\n"
