"""The arguments of a tool: schema from a signature, validation and coercion of what a model sent.

Models send numbers as strings, `null` for "not given", arguments as a JSON string, names that other
tools use, and chatter such as `reason`. All of that is understood; what is not is answered with a
sentence that the model can act on.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from arriero.tools.references import written_out

# Names that models use for a parameter because other agents' tools call it so.
_ALIASES: dict[str, tuple[str, ...]] = {
    "path": ("file_path", "filepath", "filename", "file", "file_name", "target_file", "directory",
             "dir", "dir_path", "directory_path", "folder"),
    "content": ("text", "contents", "file_text", "file_content", "data"),
    "old_string": ("old_str", "old_text", "old", "search", "oldString", "original"),
    "new_string": ("new_str", "new_text", "new", "replace", "newString", "replacement"),
    "command": ("cmd", "shell_command", "bash_command", "script", "commands"),
    "pattern": ("query", "regex", "glob_pattern", "search_pattern"),
    "glob": ("include", "file_pattern", "file_glob"),
    "query": ("question", "q", "search", "search_query", "text", "pattern", "keywords"),
    "name": ("symbol", "symbol_name", "query", "identifier"),
    "offset": ("start_line", "line_start", "start"),
    "limit": ("max_lines", "num_lines", "line_count"),
    "code": ("script", "source", "python_code", "program"),
    "timeout": ("timeout_seconds", "timeout_s"),
}  # fmt: skip

# What models add to say why they call; it carries nothing that a tool could use.
_CHATTER = frozenset(
    {"reason", "explanation", "description", "thought", "rationale", "why", "purpose", "comment"}
)


class ArgumentError(Exception):
    """The arguments do not fit; the text says which and how to send them."""


@dataclass(frozen=True)
class Parameters:
    """The parameters of one tool. `schema` is what the model is told.

    `brief` and `brief_schema` say the same for small windows: of the description the first
    sentence, of a parameter's line what stands before its first semicolon.
    """

    description: str
    schema: dict[str, Any]
    brief: str
    brief_schema: dict[str, Any]
    _model: type[BaseModel]

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Parameters:
        """Read the parameters from a signature (all but the first, the context) and docstring.

        Raises TypeError for a parameter without annotation or without a docstring line.
        """
        made = cls.of_function(function, takes_context=True)
        for name in made.names:
            if not made.schema["properties"][name].get("description"):
                raise TypeError(f"{function.__name__}: '{name}' needs a type and a line in Args")
        return made

    @classmethod
    def of_function(cls, function: Callable[..., Any], takes_context: bool) -> Parameters:
        """Read the parameters of any function, with or without a context before them.

        Raises TypeError for a parameter without annotation, for one that cannot be given by its
        name, and for what is no function.
        """
        if not (inspect.isfunction(function) or inspect.ismethod(function)):
            raise TypeError(f"{function!r} is no function: give one that is made with `def`")
        description, lines = _docstring(inspect.getdoc(function) or "")
        signature = list(inspect.signature(function).parameters.values())
        hints = _hints(function)
        fields: dict[str, Any] = {}
        for parameter in signature[1:] if takes_context else signature:
            name = parameter.name
            if parameter.annotation is inspect.Parameter.empty:
                raise TypeError(f"{function.__name__}: '{name}' needs a type")
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                raise TypeError(f"{function.__name__}: a tool has no '*{name}'")
            if parameter.kind is parameter.POSITIONAL_ONLY or name.startswith("_"):
                raise TypeError(f"{function.__name__}: '{name}' cannot be given by its name")
            default = ... if parameter.default is inspect.Parameter.empty else parameter.default
            said: dict[str, Any] = {"description": lines[name]} if name in lines else {}
            fields[name] = (hints[name], Field(default, **said))
        model = create_model(
            function.__name__,
            __config__=ConfigDict(extra="forbid", coerce_numbers_to_str=True),
            **fields,
        )
        schema = _compact(written_out(model.model_json_schema(), elsewhere=True))
        return cls(description, schema, _first_sentence(description), _brief(schema), model)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._model.model_fields)

    def read(self, arguments: Any) -> dict[str, Any]:
        """Return validated arguments by parameter name, defaults filled in.

        Raises ArgumentError.
        """
        values = self._named(_as_mapping(arguments))
        try:
            model = self._model.model_validate(values)
        except ValidationError as error:
            raise ArgumentError(self._complaint(error)) from error
        return {name: getattr(model, name) for name in self.names}

    def given(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return what of read arguments says more than the defaults do: the same call."""
        fields = self._model.model_fields
        return {
            name: value
            for name, value in arguments.items()
            if name not in fields
            or fields[name].is_required()
            or repr(value) != repr(fields[name].default)
        }

    def _named(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        if len(arguments) == 1:
            ((key, inner),) = arguments.items()
            if key in ("arguments", "parameters", "input", "args") and key not in self.names:
                arguments = _as_mapping(inner)
        values: dict[str, Any] = {}
        for key, value in arguments.items():
            if value is None and not self._may_be_null(key):
                continue  # "not given" in the words of many models
            name = key if key in self.names else self._alias(key, arguments)
            if name is not None:
                values[name] = self._coerce(name, value)
            elif key not in _CHATTER:
                values[key] = value
        return values

    def _alias(self, key: str, arguments: Mapping[str, Any]) -> str | None:
        for name in self.names:
            if key in _ALIASES.get(name, ()) and arguments.get(name) is None:
                return name
        return None

    def _may_be_null(self, name: str) -> bool:
        """Tell whether null is a value that has to be said: there is no default instead."""
        field = self._model.model_fields.get(name)
        return field is not None and field.is_required() and _allows_null(field.annotation)

    def _coerce(self, name: str, value: Any) -> Any:
        # A list of strings for a text: models split file contents and commands into lines.
        is_text = self.schema["properties"][name].get("type") == "string"
        if is_text and isinstance(value, list) and all(isinstance(v, str) for v in value):
            return "\n".join(value)
        if is_text and isinstance(value, Mapping):
            return json.dumps(value, indent=2, ensure_ascii=False)
        return value

    def _complaint(self, error: ValidationError) -> str:
        said = []
        for item in error.errors():
            name = ".".join(str(part) for part in item["loc"])
            if item["type"] == "missing":
                said.append(f"'{name}' is missing")
            elif item["type"] == "extra_forbidden":
                said.append(f"there is no argument '{name}'")
            else:
                said.append(f"'{name}': {item['msg'].lower()}, got {item['input']!r:.60}")
        required = self.schema.get("required", [])
        usage = ", ".join(name if name in required else f"{name}?" for name in self.names)
        return f"{'; '.join(said)}. Call {self._model.__name__}({usage}) again."


def _allows_null(annotation: Any) -> bool:
    return annotation is type(None) or type(None) in get_args(annotation)


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the types of the parameters; what is returned may have one that is not known here."""
    said = {name: type_ for name, type_ in function.__annotations__.items() if name != "return"}
    parameters = SimpleNamespace(__annotations__=said)
    try:
        return get_type_hints(parameters, function.__globals__, _Unresolved(), include_extras=True)
    except NameError as error:
        raise TypeError(
            f"{function.__name__}: the type of a parameter is not known: {error}"
        ) from error


class _Unresolved(dict[str, Any]):
    """Names that exist for type checkers only (the context's) resolve to Any."""

    def __missing__(self, key: str) -> Any:
        if key in ("ToolContext", "ToolResult"):
            return Any
        raise KeyError(key)


def _as_mapping(arguments: Any) -> Mapping[str, Any]:
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments or "{}")
        except ValueError as error:
            raise ArgumentError(
                f"The arguments are not valid JSON ({error}). Send one JSON object."
            ) from error
    if arguments is None:
        return {}
    if not isinstance(arguments, Mapping):
        raise ArgumentError("The arguments must be one JSON object with named values.")
    return arguments


def _docstring(text: str) -> tuple[str, dict[str, str]]:
    """Split a docstring into what stands before `Args:` and a line per parameter."""
    head, _, tail = text.partition("\nArgs:\n")
    lines: dict[str, str] = {}
    name = ""
    for line in tail.splitlines():
        key, colon, rest = line.strip().partition(":")
        key = key.partition(" (")[0]  # a type may stand behind the name
        if (
            colon
            and line.startswith("    ")
            and not line.startswith("     ")
            and key.isidentifier()
        ):
            name = key
            lines[name] = rest.strip()
        elif name and line.strip():
            lines[name] += " " + line.strip()
        elif not line.strip():
            name = ""
    return " ".join(head.split()), lines


def _compact(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Strip what costs a small window tokens and tells a model nothing."""
    properties, required = {}, schema.get("required", ())
    for name, value in schema.get("properties", {}).items():
        options = value.get("anyOf", [])
        if name not in required:  # null says there that it is not given
            options = [one for one in options if one.get("type") != "null"]
        merged = {**value, **options[0]} if len(options) == 1 else dict(value)
        if len(options) == 1:
            merged.pop("anyOf", None)
        merged.pop("title", None)
        if not merged.get("default"):  # null, false and 0 are what is meant by "not given"
            merged.pop("default", None)
        order = ("type", "description")
        properties[name] = {k: merged[k] for k in (*order, *merged) if k in merged}
    compact: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        compact["required"] = required
    return compact


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=\.) (?=[A-Z])", text, maxsplit=1)[0]


def _brief(schema: dict[str, Any]) -> dict[str, Any]:
    """Shorten the parameters' descriptions; their types stay."""
    properties = {}
    for name, value in schema["properties"].items():
        properties[name] = dict(value)
        if said := value.get("description"):
            properties[name]["description"] = said.partition(";")[0].rstrip(".")
    return {**schema, "properties": properties}
