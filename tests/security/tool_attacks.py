"""Attacks through the tools and everything else that opens what a model or a workspace names.

Each is tried on a `Place` and then accepted by somebody who agrees to everything. What it returns
must show that it was tried: a regular expression stands beside it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arriero.agent.gathering.references import references
from arriero.agent.gathering.referred import referred
from arriero.agent.instructions import instructions
from arriero.cli.chat.mentions import read_prompt
from arriero.settings.errors import SettingsError
from arriero.settings.layers import load_settings
from arriero.shadow.none import NoShadow
from arriero.tools.base import ToolContext, ToolError, ToolResult
from arriero.tools.registry import TOOLS
from arriero.workspace.disk import Disk, DiskRefused, MoveFile, WriteFile
from arriero.workspace.errors import WorkspaceError
from arriero.workspace.files import list_files
from arriero.workspace.view import WorkspaceView
from security.place import Place

Act = Callable[[Place], str]


@dataclass(frozen=True)
class Attempt:
    """What is done, and the regular expression for what comes of it."""

    act: Act
    met: str


def _filled(value: Any, place: Place) -> Any:
    if not isinstance(value, str):
        return value
    for name in ("ws", "outside", "home", "top", "evil", "allowed"):
        value = value.replace("{" + name + "}", str(getattr(place, name)))
    return value


def _tool(name: str, *, allowed: bool = False, **arguments: Any) -> Act:
    """Call a tool and accept what it proposes."""

    def act(place: Place) -> str:
        view = place.view(allowed=allowed)
        return _called(view, place, name, arguments) + "\n" + place.accept(view)

    return act


def _called(view: WorkspaceView, place: Place, name: str, arguments: dict[str, Any]) -> str:
    tool = TOOLS[name]
    context = ToolContext(view, _no_shadow(), cwd=str(place.ws))
    given = {key: _filled(value, place) for key, value in arguments.items()}
    try:
        result = tool.function(context, **given)
    except (ToolError, WorkspaceError) as error:
        return f"Error: {error}"
    assert isinstance(result, ToolResult)
    return result.text


def _no_shadow() -> Any:
    return NoShadow.__new__(NoShadow)


def _seen(view: WorkspaceView, path: str) -> None:
    try:
        view.read(path)
    except WorkspaceError:
        return


ATTEMPTS: dict[str, Attempt] = {}


def _add(name: str, act: Act, met: str = r"^Error: ") -> None:
    assert name not in ATTEMPTS, name
    ATTEMPTS[name] = Attempt(act, met)


# Paths that lead out, and what is no file.
_OUT = {
    "dots": "../outside/secret", "absolute": "{outside}/secret", "home": "~/secret",
    "a key of the home": "~/.ssh/secret", "a URI": "file://{outside}/secret",
    "a URI with dots": "file://{ws}/../outside/secret",
    "a URI in code": "file://{ws}/%2e%2e/outside/secret",
    "a link to a file": "link_file", "a link to a folder": "link_dir/secret",
    "an absolute link": "link_abs/secret", "a chain of links": "chain/secret",
    "a link and back": "src/../link_dir/secret", "down and up": "src/../../outside/secret",
    "the root by a link": "root/etc/shadow", "a name that begins alike": "{evil}/secret",
    "dots that begin alike": "../ws-evil/secret", "backslashes": "..\\outside\\secret",
    "codes": "%2e%2e/outside/secret", "wide dots": "\uff0e\uff0e/outside/secret",
    "more dots": "....//outside/secret", "more slashes": "//{outside}//secret",
    "another host": "file://host{outside}/secret",
    "another scheme": "http://127.0.0.1{outside}/secret",
    "by the process": "/proc/self/cwd/../outside/secret",
    "by its root": "/proc/self/root{outside}/secret",
    "its environment": "/proc/self/environ", "its environment by a link": "environ",
    "a NUL": "a.txt\0../../outside/secret", "blanks around": " ../outside/secret ",
    "quotes around": "`../outside/secret`", "a bidirectional name": "\u202e../outside/secret",
    "half a character": "a\ud800", "a circle": "circle", "too long": "n" * 5000,
    "no text": "",
}  # fmt: skip
for _name, _path in _OUT.items():
    _add(f"read: {_name}", _tool("read_file", path=_path))
for _name, _path in {
    "a pipe": "pipe", "a socket": "socket", "a device": "/dev/zero", "a device by a link": "zero",
    "the standard input": "/dev/stdin", "a file of 10 GB": "sparse.txt", "a folder": "src",
}.items():  # fmt: skip
    _add(f"read: {_name}", _tool("read_file", path=_path))

for _name, _path in {
    "dots": "..", "the root": "/", "a link": "link_dir", "the root by a link": "root",
    "home": "~", "descriptors": "/proc/self/fd", "a name that begins alike": "{evil}",
}.items():  # fmt: skip
    _add(f"list: {_name}", _tool("list_directory", path=_path))
    _add(f"find: {_name}", _tool("glob_files", pattern="**/*", path=_path))
    _add(f"grep: {_name}", _tool("grep_search", pattern="S3CR3T", path=_path))
for _name, _pattern in {
    "dots in the pattern": "../**/secret", "an absolute pattern": "{outside}/*",
    "braces": "{..,src}/**/secret", "through a link": "link_dir/*", "home in the pattern": "~/**",
}.items():  # fmt: skip
    _add(f"find: {_name}", _tool("glob_files", pattern=_pattern), "No file matches|^Error")
    _add(
        f"grep: {_name}",
        _tool("grep_search", pattern="S3CR3T-", glob=_pattern),
        "No line matches|^Error",
    )
_add("list: a folder of links", _tool("list_directory", path="."), r"link_dir$|link_dir\b")
_add(
    "grep: all of a folder of traps", _tool("grep_search", pattern="twenty-one"), "No line matches"
)

# What is written, edited, renamed and deleted.
_NEW = {
    "dots": "../outside/planted", "absolute": "{outside}/planted", "home": "~/planted",
    "a link": "link_dir/planted", "an absolute link": "link_abs/planted",
    "a chain": "chain/planted",
    "a new folder by a link": "link_dir/deep/er/planted", "a link that dangles": "dangling",
    "a URI": "file://{outside}/planted", "a name that begins alike": "{evil}/planted",
    "a hook": ".git/hooks/pre-commit", "a hook by a link": "hooks/pre-commit",
    "a hook in capitals": ".GIT/hooks/pre-commit",
    "a hook by a hidden sign": ".g\u200cit/hooks/pre-commit",
    "a hook by a dot": ".git./hooks/pre-commit", "a hook by a blank": ".git /hooks/pre-commit",
    "a hook of a folder": "src/.git/hooks/pre-commit", "git's folder itself": ".git",
    "git's settings": ".git/config", "our settings": ".arriero/config.yaml",
    "our settings in capitals": ".Arriero/config.yaml",
    "our settings with dots": "src/../.arriero/config.yaml",
    "instructions": ".arriero/instructions.md", "a pipe": "pipe", "a socket": "socket",
    "a device": "zero", "in a file": "a.txt/planted", "the folder itself": ".", "no name": "",
    "half a character": "planted\ud800", "too long": "n" * 300,
}  # fmt: skip
_REFUSED = r"^Error: |refused: "
for _name, _path in _NEW.items():
    _add(f"write: {_name}", _tool("write_file", path=_path, content="planted\n"), _REFUSED)
_add("write: a NUL", _tool("write_file", path="a.txt\0/../../planted", content="x"), _REFUSED)
_add("write: a NUL in the text", _tool("write_file", path="new.txt", content="a\0b"))
_add("write: 20 MB", _tool("write_file", path="new.txt", content="x" * (20 << 20)))
for _name, _path in {
    "a link to a file": "link_file", "a link to a folder": "link_dir/secret",
    "dots": "../outside/secret",
    "git's settings": ".git/config", "our settings": ".arriero/config.yaml", "a pipe": "pipe",
    "10 GB": "sparse.txt", "a device": "zero",
}.items():  # fmt: skip
    _add(f"edit: {_name}", _tool("edit_file", path=_path, old_string="o", new_string="planted"))


def _another_name(place: Place) -> str:
    """Another name of a file outside is changed alone."""
    view = place.view()
    view.read("hard")
    view.write("hard", "planted\n")
    return place.accept(view)


def _moved(old: str, new: str) -> Act:
    def act(place: Place) -> str:
        view = place.view()
        _seen(view, _filled(old, place))
        try:
            view.rename(_filled(old, place), _filled(new, place))
        except WorkspaceError as error:
            return f"Error: {error}"
        return place.accept(view)

    return act


def _deleted(path: str) -> Act:
    def act(place: Place) -> str:
        view = place.view()
        _seen(view, _filled(path, place))
        try:
            view.delete(_filled(path, place))
        except WorkspaceError as error:
            return f"Error: {error}"
        return place.accept(view)

    return act


_add("edit: another name of a file outside", _another_name, "^written")
for _name, (_old, _new) in {
    "out by dots": ("a.txt", "../outside/planted"), "out by a link": ("a.txt", "link_dir/planted"),
    "to a hook": ("a.txt", ".git/hooks/pre-commit"),
    "to a hook by a link": ("a.txt", "hooks/pre-commit"),
    "over our settings": ("a.txt", ".arriero/config.yaml"),
    "in by dots": ("../outside/secret", "got.txt"),
    "in by a link": ("link_dir/secret", "got.txt"), "a link": ("link_file", "got.txt"),
    "our settings away": (".arriero/config.yaml", "x.yaml"), "a pipe": ("pipe", "got.txt"),
}.items():  # fmt: skip
    _add(f"rename: {_name}", _moved(_old, _new), _REFUSED)
for _name, _path in {
    "dots": "../outside/secret", "a link to a folder": "link_dir/secret",
    "a link to a file": "link_file",
    "our settings": ".arriero/config.yaml", "git's settings": ".git/config", "a pipe": "pipe",
}.items():  # fmt: skip
    _add(f"delete: {_name}", _deleted(_path), _REFUSED)


# Further folders that may be looked into.
for _name, _path in {
    "dots": "{allowed}/../outside/secret", "a link": "{allowed}/link/secret",
    "the folder above": "{top}/outside/secret",
}.items():  # fmt: skip
    _add(f"allowed folder: read by {_name}", _tool("read_file", allowed=True, path=_path))
    _add(
        f"allowed folder: write by {_name}",
        _tool("write_file", allowed=True, path=_path, content="planted"),
        _REFUSED,
    )


# What is exchanged between the look and the write.
def _exchanged(name: str, exchange: Callable[[Place], None]) -> None:
    def act(place: Place) -> str:
        view = place.view()
        for path in ("src/b.py", "a.txt"):
            view.read(path)
        view.write("src/b.py", "planted\n")
        view.write("src/deep/new.py", "planted\n")
        exchange(place)
        return place.accept(view)

    _add(f"exchanged: {name}", act, "^refused: ")


def _folder_for(target: str) -> Callable[[Place], None]:
    def exchange(place: Place) -> None:
        (place.ws / "src").rename(place.ws / "kept")
        (place.ws / "src").symlink_to(target)

    return exchange


def _file_for(make: Callable[[Path], object]) -> Callable[[Place], None]:
    def exchange(place: Place) -> None:
        (place.ws / "src/b.py").unlink()
        make(place.ws / "src/b.py")

    return exchange


_exchanged("a folder for a link outside", _folder_for("../outside"))
_exchanged("a folder for a link to hooks", _folder_for(".git/hooks"))
_exchanged("a folder for a link to itself", _folder_for("kept"))
_exchanged("a file for a link outside", _file_for(lambda p: p.symlink_to("../../outside/secret")))
_exchanged("a file for a pipe", _file_for(os.mkfifo))
_exchanged("a file for a device", _file_for(lambda p: p.symlink_to("/dev/null")))
_exchanged("a file for a folder", _file_for(os.mkdir))


def _raw(name: str, *operations: Callable[[Place], Any]) -> None:
    def act(place: Place) -> str:
        try:
            Disk([str(place.ws)]).perform([make(place) for make in operations])
        except DiskRefused as error:
            return f"refused: {error}"
        return "written"

    _add(f"change: {name}", act, "^refused: ")


_raw("two that end outside", lambda p: WriteFile(f"{p.ws}/x", b"", None),
     lambda p: MoveFile(f"{p.ws}/x", f"{p.outside}/planted"))  # fmt: skip
_raw("a link that is then gone through", lambda p: MoveFile(f"{p.ws}/link_dir", f"{p.ws}/src/l"),
     lambda p: WriteFile(f"{p.ws}/src/l/planted", b"", None))  # fmt: skip


# What the workspace's own files make others open.
def _mentioned(text: str) -> Act:
    def act(place: Place) -> str:
        return repr(read_prompt(text, str(place.ws)))[:2000]

    return act


def _referred(text: str) -> Act:
    """What stands behind `@`, as a plain editor's prompt has it."""

    def act(place: Place) -> str:
        view = place.view()
        found = references(_filled(text, place))
        given = [referred(one, view, None, ()) for one in found]
        return f"{len(given)} {given!r}"

    return act


for _name, _text in {
    "a pipe": "see @pipe", "a picture that is a pipe": "see @pipe.png", "a device": "see @zero",
    "10 GB": "see @sparse.txt", "a pasted pipe": "{ws}/pipe.png",
}.items():  # fmt: skip
    _add(f"mention: {_name}", _mentioned(_text), "Typed")
for _name, _text in {
    "dots": "@../outside/secret", "a link": "@link_dir/secret", "absolute": "@{outside}/secret",
    "home": "@~/secret", "a pipe": "@pipe", "lines of it": "@link_file:1-2",
}.items():  # fmt: skip
    _add(f"reference: {_name}", _referred(_text), r"^\d")


def _instructed(make: Callable[[Path], object], name: str = "AGENTS.md") -> Act:
    def act(place: Place) -> str:
        (place.ws / name).unlink(missing_ok=True)
        make(place.ws / name)
        found = instructions(place.view(), [str(place.ws)], str(place.ws / "a.txt"), 5000, len)
        return f"told: {found.text}"

    return act


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(10 << 30)


for _name, _make in {
    "a link outside": lambda p: p.symlink_to("../outside/secret"), "a pipe": os.mkfifo,
    "10 GB": _sparse, "a device": lambda p: p.symlink_to("/dev/zero"),
    "the environment": lambda p: p.symlink_to("/proc/self/environ"),
}.items():  # fmt: skip
    _add(f"instructions: {_name}", _instructed(_make), "^told: $")


def _listed(name: str, make: Callable[[Path], object]) -> None:
    def act(place: Place) -> str:
        path = place.ws / name
        if path.is_dir():
            path.rename(place.ws / "kept")
        path.unlink(missing_ok=True)
        make(path)
        paths = list_files(str(place.ws)).paths
        return "\n".join(os.path.relpath(one, place.ws) for one in paths)

    _add(f"{name}: {make.__name__.strip('_')}", act, r"(?m)^a\.txt$")


def a_link_outside(path: Path) -> None:
    """Put a link to the secret."""
    path.symlink_to("../outside/secret")


def a_pipe(path: Path) -> None:
    """Put a pipe."""
    os.mkfifo(path)


def an_endless_device(path: Path) -> None:
    """Put a link to a device without an end."""
    path.symlink_to("/dev/zero")


def a_word_for_a_pipe(path: Path) -> None:
    """Put a file that names a pipe as git's folder."""
    path.write_text("gitdir: pipe\n")


def a_word_for_outside(path: Path) -> None:
    """Put a file that names a folder outside as git's."""
    path.write_text("gitdir: ../outside\n")


for _make in (a_link_outside, a_pipe, an_endless_device):
    _listed(".gitignore", _make)
    _listed(".ignore", _make)
for _make in (a_pipe, an_endless_device, a_word_for_a_pipe, a_word_for_outside):
    _listed(".git", _make)


def _set(text: str, *, trusted: bool = False) -> Act:
    """What a workspace's own settings bring."""

    def act(place: Place) -> str:
        (place.ws / ".arriero/config.yaml").write_text(text)
        (place.ws / ".env").write_text("OLLAMA_HOST=http://evil.example\nARRIERO_APPLY=auto\n")
        try:
            loaded = load_settings(
                workspace=place.ws, trusted=trusted, environment={"HOME": str(place.home)}
            )
        except SettingsError as error:
            told = f"refused: {error}"
        else:
            bases = [one.base_url for one in loaded.settings.providers.values()]
            told = f"{loaded.settings.apply} {loaded.settings.allowed_dirs} {bases}"
        (place.ws / ".arriero/config.yaml").write_text("mode: ask\n")
        return told

    return act


_SETTINGS = {
    "apply": "apply: auto\n", "folders": "allowed_dirs: [/]\n",
    "a provider": "providers: {ollama: {base_url: 'http://evil.example'}}\n",
    "no shadow": "shadow: {kind: none}\n",
}  # fmt: skip
for _name, _text in _SETTINGS.items():
    for _trusted in (False, True):
        _who = "of a folder that is trusted" if _trusted else "of a folder"
        _add(
            f"settings {_who}: {_name}",
            _set(_text, trusted=_trusted),
            r"^(refused|review \(\) )" if _trusted else r"^review \(\) (?!.*evil)",
        )
