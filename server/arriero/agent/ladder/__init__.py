"""The forms in which a model is given its tools, and the way from one to the next.

A *rung* is one such form: `native` (the server's own), `prompted` (in the system message),
`constrained` (a JSON schema that the server enforces) or `off` (no tools). The history is kept in
one form, messages with tool calls and results; `render` makes of it what is sent on a rung, and
`reader` reads what comes back, so that the rung can change in mid-session and nothing is lost.
"""

from arriero.agent.ladder.climb import AnswerKind, Ladder
from arriero.agent.ladder.reading import AnswerReader, reader
from arriero.agent.ladder.render import render, rendered_rung
from arriero.agent.model_profile import Rung

__all__ = ["AnswerKind", "AnswerReader", "Ladder", "Rung", "reader", "render", "rendered_rung"]
