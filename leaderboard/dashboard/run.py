"""How a step 1 that is under way gets on, model by model; with none under way, what the last one did."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import streamlit as st

from leaderboard.dashboard.metrics import NOT_DEFINED, usd
from leaderboard.dashboard.progress import Invocation, Progress, Tally, invocations, together
from leaderboard.dashboard.untrusted import markup, names
from leaderboard.dashboard.widgets import Site, advice, problems, table

REFRESH_S = 3.0


def render(site: Site) -> None:
    """Draw the page."""
    st.title("Run", anchor=False)
    st.markdown("What step 1, which asks the models, is doing: read from its files alone.")
    found, _ = invocations(site.layout)
    ended = bool(found) and all(each.ended_at for each in found)
    # One that has ended may be started again while the page is open, so it is looked at too, less often.
    st.fragment(_progress, run_every=timedelta(seconds=REFRESH_S * (5 if ended else 1)))(site)


def _progress(site: Site) -> None:
    found, broken_manifests = invocations(site.layout)
    problems(broken_manifests, "Manifests that could not be used")
    if not found:
        advice(site, "runners.auto_run_async")
        return
    now = datetime.now(UTC)
    progress = [_look(each) for each in found]
    latest = [each for each in progress if _together_with(each.invocation, found[0])]
    _lead(latest, now)
    done, wanted, failed = together(latest)
    if wanted:
        st.progress(min(1.0, done / wanted), text=f"{done:,} of {wanted:,} responses, {failed:,} failed")
    _models(latest, now)
    others = [each for each in progress if each not in latest]
    if others:
        with st.expander("Models of earlier invocations"):
            _models(others, now, "earlier")


def _together_with(each: Invocation, latest: Invocation) -> bool:
    """Whether two models were asked by the same invocation: it writes the manifests of all at its start."""
    return abs((latest.started_at - each.started_at).total_seconds()) < 60 or each.ended_at is None


def _look(invocation: Invocation) -> Progress:
    """The progress by now; what was read is kept for the next look, of this session alone (sessions are threads)."""
    tallies: dict[str, Tally] = st.session_state.setdefault("tallies", {})
    tally = tallies.get(str(invocation.folder))
    if tally is None or tally.invocation.started_at != invocation.started_at:
        tally = tallies[str(invocation.folder)] = Tally(invocation)
    tally.invocation = invocation  # its end may be known by now
    return tally.read_on()


def _lead(latest: list[Progress], now: datetime) -> None:
    running = [each for each in latest if each.under_way(now)]
    if running:
        lasts = [each.left_s for each in running if each.left_s is not None]
        left = f", about {_duration(max(lasts))} left" if lasts else ""
        st.html(markup('<p class="tb-lead"><b>Under way</b>: {count} of {all} models still being asked{left}.</p>',
                       count=len(running), all=len(latest), left=left))  # fmt: skip
        return
    stale = [each for each in latest if each.stale(now)]
    started = min(each.invocation.started_at for each in latest)
    if stale:
        st.html(
            markup('<p class="tb-lead"><b>Stopped without an end?</b> The invocation of {start} wrote nothing lately '
                   "and did not say that it ended. Run step 1 again: it asks only what is missing.</p>",
                   start=_moment(started))
        )  # fmt: skip
        return
    ended = max(each.invocation.ended_at or each.invocation.started_at for each in latest)
    how = "was interrupted" if any(each.invocation.interrupted for each in latest) else "ended"
    st.html(
        markup('<p class="tb-lead"><b>Nothing is under way.</b> The last invocation began {start} and {how} after '
               "{lasted}.</p>", start=_moment(started), how=how, lasted=_duration((ended - started).total_seconds()))
    )  # fmt: skip


def _models(of_models: list[Progress], now: datetime, name: str = "run") -> None:
    labels = names(each.invocation.model for each in of_models)
    running = [each.under_way(now) for each in of_models]
    display = pd.DataFrame(
        {
            "Model": [labels[each.invocation.model] for each in of_models],
            "State": [_state(each, now) for each in of_models],
            "Done": [100 * each.done / each.invocation.wanted if each.invocation.wanted else 0.0 for each in of_models],
            "Responses": [f"{each.done:,} of {each.invocation.wanted:,}" for each in of_models],
            "New": [each.fresh for each in of_models],
            "Failed": [each.failed for each in of_models],
            "Rate": [NOT_DEFINED if each.rate is None else f"{each.rate * 60:,.1f} a minute" for each in of_models],
            "Spent": [usd(each.cost_usd) for each in of_models],
            "Time left": [
                _duration(each.left_s) if on and each.left_s is not None else NOT_DEFINED
                for each, on in zip(of_models, running, strict=True)
            ],
        }
    )
    raw = pd.DataFrame(
        {
            "model": [each.invocation.model for each in of_models],
            "started_at": [each.invocation.started_at.isoformat() for each in of_models],
            "n_done": [each.done for each in of_models],
            "n_wanted": [each.invocation.wanted for each in of_models],
            "n_new": [each.fresh for each in of_models],
            "n_failed": [each.failed for each in of_models],
            "responses_per_s": [each.rate for each in of_models],
            "cost_usd": [each.cost_usd for each in of_models],
        }
    )
    bar = st.column_config.ProgressColumn(format="%.0f%%", min_value=0, max_value=100)
    table(display, raw, name, columns={"Done": bar})
    st.caption("“New” and “Spent” are of this invocation; a cost that is not known is not in the sum.")


def _state(each: Progress, now: datetime) -> str:
    if each.invocation.unavailable:
        return f"not available: {each.invocation.unavailable}"
    if each.under_way(now):
        return "being asked"
    if each.stale(now):
        return "no sign of life"
    if each.invocation.interrupted:
        return "interrupted"
    return "complete" if each.done >= each.invocation.wanted else "ended, some missing"


def _moment(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
