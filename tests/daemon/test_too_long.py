"""A prompt that no window holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.fakes import Turn, say
from arriero.models.errors import ProviderUnavailable
from daemon.bench import DiskEditor, ask, hub


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("before", ["", "And b?"], ids=["alone", "after an open question"])
async def test_a_prompt_that_is_too_long_is_not_in_the_way_of_the_next(
    before: str, tmp_path: Path, root: Path
) -> None:
    fails: list[Turn] = [[ProviderUnavailable("It is not there.")]] if before else []
    async with hub(tmp_path, [say("One."), *fails, say("Three.")]) as (made, provider):
        attachment = await made.attach([str(root)], DiskEditor())
        session = (await ask(attachment, "What is a?")).session_id
        if before:
            assert (await ask(attachment, before, session_id=session)).stop_reason == "error"
        result = await ask(attachment, "long words " * 300_000, session_id=session)
        assert result.stop_reason == "error"
        assert "takes about" in result.message
        result = await ask(attachment, "And c?", session_id=session)
        assert result.message == "Three."
        asked = [one.content for one in provider.requests[-1].messages if one.role == "user"]
        assert "long words" not in "".join(asked)
        assert asked[-1].strip().endswith("And c?")
        assert before in asked[-1]
