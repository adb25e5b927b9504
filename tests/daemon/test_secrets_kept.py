"""From the workspace to the model, the store and the audit trail: where secrets are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.fakes import FakeEditor, Turn, call, calls, say
from arriero.agent.request import ContextItem
from arriero.observe.secrets import NAME
from daemon.bench import ask, hub

TOKEN = "glpat-x8Yk2mNp4Qr6St0Uv3Wz"


@pytest.mark.parametrize("masked", [True, False])
async def test_where_a_token_of_the_workspace_goes(tmp_path: Path, masked: bool) -> None:
    root = tmp_path / "work"
    root.mkdir()
    (root / "AGENTS.md").write_text(f"Deploy with {TOKEN}.\n")
    (root / ".env").write_text(f"TOKEN={TOKEN}\n")
    turns: list[Turn] = [calls(call("read_file", path=".env")), say("Done.")]
    async with hub(tmp_path, turns) as (made, provider):
        editor = FakeEditor()
        attachment = await made.attach([str(root)], editor)
        await attachment.set_editor_settings({"privacy": {"mask_secrets": masked}}, trusted=True)
        given = (ContextItem("The selection:", f"deploy('{TOKEN}')"),)
        await ask(attachment, attachments=given)
        sent = provider.requests[-1].messages
    places = {
        role: [m.content for m in sent if m.role == role] for role in ("system", "user", "tool")
    }
    for role, texts in places.items():
        assert (TOKEN in "\n".join(texts)) is not masked, role
        assert bool(NAME.search("\n".join(texts))) is masked, role
    trail = "".join(path.read_text() for path in (tmp_path / "state" / "audit").glob("*.jsonl"))
    assert trail
    assert TOKEN not in trail
    if masked:
        stored = (tmp_path / "state" / "sessions.db").read_bytes()
        assert TOKEN.encode() not in stored, "nor in what is stored of the run"
