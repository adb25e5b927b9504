"""A server with Ollama's HTTP protocol whose models say what a script tells them."""

from __future__ import annotations

import ipaddress
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from types import TracebackType

from arriero.models.rehearsal import listing
from arriero.models.rehearsal.catalog import SimulatedModel, full_name
from arriero.models.rehearsal.chat import chat
from arriero.models.rehearsal.decode import Refused
from arriero.models.rehearsal.embed import embed
from arriero.models.rehearsal.generate import generate
from arriero.models.rehearsal.http import LOOPBACK, LoopbackServer, Received, Responder
from arriero.models.rehearsal.pull import pull
from arriero.models.rehearsal.residency import Evaluation, Loaded, Residency
from arriero.models.rehearsal.script import Reply, Script
from arriero.models.rehearsal.state import State

DEFAULT_MODELS = (
    SimulatedModel(
        "rehearsal",
        capabilities=("completion", "tools", "thinking"),
        trained_window=32_768,
        num_ctx=16_384,
    ),
)
_MAX_QUEUE = 512
_DEFAULT_WINDOW = 4096
_LOCAL_NAMES = (".localhost", ".local", ".internal")

Endpoint = Callable[[State, Received, Responder], Awaitable[None]]

_ENDPOINTS: dict[str, tuple[Endpoint, frozenset[str]]] = {
    "/": (listing.root, frozenset({"GET", "HEAD"})),
    "/api/version": (listing.version, frozenset({"GET", "HEAD"})),
    "/api/tags": (listing.tags, frozenset({"GET", "HEAD"})),
    "/api/ps": (listing.processes, frozenset({"GET"})),
    "/api/show": (listing.show, frozenset({"POST"})),
    "/api/chat": (chat, frozenset({"POST"})),
    "/api/generate": (generate, frozenset({"POST"})),
    "/api/embed": (embed, frozenset({"POST"})),
    "/api/pull": (pull, frozenset({"POST"})),
}

_log = logging.getLogger(__name__)


class Simulator:
    """Listens on the loopback interface between `start` and `stop`, or as a context manager.

        async with Simulator([Turn("Hello.")]) as simulator:
            provider = OllamaProvider("ollama", simulator.base_url)

    `script` holds replies in their order (more can be added with `say`); `models` are installed,
    by default one called `rehearsal`; `/api/pull` can fetch those that are `pullable`. `pace` is
    the time in seconds between two pieces of an answer, for turns that do not say it.
    `default_window` counts tokens, for models and requests without `num_ctx`; `max_queue` requests
    may wait before one that needs a load gets 503. `time_ns` is the clock of stamps and expiry.
    """

    def __init__(
        self,
        script: Script | Iterable[Reply] = (),
        *,
        models: Sequence[SimulatedModel] = DEFAULT_MODELS,
        pullable: Sequence[SimulatedModel] = (),
        version: str = "0.0.0-rehearsal",
        pace: float = 0.0,
        default_window: int = _DEFAULT_WINDOW,
        max_queue: int = _MAX_QUEUE,
        time_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.requests: list[Received] = []
        self.script = script if isinstance(script, Script) else Script(script)
        self._state = State(
            models={model.full_name: model for model in models},
            residency=Residency(time_ns, default_window, max_queue),
            script=self.script,
            time_ns=time_ns,
            version=version,
            pace=pace,
            pullable={model.full_name: model for model in pullable},
        )
        self._server = LoopbackServer(self._handle)
        self._port = 0

    @property
    def base_url(self) -> str:
        """The address, without a slash at its end; valid while it listens."""
        return f"http://{LOOPBACK}:{self._port}"

    @property
    def models(self) -> dict[str, SimulatedModel]:
        """The installed models by full name; may be changed at any time."""
        return self._state.models

    @property
    def loads(self) -> list[str]:
        """The full names of models in the order they were loaded, reloads included."""
        return self._state.residency.loads

    @property
    def evaluations(self) -> list[Evaluation]:
        """What each answered prompt cost, in their order."""
        return self._state.evaluations

    @property
    def loaded(self) -> list[Loaded]:
        """The models in memory."""
        return self._state.residency.loaded()

    @property
    def chats(self) -> list[Received]:
        """The requests to `/api/chat` that came with messages, in their order."""
        return [
            request
            for request in self.requests
            if request.path == "/api/chat" and (request.body or {}).get("messages")
        ]

    def say(self, *replies: Reply, model: str | None = None) -> None:
        """Append replies to the script, for every model or for one."""
        self.script.add(*replies, model=model)

    def seize(self, model: str, window: int) -> None:
        """Let another client load a model before our next request, with a window in tokens."""
        self._state.residency.seize(self.models[full_name(model)], window)

    async def start(self, port: int = 0) -> str:
        """Listen on 127.0.0.1, on a free port by default, and return `base_url`."""
        self._port = await self._server.start(port)
        return self.base_url

    async def stop(self) -> None:
        """Stop listening and drop every connection."""
        await self._server.stop()

    async def __aenter__(self) -> Simulator:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _handle(self, request: Received, respond: Responder) -> None:
        self.requests.append(request)
        if not _allowed_host(request.headers.get("host", "")):
            await respond.text(403, "")
            return
        found = _ENDPOINTS.get(request.path)
        if found is None:
            await respond.text(404, "404 page not found")
            return
        endpoint, methods = found
        if request.method not in methods:
            await respond.text(405, "405 method not allowed")
            return
        try:
            await endpoint(self._state, request, respond)
        except Refused as refused:
            await _refuse(respond, refused)
        except ConnectionError:
            raise  # the client left: the server's business
        except Exception as error:  # noqa: BLE001 - whatever a script raises
            # A mistake in a script must not look like a server that hangs.
            _log.exception("the script of the simulator failed")
            if respond.started:
                respond.abort()
                return
            await respond.json(500, {"error": f"the script failed: {error!r}"})


async def _refuse(respond: Responder, refused: Refused) -> None:
    body = {"error": refused.text}
    if not refused.late:
        await respond.json(refused.status, body)
        return
    await respond.start("application/json", refused.status)
    await respond.object(body)
    await respond.end()


def _allowed_host(header: str) -> bool:
    """Tell whether Ollama, listening on loopback, answers requests for this host."""
    host = header.rsplit(":", 1)[0] if not header.endswith("]") else header
    host = host.strip("[]").lower()
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host in {"", "localhost"} or host.endswith(_LOCAL_NAMES)
    return address.is_loopback or address.is_private or address.is_unspecified
