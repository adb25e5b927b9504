"""What is put beside a prompt: gathered from the editor, the workspace, its index and git."""

from arriero.agent.gathering.ask import Ask
from arriero.agent.gathering.budget import Budget
from arriero.agent.gathering.collecting import gather
from arriero.agent.gathering.offer import Gathered
from arriero.agent.gathering.spot import Spot

__all__ = ["Ask", "Budget", "Gathered", "Spot", "gather"]
