"""Provider `google` with the package that Google ended in 2025, google-generativeai: GOOGLE_SDK=google-generativeai.

It has no asynchronous call over HTTP, so each request is a thread; it knows neither a seed nor settings for thinking.
Install it with `pip install -r requirements-legacy.txt`.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import requests

from llm.endpoints import address_from_environment, host_of, shown, without_version
from llm.exchange import Messages, Reply, RequestFailed, Usage, encodable
from llm.http_errors import Answer, Asked, connection_failed, malformed, reply_in, timed_out
from llm.keys import Secret, redacted
from llm.model_file import KEY_VARIABLES, Model

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the package says on import that it has ended; so does the README
    import google.generativeai as genai
    from google.api_core import exceptions
    from google.generativeai import protos

BASE_URL = "https://generativelanguage.googleapis.com"
NOT_SENT = frozenset({"reasoning_effort", "thinking_config"})
FINISH_REASONS = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    **dict.fromkeys(("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII"), "content_filter"),
}


class LegacyGoogleClient:
    """One thread for each request in flight; `timeout_s` and `connections` as for OpenAIClient.

    The package keeps one address and one key for the whole process, so there can be one such client at a time.
    """

    def __init__(self, key: Secret, timeout_s: float, connections: int = 100) -> None:
        self._key, self._timeout_s = key, timeout_s
        self._address = without_version(address_from_environment("GOOGLE_BASE_URL", BASE_URL))[0]
        self._threads = ThreadPoolExecutor(max_workers=connections, thread_name_prefix="google")
        genai.configure(api_key=key.reveal(), transport="rest", client_options={"api_endpoint": self._address})

    async def prepare(self, model: Model) -> str:  # noqa: ARG002  # the same for all models
        """Nothing to do; the return is the address that answers."""
        return shown(self._address)

    @asynccontextmanager
    async def session(self, model: Model) -> AsyncIterator[LegacyGoogleSession]:
        asked = Asked(model, host_of(self._address), KEY_VARIABLES["google"], (self._key,))
        yield LegacyGoogleSession(self._threads, asked, self._timeout_s)

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class LegacyGoogleSession:
    """Requests to one model."""

    def __init__(self, threads: ThreadPoolExecutor, asked: Asked, timeout_s: float) -> None:
        self._threads, self._asked, self._timeout_s = threads, asked, timeout_s

    async def ask(self, messages: Messages, params: Mapping[str, Any], seed: int) -> Reply:  # noqa: ARG002  # no seed
        outcome = await self._outcome(encodable(messages), params)
        return (
            reply_in(outcome, self._asked, generated_reply) if isinstance(outcome, Answer) else generated_reply(outcome)
        )

    async def _outcome(self, messages: Messages, params: Mapping[str, Any]) -> Mapping[str, Any] | Answer:
        """The response as a dictionary, or the answer that is none."""
        work = asyncio.get_running_loop().run_in_executor(self._threads, self._generated, messages, params)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await work
        except exceptions.GoogleAPICallError as error:
            if error.response is None:
                raise connection_failed(self._asked, error) from None
            return Answer.of(error.response)
        except (TimeoutError, requests.Timeout):
            raise timed_out() from None
        except requests.RequestException as error:
            raise connection_failed(self._asked, error) from None

    def _generated(self, messages: Messages, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """The response as a dictionary. Runs in a thread."""
        asked = self._asked
        system = "\n\n".join(message["content"] for message in messages if message["role"] == "system")
        try:
            model = genai.GenerativeModel(
                asked.model.served_name,
                generation_config=generation_config(params),
                system_instruction=system or None,
            )
        except (ValueError, TypeError) as error:
            told = redacted(str(error), asked.keys)
            raise RequestFailed("bad_request", f"google-generativeai does not take these parameters: {told}") from None
        try:
            response = model.generate_content(
                turns(messages),
                request_options={"timeout": self._timeout_s, "retry": None},  # retries are not the client's
            )
        except (exceptions.GoogleAPICallError, requests.RequestException):
            raise
        except Exception:  # noqa: BLE001  # a body that is no response ends in protobuf's and json's own errors
            raise malformed("cannot be read") from None
        body: Mapping[str, Any] = response.to_dict()
        return body


def generation_config(params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters in the package's terms."""
    named = {name: value for name, value in params.items() if name not in NOT_SENT}
    if "max_tokens" in named:
        named["max_output_tokens"] = named.pop("max_tokens")
    if named.pop("logprobs", False):
        named["response_logprobs"] = True
    return named


def turns(messages: Messages) -> list[dict[str, Any]]:
    """The messages but the system prompt; Google calls the assistant `model`."""
    roles = {"assistant": "model"}
    return [
        {"role": roles.get(message["role"], message["role"]), "parts": [message["content"]]}
        for message in messages
        if message["role"] != "system"
    ]


def generated_reply(body: Mapping[str, Any]) -> Reply:
    """The reply in a response; a blocked prompt is a response too.

    Raises:
        RequestFailed: there is none in it.
    """
    candidates = body.get("candidates") or []
    blocked = (body.get("prompt_feedback") or {}).get("block_reason")
    if not candidates and not blocked:
        raise malformed("holds no candidates")
    candidate = candidates[0] if candidates else {}
    if candidates:
        word = protos.Candidate.FinishReason(candidate.get("finish_reason", 0)).name
    else:
        word = protos.GenerateContentResponse.PromptFeedback.BlockReason(blocked).name
    parts = (candidate.get("content") or {}).get("parts") or []
    if candidates and not parts and not candidate.get("finish_reason"):
        raise malformed("holds a candidate without content")
    usage = body.get("usage_metadata") or {}
    tokens = (candidate.get("logprobs_result") or {}).get("chosen_candidates")
    return Reply(
        text="".join(part.get("text", "") for part in parts),
        finish_reason=FINISH_REASONS.get(word, "other") if candidates else "content_filter",
        provider_finish_reason=word,
        usage=Usage(
            usage.get("prompt_token_count"),
            usage.get("candidates_token_count"),
            None,
            usage.get("cached_content_token_count"),
        ),
        logprobs=[{"token": t["token"], "logprob": t["log_probability"]} for t in tokens] if tokens else None,
        served_model=body.get("model_version") or None,
    )
