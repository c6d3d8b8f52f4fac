"""One file over HTTP: goes on where it stopped, tries again when a connection breaks, says when there is none."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from utils.atomic import cannot_write
from utils.errors import UserError

# Four tries some seconds apart outlast a hiccup; a longer outage is for the user, whose next run goes on from here.
ATTEMPTS = 4
WAIT = wait_random_exponential(multiplier=0.25, max=8)
TIMEOUT = httpx.Timeout(30, connect=10)  # seconds without a byte; and until connected
LARGEST = 256 * 1024 * 1024  # bytes; the largest file of the catalogue has 4 MB
_BUSY = frozenset((408, 425, 429, 500, 502, 503, 504))
_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)")

Progress = Callable[[int, int | None], None]
"""Told how many bytes are there, and of how many in all where the server says."""


class NotThere(UserError):
    """The server has no such file, or keeps it for those who have agreed to something."""


class _Passing(Exception):
    """An answer that may be another the next time."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def download(urls: Sequence[str], part: Path, progress: Progress) -> bool:
    """Bring `part` up to the whole file, from the first address that has it.

    Returns:
        Whether bytes of an earlier try were used: then a wrong SHA-256 may be theirs.

    Raises:
        NotThere: no address has the file, or none gives it to just anyone.
        UserError: there is no connection, it broke off too often, or the file cannot be written. What has come is kept.
    """
    resumed = part.is_file() and part.stat().st_size > 0
    headers = {"User-Agent": "TrustBench", "Accept-Encoding": "identity"}  # a range is of the bytes as they are
    with httpx.Client(follow_redirects=True, timeout=TIMEOUT, headers=headers) as client:
        for url in urls[:-1]:
            try:
                _patiently(client, url, part, progress)
                return resumed
            except NotThere:
                continue
        _patiently(client, urls[-1], part, progress)
    return resumed


def _patiently(client: httpx.Client, url: str, part: Path, progress: Progress) -> None:
    tries = Retrying(
        stop=stop_after_attempt(ATTEMPTS), wait=WAIT, retry=retry_if_exception(_may_pass), reraise=True
    )  # fmt: skip
    host = httpx.URL(url).host
    try:
        tries(_once, client, url, part, progress)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
        raise UserError(f"no connection to {host} ({error or 'no answer'})") from None
    except httpx.TransportError as error:
        raise UserError(
            f"the connection to {host} broke off {ATTEMPTS} times ({error or type(error).__name__}); what has come is "
            "kept, the same command goes on from there"
        ) from None
    except (httpx.TooManyRedirects, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise UserError(f"{url}: {error}") from None
    except _Passing as answer:
        raise UserError(f"{host} is busy (HTTP {answer.status}); run the same command again later") from None
    except OSError as error:
        raise cannot_write(part, error) from error


def _may_pass(error: BaseException) -> bool:
    """Whether another try may do better; without any connection it will not, and the user should know at once."""
    refused = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
    return isinstance(error, _Passing) or (isinstance(error, httpx.TransportError) and not isinstance(error, refused))


def _once(client: httpx.Client, url: str, part: Path, progress: Progress) -> None:
    have = part.stat().st_size if part.is_file() else 0
    with client.stream("GET", url, headers={"Range": f"bytes={have}-"} if have else {}) as answer:
        begins, total = _extent(answer)
        if answer.status_code == 416:
            if total == have:  # all of it had come, only the renaming had not
                return
            part.unlink()
            raise _Passing(416)
        _check_status(answer, url)
        if answer.status_code == 206 and begins != have:
            part.unlink()
            raise _Passing(206)
        done = have if answer.status_code == 206 else 0
        part.parent.mkdir(parents=True, exist_ok=True)
        with part.open("ab" if done else "wb") as file:
            for block in answer.iter_bytes():
                done += len(block)
                if done > LARGEST:
                    raise UserError(f"{url}: more than {LARGEST:,} bytes; this cannot be the file")
                file.write(block)
                progress(done, total)


def _extent(answer: httpx.Response) -> tuple[int | None, int | None]:
    """Where the body begins in the file, and the length of the whole file, as far as the server says."""
    said = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
    if said:
        return (int(said[1]) if said[1] else None), (int(said[2]) if said[2] != "*" else None)
    length = answer.headers.get("Content-Length", "")
    return None, int(length) if length.isdigit() and answer.status_code == 200 else None


def _check_status(answer: httpx.Response, url: str) -> None:
    status = answer.status_code
    if status in (401, 403):
        raise NotThere(f"{url}: is not given to just anyone (HTTP {status})")
    if status in (404, 410):
        raise NotThere(f"{url}: is not there (HTTP {status})")
    if status in _BUSY:
        raise _Passing(status)
    if status not in (200, 206):
        raise UserError(f"{url}: HTTP {status} {answer.reason_phrase}")
