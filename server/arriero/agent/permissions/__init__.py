"""Which calls of the model may run: rules, profiles, what was answered, and what is shown of it."""

from arriero.agent.permissions.call import Call
from arriero.agent.permissions.judge import Decision, Permissions

__all__ = ["Call", "Decision", "Permissions"]
