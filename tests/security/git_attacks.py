"""Repositories that want a program run, or a file read, when we ask git about them.

Every question that Arriero has for git is asked in each of them. What a command in the shadow
plants never gets here, but anybody may be sent such a repository.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from arriero.agent.gathering.git_state import git_known
from arriero.index import catalogue, gitlog
from arriero.lsp.commands.git_changes import NoRepository, git_changes
from arriero.workspace.files import ignored_among, list_files
from arriero.workspace.ignore import OwnRules
from arriero.workspace.tracked import kept_in
from security.place import Place
from security.tool_attacks import Attempt

Plant = Callable[[Place], object]
ATTEMPTS: dict[str, Attempt] = {}
PLANTS: dict[str, Plant] = {}


def asked(place: Place) -> str:
    """Ask all that we ever ask git, and return what it said."""
    root = str(place.ws)
    paths = list_files(root).paths
    told = [repr(paths), repr(ignored_among(root, [f"{root}/a.txt", f"{root}/link_dir/secret"]))]
    told.append(repr(catalogue.scan(root, {})))
    told.append(repr(kept_in(root, OwnRules(root), [f"{root}/inner"])))
    told.append(repr(gitlog.head(root)))
    hashes = gitlog.listed(root, 10, 0) or []
    told.append(repr(gitlog.read(root, hashes)))
    told.append(repr(git_known(root, 5.0, counts=True)))
    try:
        told.append(repr(asyncio.run(git_changes(root))))
    except NoRepository as error:
        told.append(str(error))
    return "asked\n" + "\n".join(told)


def _add(name: str, plant: Plant, met: str = r"(?s)^asked.*a\.txt") -> None:
    def act(place: Place) -> str:
        place.repository()
        plant(place)
        place.settle()
        return asked(place)

    PLANTS[name] = plant
    ATTEMPTS[f"git: {name}"] = Attempt(act, met)


def _configured(*settings: tuple[str, str], attributes: str = "") -> Plant:
    def plant(place: Place) -> None:
        if attributes:
            (place.ws / ".gitattributes").write_text(attributes)
        for key, value in settings:
            place.git("config", key, value.replace("PROGRAM", str(place.program)))

    return plant


for _key in (
    "core.fsmonitor", "core.sshCommand", "core.pager", "core.editor", "core.askPass",
    "core.gitProxy",
    "diff.external", "gpg.program", "gpg.ssh.program", "credential.helper", "sequence.editor",
    "pager.log", "pager.diff", "pager.status", "uploadpack.packObjectsHook",
    "core.alternateRefsCommand",
    "interactive.diffFilter", "diff.tool", "browser.web.cmd", "man.viewer",
):  # fmt: skip
    _add(_key, _configured((_key, "PROGRAM")))
_add("signatures", _configured(("log.showSignature", "true"), ("gpg.program", "PROGRAM")))
_add("a text converter", _configured(("diff.x.textconv", "PROGRAM"), attributes="* diff=x\n"))
_add("a diff of its own", _configured(("diff.x.command", "PROGRAM"), attributes="* diff=x\n"))
_add("a clean filter", _configured(("filter.x.clean", "PROGRAM"), attributes="* filter=x\n"))
_add("a smudge filter", _configured(("filter.x.smudge", "PROGRAM"), attributes="* filter=x\n"))
_add(
    "a filter process",
    _configured(("filter.x.process", "PROGRAM"), ("filter.x.required", "true"),
                attributes="* filter=x\n"),
    "^asked",
)  # fmt: skip
_add("a merge driver", _configured(("merge.x.driver", "PROGRAM"), attributes="* merge=x\n"))
_add(
    "a filter with a name of signs",
    _configured(("filter.x=y.clean", "PROGRAM"), attributes="* filter=x=y\n"),
    "^asked",
)
for _name in ("status", "ls-files", "log", "diff", "config", "check-ignore"):
    _add(f"alias for {_name}", _configured((f"alias.{_name}", "!PROGRAM")))


def _hooks(place: Place) -> None:
    """Every hook there is, in git's folder and in one that the configuration names."""
    for folder in (place.ws / ".git/hooks", place.ws / "own"):
        folder.mkdir(exist_ok=True)
        for name in ("post-index-change", "fsmonitor-watchman", "query-watchman", "post-checkout",
                     "pre-commit", "reference-transaction", "post-rewrite"):  # fmt: skip
            shutil.copy(place.program, folder / name)
    place.git("config", "core.hooksPath", "own")
    place.git("config", "core.fsmonitor", "true")


def _included(place: Place) -> None:
    (place.ws / "more").write_text(
        f"[core]\n\tfsmonitor = {place.program}\n\tpager = {place.program}\n"
        f'[diff]\n\texternal = {place.program}\n[filter "x"]\n\tclean = {place.program}\n'
    )
    (place.ws / ".gitattributes").write_text("* filter=x\n")
    place.git("config", "include.path", "../more")
    place.git("config", f"includeIf.gitdir:{place.ws}/.path", "../more")


def _included_secret(place: Place) -> None:
    place.git("config", "include.path", str(place.outside / "secret"))


def _of_a_work_tree(place: Place) -> None:
    place.git("config", "extensions.worktreeConfig", "true")
    (place.ws / ".git/config.worktree").write_text(f"[core]\n\tfsmonitor = {place.program}\n")


def _lazily(address: str, protocol: str) -> Plant:
    """A clone without its old contents, which git gets from wherever the settings say."""

    def plant(place: Place) -> None:
        for key, value in (
            ("core.repositoryformatversion", "1"), ("extensions.partialClone", "origin"),
            ("remote.origin.promisor", "true"), (f"protocol.{protocol}.allow", "always"),
            ("core.sshCommand", str(place.program)), ("remote.origin.uploadpack",
            str(place.program)),
            ("remote.origin.url", address.replace("PROGRAM", str(place.program))),
        ):  # fmt: skip
            place.git("config", key, value)
        for path in (place.ws / ".git/objects").glob("??/*"):
            if path.stat().st_size < 40:  # the texts; commits and folders have more
                path.unlink()

    return plant


def _work_tree_elsewhere(place: Place) -> None:
    place.git("config", "core.worktree", str(place.outside))


def _index_elsewhere(place: Place) -> None:
    """Names that git itself refuses to track, written into its index."""
    place.git("add", "a.txt")
    index = place.ws / ".git/index"
    data = index.read_bytes()
    index.write_bytes(data.replace(b"src/b.py", b"../../s\0"))


def _behind_a_link(place: Place) -> None:
    """A folder that is tracked became a link to the outside."""
    (place.ws / "sub").mkdir()
    (place.ws / "sub/secret").write_text("mine\n")
    place.git("add", "sub")
    place.git("commit", "-q", "-m", "three")
    shutil.rmtree(place.ws / "sub")
    (place.ws / "sub").symlink_to("../outside")


def _excludes(place: Place) -> None:
    place.git("config", "core.excludesFile", str(place.outside / "secret"))
    place.git("config", "core.attributesFile", str(place.outside / "secret"))
    (place.ws / ".git/info").mkdir(exist_ok=True)
    exclude = place.ws / ".git/info/exclude"
    exclude.unlink(missing_ok=True)
    exclude.symlink_to(place.outside / "secret")


def _alternates(place: Place) -> None:
    (place.ws / ".git/objects/info").mkdir(parents=True, exist_ok=True)
    (place.ws / ".git/objects/info/alternates").write_text(f"{place.outside}\n")


def _bare_within(place: Place) -> None:
    """A folder that looks like git's own, with nothing that says so."""
    place.git("init", "-q", "--bare", "inner")
    place.git("config", "core.fsmonitor", str(place.program), folder=place.ws / "inner")


def _repository_within(place: Place) -> None:
    place.git("init", "-q", "inner")
    inner = place.ws / "inner"
    (inner / "x").write_text("x")
    place.git("add", "x", folder=inner)
    place.git("config", "core.fsmonitor", str(place.program), folder=inner)
    place.git("config", "filter.x.clean", str(place.program), folder=inner)
    (inner / ".gitattributes").write_text("* filter=x\n")


def _module(place: Place) -> None:
    _repository_within(place)
    (place.ws / ".gitmodules").write_text(
        f'[submodule "inner"]\n\tpath = inner\n\turl = ext::{place.program}\n'
        f"\tupdate = !{place.program}\n\tignore = none\n"
    )
    place.git("config", "status.submoduleSummary", "true")
    place.git("config", "diff.submodule", "log")
    place.git("config", "submodule.recurse", "true")


def _names_as_options(place: Place) -> None:
    for name in ("--output=planted", "-O", "--help", "-c", "--upload-pack=x"):
        (place.ws / name).write_text("x\n")
    place.git("add", "-A", "--", ".")
    place.git("commit", "-q", "-m", "--output=planted")
    place.git("symbolic-ref", "HEAD", "refs/heads/main")


def _program_named_git(*, entry: str) -> Plant:
    """A program of that name in the workspace, and a PATH that leads there."""

    def plant(place: Place) -> None:
        for name in ("git", "git-status", "ssh", "sh", "less", "rg"):
            shutil.copy(place.program, place.ws / name)
        os.environ["PATH"] = f"{entry.replace('WS', str(place.ws))}{os.pathsep}{_path}"

    return plant


_path = os.environ.get("PATH", os.defpath)


@contextmanager
def _variables(place: Place) -> Iterator[None]:
    """What an editor that was started from a hook or a script may have in its environment."""
    made = {
        "GIT_DIR": str(place.outside), "GIT_WORK_TREE": str(place.outside),
        "GIT_EXTERNAL_DIFF": str(place.program), "GIT_SSH_COMMAND": str(place.program),
        "GIT_PAGER": str(place.program), "GIT_ASKPASS": str(place.program),
        "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.fsmonitor",
        "GIT_CONFIG_VALUE_0": str(place.program), "GIT_EXEC_PATH": str(place.ws),
        "GIT_TRACE": str(place.outside / "trace"), "LD_PRELOAD": "",
    }  # fmt: skip
    os.environ.update(made)
    try:
        yield
    finally:
        for name in made:
            del os.environ[name]


def _with_variables(place: Place) -> str:
    place.repository()
    with _variables(place):
        return asked(place)


def _with_path(entry: str) -> Callable[[Place], str]:
    def act(place: Place) -> str:
        place.repository()
        try:
            _program_named_git(entry=entry)(place)
            return asked(place)
        finally:
            os.environ["PATH"] = _path

    return act


_add("hooks", _hooks)
_add("settings by an include", _included)
_add("a secret by an include", _included_secret, "^asked")
_add("settings of a work tree", _of_a_work_tree)
_add("contents by a program", _lazily("ext::PROGRAM", "ext"), "^asked")
_add("contents by ssh", _lazily("ssh://host/x", "ssh"), "^asked")
_add("contents by a file", _lazily("file:///nothing", "file"), "^asked")
_add("a work tree elsewhere", _work_tree_elsewhere, "^asked")
_add("an index that leads out", _index_elsewhere, "^asked")
_add("a folder that became a link", _behind_a_link)
_add("rules from a secret", _excludes)
_add("objects from elsewhere", _alternates)
_add("a bare repository within", _bare_within)
_add("a repository within", _repository_within)
_add("a module", _module)
_add("names like options", _names_as_options)
ATTEMPTS["git: the editor's variables"] = Attempt(_with_variables, r"(?s)^asked.*a\.txt")
for _entry in (".", "", "WS", "./", "WS/."):
    ATTEMPTS[f"git: a program by PATH {_entry!r}"] = Attempt(
        _with_path(_entry), r"(?s)^asked.*a\.txt"
    )
