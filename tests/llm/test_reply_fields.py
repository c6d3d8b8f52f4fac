"""The fields of a reply: what is not of its kind counts as not said, so that each reply can be stored and read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.anthropic_messages import message_reply
from llm.chat_completions import completion_reply
from llm.exchange import Reply, RequestFailed
from llm.generated_content import generated_reply
from llm.reply_fields import count_in, logprobs_in
from tests.llm.http_server import completion, generated, message
from tests.runners.importing.test_any_value import json_values, places, replaced
from utils.jsonl import object_line, parse_object
from utils.responses import LARGEST_INTEGER, parse_response

READERS: dict[str, tuple[Callable[[Mapping[str, Any]], Reply], dict[str, Any]]] = {
    "chat completion": (completion_reply, completion()),
    "message": (message_reply, message()),
    "generated content": (generated_reply, generated()),
}
PATH = Path("safety.jsonl")


@pytest.mark.parametrize("name", READERS)
@given(data=st.data(), value=json_values | st.just(-1) | st.just(10**400))
def test_whatever_stands_in_a_reply_its_line_can_be_read_back(name: str, data: st.DataObject, value: Any) -> None:
    read, body = READERS[name]
    try:
        reply = read(replaced(body, data.draw(st.sampled_from(places(body))), value))
    except RequestFailed:
        return
    key = {"model": "a/b", "benchmark": "safety", "item_id": "x", "run": 0}
    stored = {**key, "response": reply.text, "finish_reason": reply.finish_reason, "logprobs": reply.logprobs}
    line = parse_object(object_line({**stored, "usage": asdict(reply.usage)}), PATH, 1)
    assert isinstance(line, dict)
    assert parse_response(line, PATH, 1).response == reply.text
    assert all(count is None or count >= 0 for count in asdict(reply.usage).values())


@pytest.mark.parametrize("value", [-1, True, 0.5, "3", None, LARGEST_INTEGER + 1])
def test_what_is_no_count_is_none(value: Any) -> None:
    assert count_in(value) is None


@pytest.mark.parametrize("logprob", [None, "-0.1", True, float("nan"), float("-inf"), 10**400, {}])
def test_one_log_probability_that_is_none_spoils_all(logprob: Any) -> None:
    good = {"token": "a", "logprob": -0.1}
    assert logprobs_in([good, {"token": "b", "logprob": logprob}]) is None
    assert logprobs_in([good]) == [good]


def test_a_block_whose_text_is_null_adds_nothing() -> None:
    assert message_reply({"content": [{"type": "text", "text": None}], "stop_reason": "end_turn"}).text == ""
    parts = {"content": [{"type": "text", "text": None}, {"type": "text", "text": "a"}]}
    assert completion_reply({"choices": [{"message": parts, "finish_reason": "stop"}]}).text == "a"
