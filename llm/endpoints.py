"""Where a provider is asked: the address from the environment, and how it is shown to people."""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit

from utils.errors import UserError

_HTTP = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_VERSION = re.compile(r"/(v\d\w*)/?$")


def is_http_url(text: str) -> bool:
    """Whether this can be the address of a server."""
    return bool(_HTTP.match(text)) and not re.search(r"\s", text)


def address_from_environment(variable: str, default: str) -> str:
    """The address in an environment variable, or the provider's own.

    Raises:
        UserError: the variable holds something else.
    """
    address = os.environ.get(variable, "").strip()
    if address and not is_http_url(address):
        raise UserError(f"{variable}: expected an address that begins with http:// or https://")
    return (address or default).rstrip("/")


def without_version(address: str) -> tuple[str, str | None]:
    """The address without an API version such as /v1 or /v1beta at its end, and that version."""
    match = _VERSION.search(address)
    return (address[: match.start()], match.group(1)) if match else (address, None)


def shown(address: str) -> str:
    """The address without what may be secret in it: a user, a password, a query."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{host_of(address)}{parts.path.rstrip('/')}"


def host_of(address: str) -> str:
    """Host and port."""
    return urlsplit(address).netloc.rpartition("@")[2]
