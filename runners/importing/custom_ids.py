"""From a batch's custom ids to benchmark, item and run, by a pattern that may be the user's own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence

from utils.errors import UserError, quoted

DEFAULT_PATTERN = r"(?P<benchmark>[a-z0-9][a-z0-9_-]*)/(?P<item_id>.+)/(?P<run>[0-9]+)"
GROUPS = ("benchmark", "item_id", "run")
PATTERN_LIMIT = 500  # characters
ID_LIMIT = 1000  # characters; OpenAI's own ids are shorter
SECONDS = 20.0  # for all ids of a file; matching takes microseconds an id, unless the pattern runs away
# A regular expression cannot be stopped from within its process, so it runs in one of its own.
_MATCHING = """
import json, re, sys
asked = json.load(sys.stdin)
pattern = re.compile(asked["pattern"])
found = [pattern.fullmatch(each) for each in asked["ids"]]
json.dump([match and match.groupdict() for match in found], sys.stdout)
"""


def check_pattern(pattern: str, given: Sequence[str]) -> None:
    """Refuse a pattern that cannot tell what an id stands for.

    Args:
        given: the groups that flags give instead.

    Raises:
        UserError: it is no regular expression, or lacks a group, or has one that means nothing.
    """
    if len(pattern) > PATTERN_LIMIT:
        raise UserError(f"--custom-id-pattern: is longer than {PATTERN_LIMIT} characters")
    try:
        groups = re.compile(pattern).groupindex
    except (re.error, RecursionError, OverflowError) as error:
        raise UserError(f"--custom-id-pattern {quoted(pattern)}: is no regular expression ({error})") from None
    unknown = sorted(set(groups) - set(GROUPS))
    missing = [group for group in GROUPS if group not in groups and group not in given]
    if unknown or missing:
        told = f"has no group (?P<{missing[0]}>...)" if missing else f"has a group {quoted(unknown[0])}"
        flag = f", nor is there --{missing[0]}" if missing and missing[0] != "item_id" else ""
        raise UserError(f"--custom-id-pattern {quoted(pattern)}: {told}{flag}; groups are {', '.join(GROUPS)}")


def matched(pattern: str, ids: Sequence[str]) -> list[Mapping[str, str | None] | None]:
    """The groups of each id, None where the whole id does not match.

    Raises:
        UserError: the pattern takes too long.
    """
    if pattern == DEFAULT_PATTERN:  # which takes time in proportion to an id's length
        matches = [re.fullmatch(pattern, each) for each in ids]
        return [match and match.groupdict() for match in matches]
    asked = json.dumps({"pattern": pattern, "ids": [each if len(each) <= ID_LIMIT else "" for each in ids]})
    try:
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-I", "-c", _MATCHING],
            input=asked, capture_output=True, text=True, encoding="utf-8", timeout=SECONDS, check=True,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise UserError(
            f"--custom-id-pattern {quoted(pattern)}: takes too long on these ids; avoid repeats within repeats"
        ) from None
    except subprocess.CalledProcessError:
        raise UserError(f"--custom-id-pattern {quoted(pattern)}: cannot be matched with these ids") from None
    found: list[Mapping[str, str | None] | None] = json.loads(done.stdout)
    return found
