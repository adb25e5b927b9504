"""What the endpoints of one simulator share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from arriero.models.rehearsal.catalog import SimulatedModel, full_name
from arriero.models.rehearsal.residency import Evaluation, Loaded, Residency
from arriero.models.rehearsal.script import Script
from arriero.models.rehearsal.tokens import Prompt

# Pretended speeds, in nanoseconds: only the proportion of cached to new tokens means something.
_PROMPT_START_NS = 400_000
_PROMPT_TOKEN_NS = 125_000
_ANSWER_TOKEN_NS = 200_000


@dataclass
class State:
    """The models that are there, those in memory, and what they will say."""

    models: dict[str, SimulatedModel]
    residency: Residency
    script: Script
    time_ns: Callable[[], int]
    version: str
    pace: float
    pullable: Mapping[str, SimulatedModel] = field(default_factory=dict)
    evaluations: list[Evaluation] = field(default_factory=list)

    def find(self, name: str) -> SimulatedModel | None:
        """Return an installed model by its name, with or without `:latest`."""
        return self.models.get(full_name(name))


def metrics(state: State, loaded: Loaded, prompt: Prompt, answer_tokens: int) -> dict[str, int]:
    """Return the counts and durations of an answer, and put its prompt into the model's cache.

    Counts are tokens, cached ones included; durations are nanoseconds, pretended.
    """
    load = loaded.load_ns
    evaluated = loaded.reuse(prompt.tokens)
    state.evaluations.append(Evaluation(len(prompt.tokens), evaluated))
    prompt_ns = _PROMPT_START_NS + _PROMPT_TOKEN_NS * evaluated
    answer_ns = _ANSWER_TOKEN_NS * answer_tokens
    return {
        "total_duration": load + prompt_ns + answer_ns,
        "load_duration": load,
        "prompt_eval_count": prompt.count,
        "prompt_eval_duration": prompt_ns,
        "eval_count": answer_tokens,
        "eval_duration": answer_ns,
    }
