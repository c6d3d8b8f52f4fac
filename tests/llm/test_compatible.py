"""Provider `compatible`: several servers at once, with and without a key, and a real model behind a real server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from llm.compatible import CompatibleClient
from llm.exchange import ModelUnavailable, Reply
from llm.keys import Secret
from llm.model_file import Model, read_model_file
from llm.weights import find_weights
from tests.llm.http_server import Answer, completion, serving
from tests.llm.providers import KEY
from utils.layout import REPOSITORY

QUESTION = [{"role": "user", "content": "What is 2 + 2?"}]


def ask_each(models: list[Model], find_key: Callable[[str], Secret | None], **params: Any) -> list[Reply]:
    async def all_of_them() -> list[Reply]:
        client = CompatibleClient(find_key, 60)

        async def one(model: Model) -> Reply:
            await client.prepare(model)
            async with client.session(model) as session:
                return await session.ask(QUESTION, {"max_tokens": 8, **params}, 7)

        try:
            return await asyncio.gather(*map(one, models))
        finally:
            await client.close()

    return asyncio.run(all_of_them())


def test_each_model_is_asked_at_its_own_server_with_its_own_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(variable, "for-openai-alone")
    with (
        serving(lambda _: Answer(completion("one"))) as (first_url, first),
        serving(lambda _: Answer(completion("two"))) as (second_url, second),
    ):
        models = [
            Model("compatible/a", served_name="org/a", base_url=first_url, key_variable="A_KEY"),
            Model("compatible/b", served_name="b", base_url=f"{second_url}/"),
        ]
        replies = ask_each(models, {"A_KEY": Secret(KEY)}.get)
    assert [reply.text for reply in replies] == ["one", "two"]
    assert (first[0].body["model"], first[0].headers["authorization"]) == ("org/a", f"Bearer {KEY}")
    assert second[0].path == "/v1/chat/completions"
    assert "authorization" not in second[0].headers
    assert "for-openai-alone" not in str([request.headers for request in first + second])


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (Model("compatible/a", served_name="a"), "add base_url"),
        (Model("compatible/a", served_name="a", base_url="http://x/v1", key_variable="A_KEY"), "A_KEY is not set"),
    ],
)
def test_a_model_without_its_server_or_its_key_is_told_before_anything_is_sent(model: Model, told: str) -> None:
    with pytest.raises(ModelUnavailable, match=told):
        ask_each([model], lambda _: None)


def test_a_server_that_asks_for_a_key_is_told_with_the_field_to_add() -> None:
    with (
        serving(lambda _: Answer({"error": "unauthorized"}, 401)) as (url, _),
        pytest.raises(ModelUnavailable, match="key_variable"),
    ):
        ask_each([Model("compatible/a", served_name="a", base_url=url)], lambda _: None)


def test_the_address_that_is_told_holds_no_password() -> None:
    client = CompatibleClient(lambda _: None, 1)
    model = Model("compatible/a", served_name="a", base_url="http://user:secret@127.0.0.1:1/v1?token=secret")
    assert asyncio.run(client.prepare(model)) == "http://127.0.0.1:1/v1"


def test_a_real_model_behind_a_real_server_of_the_same_protocol_answers() -> None:
    import xllamacpp

    weights = read_model_file()["local/smollm2-135m"].weights
    assert weights is not None
    params = xllamacpp.CommonParams()
    params.model.path = str(find_weights(weights, REPOSITORY, lambda _: None))
    params.n_ctx, params.n_parallel, params.verbosity, params.api_keys = 512, 1, -1, [KEY]
    server = xllamacpp.Server(params)
    model = Model("compatible/x", served_name="x", base_url=f"{server.listening_address}/v1", key_variable="K")
    (reply,) = ask_each([model], {"K": Secret(KEY)}.get, temperature=0.0, logprobs=True)
    assert reply.text.strip()
    assert (reply.usage.output_tokens, reply.finish_reason) == (8, "length")
    assert reply.logprobs is not None
    assert "".join(token["token"] for token in reply.logprobs) == reply.text
    with pytest.raises(ModelUnavailable, match="the key in K was refused"):
        ask_each([model], {"K": Secret("wrong-" + KEY)}.get)
