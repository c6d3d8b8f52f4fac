"""Every client against servers that others wrote to imitate the providers: llmock, with its chaos on, and stubllm."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from llm.exchange import ModelUnavailable, RequestFailed, Session
from tests.llm.providers import KEY, PARAMS, Provider, ask, each

pytestmark = pytest.mark.usefixtures("one_authority")  # the servers are on loopback

QUESTIONS = 40
LLMOCK_PATHS = {"openai": "/v1", "compatible": "/v1", "anthropic": "/anthropic", "xai": "/xai/v1"}
STUBLLM_PATHS = {"openai": "/v1", "compatible": "/v1", "anthropic": "", "xai": "/v1"}
CHAOS = ("429=0.3", "500=0.05", "503=0.05", "529=0.05")
STUBS = """
fixtures:
  - name: key
    match: {messages: [{role: user, content: {contains: "wrong key"}}]}
    response: {http_status: 401, error_message: "Incorrect API key provided: KEY"}
  - name: limit
    match: {messages: [{role: user, content: {contains: "too many"}}]}
    response: {http_status: 429, error_message: "Rate limit reached for KEY"}
  - name: down
    match: {messages: [{role: user, content: {contains: "down"}}]}
    response: {http_status: 503, error_message: "The engine is overloaded"}
  - name: four, in the words of Anthropic
    match: {provider: anthropic, messages: [{role: user, content: {contains: "2 + 2"}}]}
    response: {content: " Four.\\n", finish_reason: end_turn, usage: {prompt_tokens: 10, completion_tokens: 3}}
  - name: four
    match: {messages: [{role: user, content: {contains: "2 + 2"}}]}
    response: {content: " Four.\\n", usage: {prompt_tokens: 10, completion_tokens: 3, total_tokens: 13}}
"""


@pytest.fixture(scope="module")
def llmock_server() -> Iterator[str]:
    arguments = [argument for rate in CHAOS for argument in ("--error-rate", rate)]
    with running("from llmock.cli import app; app()", "serve", *arguments) as url:
        yield url


@pytest.fixture(scope="module")
def stubllm_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("stubs")
    (folder / "stubs.yaml").write_text(STUBS.replace("KEY", KEY), encoding="utf-8")
    with running("from stubllm.cli import cli; cli()", "serve", "--fixture-dir", str(folder)) as url:
        yield url


@contextmanager
def running(program: str, *arguments: str) -> Iterator[str]:
    """A server in a process of its own; the address at which it listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-W", "ignore", "-c", program, *arguments, "--port", str(port), "--log-level", "error"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=Path(sys.prefix))
    try:
        until_listening(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)


def until_listening(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1200):
        assert process.poll() is None, "the server ended"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server does not listen")


def get(url: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, {"Content-Type": "application/json"})) as response:
        return json.load(response)


@each()
def test_through_llmock_s_chaos_every_question_is_answered_and_each_attempt_is_one_request(
    provider: Provider, llmock_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = llmock_server + LLMOCK_PATHS.get(provider.name, "/gemini/v1beta")
    monkeypatch.setenv(provider.variable or "UNUSED", address)
    get(f"{llmock_server}/_llmock/reset", {})
    failures = asyncio.run(answer_all(provider, address))
    requests = get(f"{llmock_server}/_llmock/requests?limit=10000")
    assert requests["count"] == QUESTIONS + len(failures)
    assert "rate_limit" in {failure.error_class for failure in failures}
    assert all(failure.retryable for failure in failures)
    assert KEY not in str([vars(failure) for failure in failures])


async def answer_all(provider: Provider, address: str) -> list[RequestFailed]:
    """Ask until all is answered; the failures that were met on the way."""
    client, failures = provider.open(address, 30), []

    async def answered(session: Session, number: int) -> None:
        while True:
            try:
                reply = await session.ask(question(f"Question {number}"), PARAMS, number)
            except RequestFailed as failure:
                failures.append(failure)
                await asyncio.sleep(min(failure.retry_after_s or 0.0, 0.05))
            else:
                assert (bool(reply.text), reply.finish_reason) == (True, "stop")
                return

    try:
        async with client.session(replace(provider.model, base_url=address)) as session:
            await asyncio.gather(*(answered(session, number) for number in range(QUESTIONS)))
    finally:
        await client.close()
    return failures


def stubs_for(provider: Provider, address: str) -> str:
    return address + STUBLLM_PATHS.get(provider.name, "/v1beta")


def question(text: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": text}]


@each()
def test_stubllm_s_reply_is_kept_unaltered(
    provider: Provider, stubllm_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply = ask(provider, stubs_for(provider, stubllm_address), monkeypatch, question("What is 2 + 2?"))
    assert (reply.text, reply.finish_reason) == (" Four.\n", "stop")
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (10, 3)


@each()
@pytest.mark.parametrize(("text", "kind", "status"), [("too many", "rate_limit", 429), ("down", "overloaded", 503)])
def test_stubllm_s_faults_are_tried_again(
    provider: Provider, text: str, kind: str, status: int, stubllm_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RequestFailed) as failed:
        ask(provider, stubs_for(provider, stubllm_address), monkeypatch, question(text))
    assert (failed.value.error_class, failed.value.status, failed.value.retryable) == (kind, status, True)
    assert KEY not in failed.value.message


@each()
def test_stubllm_s_refused_key_stops_the_model(
    provider: Provider, stubllm_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ModelUnavailable, match=f"the key in {provider.key_variable} was refused") as why:
        ask(provider, stubs_for(provider, stubllm_address), monkeypatch, question("wrong key"))
    assert KEY not in str(why.value)
