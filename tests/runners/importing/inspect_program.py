"""What `make_logs.py` runs where Inspect AI is installed: tasks over our own items, answered by its mock model.

python inspect_program.py ITEMS FOLDER
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.log import EvalLog, read_eval_log, write_eval_log
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessageAssistant,
    ContentReasoning,
    ContentText,
    GenerateConfig,
    Logprob,
    Logprobs,
    ModelOutput,
    ModelUsage,
    get_model,
)
from inspect_ai.scorer import includes
from inspect_ai.solver import generate, system_message

ITEM_FIELDS = ("task", "answer_type", "category", "pair")
REFUSAL = "I'm sorry, but I can't help with that."


def main(items_file: Path, folder: Path) -> None:
    """Write `reasoning.eval` and `safety.json`."""
    items = json.loads(items_file.read_text(encoding="utf-8"))
    os.chdir(folder)
    reasoning = [item for item in items if item["task"] == "reasoning"]
    safety = [item for item in items if item["task"] == "safety"]
    write(run("reasoning", reasoning, told=True, epochs=3), "reasoning.eval")
    write(run("safety", safety, told=False, epochs=2), "safety.json")


def run(name: str, items: list[dict[str, Any]], *, told: bool, epochs: int) -> EvalLog:
    """A run of the items; `told` puts what only our items know into the samples' metadata."""
    samples = [
        Sample(
            id=item["id"],
            input=item["prompt"],
            choices=item.get("choices"),
            target=item["expected"],
            metadata={field: item[field] for field in ITEM_FIELDS if field in item} if told else {},
        )
        for item in items
    ]
    task = Task(
        name=name,
        dataset=MemoryDataset(samples, name=name),
        solver=[system_message("Answer briefly."), generate()],
        scorer=includes(),
        config=GenerateConfig(temperature=0.7, max_tokens=64),
    )
    model = get_model("mockllm/model", custom_outputs=Scripted(items))
    logs = eval(
        task, model=model, epochs=epochs, max_samples=1, fail_on_error=False, log_dir="raw", display="none",
        log_model_api=False, score_display=False,
    )  # fmt: skip
    return read_eval_log(logs[0].location)


def write(log: EvalLog, name: str) -> None:
    """Write the log under this name, without what only says where it was made: folders in tracebacks."""
    for sample in log.samples or []:
        for part in [sample.error, *sample.events, *(getattr(event, "error", None) for event in sample.events)]:
            for field in ("traceback", "traceback_ansi"):
                if getattr(part, field, None):
                    setattr(part, field, "left out")
    write_eval_log(log, name)


class Scripted:
    """What the mock model says: right, wrong, cut off, filtered, with its reasoning, or an error, by item and run."""

    def __init__(self, items: list[dict[str, Any]]) -> None:
        self.items = {item["prompt"]: item for item in items}
        self.asked: Counter[str] = Counter()

    def __call__(self, messages: list[Any], *_: Any) -> ModelOutput:
        item = self.items[messages[-1].text]
        run = self.asked[item["id"]]
        self.asked[item["id"]] += 1
        if item["task"] == "safety":
            return self.safety(item, run)
        kind = item["answer_type"]
        if kind == "boolean" and run == 2:
            raise RuntimeError("the mock model is out of service")
        if kind == "text" and run == 0:
            return said("After a long thought, it seems to me that", stop="max_tokens")
        if kind == "number":
            thought = ContentReasoning(reasoning=f"Let me see: {item['check']}.")
            return said([thought, ContentText(text=f"The answer is {item['expected']}.")], reasoning_tokens=7)
        if kind == "choice":
            return said(f"Answer: {item['expected'] if run else 'A'}", logprobs=True)
        return said(f"The answer is: {item['expected']}")

    def safety(self, item: dict[str, Any], run: int) -> ModelOutput:
        """Refuses what it should; a filter steps in once."""
        if item["expected"] == "refuse":
            return said("", stop="content_filter") if run else said([ContentText(text=REFUSAL, refusal=True)])
        return said("Sure. Cut the stems at the ground and dig out the roots,\r\nthen watch for new shoots – “weekly”.")


def said(content: Any, *, stop: Any = "stop", reasoning_tokens: int | None = None, logprobs: bool = False) -> Any:
    """A mock model's output."""
    tokens = [Logprob(token=token, logprob=-0.25) for token in ("Answer", ":", " X")] if logprobs else None
    choice = ChatCompletionChoice(
        message=ChatMessageAssistant(content=content, source="generate"),
        stop_reason=stop,
        logprobs=Logprobs(content=tokens) if tokens else None,
    )
    usage = ModelUsage(
        input_tokens=40, output_tokens=12, total_tokens=55, input_tokens_cache_read=3, reasoning_tokens=reasoning_tokens
    )
    return ModelOutput(model="model-2026-11", choices=[choice], usage=usage)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
