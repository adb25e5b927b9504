"""What a prompt is gathered for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from arriero.agent.gathering.spot import Spot
from arriero.agent.request import ContextItem


@dataclass(frozen=True)
class Ask:
    """A prompt, what the door put beside it, and where the user was when he asked.

    `query` is what the index is asked, where a command has put the prompt into its own words.
    `first` tells that the session begins: then alone a map of the workspace is given, which would
    be another one each time. Without `ambient` nothing is given but what the user attached or
    refers to. `said` are the texts of the earlier messages that the model is still sent.
    `edited` are files that the session's runs have changed, by absolute path.
    """

    prompt: str
    attachments: Sequence[ContextItem] = ()
    spot: Spot | None = None
    query: str = ""
    first: bool = True
    ambient: bool = True
    said: str = ""
    edited: Sequence[str] = ()
