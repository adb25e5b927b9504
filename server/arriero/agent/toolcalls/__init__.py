"""Tool calls that a local model printed as text, in any of the forms that models learned."""

from arriero.agent.toolcalls.reader import TextCallReader
from arriero.agent.toolcalls.results import BrokenCall, Piece

__all__ = ["BrokenCall", "Piece", "TextCallReader"]
