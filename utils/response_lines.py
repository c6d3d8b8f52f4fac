"""The lines of a submission file as scoring reads them: the common line fast, any other with all that can be told."""

from __future__ import annotations

from pathlib import Path

from orjson import JSONDecodeError, loads

from utils.errors import InputError
from utils.jsonl import DIGITS_LIMIT, LINE_LIMIT, could_hold_long_integer, line_object, plain_object
from utils.responses import Fields, check_place, parse_response, plain_fields


class ResponseLines:
    """Reads lines of one file, and need not check twice what stands in all of them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.model: str | None = None  # of all lines that belong here, once one is known
        self._benchmark = path.stem

    def fields(self, line: bytes, number: int, *, is_shallow: bool) -> Fields | InputError | None:
        """What scoring reads of the line, or what is wrong with it; None for a blank one.

        Args:
            is_shallow: it is known that the line is not nested too deeply.
        """
        try:
            value = loads(line) if is_shallow else plain_object(line)
        except JSONDecodeError:
            value = None
        if type(value) is dict and value.get("model") == self.model and value.get("benchmark") == self._benchmark:
            fields = plain_fields(value)
            # An integer that orjson reads otherwise than Python is in no other field than the log probabilities, or so
            # long that the line is invalid.
            if fields is not None and (
                (len(line) <= DIGITS_LIMIT and fields[7] is None)
                or (len(line) <= LINE_LIMIT and not could_hold_long_integer(line))
            ):
                return fields
        return self._checked(line, number)

    def _checked(self, line: bytes, number: int) -> Fields | InputError | None:
        value = line_object(line, self.path, number, complete=line.endswith(b"\n"))
        if value is None or isinstance(value, InputError):
            return value
        try:
            found = parse_response(value, self.path, number)
            check_place(found, self.path, number)
        except InputError as error:
            return error
        self.model = found.model
        return (
            found.model, found.benchmark, found.item_id, found.run, found.response, found.finish_reason,
            found.confidence_response, found.logprobs, found.output_tokens, found.cost_usd, found.latency_s,
        )  # fmt: skip
