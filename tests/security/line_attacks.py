"""Command lines that look as if they only read files of the workspace, where nothing confines them.

Each is judged as a run's call is; what nobody would be asked about is run, as the person, in a
workspace that was made for it to do harm. The lines of one attempt share a workspace.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence

from arriero.agent.permissions import Call, Permissions
from arriero.settings.permissions import PermissionSettings
from arriero.shadow.environment import command_environment, search_path
from security.git_attacks import PLANTS
from security.place import Place
from security.tool_attacks import Attempt

Plant = Callable[[Place], object]
ATTEMPTS: dict[str, Attempt] = {}

_TRAPS = ("pipe", "pipe.png", "socket", "sparse.txt", "hard", "root")
_LINKS = ("link_file", "link_dir", "link_abs", "chain", "dangling", "environ", "zero", "circle",
          "hooks")  # fmt: skip


def tried(place: Place, lines: Sequence[str]) -> str:
    """Return what became of each line: `asked`, or what it printed."""
    root = str(place.ws)
    permissions = Permissions(PermissionSettings(), (root,))
    told = []
    for line in lines:
        call = Call(
            "run_command", "execute", {"command": line}, (), (root,), root,
            search=tuple(search_path(os.environ)),
        )  # fmt: skip
        decision = permissions.judge(call)
        if decision.verdict == "allow":
            told.append(f"ran: {_run(place, line)}")
        else:
            told.append(f"asked: {decision.because}")
    return "\n".join(told)


def _run(place: Place, line: str) -> str:
    given = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(place.home)}
    environment = command_environment(given, home=str(place.home), temporary=str(place.top))
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=place.ws,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.stdout.decode("utf-8", "replace")


def _add(name: str, plant: Plant, *lines: str, met: str = r"\A(asked: .*\n?)+\Z") -> None:
    """Add lines, all of which are asked about unless `met` says otherwise."""

    def act(place: Place) -> str:
        for trap in _TRAPS:
            (place.ws / trap).unlink(missing_ok=True)
        plant(place)
        # The names of what is elsewhere are as secret as what is in it.
        (place.outside / place.mark).write_text("x\n")
        place.settle()
        told = tried(place, lines)
        kept = {path: (place.ws / path).read_text() for path in ("keep", "data2")}
        assert set(kept.values()) == {"kept\n"}, kept
        return told

    ATTEMPTS[f"line: {name}"] = Attempt(act, met)


def _usual(place: Place) -> None:
    for name in ("keep", "data1", "data2"):
        (place.ws / name).write_text("kept\n")


def _named(*names: str) -> Plant:
    """Files with names like options, which name a file of elsewhere, and no links."""

    def plant(place: Place) -> None:
        _usual(place)
        for link in _LINKS:
            (place.ws / link).unlink()
        for name in names:
            (place.ws / name).write_text(f"{place.outside}/secret\n")

    return plant


def _folders(place: Place) -> None:
    _usual(place)
    for name in ("two", "three"):
        (place.ws / name).mkdir()
    (place.ws / "two/x").symlink_to("../../outside/secret")
    (place.ws / "three/x").write_text("a\n")


def _programs(place: Place) -> None:
    _usual(place)
    for name in ("0", "4"):
        (place.ws / name).mkdir()
        shutil.copy(place.program, place.ws / name / "ls")


_add("a variable by printf", _programs,
     "printf 'aaaa%n' PATH; ls", "printf '%n' PATH && ls", "printf 'aaaa%-5n' PATH; ls src",
     "printf 'aaaa%ln' PATH; ls", "printf -- '%n' PATH; ls", "printf a*n PATH; ls")  # fmt: skip
_add("names of files elsewhere", _usual,
     "rg --files ../outside", "rg --files link_dir/", "rg --hidden --files link_dir",
     "ls -LR", "ls -RL .", "ls -laL", "echo link_dir/*", "echo ../outside/*", "echo chain/*",
     "printf '%s ' ../outside/*", "expr link_dir/*", "basename -a link_dir/*", "du -L .",
     "test -f ../outside/secret && echo there", "test -r /etc/shadow", "which ../program",
     "seq link_dir/*", "tr a link_dir/*", "type link_dir/*")  # fmt: skip
_add("folders with links in them", _folders,
     "diff two three", "diff -u . src", "diff -N two three", "diff --new-file three two",
     "diff three/x two", "diff tw[o] three")  # fmt: skip
_add("patterns for several words", _usual,
     "uniq data*", "xxd data*", "uniq data1 data2", "grep [Sl]* a.txt", "grep l* a.txt",
     "head -n [1l]* a.txt", "egrep -e l* a.txt", "sed -n [1l]* a.txt", "jq .*", "rg l* a.txt",
     "awk l* a.txt", "cut -d l* a.txt", "date +*")  # fmt: skip
for _name, _names in {
    "lists of files": ("--files0-from=data3", "-f", "data3"), "sums": ("-c", "data3"),
    "a compiled list": ("-C", "-mdata3", "data3"), "a list": ("-fdata3", "data3"),
}.items():  # fmt: skip
    _add(f"names like options: {_name}", _named(*_names), "wc *", "du *", "md5sum *", "file *",
         "file -b*", "sha256sum -b*", "stat *", "ls *", "cat -n *")  # fmt: skip


_add("other processes", _usual,
     "ps ef", "ps -axe", "ps -auxe", "ps -lxe", "ps -e -p x", "ps -C x -e", "ps e", "ps -eE",
     "ps aux e", "ps axe", "ps -p 1 -E")  # fmt: skip
_add("words that the shell reads otherwise", _usual,
     "cat a.txt >&-x", "sort data1 2>&--o data2", "cat -1>&2", "cat a.txt 1>&--x")  # fmt: skip

# What a repository makes git do, when it is asked for no more than a status.
_GIT = ("git status", "git diff", "git log -p -2 --stat", "git show HEAD", "git blame a.txt",
        "git describe --all --always --dirty", "git grep one", "git ls-files -m -o", "git reflog",
        "git branch -a -v", "git stash list", "cd src && git status",
        "cd inner && git status")  # fmt: skip


def _linked(path: str) -> Plant:
    """A file of git's own that is a link: what git cannot read in it, it shows."""

    def plant(place: Place) -> None:
        own = place.ws / ".git" / path
        own.parent.mkdir(parents=True, exist_ok=True)
        own.unlink(missing_ok=True)
        own.symlink_to(place.outside / "secret")

    return plant


def _rebasing(place: Place) -> None:
    folder = place.ws / ".git/rebase-merge"
    folder.mkdir()
    for name, text in (("interactive", ""), ("head-name", "refs/heads/x"), ("onto", "0" * 40)):
        (folder / name).write_text(text)
    for name in ("done", "git-rebase-todo"):
        (folder / name).symlink_to(place.outside / "secret")


def _elsewhere(place: Place) -> None:
    private = place.home / "private"
    place.git("init", "-q", str(private))
    (private / "x").write_text(place.mark)
    place.git("add", "x", folder=private)
    place.git("commit", "-q", "-m", "x", folder=private)
    shutil.rmtree(place.ws / ".git")
    (place.ws / ".git").write_text(f"gitdir: {private}/.git\n")


def _blank_at_the_end(place: Place) -> None:
    shutil.copytree(place.ws / ".git", place.ws / "good ")
    (place.ws / ".git").rename(place.ws / "good")
    (place.ws / ".git").write_text("gitdir: good \n")
    settings = str(place.ws / "good /config")
    place.git("config", "-f", settings, "core.fsmonitor", str(place.program), folder=place.top)


def _module_of(version: str) -> Plant:
    def plant(place: Place) -> None:
        inner = place.ws / "inner"
        place.git("init", "-q", "inner")
        (inner / "x").write_text("x")
        place.git("add", "x", folder=inner)
        place.git("commit", "-q", "-m", "x", folder=inner)
        place.git("add", "inner")
        place.git("update-index", "--index-version", version)
        place.git("config", "core.fsmonitor", str(place.program), folder=inner)

    return plant


def _hook_elsewhere(place: Place) -> None:
    place.git("config", "core.hooksPath", "own")
    (place.ws / "own").mkdir()
    shutil.copy(place.program, place.ws / "own/post-index-change")


def _settings_as(text: str) -> Plant:
    def plant(place: Place) -> None:
        with (place.ws / ".git/config").open("a") as file:
            file.write(text.replace("PROGRAM", str(place.program)))

    return plant


_REPOSITORIES: dict[str, Plant] = {
    **{f"a link for {name}": _linked(name) for name in (
        "packed-refs", "shallow", "info/grafts", "objects/info/alternates", "HEAD", "MERGE_MSG",
        "BISECT_START", "logs/HEAD", "config", "config.worktree", "index")},
    "a rebase of links": _rebasing, "a repository of the home": _elsewhere,
    "a folder with a blank at its end": _blank_at_the_end,
    "modules": _module_of("2"), "modules in short": _module_of("4"),
    "hooks elsewhere": _hook_elsewhere,
    "a section and its setting on one line": _settings_as("[core] fsmonitor = PROGRAM\n"),
    "capitals": _settings_as("[CORE]\n\tFSMONITOR = PROGRAM\n"),
    "an old form of a section": _settings_as("[diff.x]\n\ttextconv = PROGRAM\n"),
    "a setting that goes on": _settings_as("[core]\n\tfsmonitor = \\\nPROGRAM\n"),
    "a setting behind a carriage return": _settings_as("[core]\r\n\tfsmonitor = PROGRAM\r\n"),
}  # fmt: skip


def _repository(plant: Plant) -> Plant:
    def whole(place: Place) -> None:
        place.repository()
        _usual(place)
        plant(place)

    return whole


for _name, _plant in PLANTS.items():
    _add(f"git, {_name}", _repository(_plant), *_GIT, met="^(asked|ran): ")
for _name, _plant in _REPOSITORIES.items():
    _add(f"git, {_name}", _repository(_plant), *_GIT[:-2])


def _programs_found(place: Place) -> None:
    """A folder of the workspace is where programs are found, as with a virtual environment."""
    _usual(place)
    (place.ws / "bin").mkdir()
    for name in ("ls", "cat", "git"):
        shutil.copy(place.program, place.ws / "bin" / name)


def _with_path(act: Callable[[Place], str]) -> Callable[[Place], str]:
    def acted(place: Place) -> str:
        before = os.environ["PATH"]
        os.environ["PATH"] = f"{place.ws}/bin{os.pathsep}{before}"
        try:
            return act(place)
        finally:
            os.environ["PATH"] = before

    return acted


_add("programs of the workspace", _programs_found, "ls", "cat a.txt", "git status", "pwd; ls -l")
_found = ATTEMPTS["line: programs of the workspace"]
ATTEMPTS["line: programs of the workspace"] = Attempt(_with_path(_found.act), _found.met)
_add("git, nothing special", _repository(lambda place: place.git("config", "core.hooksPath", "x")),
     *_GIT[:-1], met=r"(?s)\A(?!.*asked: )ran: .*a\.txt")  # fmt: skip
