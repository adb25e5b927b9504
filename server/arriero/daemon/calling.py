"""What executes the tool calls of a run: its tools, their shadow and their limits."""

from __future__ import annotations

from arriero.agent.advice import Advisor
from arriero.agent.calls import Caller
from arriero.agent.window import Window
from arriero.daemon.shadows import NoShadow, limits
from arriero.daemon.surroundings import Emit, Surroundings
from arriero.sessions.events import Notice
from arriero.shadow.types import Shadow, ShadowError
from arriero.tools.base import Tool, ToolContext

_LEAST_RESULT_CHARS = 2000


async def make_caller(
    around: Surroundings, tools: tuple[Tool, ...], window: Window, propose: Emit, advisor: Advisor
) -> Caller:
    """Return what executes the calls of a run; `propose` is where their events go."""
    shadow = await _shadow(around, tools)
    return Caller(
        tools,
        ToolContext(
            around.view,
            shadow,
            around.run.roots[0] if around.run.roots else "/",
            around.editor.environment,
            limits(around.settings.shadow),
            around.parts.indexes.searcher(around.run.roots, around.editor.buffers),
            problems=around.editor.problems if around.editor.tells_problems else None,
            fetch_hosts=around.settings.fetch.hosts,
        ),
        around.parts.permissions,
        around.editor,
        propose,
        advisor,
        session_id=around.session.session_id,
        run_id=around.run.run_id,
        # At about four characters a token, one result takes an eighth of the window at most.
        result_chars=min(
            around.settings.agent.result_chars, max(_LEAST_RESULT_CHARS, window.size // 2)
        ),
        limits=around.limits,
        mask_secrets=around.settings.privacy.mask_secrets,
    )


async def _shadow(around: Surroundings, tools: tuple[Tool, ...]) -> Shadow:
    if not any(tool.kind == "execute" for tool in tools):
        return NoShadow("Commands do not run in this mode.")
    try:
        return await around.parts.shadows.get(
            around.session.session_id, around.run.roots, around.settings.shadow
        )
    except ShadowError as error:
        await around.emit(Notice("warning", str(error)))
        return NoShadow(str(error))
