"""What a session's prompts take of the window, what is left out of them, and how fast it goes.

The report is folded from the stored events, so that it is the same in every door and after a
restart. The fold takes events one by one: a status that is told after each step reads none twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from arriero.agent.cached_share import CachedShare
from arriero.sessions.events import (
    Compacted,
    Event,
    EventBody,
    Given,
    Notice,
    RunStarted,
    StepEnded,
    StepRetried,
)


@dataclass(frozen=True)
class Totals:
    """Sums over all steps of a session: tokens, and milliseconds of loading, reading, answering."""

    prompt_tokens: int = 0
    answer_tokens: int = 0
    load_ms: int = 0
    prompt_ms: int = 0
    answer_ms: int = 0


@dataclass(frozen=True)
class ContextReport:
    """A session as its newest step left it; counts are tokens, durations milliseconds.

    `window` is 0 where it is not known, `cached_tokens` None; `cached_estimated` tells that the
    server did not say it. `tokens_per_second` is the speed of the newest answer, None where the
    server does not time it. `left_out` has a line for each thing that the model is not sent.
    `given` is what of the workspace stands beside the newest prompt, `not_given` what had no
    room there or, in the system message, at the session's beginning.
    """

    model: str = ""
    provider: str = ""
    rung: str = ""
    window: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0
    cached_tokens: int | None = None
    cached_estimated: bool = False
    tokens_per_second: float | None = None
    load_ms: int = 0
    prompt_ms: int = 0
    steps: int = 0
    retries: int = 0
    compactions: int = 0
    left_out: tuple[str, ...] = ()
    given: tuple[Given, ...] = ()
    not_given: tuple[str, ...] = ()
    totals: Totals = field(default_factory=Totals)

    @property
    def used(self) -> int:
        """The tokens of the window that the newest prompt and its answer take."""
        return self.prompt_tokens + self.answer_tokens

    @property
    def cached_share(self) -> float | None:
        """The part of the newest prompt that was not read again, 0 to 1; None: not known."""
        if self.cached_tokens is None or self.prompt_tokens <= 0:
            return None
        return min(1.0, self.cached_tokens / self.prompt_tokens)

    def line(self) -> str:
        """Return one line, such as `qwen3 · 6.1k of 16k tokens · 94 % cached · 31 tokens/s`."""
        return " · ".join(self._parts())

    def markdown(self) -> str:
        """Return what `/context` shows: a table, and what is left out."""
        if not self.steps:
            return "Nothing was sent to a model in this session yet.\n"
        rows = "\n".join(f"| {name} | {value} |" for name, value in self._rows())
        return f"| Context | |\n|---|---|\n{rows}\n\n{self._told_given()}{self._told_left_out()}\n"

    def _parts(self) -> Iterator[str]:
        if not self.steps:
            return
        if self.model:
            yield self.model
        if self.used:
            of_window = f" of {short(self.window)}" if self.window else ""
            yield f"{short(self.used)}{of_window} tokens"
        if (share := self.cached_share) is not None:
            yield f"{'about ' if self.cached_estimated else ''}{percent(share)} cached"
        if self.tokens_per_second is not None:
            yield f"{speed(self.tokens_per_second)} tokens/s"
        if self.left_out:
            yield "some left out"

    def _rows(self) -> Iterator[tuple[str, str]]:
        yield "Model", f"{_cell(self.model)} ({_cell(self.provider)})"
        yield "Tools given", _RUNGS.get(self.rung, _cell(self.rung))
        if self.window:
            yield (
                "Window",
                f"{self.used:,} of {self.window:,} tokens ({percent(self.used / self.window)})",
            )
        else:
            yield "Window", f"{self.used:,} tokens; the server does not tell its window"
        yield "Newest prompt", f"{self.prompt_tokens:,} tokens{self._told_cached()}"
        yield "Newest answer", f"{self.answer_tokens:,} tokens{self._told_speed()}"
        if self.load_ms:
            yield "Loading the model", seconds(self.load_ms)
        yield "Steps", f"{self.steps:,}" + (f", {self.retries:,} asked again" * bool(self.retries))
        total = self.totals
        yield "In all", f"{total.prompt_tokens:,} tokens read, {total.answer_tokens:,} answered"
        spent = total.load_ms + total.prompt_ms + total.answer_ms
        if spent:
            loading, reading = seconds(total.load_ms), seconds(total.prompt_ms)
            yield (
                "Time",
                f"{loading} loading, {reading} reading, {seconds(total.answer_ms)} answering",
            )
        if self.compactions:
            yield "Shortened", f"{self.compactions} times, to fit the window"

    def _told_cached(self) -> str:
        share = self.cached_share
        if share is None:
            return ""
        return f", {'about ' if self.cached_estimated else ''}{percent(share)} of it cached"

    def _told_speed(self) -> str:
        per_second = self.tokens_per_second
        return "" if per_second is None else f", {speed(per_second)} tokens/s"

    def _told_given(self) -> str:
        if not self.given and not self.not_given:
            return ""
        lines = [
            f"- {_cell(one.what)}: {_cell(one.why)} ({one.tokens:,} tokens)" for one in self.given
        ]
        lines += [f"- not given: {_cell(one)}" for one in self.not_given]
        return "Beside your newest prompt the model was given:\n\n" + "\n".join(lines) + "\n\n"

    def _told_left_out(self) -> str:
        if not self.left_out:
            return "Nothing is left out: the model is sent all of the session."
        lines = "\n".join(f"- {one}" for one in self.left_out)
        return f"Not sent to the model any more, but kept in the session:\n\n{lines}"


_RUNGS = {
    "native": "by the server's own tool calls",
    "prompted": "in the prompt",
    "constrained": "by a format that its answers must have",
    "off": "none",
}


class ReportFold:
    """A report in the making: `add` each event once, in the order in which they are stored."""

    def __init__(self) -> None:
        self.report = ContextReport()
        self._cached = CachedShare()
        self._system_left_out: tuple[str, ...] = ()  # stays while the session lives

    def add(self, body: EventBody) -> None:
        """Take in one event."""
        now = self.report
        match body:
            case RunStarted(model=model, provider=provider):
                # A run that found no model at all has changed nothing.
                if model and (model, provider) != (now.model, now.provider):
                    self._cached = CachedShare()
                    self.report = replace(now, model=model, provider=provider, window=0)
                if body.system:
                    self._system_left_out = body.system_left_out
                if model:
                    not_given = (*self._system_left_out, *body.not_given)
                    self.report = replace(self.report, given=body.given, not_given=not_given)
            case Notice(model=model, provider=provider) if model:  # it takes the rest of the run
                self._cached = CachedShare()
                self.report = replace(now, model=model, provider=provider, window=0)
            case StepEnded():
                self.report = self._stepped(body)
            case StepRetried():
                self.report = replace(now, retries=now.retries + 1)
            case Compacted(left_out=left_out, compactions=compactions):
                self.report = replace(now, left_out=left_out, compactions=compactions)
            case _:
                pass

    def _stepped(self, step: StepEnded) -> ContextReport:
        now, total = self.report, self.report.totals
        estimated = self._cached.add(step)
        told = step.cached_tokens
        per_second = step.answer_tokens * 1000 / step.answer_ms if step.answer_ms > 0 else 0.0
        return replace(
            now,
            rung=step.rung,
            window=step.window or now.window,
            prompt_tokens=step.prompt_tokens,
            answer_tokens=step.answer_tokens,
            cached_tokens=estimated if told is None else told,
            cached_estimated=told is None and estimated is not None,
            tokens_per_second=per_second or None,
            load_ms=step.load_ms,
            prompt_ms=step.prompt_ms,
            steps=now.steps + 1,
            totals=Totals(
                total.prompt_tokens + step.prompt_tokens,
                total.answer_tokens + step.answer_tokens,
                total.load_ms + step.load_ms,
                total.prompt_ms + step.prompt_ms,
                total.answer_ms + step.answer_ms,
            ),
        )


def report(events: Iterable[Event]) -> ContextReport:
    """Return the report of a session from all its events, oldest first."""
    fold = ReportFold()
    for event in events:
        fold.add(event.body)
    return fold.report


def short(count: int) -> str:
    """Return `6.1k` for 6,100 tokens and `16k` for 16,384: windows are told in 1,024s."""
    if count < 1000:
        return str(count)
    if count % 1024 == 0:
        return f"{count // 1024}k"
    return f"{count / 1000:.0f}k" if count >= 99_950 else f"{count / 1000:.1f}k".replace(".0k", "k")


def percent(share: float) -> str:
    """Return `94 %`; neither all nor nothing is said of what is only nearly so."""
    if 0 < share < 1:
        share = min(0.99, max(0.01, share))
    return f"{share * 100:.0f} %"


def speed(per_second: float) -> str:
    """Return `31`, or `2.4` where a digit more tells something."""
    return f"{per_second:.0f}" if per_second >= 10 else f"{per_second:.1f}"


def seconds(milliseconds: int) -> str:
    """Return `2.4 s`."""
    return f"{milliseconds / 1000:.1f} s" if milliseconds < 60_000 else _minutes(milliseconds)


def _minutes(milliseconds: int) -> str:
    minutes, rest = divmod(round(milliseconds / 1000), 60)
    return f"{minutes} min {rest} s"


def _cell(text: str) -> str:
    """Return a text that stays in its cell of a table."""
    return " ".join(text.replace("|", "\\|").split())
