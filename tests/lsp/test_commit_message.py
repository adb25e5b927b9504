"""`arriero.commitMessage`: which changes it is about, and what a repository may not do."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from lsp.fake_hub import FakeHub
from lsp.raw_client import RawClient
from lsp.serving import Connect


@pytest.fixture
async def client(connect: Connect) -> RawClient:
    return await connect(options={"answers": "client"})


def git(folder: Path, *arguments: str) -> None:
    command = ["git", "-c", "user.name=n", "-c", "user.email=e", *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(folder: Path) -> Path:
    git(folder, "init", "-q")
    (folder / "a.txt").write_text("one\n")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    return folder


async def commit_message(client: RawClient, hub: FakeHub) -> tuple[Any, str]:
    result = await client.command("arriero.commitMessage")
    items = hub.requests[-1].attachments if hub.requests else ()
    return result, "\n".join(f"{item.title}\n{item.text}" for item in items)


async def test_staged_changes_come_first(client: RawClient, hub: FakeHub, repository: Path) -> None:
    (repository / "a.txt").write_text("two\n")
    _, seen_diff = await commit_message(client, hub)
    assert "Uncommitted changes" in seen_diff
    assert "+two" in seen_diff
    git(repository, "add", ".")
    (repository / "a.txt").write_text("three\n")
    _, seen_diff = await commit_message(client, hub)
    assert "Staged changes" in seen_diff
    assert "+two" in seen_diff
    assert "three" not in seen_diff


async def test_before_the_first_commit(client: RawClient, hub: FakeHub, folder: Path) -> None:
    git(folder, "init", "-q")
    (folder / "a.txt").write_text("one\n")
    git(folder, "add", ".")
    assert "+one" in (await commit_message(client, hub))[1]


async def test_nothing_to_commit(client: RawClient, hub: FakeHub, repository: Path) -> None:
    result, _ = await commit_message(client, hub)
    assert result["stopReason"] == "error"
    assert "nothing to commit" in result["message"]
    assert hub.requests == []


async def test_no_repository(client: RawClient, hub: FakeHub) -> None:
    result, _ = await commit_message(client, hub)
    assert "no Git repository" in result["message"]


async def test_a_repository_runs_no_program_of_its_own(
    client: RawClient, hub: FakeHub, repository: Path, tmp_path: Path
) -> None:
    script = tmp_path / "evil"
    script.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\ncat\n")
    script.chmod(0o755)
    for key in (
        "core.fsmonitor", "diff.external", "diff.d.textconv", "diff.d.command",
        "filter.f.clean", "filter.f.process", "core.pager",
    ):  # fmt: skip
        git(repository, "config", key, str(script))
    (repository / ".gitattributes").write_text("*.txt diff=d filter=f\n")
    (repository / "a.txt").write_text("two\n")
    result, seen_diff = await commit_message(client, hub)
    assert result["stopReason"] == "end_turn"
    assert "+two" in seen_diff
    assert not (tmp_path / "ran").exists()


async def test_a_long_diff_is_cut(client: RawClient, hub: FakeHub, repository: Path) -> None:
    (repository / "a.txt").write_text("word\n" * 50_000)
    _, seen_diff = await commit_message(client, hub)
    assert len(seen_diff) < 70_000
    assert seen_diff.endswith("(cut here)\n")
