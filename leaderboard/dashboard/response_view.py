"""One response in full: the prompt, the reply with the words that decided its score, and what was recorded of it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from leaderboard.dashboard import collected
from leaderboard.dashboard.collected import Benchmark, Submission
from leaderboard.dashboard.metrics import NOT_DEFINED, usd
from leaderboard.dashboard.untrusted import cell, fired, markup, names, passage
from leaderboard.dashboard.widgets import Site, line
from normalize.score import Prediction, score
from utils.items import LETTERS, Item
from utils.responses import Response

ROLE_NAMES = {"system": "System", "user": "User", "assistant": "Assistant"}
OUTCOME_SIGNS = {"right": "✓ Right", "wrong": "✗ Wrong", "invalid": "– Not scorable", "unscored": "Not scored yet"}


def show_response(site: Site, submission: Submission, questions: Benchmark, row: dict[str, Any], label: str) -> None:
    """Draw the response that `row` (of the list of responses) names.

    Args:
        label: the item's name on this page and in its URL.
    """
    response = collected.read_one(submission, (row["item_id"], int(row["run"])))
    if response is None:
        st.info("The file changed while it was read; reload the page.")
        return
    item = questions.items.get(row["item_id"])
    scored = score(item, response.response, response.finish_reason) if item is not None else None
    st.header("Response", anchor=False)
    _verdict(row, item, scored, label)
    st.markdown("**Prompt**")
    for role, content in _messages(response, item):
        st.caption(ROLE_NAMES.get(role, "Message"))
        st.html(passage(content))
    if item is not None and item.choices:
        options = "".join(
            markup("<li>{letter}: {choice}</li>", letter=letter, choice=choice)
            for letter, choice in zip(LETTERS, item.choices, strict=False)
        )
        st.caption("Choices")
        st.html(f'<ul class="tb-list">{options}</ul>')
    st.markdown("**Response**")
    st.html(passage(response.response, scored.span if scored else None))
    _why(row, item, scored, response)
    _also_said(response)
    _facts(response)
    _links(site, response, label)


def _verdict(row: dict[str, Any], item: Item | None, scored: Prediction | None, label: str) -> None:
    live = scored.prediction if scored else NOT_DEFINED
    prediction = row["prediction"] if isinstance(row["prediction"], str) else live
    st.html(
        markup(
            '<p class="tb-lead"><b>{outcome}</b>: expected <b>{expected}</b>, predicted <b>{prediction}</b>.</p>'
            '<p class="tb-line">Item {label}, run {run}, category {category}</p>',
            outcome=OUTCOME_SIGNS[row["outcome"]],
            expected=cell(row["expected"]) or NOT_DEFINED,
            prediction=cell(prediction),
            label=label,
            run=int(row["run"]),
            category=cell(row["category"]) or NOT_DEFINED,
        )
    )
    if item is not None and item.aliases:
        line("Also right: {aliases}", aliases="; ".join(cell(alias) for alias in item.aliases))


def _why(row: dict[str, Any], item: Item | None, scored: Prediction | None, response: Response) -> None:
    st.markdown("**Why**")
    if item is None or scored is None:
        st.caption("The benchmark does not hold this item any more, so the rule cannot be shown at work.")
        return
    words = fired(response.response, scored.span)
    if words:
        line("Rule <b>{rule}</b> read: “{words}” (marked above).", rule=scored.rule, words=words)
    else:
        line("Rule <b>{rule}</b>; no single passage decided.", rule=scored.rule)
    stored = row["prediction"]
    if isinstance(stored, str) and stored != scored.prediction:
        line(
            "results/items says <b>{stored}</b>, the program now says <b>{now}</b>: run "
            "<code>python3 -m runners.aggregate_results</code> to score anew.",
            stored=cell(stored), now=cell(scored.prediction),
        )  # fmt: skip


def _messages(response: Response, item: Item | None) -> list[tuple[str, str]]:
    messages = response.raw.get("messages")
    if not isinstance(messages, list) or not messages:
        messages = item.messages if item is not None else []
    return [
        (str(message.get("role")), _content(message.get("content")))
        for message in messages
        if isinstance(message, dict)
    ]


def _content(content: Any) -> str:
    return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False, indent=1)


def _also_said(response: Response) -> None:
    if response.confidence_response is not None:
        st.markdown("**Asked how sure it is**")
        st.html(passage(response.confidence_response))
    reasoning = response.raw.get("reasoning")
    if isinstance(reasoning, str) and reasoning:
        with st.expander("Visible thinking"):
            st.html(passage(reasoning))


def _facts(response: Response) -> None:
    raw = response.raw
    usage = raw.get("usage") or {}
    facts = {
        "Finish reason": _both(response.finish_reason, raw.get("provider_finish_reason")),
        "Tokens": ", ".join(
            f"{usage[name]} {word}"
            for name, word in (
                ("input_tokens", "in"), ("output_tokens", "out"), ("reasoning_tokens", "thinking"),
                ("cached_tokens", "cached"),
            )
            if usage.get(name) is not None
        ),
        "Cost": usd(response.cost_usd),
        "Latency": NOT_DEFINED if response.latency_s is None else f"{response.latency_s:.2f} s",
        "Attempts": raw.get("attempts"),
        "Created": raw.get("created_at"),
        "Served model": raw.get("served_model"),
        "Response id": raw.get("response_id"),
        "Seed": raw.get("seed"),
        "Parameters": json.dumps(raw["params"], ensure_ascii=False) if raw.get("params") else None,
        "Request SHA-256": response.request_sha256,
    }  # fmt: skip
    rows = "".join(
        markup("<dt>{name}</dt><dd>{value}</dd>", name=name, value=cell(value, 500))
        for name, value in facts.items()
        if value not in (None, "")
    )
    with st.expander("Tokens, cost, latency and how it was asked", expanded=True):
        st.html(f'<dl class="tb-facts">{rows}</dl>')


def _both(reason: str | None, of_provider: Any) -> str:
    return cell(reason) + (f" (provider: {cell(of_provider)})" if of_provider not in (None, reason) else "")


def _links(site: Site, response: Response, label: str) -> None:
    model = names(collected.submissions(site.layout)).get(response.model, response.model)
    query = {"model": model, "benchmark": response.benchmark, "item": label, "of_run": str(response.run)}
    page = (st.context.url or "/responses").partition("?")[0]
    st.markdown("**Permanent link**")
    st.code(f"{page}?{urlencode(query)}", language=None, wrap_lines=True)
    st.download_button(
        "Download the stored line", json.dumps(response.raw, ensure_ascii=True, indent=1).encode(),
        "response.json", "application/json", key="line", on_click="ignore", type="tertiary",
        icon=":material/download:",
    )  # fmt: skip
