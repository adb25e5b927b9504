"""Arriero for Python programs; `arriero` itself has all of these names too."""

from arriero.api.agent import Agent
from arriero.api.executor import ToolExecutor
from arriero.api.own_tools import get_tools_array, tool
from arriero.api.result import Result, Step
from arriero.api.stream import Stream
from arriero.api.workspace import Workspace

__all__ = [
    "Agent",
    "Result",
    "Step",
    "Stream",
    "ToolExecutor",
    "Workspace",
    "get_tools_array",
    "tool",
]
