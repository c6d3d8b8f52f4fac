"""Submission files in a store that fsspec opens (`s3://`, `gs://`, ...): listed, and read a part at a time.

fsspec and the store's own package are imported when a URL is given, and not before. Credentials are what that package
finds in the environment; no line of ours shows them.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

from utils.errors import UserError
from utils.layout import is_submission

INSTALL = "python3 -m pip install"
CLUSTER = "-r requirements-cluster.txt"
IN_CLUSTER = ("s3fs", "gcsfs")  # the packages that it names

REQUEST_BYTES = 8 * 1024 * 1024  # of one request, so that few are made
LEAST_BYTES = 64 * 1024  # of one that is after the end of a line

_USER = re.compile(r"(?<=://)[^/@]*@")
_VALUE = re.compile(r"(?<==)[^&#]*")
_CREDENTIALS = re.compile("credential|token|auth", re.IGNORECASE)
_CONNECTION = re.compile("connect|timeout|dns|resolve|unreachable", re.IGNORECASE)


@dataclass(frozen=True, order=True)
class RemoteFile:
    """A submission file in a store: what scoring needs of a `pathlib.Path`, and how many bytes it has.

    Attributes:
        root: the URL of the submissions, as it was given; it can hold what must not be shown.
        folder: of the model.
        size: when the files were listed; nothing behind it is read.
    """

    root: str
    folder: str
    name: str
    size: int

    def __str__(self) -> str:
        return f"{without_secrets(self.root)}/{self.folder}/{self.name}"

    @property
    def stem(self) -> str:
        """The benchmark."""
        return PurePosixPath(self.name).stem

    @property
    def parent(self) -> PurePosixPath:
        """The model's folder."""
        return PurePosixPath(self.folder)

    def open(self, stop: int) -> BinaryIO:
        """The file from wherever it is read; what lies behind `stop` is asked for only when it is read.

        Raises:
            UserError: it cannot be read; reading it raises the same.
        """
        return cast("BinaryIO", io.BufferedReader(_Ranges(self, stop), REQUEST_BYTES))


SubmissionFile = Path | RemoteFile
"""Where a file of responses lies."""


class _Ranges(io.RawIOBase):
    """The bytes of a remote file, a request for each reading."""

    def __init__(self, file: RemoteFile, stop: int) -> None:
        self.file, self.stop, self.place = file, stop, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self.place = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.place, io.SEEK_END: self.file.size}[whence]
        return self.place

    def tell(self) -> int:
        return self.place

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), max(LEAST_BYTES, self.stop - self.place))
        end = min(self.place + wanted, self.file.size)
        if end <= self.place:
            return 0
        store, base = open_store(self.file.root)
        with _told(str(self.file)):
            found = store.cat_file(f"{base}/{self.file.folder}/{self.file.name}", start=self.place, end=end)
        buffer[: len(found)] = found
        self.place += len(found)
        return len(found)


def place_of(text: str) -> Path | str:
    """The folder that a user names, or its URL when it is in a store."""
    if text.startswith("file://"):
        from urllib.request import url2pathname  # which brings much with it

        return Path(url2pathname(urlsplit(text).path)).absolute()
    return text if "://" in text else Path(text).absolute()


def remote_files(root: str) -> list[RemoteFile]:
    """The submission files below a URL, `MODEL_FOLDER/BENCHMARK.jsonl`, sorted.

    Raises:
        UserError: the package that opens such URLs is not installed, or the store does not list the folder.
    """
    root = root.rstrip("/")
    store, base = open_store(root)
    with _told(without_secrets(root)):
        found: dict[str, dict[str, Any]] = store.find(base, detail=True)
        if not found:
            store.ls(base, detail=False)  # tells what `find` passes over: that there is no such place
        files = []
        for path, about in found.items():
            folder, _, name = path.removeprefix(base).strip("/").rpartition("/")
            if folder and "/" not in folder and is_submission(PurePosixPath(name)):
                size = about.get("size")
                files.append(RemoteFile(root, folder, name, int(store.size(path) if size is None else size)))
    return sorted(files)


@cache
def open_store(root: str) -> tuple[Any, str]:
    """The file system of a URL, and where its folder lies there.

    Raises:
        UserError: no package that opens it is installed, or its own settings are not usable.
    """
    shown = without_secrets(root)
    try:
        fsspec = import_module("fsspec")
    except ImportError:
        raise UserError(f"{shown}: reading a URL takes fsspec; run `{INSTALL} {CLUSTER}`") from None
    for name in ("fsspec", *IN_CLUSTER):  # whose logs hold whole requests; what went wrong is told in a line of ours
        logging.getLogger(name).addHandler(logging.NullHandler())
    protocol = root.partition("://")[0].rpartition("::")[2]
    try:
        store, base = import_module("fsspec.core").url_to_fs(root, use_listings_cache=False)
    except ImportError:
        known = import_module("fsspec.registry").known_implementations.get(protocol, {"class": protocol})
        package = known["class"].partition(".")[0]
        takes = CLUSTER if package in IN_CLUSTER else package
        raise UserError(f"{shown}: reading it takes the package {package}; run `{INSTALL} {takes}`") from None
    except ValueError:
        if protocol not in fsspec.available_protocols():
            raise UserError(f"{shown}: fsspec knows no {protocol}://; give a folder, s3://..., or gs://...") from None
        raise UserError(f"{shown}: is no URL that {protocol}:// can have; check it") from None
    except Exception as error:  # noqa: BLE001  # every store's package has its own
        raise _cannot_read(shown, error) from None
    return store, str(base).rstrip("/")


@contextmanager
def _told(shown: str) -> Iterator[None]:
    """What goes wrong with a store in one line: its kind, not its text, which can hold signatures and keys."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # noqa: BLE001  # every store's package has its own
        raise _cannot_read(shown, error) from None


def _cannot_read(shown: str, error: Exception) -> UserError:
    kind = type(error).__name__
    if isinstance(error, FileNotFoundError):
        return UserError(f"{shown}: not there; check the bucket and the path")
    if isinstance(error, PermissionError) or _CREDENTIALS.search(kind):
        return UserError(f"{shown}: access is denied ({kind}); check the credentials in the environment")
    if isinstance(error, ConnectionError | TimeoutError) or _CONNECTION.search(kind):
        return UserError(f"{shown}: the store cannot be reached ({kind}); check the network and the endpoint")
    return UserError(f"{shown}: cannot be read ({kind}); check the URL and the store's settings in the environment")


def without_secrets(url: str) -> str:
    """The URL as it may be shown: without a user, a password, or the values of a query."""
    place, question, query = _USER.sub("***@", url).partition("?")
    return place + question + _VALUE.sub("***", query)
