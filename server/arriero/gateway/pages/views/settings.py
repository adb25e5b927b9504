"""The settings: what is in force and why, and a form for each to change the user's file."""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
from itertools import groupby
from pathlib import Path
from typing import Any

from arriero.daemon.locks import locked
from arriero.gateway.pages.desk import Desk
from arriero.gateway.pages.rendering import render
from arriero.gateway.pages.values import NotAValue, Value, path_of, shown_values, typed
from arriero.settings.errors import SettingsError
from arriero.settings.fields import Leaf, find
from arriero.settings.layers import LoadedSettings, user_file
from arriero.settings.paths import home
from arriero.settings.stack import Stack
from arriero.settings.yaml_edit import UNSET, NotEditable, with_value
from arriero.settings.yaml_file import KeyPath, parse_yaml


async def settings_page(
    desk: Desk, token: str, *, said: str = "", problem: str = "", name: str = "", text: str = ""
) -> str:
    """Return the forms; `said` or `problem` is what came of a change of `name` to `text`."""
    try:
        loaded = await asyncio.to_thread(desk.load)
    except SettingsError as error:
        kept = name if text and _may_be_shown(name) else ""
        return render("settings_broken.html", problem=str(error), changed=kept, typed=text)
    values = shown_values(loaded).values()
    sections = [
        (title, list(group))
        for title, group in groupby(sorted(values, key=_section_key), key=_section)
    ]
    return render(
        "settings.html",
        sections=sections,
        token=token,
        file=str(user_file()),
        seen=await asyncio.to_thread(_digest),
        said=said,
        problem=problem,
        changed=name,
        typed=text,
        notices=loaded.notices,
    )


async def change(desk: Desk, name: str, text: str | None, seen: str) -> str:
    """Set a setting in the user's file, or take it out (None); returns a sentence on it.

    `seen` is the file as the person saw it. Raises `NotAValue`, `NotEditable`, `SettingsError`.
    """
    path = path_of(name, await asyncio.to_thread(desk.load))
    value: Any = UNSET if text is None else typed(path, text)
    loaded, problem = await asyncio.to_thread(_store, desk, path, value, seen)
    desk.use(loaded.settings)
    now = shown_values(loaded).get(name)
    if now is not None and now.wins:
        return f"{name} is stored, but {now.place} wins over the file."
    told = f"{name} is stored" if text is not None else f"{name} is back to its default"
    if problem:
        return f"{told}, but the gateway will not begin like this again. {problem}"
    if _needs_start(path):
        return f"{told} and counts from the next start of `arriero serve` or the daemon."
    return f"{told} and counts for what begins from now on."


def _store(desk: Desk, path: KeyPath, value: Any, seen: str) -> tuple[LoadedSettings, str]:
    """Write the file and read all layers anew; what they refuse is taken back.

    Returns them with why the gateway could not begin, where it could not before either.
    """
    try:
        # Between the look at the file and its replacement nobody else may replace it: another
        # form, or another worker of this gateway.
        with locked(str(desk.state / "settings.lock")):
            return _store_alone(desk, path, value, seen)
    except OSError as error:
        raise NotEditable(
            f"{desk.state} cannot be used ({error.strerror}); make it writable first."
        ) from error


def _store_alone(desk: Desk, path: KeyPath, value: Any, seen: str) -> tuple[LoadedSettings, str]:
    file = Path(os.path.realpath(user_file()))  # a link into a folder of one's own stays one
    old = _read(file)
    if _digest_of(old) != seen:
        raise NotAValue("The file has changed since this page was made; look at it again.")
    new = with_value(old, path, value)
    _check(new, file)
    before = desk.load()
    _write(file, new)
    try:
        loaded = desk.load()
        problem = desk.problem(loaded.settings) if _needs_start(path) else ""
        if problem and not desk.problem(before.settings):
            raise NotAValue(
                f"It is not stored, as the gateway could not begin with it. {problem} Settings "
                f"that need each other are changed together, in {file}."
            )
    except (SettingsError, NotAValue):
        _write(file, old)
        raise
    return loaded, problem


def _needs_start(path: KeyPath) -> bool:
    leaf = find(path)
    return isinstance(leaf, Leaf) and leaf.at_start


def _check(text: str, file: Path) -> None:
    """Raise `NotAValue` where the file alone would be refused; as it is it was not."""
    stack = Stack(home=home())
    try:
        stack.add_document("user", parse_yaml(text, file))
        stack.settings()
    except SettingsError as error:
        # Without its place: in the file, which stays as it is, nobody would find it.
        raise NotAValue("; ".join(one.message for one in error.problems) + ".") from error


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise NotEditable(f"{file} cannot be read ({error.strerror}); mend that first.") from error
    except UnicodeDecodeError as error:
        raise NotEditable(f"{file} is not UTF-8; save it in that encoding first.") from error


def _write(file: Path, text: str) -> None:
    """Replace the file as a whole; only its user may read it, as it may come to hold a key."""
    temporary = ""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        mode = file.stat().st_mode & 0o777 if file.exists() else 0o600
        descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(file)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise NotEditable(
            f"{file} cannot be written ({error.strerror}); mend that first."
        ) from error


def _digest() -> str:
    try:
        return _digest_of(_read(Path(os.path.realpath(user_file()))))
    except NotEditable:
        return ""


def _digest_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _may_be_shown(name: str) -> bool:
    """Tell whether a setting is known, and no secret."""
    leaf = find(tuple(name.split(".")))
    return isinstance(leaf, Leaf) and not leaf.is_secret


def _section(value: Value) -> str:
    first, _, rest = value.name.partition(".")
    if not rest:
        return "General"
    return f"providers.{rest.partition('.')[0]}" if first == "providers" else first


def _section_key(value: Value) -> tuple[int, str]:
    section = _section(value)
    return (0 if section == "General" else 2 if section.startswith("providers.") else 1, section)
