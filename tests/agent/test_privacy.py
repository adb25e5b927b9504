"""No secret reaches a model in a result, and an edit beside one leaves it what it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from agent.bench import Bench
from agent.fakes import Turn, call, calls, say
from arriero.observe.secrets import NAME, hidden

SECRET = "a8Hunter2-xyz0"
ENV = f"# settings\nDB_PASSWORD={SECRET}\nDEBUG=1\n"
NAMED = NAME.findall(hidden(ENV))[0]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".env").write_text(ENV)
    (tmp_path / "other.env").write_text("DEBUG=1\n")
    return tmp_path


def bench(root: Path, *made: Any, mask_secrets: bool = True) -> Bench:
    turns: list[Turn] = [calls(one) for one in made]
    return Bench(root, [*turns, say("Done.")], mask_secrets=mask_secrets)


@pytest.mark.parametrize(
    "made",
    [
        call("read_file", path=".env"),
        call("grep_search", pattern="DB_PASS", path=".env"),
        call("run_command", command=f"echo; echo DB_PASSWORD={SECRET}"),
        call("edit_file", path=".env", old_string="DB_PASSWORD=nope", new_string="zzz"),
        call("edit_file", path=".env", old_string="DEBUG=1", new_string="DEBUG=0"),
    ],
    ids=lambda made: made.call.name,
)
async def test_results_and_errors_have_none(root: Path, made: Any) -> None:
    run = bench(root, made)
    await run.run()
    (end,) = run.ends
    assert SECRET not in end.result
    assert NAMED in end.result, "its name is there, the same in every tool"
    for request in run.provider.requests[1:]:
        assert SECRET not in request.messages[-1].content


async def test_who_wants_it_otherwise_has_it(root: Path) -> None:
    run = bench(root, call("read_file", path=".env"), mask_secrets=False)
    await run.run()
    assert SECRET in run.ends[0].result


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f"DB_PASSWORD={NAMED}\nDEBUG=1", f"DB_PASSWORD={NAMED}\nDEBUG=0"),
        ("DEBUG=1", "DEBUG=0"),
        (ENV.replace(SECRET, NAMED), ENV.replace(SECRET, NAMED).replace("=1", "=0")),
    ],
)
async def test_an_edit_around_a_secret_keeps_it(root: Path, old: str, new: str) -> None:
    run = bench(root, call("edit_file", path=".env", old_string=old, new_string=new))
    await run.run()
    assert run.ends[0].status == "ok", run.ends[0].result
    assert run.view.read(".env").text == ENV.replace("DEBUG=1", "DEBUG=0")
    assert SECRET not in run.ends[0].result
    assert SECRET in (run.ends[0].diffs[0].new_text or ""), "the user reviews what is written"


async def test_a_whole_file_is_written_with_its_secret(root: Path) -> None:
    content = f"# settings\nDEBUG=0\nDB_PASSWORD={NAMED}\n"
    look, write = call("read_file", path=".env"), call("write_file", path=".env", content=content)
    run = bench(root, look, write)
    await run.run()
    assert run.ends[1].status == "ok", run.ends[1].result
    assert run.view.read(".env").text == f"# settings\nDEBUG=0\nDB_PASSWORD={SECRET}\n"


@pytest.mark.parametrize(
    "made",
    [
        call("write_file", path="new.env", content=f"DB_PASSWORD={NAMED}\n"),
        call("write_file", path="other.env", content=f"DB_PASSWORD={NAMED}\n"),
        call("edit_file", path="other.env", old_string="DEBUG=1", new_string=f"X={NAMED}"),
        call("edit_file", path=".env", old_string="DEBUG=1", new_string="X=***masked-0000***"),
    ],
)
async def test_a_name_is_never_written_for_a_secret(root: Path, made: Any) -> None:
    run = bench(root, made)
    await run.run()
    (end,) = run.ends
    assert end.status == "error"
    assert re.search(r"\*\*\*masked-[0-9a-f]{4}\*\*\* stands for a secret", end.result)
    assert run.view.read("other.env").text == "DEBUG=1\n"
    assert run.view.read(".env").text == ENV


async def test_what_a_file_says_itself_may_be_edited(root: Path) -> None:
    (root / "docs.md").write_text(f"A name looks like {NAMED}.\n")
    old, new = f"looks like {NAMED}", f"is like {NAMED}"
    run = bench(root, call("edit_file", path="docs.md", old_string=old, new_string=new))
    await run.run()
    assert run.view.read("docs.md").text == f"A name is like {NAMED}.\n"


async def test_a_secret_that_is_cut_by_the_limit_of_a_result_is_hidden_before(root: Path) -> None:
    key = (
        "-----BEGIN PRIVATE KEY-----\n" + f"{'MIIEv9' * 10}\n" * 25 + "-----END PRIVATE KEY-----\n"
    )
    (root / "key.txt").write_text("x\n" * 400 + key + "y\n" * 400)
    run = Bench(root, [calls(call("read_file", path="key.txt")), say("ok")], result_chars=1500)
    await run.run()
    assert "characters left out" in run.ends[0].result
    assert "MIIEv9" not in run.ends[0].result
