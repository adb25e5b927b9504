"""The best shadow that works is chosen; what is asked for and does not work is refused."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from arriero.shadow import choose
from arriero.shadow.choose import detect, make_shadow
from arriero.shadow.launcher import landlock
from arriero.shadow.plain import PlainRunner
from arriero.shadow.types import Shadow, ShadowError
from shadow.desk import Desk, ignored, listing, put


async def make(kind: choose.Setting, roots: Sequence[Path], folder: Path, **options: Any) -> Shadow:
    return await make_shadow(
        kind, [str(root) for root in roots], folder, ignored=ignored, listing=listing, **options
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    put(tmp_path / "ws", {"a.txt": "a\n"})
    return tmp_path / "ws"


@pytest.fixture
def no_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where there is no Linux: no launcher, no Landlock."""
    monkeypatch.setattr(choose, "_LINUX", False)


@pytest.mark.namespaces
async def test_detect_tells_what_works(tmp_path: Path) -> None:
    findings = await detect(tmp_path / "shadows")
    assert [finding.kind for finding in findings.kinds] == ["overlay", "copy"]
    for finding in findings.kinds:
        assert finding.detail
    assert findings.chosen.works
    assert list((tmp_path / "shadows").iterdir()) == []


async def test_without_namespaces_auto_takes_a_copy_and_says_what_does_not_hold(
    root: Path, tmp_path: Path, no_namespaces: None
) -> None:
    shadow = await make("auto", [root], tmp_path / "shadows")
    assert shadow.kind == "copy"
    assert "nothing else holds" in shadow.boundary
    assert not shadow.confines
    desk = Desk(root, shadow)
    result = await desk.run("cat a.txt; echo b >> a.txt; pwd")
    assert result.output == f"a\n{root}\n"
    assert desk.writes(result) == {"a.txt": "a\nb\n"}
    assert (root / "a.txt").read_text() == "a\n"
    await shadow.close()
    with pytest.raises(ShadowError, match=r"set shadow\.kind to auto or copy"):
        await make("overlay", [root], tmp_path / "shadows")


async def test_a_refused_namespace_is_told_with_the_reason(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from arriero.shadow.launcher.spec import Namespaces

    def refused(*arguments: Any, **named: Any) -> Namespaces:
        # A layer that is not there stands for whatever a kernel refuses.
        return Namespaces(*arguments, **{**named, "folder": "/nowhere"})

    monkeypatch.setattr("arriero.shadow.ground.Namespaces", refused)
    with pytest.raises(ShadowError, match="No such file"):
        await make("overlay", [root], tmp_path / "shadows")
    shadow = await make("auto", [root], tmp_path / "shadows")
    assert shadow.kind == "copy"
    if "under Landlock" in shadow.boundary:
        assert re.search(r"no namespaces: .*No such file", shadow.boundary)
    await shadow.close()


@pytest.mark.parametrize(
    ("roots", "message"),
    [
        ([], "open one"),
        (["/"], "open a project folder"),
        (["/proc/1"], "open a project folder"),
        (["/no/such/place"], "is not there any more"),
    ],
)
async def test_workspaces_that_cannot_be(roots: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(ShadowError, match=message):
        await make("auto", [Path(root) for root in roots], tmp_path)


@pytest.mark.namespaces
async def test_several_folders_one_in_another_and_by_a_link(tmp_path: Path) -> None:
    put(tmp_path, {"a/x": "1", "a/in/y": "2", "b/z": "3", "link": "-> b"})
    shadow = await make("auto", [tmp_path / n for n in ("a", "a/in", "link")], tmp_path / "shadows")
    desk = Desk(tmp_path / "a", shadow)
    result = await desk.run("cat x in/y ../b/z; echo n > in/n; echo m > ../b/m; rm ../b/z")
    assert result.output == "123"
    assert desk.writes(result) == {"in/n": "n\n", "../b/m": "m\n", "../b/z": None}
    await shadow.close()


@pytest.mark.namespaces
async def test_state_in_the_workspace_is_hidden_and_the_layer_is_elsewhere(tmp_path: Path) -> None:
    root = tmp_path / "home"
    put(root, {"a.txt": "a", ".local/state/arriero/db": "secret", ".ssh/id": "secret"})
    state = root / ".local/state/arriero"
    shadow = await make("overlay", [root], state / "shadows", hidden=[str(state)])
    desk = Desk(root, shadow, {"PATH": os.environ["PATH"], "HOME": str(root)})
    result = await desk.run("cat a.txt .local/state/arriero/db .ssh/id; echo $HOME; ls -A .ssh")
    assert "secret" not in result.output
    assert result.output.startswith("a")
    assert "/tmp/home" in result.output
    assert not (state / "shadows").exists()
    await shadow.close()


@pytest.mark.namespaces
@pytest.mark.parametrize("name", ["with space", "co:lon,comma", "back\\slash", "ünï", "-dash"])
async def test_odd_names_of_the_workspace(tmp_path: Path, name: str) -> None:
    put(tmp_path / name, {"a": "a\n"})
    shadow = await make("auto", [tmp_path / name], tmp_path / "shadows")
    desk = Desk(tmp_path / name, shadow)
    result = await desk.run("cat a; echo b > b; pwd")
    assert result.output == f"a\n{tmp_path / name}\n"
    assert desk.writes(result) == {"b": "b\n"}
    await shadow.close()


@pytest.mark.namespaces
async def test_network_only_where_allowed(root: Path, tmp_path: Path) -> None:
    script = "ls /sys/class/net 2>/dev/null; cat /proc/net/dev | tail -n +3 | wc -l"
    counts = []
    for network in (False, True):
        shadow = await make("overlay", [root], tmp_path / "shadows", network=network)
        counts.append(int((await Desk(root, shadow).run(script)).output))
        assert ("no network" in shadow.boundary) == (not network)
        await shadow.close()
    assert counts[0] == 1
    assert counts[1] == len(Path("/proc/net/dev").read_text().splitlines()) - 2


@pytest.mark.namespaces
async def test_with_network_abstract_sockets_of_the_machine_stay_out_of_reach(
    root: Path, tmp_path: Path
) -> None:
    if landlock.version() < 6:
        pytest.skip("the kernel's Landlock cannot scope abstract sockets")
    name = f"arriero-test-{os.urandom(6).hex()}"
    shadow = await make("overlay", [root], tmp_path / "shadows", network=True)
    script = (
        "import socket; s = socket.socket(socket.AF_UNIX)\n"
        f"try: s.connect(chr(0) + {name!r}); print('reached')\n"
        "except OSError as error: print(error.strerror)"
    )
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("\0" + name)
        listening.listen()
        result = await Desk(root, shadow).run(f"python3 - <<'E'\n{script}\nE")
    assert result.output == "Operation not permitted\n"
    await shadow.close()


@pytest.mark.namespaces
async def test_git_works_and_what_it_changes_is_thrown_away(root: Path, tmp_path: Path) -> None:
    if shutil.which("git") is None:
        pytest.skip("no git")
    environment = os.environ | {"GIT_CONFIG_GLOBAL": "/dev/null", "HOME": str(tmp_path)}
    for arguments in (["init", "-q"], ["add", "a.txt"]):
        subprocess.run(["git", *arguments], cwd=root, env=environment, check=True)
    shadow = await make("overlay", [root], tmp_path / "shadows")
    desk = Desk(root, shadow)
    result = await desk.run("git status --short", {"a.txt": "changed\n"})
    assert result.output == "AM a.txt\n"
    assert result.skipped == ()
    result = await desk.run("git -c user.name=n -c user.email=e commit -qm x; git log --oneline")
    assert result.output.endswith(" x\n")
    assert "not kept" in result.skipped[0]
    assert result.writes == ()
    assert "No commits yet" in (await desk.run("git status")).output
    await shadow.close()


async def test_none_runs_in_the_real_folder(root: Path, tmp_path: Path) -> None:
    shadow = await make("none", [root], tmp_path / "shadows")
    desk = Desk(root, shadow)
    result = await desk.run("cat a.txt; echo b > b.txt", {"a.txt": "proposed"})
    assert result.output == "a\n"
    assert result.writes == ()
    assert "the command saw the old" in result.skipped[0]
    assert (root / "b.txt").read_text() == "b\n"
    assert not shadow.confines
    await shadow.close()


@pytest.mark.parametrize(
    "script", ["echo out; echo err >&2; exit 3", "cat", "ulimit -c", "exec sleep 9"]
)
async def test_plain_runner_agrees_with_the_launcher(
    root: Path, tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from arriero.shadow.types import Limits

    found = []
    for runner in (None, PlainRunner):
        if runner is not None:
            monkeypatch.setattr(choose, "_runner", lambda place: PlainRunner())
        shadow = await make("none", [root], tmp_path / "shadows")
        result = await Desk(root, shadow).run(script, stdin=b"in\n", limits=Limits(seconds=0.3))
        found.append((result.exit_code, result.ended, result.output))
        await shadow.close()
    assert found[0] == found[1]


@pytest.mark.namespaces
@pytest.mark.timeout(60)
async def test_a_shadow_that_nobody_waits_for_any_more_leaves_nothing(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = asyncio.Event()

    async def forever(*_: object) -> None:
        tried.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(choose, "_try", forever)
    making = asyncio.ensure_future(make("overlay", [root], tmp_path / "shadows"))
    await tried.wait()
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    assert list((tmp_path / "shadows").iterdir()) == []
