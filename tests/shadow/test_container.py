"""What Docker and Podman are asked, with a program in their place that does what it can of it."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from arriero.shadow.choose import make_shadow
from arriero.shadow.container import Container, ContainerRunner, run_arguments
from arriero.shadow.launcher.spec import Spec
from arriero.shadow.plain import PlainRunner
from arriero.shadow.runner import Followed, bounds_of
from arriero.shadow.types import Command, Limits, ShadowError
from shadow.desk import FILES, Desk, ignored, listing, put, snapshot

pytestmark = pytest.mark.timeout(60)

# Runs in the copy instead of a container, so that paths of the workspace are the copy's inside.
FAKE = f"""#!{sys.executable}
import os, sys
with open({{log!r}}, "a") as log:
    log.write(repr(sys.argv[1:]) + "\\n")
if sys.argv[1] in ("kill", "rm"):
    sys.exit(0)
words = sys.argv[sys.argv.index("the-image") + 1:]
if "refuse" in words[-1]:
    print("Unable to find image 'the-image' locally")
    sys.exit(125)
pairs = [w for w, before in zip(sys.argv[1:], sys.argv) if before == "--mount"]
places = [dict(f.partition("=")[::2] for f in pair.split(",")) for pair in pairs]
cwd = sys.argv[sys.argv.index("--workdir") + 1]
for place in places:
    cwd = cwd.replace(place["target"], place["source"])
environment = dict(w.partition("=")[::2] for w, b in zip(sys.argv[1:], sys.argv) if b == "--env")
os.chdir(cwd)
os.execvpe(words[0], words, environment | {{{{"PATH": os.environ["PATH"]}}}})
"""


def fake(folder: Path) -> tuple[Path, Path]:
    program, log = folder / "docker", folder / "log"
    program.write_text(FAKE.format(log=str(log)))
    program.chmod(0o755)
    log.write_text("")
    return program, log


async def test_a_command_and_a_job_in_a_container(tmp_path: Path) -> None:
    program, log = fake(tmp_path)
    root = tmp_path / "workspace"
    put(root, FILES)
    before = snapshot(root)
    shadow = await make_shadow(
        "container",
        [str(root)],
        tmp_path / "shadows",
        ignored=ignored,
        listing=listing,
        container=Container(str(program), "the-image"),
    )
    assert (shadow.kind, shadow.confines) == ("container", True)
    assert "the-image" in shadow.boundary
    desk = Desk(root, shadow)
    result = await desk.run("cat readme.md; echo new > n.txt; exit 3", {"readme.md": "mine\n"})
    assert (result.exit_code, result.output) == (3, "mine\n")
    assert desk.writes(result) == {"n.txt": "new\n"}
    assert result.held == "container the-image, no network"
    with pytest.raises(ShadowError, match="Unable to find image"):
        await desk.run("refuse")
    task = asyncio.create_task(desk.run("echo up > up.log; sleep 300"))
    while "up.log" not in log.read_text():
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    # Ending the client does not end the container: that is killed and removed by its name.
    lines = log.read_text().splitlines()
    name = next(line for line in reversed(lines) if "run" in line).split("--name', '")[1][:24]
    assert lines[-2:] == [f"['kill', '{name}']", f"['rm', '--force', '{name}']"]
    await shadow.close()
    assert snapshot(root) == before
    assert list((tmp_path / "shadows").iterdir()) == []


async def test_what_is_cancelled_as_it_starts_leaves_no_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, log = fake(tmp_path)

    async def cancelled(*_: object) -> Followed:
        raise asyncio.CancelledError

    monkeypatch.setattr(PlainRunner, "start", cancelled)
    limits = Limits(seconds=5.0)
    environment = {"PATH": os.environ["PATH"]}
    spec = Spec((str(program), "run", "--name", "arriero-1"), "/", tuple(environment.items()),
                bounds_of(limits), network=True, confine=False)  # fmt: skip
    with pytest.raises(asyncio.CancelledError):
        await ContainerRunner().run(spec, b"", limits)
    assert log.read_text().splitlines() == [
        "['kill', 'arriero-1']",
        "['rm', '--force', 'arriero-1']",
    ]


async def test_without_an_image_or_a_program(tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    put(root, FILES)
    for container in (None, Container(str(tmp_path / "nothing"), "x"), Container("docker", "")):
        with pytest.raises(ShadowError, match="cannot run in a container here"):
            await make_shadow(
                "container",
                [str(root)],
                tmp_path / "shadows",
                ignored=ignored,
                listing=listing,
                container=container,
            )
    assert list((tmp_path / "shadows").iterdir()) == []


@pytest.mark.parametrize(("landlock", "kind"), [(7, "copy"), (0, "container")])
async def test_it_comes_after_landlock_on_a_copy(
    landlock: int, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, _ = fake(tmp_path)
    root = tmp_path / "workspace"
    put(root, FILES)

    async def none(plan: object) -> tuple[None, str]:
        return None, "not here"

    monkeypatch.setattr("arriero.shadow.choose._overlay", none)
    monkeypatch.setattr("arriero.shadow.launcher.landlock.version", lambda: landlock)
    shadow = await make_shadow(
        "auto",
        [str(root)],
        tmp_path / "shadows",
        ignored=ignored,
        listing=listing,
        container=Container(str(program), "the-image"),
    )
    assert shadow.kind == kind
    await shadow.close()


def test_arguments() -> None:
    command = Command(("bash", "-c", "true"), "/w/src", {}, {}, Limits(processes=7))
    container = Container("podman", "img:1", ("/opt/sdk:/sdk", "/only"))
    places = [("/w", '/copy,with "odd" name')]
    words = run_arguments(container, command, places, {"A": "b c"}, False)
    text = " ".join(words)
    assert words[:2] == ("podman", "run")
    for part in (
        "--network none", "--read-only", "--cap-drop ALL", "--security-opt no-new-privileges",
        "--pull never", "--pids-limit 7", "--workdir /w/src", f"--user {os.geteuid()}:",
        "--env A=b c", "type=bind,source=/opt/sdk,target=/sdk,readonly",
        "type=bind,source=/only,target=/only,readonly",
        'type=bind,"source=/copy,with ""odd"" name",target=/w',
    ):  # fmt: skip
        assert part in text, part
    assert words[-4:] == ("img:1", "bash", "-c", "true")
    assert "--network" not in run_arguments(container, command, places, {}, True)
