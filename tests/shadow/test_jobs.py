"""Commands in the background: what they see, who reaches them, what comes back, when they end."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from arriero.shadow.jobs import MOST_JOBS, Job, Jobs
from arriero.shadow.types import Command, Limits, ShadowError
from shadow.desk import Desk
from shadow.test_limits import processes

pytestmark = [pytest.mark.namespaces, pytest.mark.timeout(60)]


def jobs_of(desk: Desk) -> Jobs:
    found = getattr(desk.shadow, "jobs", None)
    assert isinstance(found, Jobs)
    return found


def of_jobs(folder: Path) -> set[str]:
    """Return what is there of jobs; a file system that is unmounted takes some away meanwhile."""
    found = {
        os.path.join(at, one)
        for at, folders, files in os.walk(folder)
        for one in (*folders, *files)
    }
    return {path for path in found if "job" in os.path.basename(path)}


async def start(desk: Desk, script: str, files: dict[str, str] | None = None) -> Job:
    supplied = {str(desk.root / name): text.encode() for name, text in (files or {}).items()}
    command = Command(
        ("bash", "-c", script), str(desk.root), supplied, desk.environment, Limits(seconds=20)
    )
    return await jobs_of(desk).start(command)


async def said(job: Job, word: str) -> str:
    """Return the output up to a word."""
    text = ""
    deadline = time.monotonic() + 20
    while word not in text:
        assert time.monotonic() < deadline, text
        text += job.news()[0]
        await asyncio.sleep(0.01)
    return text


async def test_it_prints_and_ends_and_its_changes_come_back(desk: Desk) -> None:
    job = await start(desk, "echo begun; read -t 20 x < <(sleep 20); echo late", {"new.md": "laid"})
    assert await said(job, "begun") == "begun\n"
    assert jobs_of(desk).running == [job]
    assert jobs_of(desk).untold() == []
    other = await desk.run("cat readme.md; test -e new.md || echo none; echo x > made.txt")
    assert other.output == "hello\nnone\n"
    assert desk.writes(other) == {"made.txt": "x\n"}
    result = await job.result({})
    assert (result.exit_code, result.ended) == (None, "cancelled")
    assert jobs_of(desk).running == []
    done = await start(desk, "echo n > n.txt; cat new.md; exit 3", {"new.md": "laid"})
    await done.wait(20)
    assert [one.number for one in jobs_of(desk).untold()] == [1, 2]
    result = await done.result({str(desk.root / "new.md"): b"laid"})
    assert (result.exit_code, result.output) == (3, "laid")
    assert desk.writes(result) == {"n.txt": "n\n"}


async def test_what_was_edited_meanwhile_is_not_undone(desk: Desk) -> None:
    job = await start(desk, "echo job >> readme.md; echo two > src/app.py")
    await job.wait(20)
    result = await job.result({str(desk.root / "readme.md"): b"edited\n"})
    assert desk.writes(result) == {"src/app.py": "two\n"}
    assert "readme.md was edited while the job ran" in result.skipped[0]


async def test_a_server_is_reached_by_the_next_commands(overlay: Desk) -> None:
    server = f"exec {sys.executable} -u -m http.server 8765 --bind 127.0.0.1"
    job = await start(overlay, server)
    await said(job, "Serving")
    fetch = (
        f'{sys.executable} -c "import urllib.request as u; '
        "print(u.urlopen('http://localhost:8765/readme.md').read())\""
    )
    found = await overlay.run(fetch)
    assert found.output == "b'hello\\n'\n", found.output
    assert "GET /readme.md" in job.news()[0]
    assert (await overlay.run(fetch)).exit_code == 0
    await job.result({})
    assert (await overlay.run(fetch)).exit_code != 0


async def test_build_results_are_seen_by_jobs_and_stay(overlay: Desk) -> None:
    await overlay.run("mkdir -p build; echo built > build/out.o; rm build/old.o")
    job = await start(overlay, "cat build/out.o; ls build; echo job > build/job.o")
    await job.wait(20)
    result = await job.result({})
    assert result.output == "built\nout.o\n"
    assert result.writes == ()
    again = await overlay.run("cat build/out.o; ls build; echo more > build/more.o")
    assert again.output == "built\nout.o\n"
    assert (await overlay.run("ls build")).output == "more.o\nout.o\n"
    # Many jobs do not pile up layers for ever.
    for number in range(12):
        await overlay.run(f"echo {number} > build/{number}.o")
        job = await start(overlay, "true")
        await job.result({})
    assert "11.o" in (await overlay.run("ls build")).output


async def test_there_are_only_so_many(overlay: Desk) -> None:
    jobs = [await start(overlay, "sleep 300") for _ in range(MOST_JOBS)]
    with pytest.raises(ShadowError, match="stop one first"):
        await start(overlay, "true")
    await jobs[0].result({})
    await start(overlay, "true")


@pytest.mark.parametrize("kind", ["overlay", "copy", "none"])
async def test_they_end_with_the_session(make_desk: Callable[..., Any], kind: str) -> None:
    mark = f"mark-{os.urandom(6).hex()}"
    async with make_desk(kind) as desk:
        script = f"(setsid bash -c 'exec -a {mark} sleep 300' &); echo up; exec -a {mark} sleep 300"
        job = await start(desk, script)
        await said(job, "up")
        assert processes(mark)
    assert processes(mark) == []
    assert not job.running


@pytest.mark.parametrize("kind", ["overlay", "copy"])
async def test_one_that_cannot_be_started_leaves_nothing(
    make_desk: Callable[..., Any], kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: Any) -> Any:
        raise ShadowError("No.")

    async with make_desk(kind) as desk:
        await desk.run("true")
        before = of_jobs(tmp_path)
        runner = "_launcher" if kind == "overlay" else "_runner"
        with monkeypatch.context() as patched:
            patched.setattr(getattr(desk.shadow, runner), "start", refuse)
            with pytest.raises(ShadowError, match="No"):
                await start(desk, "true", {"new.md": "laid"})
        assert of_jobs(tmp_path) == before
        job = await start(desk, "exit 7")
        await job.wait(20)
        assert (await job.result({})).exit_code == 7
        assert of_jobs(tmp_path) == before


async def test_all_are_stopped_at_once(overlay: Desk) -> None:
    mark = f"mark-{os.urandom(6).hex()}"
    job = await start(overlay, f"echo up; exec -a {mark} sleep 300")
    await said(job, "up")
    jobs_of(overlay).stop()
    await job.wait(20)
    assert processes(mark) == []
    assert jobs_of(overlay).untold() == [job]


async def test_output_is_kept_within_its_limit(overlay: Desk) -> None:
    command = Command(
        ("bash", "-c", "echo first; seq 1000000; echo last; sleep 300"),
        str(overlay.root),
        {},
        overlay.environment,
        Limits(seconds=20, output_bytes=3000),
    )
    job = await jobs_of(overlay).start(command)
    deadline = time.monotonic() + 20
    text, cut = "", 0
    while "last" not in text:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)
        more, left_out = job.news()
        text, cut = text + more, cut + left_out
        assert len(more) < 4000
    assert text.startswith("first\n1\n2\n")
    assert cut > 1_000_000
    assert job.news() == ("", 0)
