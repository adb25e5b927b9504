"""Mistakes in calls that can be read: names, arguments, paths, texts to replace."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from arriero.models.rehearsal.broken.moment import Habit, Moment
from arriero.models.rehearsal.broken.reading import is_error
from arriero.models.rehearsal.broken.solver import original
from arriero.models.rehearsal.script import Call, Turn

_UNKNOWN = {
    "edit_file": ("patch_code", "modify_source", "apply_change"),
    "list_directory": ("explore", "show_tree", "get_project_structure"),
    "read_file": ("cat_source", "fetch_file", "inspect_module"),
    "run_command": ("invoke_tests", "start_process", "pytest_runner"),
    "write_file": ("save_source", "put_file", "emit_module"),
}
_ALIASES = {
    "edit_file": ("str_replace", "replace_in_file", "str_replace_editor"),
    "list_directory": ("ls", "list_dir", "list_files"),
    "read_file": ("view_file", "open_file", "file_read"),
    "run_command": ("bash", "shell", "execute_command"),
    "write_file": ("create_file", "write", "file_write"),
}
_OTHER_KEYS = {
    "path": ("file_path", "filename", "target_file"),
    "old_string": ("old_str", "search", "old_text"),
    "new_string": ("new_str", "replace", "new_text"),
    "content": ("text", "file_text"),
    "command": ("cmd", "shell_command"),
}
_WRONG_EXTRA: Mapping[str, Any] = {"encoding": "utf-8", "line": 12, "dry_run": False}
_CHATTER = {"reason": "I need this to go on.", "explanation": "It is the next step."}
_REQUIRED = {
    "edit_file": ("path", "old_string", "new_string"),
    "read_file": ("path",),
    "run_command": ("command",),
    "write_file": ("path", "content"),
}


def _on_calls(change: Callable[[Moment, Call], Call]) -> Habit:
    """Make a habit of a mistake in single calls; a grammar that forces the schema prevents it."""

    @functools.wraps(change)
    def habit(moment: Moment) -> Turn:
        if moment.seen.form == "constrained":
            return moment.say()
        return moment.calling([change(moment, call) for call in moment.answer.calls]).say()

    return habit


@_on_calls
def wrong_names(moment: Moment, call: Call) -> Call:
    """Call tools that were never offered."""
    return replace(call, name=moment.pick(_UNKNOWN[call.name]))


@_on_calls
def alias_names(moment: Moment, call: Call) -> Call:
    """Call tools and arguments by the names that other agents give them."""
    renamed = {
        moment.pick((key, *_OTHER_KEYS.get(key, ()))): value
        for key, value in call.arguments.items()
    }
    return replace(call, name=moment.pick(_ALIASES[call.name]), arguments=renamed)


def missing_argument(moment: Moment) -> Turn:
    """Leave out an argument that is needed, in the first call."""
    calls = moment.answer.calls
    required = _REQUIRED.get(calls[0].name, ()) if calls else ()
    if not required or moment.seen.form == "constrained":
        return moment.say()
    left_out = moment.pick(required)
    kept = {key: value for key, value in calls[0].arguments.items() if key != left_out}
    return moment.calling([replace(calls[0], arguments=kept), *calls[1:]]).say()


@_on_calls
def stringified_arguments(moment: Moment, call: Call) -> Call:
    """Send all arguments as JSON in one string."""
    key = moment.pick(("arguments", "parameters", "input"))
    return replace(call, arguments={key: json.dumps(dict(call.arguments))})


@_on_calls
def wrong_types(moment: Moment, call: Call) -> Call:
    """Send lists for texts, texts for numbers, and null for what is not given."""
    arguments = dict(call.arguments)
    if call.name == "read_file":
        arguments |= {"offset": moment.pick(("1", "1.0", "first")), "limit": None}
    if call.name == "edit_file":
        arguments["replace_all"] = moment.pick(("false", "no", "never"))
        arguments["new_string"] = str(arguments["new_string"]).split("\n")
    if call.name == "run_command":
        arguments["command"] = [arguments["command"]]
    return replace(call, arguments=arguments)


@_on_calls
def extra_arguments(moment: Moment, call: Call) -> Call:
    """Send arguments that no tool has, with and without a meaning."""
    extra = moment.pick(tuple(_WRONG_EXTRA))
    more = {extra: _WRONG_EXTRA[extra]} if moment.chance.random() < 0.5 else _CHATTER
    return replace(call, arguments={**call.arguments, **more})


def odd_paths(moment: Moment) -> Turn:
    """Write paths absolutely, with blanks or backticks, or as on another system."""

    def change(call: Call) -> Call:
        path = call.arguments.get("path")
        if not isinstance(path, str):
            return call
        options = [f"./{path}", f"`{path}`", f" {path} ", f'"{path}"', path.replace("/", "\\")]
        if moment.seen.root:
            options += [f"{moment.seen.root}/{path}", f"file://{moment.seen.root}/{path}"]
        return replace(call, arguments={**call.arguments, "path": moment.pick(options)})

    return moment.calling(list(map(change, moment.answer.calls))).say()


def repeated_edits(moment: Moment) -> Turn:
    """Make an edit again that was made already."""
    made = [r for r in moment.seen.newest if r.name == "edit_file" and not is_error(r)]
    again = [Call(result.name, dict(result.arguments)) for result in made if result.arguments]
    return moment.calling(again).say() if again else moment.say()


def ignored_results(moment: Moment) -> Turn:
    """Do once more what was just done, as if no result had come."""
    again = [Call(r.name, dict(r.arguments)) for r in moment.seen.newest if r.arguments]
    return moment.calling(again).say() if again else moment.say()


def doubled_calls(moment: Moment) -> Turn:
    """Make each call twice in one answer."""
    return moment.calling([call for call in moment.answer.calls for _ in range(2)]).say()


def same_ids(moment: Moment) -> Turn:
    """Give all calls of a session the same id and index."""
    return moment.calling([replace(c, id="call_0", index=0) for c in moment.answer.calls]).say()


def wrong_old_string(moment: Moment) -> Turn:
    """Misquote the text that an edit is to replace."""

    def change(call: Call) -> Call:
        if call.name != "edit_file":
            return call
        old = str(call.arguments["old_string"])
        wrong = moment.pick(
            (
                "\n".join(line.strip() for line in old.split("\n")),
                old.replace("    ", "\t"),
                old.replace("\n", "   \n"),
                "\n".join(f"{number}\t{line}" for number, line in enumerate(old.split("\n"), 30)),
                old.replace('"', "\N{LEFT DOUBLE QUOTATION MARK}"),
                old.replace("\n", "\\n"),
                f"    # as it was\n{old}",
                "def split(amount, people):\n    return amount / people\n",
            )
        )
        return replace(call, arguments={**call.arguments, "old_string": wrong})

    return moment.calling(list(map(change, moment.answer.calls))).say()


def elided_file(moment: Moment) -> Turn:
    """Write a whole file with its middle left out."""
    edits = [call for call in moment.edits if call.name == "edit_file"]
    if not edits or "write_file" not in moment.seen.tools:
        return moment.say()
    path = str(edits[0].arguments["path"])
    lines = original(path).split("\n")
    middle = moment.pick(
        ("# ... rest of the code unchanged ...", "# ... existing code ...", "    ...", "# (same)")
    )
    content = "\n".join([*lines[:4], middle, str(edits[0].arguments["new_string"])])
    return moment.calling([Call("write_file", {"path": path, "content": content})]).say()
