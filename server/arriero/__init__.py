"""Arriero: a local daemon that gives every editor a coding agent run by the user's own models.

from arriero import Agent

with Agent("path/to/project", model="qwen3:8b") as agent:
    result = agent.run("Make the failing test pass.")
    print(result.text, result.diff)
    agent.apply(result)
"""

from __future__ import annotations

__version__ = "0.1.0"

# As `typing` has it, without the time that importing that takes: type checkers know the name.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from arriero.api import (
        Agent,
        Result,
        Step,
        Stream,
        ToolExecutor,
        Workspace,
        get_tools_array,
        tool,
    )
    from arriero.settings.layers import load_settings

__all__ = [
    "Agent",
    "Result",
    "Step",
    "Stream",
    "ToolExecutor",
    "Workspace",
    "__version__",
    "get_tools_array",
    "load_settings",
    "tool",
]


def __getattr__(name: str) -> object:
    # On first use: the forwarder, which every editor starts, must not pay for these imports.
    if name.startswith("_") or name not in __all__:
        raise AttributeError(f"module 'arriero' has no attribute '{name}'")
    if name == "load_settings":
        from arriero.settings.layers import load_settings

        return load_settings
    from arriero import api

    return getattr(api, name)
