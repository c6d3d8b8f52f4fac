"""The embedded model, for real: the same weights, seed and prompt give the same text, and nobody else can reach it."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from llm.exchange import ModelUnavailable, Reply, RequestFailed
from llm.local import NUMBER_GRAMMAR, LocalClient
from llm.model_file import Model, Weights, read_model_file
from llm.prompts import follow_up_messages
from utils.layout import REPOSITORY

PLAIN = read_model_file()["local/smollm2-135m"]
QUESTION = [{"role": "user", "content": "Name three colours."}]
WARM: dict[str, Any] = {"temperature": 0.7, "max_tokens": 12}
COLD: dict[str, Any] = {"temperature": 0.0, "max_tokens": 12}


def ask(requests: Sequence[tuple[Any, ...]], concurrency: int = 1, model: Model = PLAIN) -> list[Reply]:
    """The replies to (messages, params, seed), each in a session of its own."""

    async def one(client: LocalClient, messages: Any, params: Any, seed: int) -> Reply:
        async with client.session(model) as session:
            return await session.ask(messages, params, seed)

    async def all_of_them() -> list[Reply]:
        client = LocalClient(REPOSITORY, concurrency, lambda _: None)
        await client.prepare(model)
        replies = await asyncio.gather(*(one(client, *request) for request in requests))
        await client.close()
        return replies

    return asyncio.run(all_of_them())


def test_the_same_request_has_the_same_reply_whatever_was_asked_before_or_beside_it() -> None:
    other = [{"role": "user", "content": "What is the tallest mountain, and how is it climbed?"}]
    alone = ask([(QUESTION, WARM, 5), (QUESTION, COLD, 5)])
    crowd = ask([(other, WARM, 1), (QUESTION, COLD, 5), (QUESTION, WARM, 5)], concurrency=2)
    assert crowd[2].text == alone[0].text
    assert crowd[1].text == alone[1].text
    assert alone[0].text.strip()


def test_another_seed_gives_another_reply_unless_the_temperature_is_zero() -> None:
    replies = ask([(QUESTION, params, seed) for params in (WARM, COLD) for seed in range(3)])
    assert len({reply.text for reply in replies[:3]}) > 1
    assert len({reply.text for reply in replies[3:]}) == 1


def test_a_reply_says_its_tokens_and_why_it_ended() -> None:
    (cut,) = ask([(QUESTION, {"temperature": 0.0, "max_tokens": 3}, 0)])
    assert (cut.finish_reason, cut.usage.output_tokens) == ("length", 3)
    assert (cut.usage.input_tokens or 0) > 3


def test_a_follow_up_under_the_grammar_is_a_number_and_the_same_every_time() -> None:
    async def reply_and_follow_up(client: LocalClient) -> tuple[Reply, Reply]:
        async with client.session(PLAIN) as session:
            reply = await session.ask(QUESTION, WARM, 5)
            params = {**WARM, "max_tokens": 8, "grammar": NUMBER_GRAMMAR}
            return reply, await session.ask(follow_up_messages(QUESTION, reply.text), params, 5)

    async def twice() -> list[tuple[Reply, Reply]]:
        client = LocalClient(REPOSITORY, 1, lambda _: None)
        await client.prepare(PLAIN)
        return [await reply_and_follow_up(client) for _ in range(2)]

    first, second = asyncio.run(twice())
    assert 0 <= int(first[1].text) <= 100
    assert (first[0].text, first[1].text) == (second[0].text, second[1].text)
    assert (first[1].usage.cached_tokens or 0) > 0


def listening_ports_of_this_process() -> set[str]:
    """The inodes of the TCP sockets that this process listens on: other processes come and go beside the tests."""
    lines = [line.split() for name in ("tcp", "tcp6") for line in Path("/proc/net", name).read_text().splitlines()]
    listening = {f"socket:[{fields[9]}]" for fields in lines if fields[3] == "0A"}
    own = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # the descriptor of this very listing
            own.add(str(descriptor.readlink()))
    return listening & own


@pytest.mark.skipif(not Path("/proc/net/tcp6").exists(), reason="ports are read from /proc, which only Linux has")
def test_no_port_of_the_network_is_opened() -> None:
    before = listening_ports_of_this_process()
    with socket.create_server(("127.0.0.1", 0)):
        assert len(listening_ports_of_this_process() - before) == 1

    async def while_loaded() -> set[str]:
        client = LocalClient(REPOSITORY, 1, lambda _: None)
        await client.prepare(PLAIN)
        return listening_ports_of_this_process()

    assert asyncio.run(while_loaded()) == before


def test_a_prompt_longer_than_the_context_fails_alone_and_says_so() -> None:
    long = [{"role": "user", "content": "word " * 5000}]
    with pytest.raises(RequestFailed, match="context"):
        ask([(long, COLD, 0)])


def test_a_prompt_with_what_no_json_can_hold_is_asked_all_the_same() -> None:
    (reply,) = ask([([{"role": "user", "content": "a\ud800b\0c\u202e"}], {"temperature": 0.0, "max_tokens": 2}, 0)])
    assert reply.usage.output_tokens


def test_any_gguf_file_on_the_disk_can_be_used(tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    shutil.copy(weights_on_disk(), own)
    model = Model("local/own", served_name="own", weights=Weights(path=own), context=512)
    assert ask([(QUESTION, COLD, 0)], model=model)[0].text == ask([(QUESTION, COLD, 0)])[0].text


def test_a_file_that_is_no_model_is_one_clear_line(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF but not really")
    model = Model("local/broken", served_name="broken", weights=Weights(path=broken))
    with pytest.raises(ModelUnavailable, match="is it a whole GGUF file"):
        ask([(QUESTION, COLD, 0)], model=model)


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    model = Model("local/none", served_name="none", weights=Weights(path=tmp_path / "none.gguf"))
    with pytest.raises(ModelUnavailable, match="no such GGUF file"):
        ask([(QUESTION, COLD, 0)], model=model)


def weights_on_disk() -> Path:
    from llm.weights import find_weights

    assert PLAIN.weights is not None
    return find_weights(PLAIN.weights, REPOSITORY, lambda _: None)
