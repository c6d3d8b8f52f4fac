"""Dependencies: each one bounded on both sides, and the lock holds them all, within their bounds, with hashes."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from utils.layout import REPOSITORY

LOCK = REPOSITORY / "requirements.lock"


def requirements(name: str) -> list[Requirement]:
    lines = (line.partition("#")[0].strip() for line in (REPOSITORY / name).read_text(encoding="utf-8").splitlines())
    return [Requirement(line) for line in lines if line]


def of_groups() -> list[Requirement]:
    groups = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    return [Requirement(line) for group in groups.values() for line in group if isinstance(line, str)]


def locked() -> dict[str, tuple[str, int]]:
    """The version of each locked package, and how many hashes it has."""
    found = {}
    for entry in re.split(r"\n(?=[a-z0-9])", LOCK.read_text(encoding="utf-8")):
        if named := re.match(r"([a-z0-9][a-z0-9.-]*)==([^ ;\\]+)", entry):
            found[canonicalize_name(named[1])] = (named[2], entry.count("--hash=sha256:"))
    return found


@pytest.mark.parametrize("requirement", [*requirements("requirements.txt"), *of_groups()], ids=str)
def test_a_direct_dependency_has_a_lower_and_an_upper_bound(requirement: Requirement) -> None:
    assert {specifier.operator for specifier in requirement.specifier} >= {">=", "<"}


@pytest.mark.parametrize("requirement", requirements("requirements.txt"), ids=lambda each: each.name)
def test_the_lock_holds_it_within_its_bounds(requirement: Requirement) -> None:
    version, _ = locked()[canonicalize_name(requirement.name)]
    assert requirement.specifier.contains(version), "requirements.txt changed: make lock"


def test_everything_in_the_lock_has_its_hashes() -> None:
    assert len(locked()) > len(requirements("requirements.txt"))
    assert all(hashes for _, hashes in locked().values())


def test_the_lock_names_no_place_that_packages_came_from() -> None:
    assert not re.search(r"https?://|file:|--index-url|--find-links", LOCK.read_text(encoding="utf-8"))
