"""The leaderboard of the last build that was different, kept so that one can see what changed."""

from __future__ import annotations

from utils import atomic
from utils.cli import warn
from utils.errors import UserError
from utils.layout import Layout
from utils.tables import read_table

PREVIOUS = "previous_leaderboard.json"
NEEDED = ("model", "rank", "overall")  # what makes a table a leaderboard, of whatever version


def keep_previous(layout: Layout, new: str, made_by: str) -> None:
    """Copy leaderboard.json to artifacts/ when its content is about to become another.

    One that cannot be read is passed over with a warning, and what was kept before stays.

    Args:
        new: the text that leaderboard.json will hold.
        made_by: the command that writes it.
    """
    path = layout.leaderboard / "leaderboard.json"
    if not path.exists():
        return
    try:
        rows = read_table(layout.leaderboard, "leaderboard", made_by=made_by, columns=NEEDED)
        old = path.read_bytes()
    except (UserError, OSError) as error:
        warn(f"the leaderboard of the last build is not kept to compare with: {error}")
        return
    if rows and old != new.encode("utf-8"):
        atomic.write_bytes(layout.artifacts / PREVIOUS, old)
