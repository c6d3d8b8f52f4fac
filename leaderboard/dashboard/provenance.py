"""Where the leaderboard comes from: the hash of every file behind it, and the versions that made it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import streamlit as st

from leaderboard.dashboard import address
from leaderboard.dashboard.data import read_json
from leaderboard.dashboard.widgets import Site, advice, broken, table
from utils.errors import InputError, UserError
from utils.hashing import sha256_file
from utils.tables import storable_text

STAGE = "leaderboard.build_leaderboard"
SHA256_LENGTH = 64
BENCHMARKS = "benchmarks/"
VERDICTS = {True: "same", False: "changed", None: "not found"}


def render(site: Site) -> None:
    """Draw the page."""
    st.title("Provenance", anchor=False)
    st.markdown("What the leaderboard was made from: SHA-256 of every input and output file, and the versions at work.")
    path = site.layout.artifacts / "provenance.json"
    try:
        record = read_json(path, STAGE)
        if not isinstance(record, dict):
            raise InputError(path, "expected an object", hint=f"run `python3 -m {STAGE}` to write it anew")
    except UserError as error:
        if path.exists():
            broken(site, STAGE, error)
        else:
            advice(site, STAGE)
        return
    files = pd.DataFrame(_files(record), columns=["part", "file", "sha256"], dtype=object)
    facts = [
        (storable_text(" › ".join(place)), _said(value)) for place, value in _leaves(record, ()) if not _is_hash(value)
    ]
    st.subheader("Made by", anchor=False)
    about = pd.DataFrame(facts, columns=["what", "value"], dtype=object)
    table(about.rename(columns={"what": "What", "value": "Value"}), about, "provenance-versions")
    _file_table(site, files)


def _file_table(site: Site, files: pd.DataFrame) -> None:
    st.subheader("Files", anchor=False)
    if files.empty:
        st.caption("The record lists no files.")
        return
    display = pd.DataFrame({"Part": files["part"], "File": files["file"], "SHA-256": files["sha256"]})
    address.follow_switch("check")
    if st.toggle("Check the files against these hashes", key="check", on_change=address.write, args=("check",)):
        found = [_matches(site, name, digest) for name, digest in zip(files["file"], files["sha256"], strict=True)]
        display.insert(1, "Now", [VERDICTS[verdict] for verdict in found])
        differing = sum(verdict is not True for verdict in found)
        if differing:
            st.warning(f"{differing} of {len(found)} files are not as they were; build the leaderboard anew.")
        else:
            st.success(f"All {len(found)} files are as they were.")
    table(display, files, "provenance-files")


def _matches(site: Site, name: str, digest: str) -> bool | None:
    """Whether the file still has this hash; None when it is not found under the root or among the benchmarks."""
    folder = site.layout.root
    if name.startswith(BENCHMARKS):  # these may lie anywhere: `--benchmarks-dir`
        folder, name = site.layout.benchmarks, name.removeprefix(BENCHMARKS)
    try:
        path = (folder / name).resolve()
        if path.is_relative_to(folder.resolve()) and path.is_file():
            return sha256_file(path) == digest
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return None
    return None


def _files(record: dict[str, Any], part: str = "") -> Iterator[tuple[str, str, str]]:
    """Every (part, file, SHA-256) in the record, `{part: {file: hash}}`."""
    for name, value in record.items():
        if _is_hash(value):
            yield storable_text(part), storable_text(name), value
        elif isinstance(value, dict):
            yield from _files(value, part or name)


def _leaves(value: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, (*place, str(name)))
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from _leaves(inner, (*place, str(number)))
    else:
        yield place, value


def _said(value: Any) -> str:
    return "not known" if value is None else storable_text(str(value))


def _is_hash(value: Any) -> bool:
    return isinstance(value, str) and len(value) == SHA256_LENGTH and set(value) <= set("0123456789abcdef")
