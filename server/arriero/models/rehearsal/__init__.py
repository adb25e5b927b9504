"""The rehearsal: a stand-in for Ollama, for tests and for the demo.

`Simulator` is an HTTP server on the loopback interface with Ollama's protocol of August 2026:
`/api/chat`, `/api/generate`, `/api/embed`, `/api/tags`, `/api/ps`, `/api/show`, `/api/pull`,
`/api/version`, with its streams, its errors, its loading and unloading of models, its windows and
its prefix cache. Its models say what a script tells them: see `script`.

What it does not imitate:
- A language model: words come from the script only, options such as `temperature`, `seed` and
  `format` change nothing in them (with a `format` tool calls vanish, and a script must write the
  JSON itself), and there are no `logprobs`.
- What a model generated is not in the cache of its slot: it is evaluated with the next prompt.
- Reading of calls: a model's own text is never turned into calls, so that a server's parser fails
  only where a script says so.
- Tokens: they are estimated, see `tokens`. Durations are pretended; only the difference between
  cached and newly evaluated tokens shows in them.
- The layers under `/v1`, and creating, copying, deleting and pushing of models.
- Memory: every model fits, so that none is thrown out for another, and none is on a slow device.
- Several requests at once for one model (OLLAMA_NUM_PARALLEL above 1), and queues that are not
  first come, first served.
- Images: each counts as 768 tokens and is not looked at.
- Keys that differ from the documented ones in upper and lower case, which Go would accept.
- Requests that go on loading a model after the client left: here the load is given up.
- Other clients, but for `Simulator.seize`.

`broken` has models that do the demo's job and break in one of many ways while they do it.
"""

from arriero.models.rehearsal.catalog import SimulatedModel
from arriero.models.rehearsal.http import Received
from arriero.models.rehearsal.script import Asked, Call, Fault, Hold, Script, ToolResult, Turn
from arriero.models.rehearsal.simulator import Simulator

__all__ = [
    "Asked",
    "Call",
    "Fault",
    "Hold",
    "Received",
    "Script",
    "SimulatedModel",
    "Simulator",
    "ToolResult",
    "Turn",
]
