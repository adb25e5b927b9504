"""docs/protocol.md names what the code has, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import pytest

from arriero.acp.door import METHODS
from arriero.lsp import (
    change_messages,
    chat_messages,
    completion_messages,
    context_messages,
    index_messages,
    messages,
    model_messages,
)
from arriero.lsp.code_actions import KINDS
from arriero.lsp.commands import results
from arriero.lsp.commands.table import COMMANDS
from arriero.lsp.events import PROPOSAL_CHANGED
from arriero.lsp.methods.status import STATUS_CHANGED
from arriero.lsp.profile_messages import ProfileMessage
from arriero.lsp.setup import OWN_METHODS

TEXT = (Path(__file__).parents[2] / "docs/protocol.md").read_text()


def test_every_command_is_there_and_no_other() -> None:
    named = set(re.findall(r"\barriero\.[a-z][A-Za-z]+\b", TEXT))
    assert named - {"arriero.notice"} == set(COMMANDS)


def test_every_method_is_there_and_no_other() -> None:
    named = set(re.findall(r"\barriero/[a-z][A-Za-z]+\b", TEXT))
    own = {method.name for method in OWN_METHODS} | {STATUS_CHANGED, PROPOSAL_CHANGED}
    assert named - {"arriero/config"} == own


def test_every_acp_method_is_there() -> None:
    for name in (*METHODS, "session/update", "session/request_permission"):
        assert f"`{name}`" in TEXT


def test_every_kind_of_action_is_there() -> None:
    for kind in KINDS:
        assert not kind.value or f"`{kind.value}`" in TEXT


@pytest.mark.parametrize(
    "shape",
    [
        chat_messages.ChatParams,
        chat_messages.ChatTurnMessage,
        chat_messages.ChatMessage,
        messages.AttachParams,
        messages.ProposalMessage,
        messages.FileMessage,
        messages.HunkMessage,
        model_messages.ModelsMessage,
        model_messages.ModelMessage,
        model_messages.ModelDetailsMessage,
        ProfileMessage,
        messages.SessionMessage,
        messages.EventMessage,
        messages.StatusMessage,
        context_messages.ContextMessage,
        context_messages.ContextTotals,
        context_messages.SessionContext,
        context_messages.ResidenceMessage,
        completion_messages.CompletionMessage,
        completion_messages.CompletionAccepted,
        messages.WorkspaceStatus,
        index_messages.SearchParams,
        index_messages.SearchMessage,
        index_messages.SearchHitMessage,
        index_messages.IndexMessage,
        index_messages.FolderIndexMessage,
        index_messages.MapParams,
        index_messages.MapMessage,
        index_messages.IndexSummary,
        results.Reindexed,
        messages.RunStatus,
        messages.ProposalChangedParams,
        results.RunEnd,
        results.Accepted,
        results.ConflictPlace,
        results.Undone,
        change_messages.ChangedFileMessage,
        change_messages.ChangedRunMessage,
        results.ModelSelected,
        messages.FileDiagnostics,
    ],
)
def test_every_shape_is_there_with_its_fields_in_order(shape: type) -> None:
    names = [re.sub(r"_(\w)", lambda m: m[1].upper(), field.name) for field in attrs.fields(shape)]
    # The document writes shapes as `{a, b?, c: …}`, each field once and in the code's order.
    pattern = r"\{" + r"\??(?::[^{}]*?(?:\{.*?\}[^{}]*?)*)?,\s*".join(names) + r"\b"
    assert re.search(pattern, TEXT, re.DOTALL), names
