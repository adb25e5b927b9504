"""Sends a planned answer: streamed or whole, with the holds and faults of its turn."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from arriero.models.rehearsal import gojson
from arriero.models.rehearsal.catalog import Path
from arriero.models.rehearsal.decode import Refused
from arriero.models.rehearsal.http import Responder
from arriero.models.rehearsal.plan import Plan
from arriero.models.rehearsal.script import Call, Fault, Turn

NDJSON = "application/x-ndjson"
_RUNNER_DIED = "an error was encountered while running the model: unexpected EOF"
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


class Shape(Protocol):
    """How an endpoint writes the parts of an answer; `verb` is what it does, for refusals."""

    verb: str

    def part(
        self, *, text: str = "", thinking: str = "", calls: Sequence[Mapping[str, Any]] = ()
    ) -> dict[str, Any]:
        """Return the part of a line that holds all that is given."""


@dataclass(frozen=True)
class Delivery:
    """All that is needed to send one answer; `metrics` end the last line."""

    name: str
    path: Path
    shape: Shape
    plan: Plan
    turn: Turn
    metrics: Mapping[str, Any]
    time_ns: Callable[[], int]
    delay: float
    crashed: Callable[[], None]
    stream: bool = True

    async def send(self, respond: Responder) -> None:
        """Send the answer; raises `Refused` for a fault that replaces it."""
        fault = self.turn.fault
        if fault is not None and fault.kind == "status":
            raise Refused(fault.status, fault.text)
        if self.stream:
            await self._stream(respond)
        else:
            await self._whole(respond)

    async def _stream(self, respond: Responder) -> None:
        parts = self._parts()
        last = len(parts) - 1
        for index, part in enumerate(parts):
            await self._hold(index, last=last)
            fault = self._fault(index, last=last)
            if fault is not None and await self._break(respond, fault):
                return
            if not respond.started:
                await respond.start(NDJSON)
            await respond.line(self._line(part, last=index == last))
            if self.delay and index < last:
                await asyncio.sleep(self.delay)
        await respond.end()

    async def _whole(self, respond: Responder) -> None:
        for hold in self.turn.holds:
            await hold.wait()
        fault = self.turn.fault
        plan = self.plan
        calls = _call_objects(plan.calls, self.path)
        line = self._line(
            self.shape.part(text="".join(plan.text), thinking="".join(plan.thinking), calls=calls),
            last=True,
        )
        if fault is None:
            await respond.json(200, line)
        elif fault.kind == "no_done":
            await respond.json(200, {key: line[key] for key in line if key != "done"})
        elif fault.kind == "rubbish":
            await respond.text(200, fault.data.decode("latin-1"), "application/json")
        else:
            await self._break(respond, fault)

    async def _hold(self, index: int, *, last: int) -> None:
        for hold in self.turn.holds:
            if min(hold.after, last) == index:
                await hold.wait()

    def _fault(self, index: int, *, last: int) -> Fault | None:
        fault = self.turn.fault
        return fault if fault is not None and min(fault.after, last) == index else None

    async def _break(self, respond: Responder, fault: Fault) -> bool:
        """Do what a fault asks for; return True if the answer ends with it."""
        if fault.kind in {"error", "crash"}:
            await self._fail(respond, fault)
        elif fault.kind == "cut":
            respond.abort()
        elif fault.kind == "hang":
            await asyncio.Event().wait()
        else:
            if not respond.started:
                await respond.start(NDJSON)
            if fault.kind == "rubbish":
                await respond.data(fault.data)
                return False
            await respond.end()
        return True

    async def _fail(self, respond: Responder, fault: Fault) -> None:
        text = fault.text
        if fault.kind == "crash":
            self.crashed()
            text = _RUNNER_DIED
        if not respond.started:
            raise Refused(500, text, late=self.stream)
        await respond.line({"error": text})
        await respond.end()

    def _parts(self) -> list[dict[str, Any]]:
        """Return what each line of the stream holds; calls are in the last one or before it."""
        plan, shape = self.plan, self.shape
        calls = _call_objects(plan.calls, self.path)
        parts = [shape.part(thinking=piece) for piece in plan.thinking]
        parts += [shape.part(text=piece) for piece in plan.text]
        if self.path != "native":
            parts += [shape.part(calls=[call]) for call in calls]
            calls = []
        return [*parts, shape.part(calls=calls)]

    def _line(self, part: Mapping[str, Any], *, last: bool) -> dict[str, Any]:
        line: dict[str, Any] = {
            "model": self.name,
            "created_at": gojson.timestamp(self.time_ns()),
            **part,
            "done": last,
        }
        if last:
            line["done_reason"] = self.plan.reason
            line.update({key: value for key, value in self.metrics.items() if value})
        return line


def _call_objects(calls: tuple[Call, ...], path: Path) -> list[dict[str, Any]]:
    objects = []
    for position, call in enumerate(calls):
        function = {
            "index": position if call.index is None else call.index,
            "name": call.name,
            "arguments": dict(call.arguments),
        }
        made = _new_id(path) if call.id is None else call.id
        objects.append({"id": made, "function": function} if made else {"function": function})
    return objects


def _new_id(path: Path) -> str:
    if path == "native":
        alphabet = _ALPHABET + _ALPHABET[:26].upper()
        return "".join(secrets.choice(alphabet) for _ in range(32))
    return "call_" + "".join(secrets.choice(_ALPHABET) for _ in range(8))
