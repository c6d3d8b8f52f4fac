"""The words that are sent: an item as messages, the form in which its answer is asked, and the question how sure."""

from __future__ import annotations

from llm.model_file import Model
from utils.items import LETTERS, Item

# A fixed last line lets an answer be read without guessing; a reply without it is read all the same.
ANSWER_FORMS = {
    "number": "Finish with one line: Answer: <number>",
    "choice": "Finish with one line: Answer: <letter>",
    "boolean": "Finish with one line: Answer: <yes or no>",
    "text": "Finish with one line: Answer: <a word or a few words>",
}

# One fixed format and the meaning of the number, asked after the reply so that the reply itself is untouched
# (Tian et al. 2023, arXiv 2305.14975; simple wordings suit small models better, Yang et al. 2024, arXiv 2412.14737).
CONFIDENCE_FOLLOW_UP = (
    "How sure are you that your reply above is the right one? Give the probability in percent: one whole number from 0 "
    "(certainly wrong) to 100 (certainly right), and nothing else."
)
CONFIDENCE_INLINE = (
    "After your reply, add one last line, 'Confidence: N', where N is a whole number from 0 to 100: the probability in "
    "percent that your reply is the right one."
)

Message = dict[str, str]


def item_messages(item: Item, model: Model, *, inline_confidence: bool) -> list[Message]:
    """The messages that ask this item of this model: the model's system prompt, the item, the form of the answer."""
    messages = item.messages
    additions = []
    if item.choices:
        additions.append("\n".join(f"{letter}) {text}" for letter, text in zip(LETTERS, item.choices, strict=False)))
    if item.answer_type:
        additions.append(ANSWER_FORMS[item.answer_type])
    if inline_confidence:
        additions.append(CONFIDENCE_INLINE)
    messages[-1]["content"] = "\n\n".join([messages[-1]["content"], *additions])
    if model.system:
        if messages[0]["role"] == "system":
            messages[0]["content"] = f"{model.system}\n\n{messages[0]['content']}"
        else:
            messages.insert(0, {"role": "system", "content": model.system})
    return messages


def follow_up_messages(messages: list[Message], reply: str) -> list[Message]:
    """The exchange so far, and the question how sure the model is of its reply."""
    return [
        *messages,
        {"role": "assistant", "content": reply},
        {"role": "user", "content": CONFIDENCE_FOLLOW_UP},
    ]
