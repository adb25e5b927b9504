"""What a tool is: a typed function with a docstring, and the context it is called with.

    @tool(kind="read", title="Read {path}")
    def read_file(context: ToolContext, path: str, offset: int = 1) -> str: ...

The docstring's first paragraph describes the tool, its Google-style section a line per parameter.
For small windows the first sentence must say enough by itself, and of a parameter what stands
before a semicolon.
The parameters after the context become the schema that a model sees. A synchronous tool runs in a
worker thread, an asynchronous one on the event loop.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from arriero.sessions.events import FileDiff, Location, ToolKind
from arriero.shadow.types import Limits, Shadow
from arriero.tools.schema import Parameters

if TYPE_CHECKING:
    from arriero.index.searcher import Searcher
    from arriero.workspace.problem import Problem
    from arriero.workspace.view import WorkspaceView


class ToolError(Exception):
    """A tool could not do what it was asked; the text tells the model what to do next."""


@dataclass(frozen=True)
class ToolContext:
    """What a tool may touch. `environment` is the editor's; `cwd` is an absolute folder.

    `searcher` knows the workspace's files where they are indexed, else it is None. `problems`, for
    any thread, returns all that the editor reports; it is None where no editor tells it whole.
    `fetch_hosts` are those that documents may be read from.
    """

    view: WorkspaceView
    shadow: Shadow
    cwd: str
    environment: Mapping[str, str] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    searcher: Searcher | None = None
    problems: Callable[[], Sequence[Problem]] | None = None
    fetch_hosts: Sequence[str] = ()


@dataclass(frozen=True)
class ToolResult:
    """What a call brought: the text for the model, and for the user the places and changes.

    `ends`: the run ends when the calls of this answer are done, as somebody else goes on.
    """

    text: str
    locations: tuple[Location, ...] = ()
    diffs: tuple[FileDiff, ...] = ()
    ends: bool = False


ToolFunction = Callable[..., str | ToolResult | Awaitable[str | ToolResult]]


@dataclass(frozen=True)
class Tool:
    """A tool that can be offered to a model."""

    name: str
    kind: ToolKind
    description: str
    parameters: Parameters
    function: ToolFunction
    _title: str

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of the arguments, type object."""
        return self.parameters.schema

    def told(self, *, brief: bool) -> tuple[str, dict[str, Any]]:
        """Return the description and the schema that a model is given; `brief` in small windows."""
        if brief:
            return self.parameters.brief, self.parameters.brief_schema
        return self.description, self.schema

    def title(self, arguments: Mapping[str, Any]) -> str:
        """Return one line that says what a call with these arguments does, for the user."""
        shown = {name: _short(value) for name, value in arguments.items()}
        try:
            return self._title.format_map(shown)
        except (KeyError, IndexError, ValueError):
            return self.name


def tool(*, kind: ToolKind, title: str) -> Callable[[ToolFunction], Tool]:
    """Make a tool of a function; `title` may name parameters in braces."""

    def wrap(function: ToolFunction) -> Tool:
        parameters = Parameters.of(function)
        return Tool(
            name=function.__name__,
            kind=kind,
            description=parameters.description,
            parameters=parameters,
            function=function,
            _title=title,
        )

    return wrap


_LOOKED_AT = 4000  # characters of an argument from which a title may quote


def _short(value: Any, limit: int = 80) -> str:
    # What is cut off is not looked at: a text may be a whole file.
    text = " ".join((value if isinstance(value, str) else str(value))[:_LOOKED_AT].split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
