"""One program at a time writes to a submissions folder."""

from __future__ import annotations

from contextlib import AbstractContextManager

from filelock import FileLock, Timeout

from utils.atomic import cannot_write
from utils.errors import UserError
from utils.layout import Layout


def only_one(layout: Layout) -> AbstractContextManager[object]:
    """A lock on the submissions folder; it ends with its process, so that none is ever stale.

    Raises:
        UserError: another holds it, or the folder cannot be written.
    """
    try:
        layout.submissions.mkdir(parents=True, exist_ok=True)
        return FileLock(layout.submissions / ".lock").acquire(blocking=False)
    except Timeout:
        raise UserError(
            f"{layout.submissions}: another step 1 is writing here; wait for it, or choose a --root"
        ) from None
    except OSError as error:
        raise cannot_write(layout.submissions, error) from error
