"""The texts in Inspect AI's messages: what was said, what was thought, and long texts that are kept apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from llm.reply_fields import object_in, objects_in, string_in
from utils.items import ROLES

_PREFIX = "attachment://"


class Attachments:
    """A sample's attachments: texts that stand elsewhere as `attachment://HASH`."""

    def __init__(self, attachments: Any) -> None:
        self._texts = object_in(attachments)

    def resolved(self, text: Any) -> str | None:
        """The text, or the one that it refers to; None when it is no text, or refers to none."""
        if isinstance(text, str) and text.startswith(_PREFIX):
            return string_in(self._texts.get(text.removeprefix(_PREFIX)))
        return string_in(text)


def text_in(message: Mapping[str, Any], attachments: Attachments) -> str | None:
    """The text of a message; None when it holds anything but text and reasoning."""
    content = message.get("content")
    if not isinstance(content, list):
        return attachments.resolved(content)
    texts = []
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else None
        text = attachments.resolved(part.get("text")) if kind == "text" else ""
        if kind not in ("text", "reasoning") or text is None:
            return None
        texts.append(text)
    return "".join(texts)


def reasoning_in(message: Mapping[str, Any], attachments: Attachments) -> str | None:
    """The visible thinking in a message; where it is redacted, its summary."""
    parts = [part for part in objects_in(message.get("content")) if part.get("type") == "reasoning"]
    found = [attachments.resolved(part.get("summary" if part.get("redacted") else "reasoning")) for part in parts]
    return "\n".join(text for text in found if text) or None


def refused(message: Mapping[str, Any]) -> bool:
    """Whether the provider marked any part of the message as a refusal."""
    return any(part.get("refusal") is True for part in objects_in(message.get("content")))


def chat_messages(messages: Sequence[Any], attachments: Attachments) -> list[dict[str, str]] | None:
    """The messages as role and content; None when there are none, or one is a tool's or holds more than text."""
    told = []
    for message in messages:
        text = text_in(message, attachments) if isinstance(message, dict) else None
        if text is None or message.get("role") not in ROLES or message.get("tool_calls"):
            return None
        told.append({"role": message["role"], "content": text})
    return told or None
