"""A shell line as plain words, or the reason why it cannot be read as such.

Read strictly: two readers, tree-sitter's grammar of bash and the standard library's `shlex`, must
find the same words, and nothing may be left to the shell that the words do not show: variables,
substitutions, braces, assignments, functions, loops. What is read does not decide where a command
runs; it decides whether somebody is asked, and which rules are about it.
"""

from __future__ import annotations

import functools
import logging
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from arriero.agent.permissions.constructs import WHY

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

log = logging.getLogger(__name__)

_MOST_BYTES = 20_000
_TILDE = re.compile(r"(?:^|[=:])~")
_GLOB = re.compile(r"[*?\[]")
_BARE = frozenset({"word", "number"})
_BETWEEN = frozenset({"&&", "||", ";", "|", "\n"})
# What the shell does not take for a program, even where the grammar does.
_RESERVED = frozenset(
    ("case", "coproc", "do", "done", "elif", "else", "esac", "fi", "for", "function", "if", "in",
     "select", "then", "until", "while", "{", "}", "!", "[[", "]]")
)  # fmt: skip
_OPERATORS = re.compile(r"[();<>|&]+")


@dataclass(frozen=True)
class Word:
    """One word as the program gets it; `globs`: the shell puts the names of files for it."""

    text: str
    globs: bool = False
    tilde: bool = False


@dataclass(frozen=True)
class Redirect:
    """A file that a command reads (`<`) or writes, or a descriptor (`>&`)."""

    operator: str
    target: Word


@dataclass(frozen=True)
class Simple:
    """One program with its words, the first of which is its name."""

    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """The words alone."""
        return tuple(word.text for word in self.words)


@dataclass(frozen=True)
class Line:
    """A shell line. `commands` are all that it runs if it is plain; `problem` says why it is not.

    Of a line that is not plain, `commands` are those that could be made out.
    """

    commands: tuple[Simple, ...]
    problem: str = ""


class _NotPlain(Exception):
    pass


def read_line(text: str) -> Line:
    """Read a line of bash; never raises."""
    if len(text.encode("utf-8", "surrogatepass")) > _MOST_BYTES:
        return Line((), "it is too long to be read")
    unseen = next((c for c in text if not c.isprintable() and c not in "\t\n"), None)
    if unseen is not None:
        return Line((), f"it has a character that cannot be seen (U+{ord(unseen):04X})")
    if "\\\n" in text:
        return Line((), "it goes on after the end of a line")
    parser = _parser()
    if parser is None:
        return Line((), "there is no reader of shell lines here")
    source = text.encode()
    root = parser.parse(source).root_node
    try:
        if root.has_error:
            raise _NotPlain("it is not complete, or is no shell line that can be read")
        commands = tuple(_commands(root))
        if not commands:
            raise _NotPlain("it runs nothing")
        _check_second_reader(root, source, commands)
    except _NotPlain as reason:
        return Line(tuple(_made_out(root)), str(reason))
    except RecursionError:
        return Line((), "it is nested too deeply")
    return Line(commands)


@functools.cache
def _parser() -> Parser | None:
    try:  # when a line is first read: the daemon starts without
        import tree_sitter_bash
        from tree_sitter import Language, Parser

        return Parser(Language(tree_sitter_bash.language()))
    except (ImportError, ValueError) as error:
        log.warning("shell lines are not read, so more is asked: %s", error)
        return None


def _commands(node: Node) -> Iterator[Simple]:
    kind = node.type
    if kind in ("program", "list", "pipeline", "negated_command"):
        for child in node.children:
            if child.type in _BETWEEN or child.type in ("comment", "!"):
                continue
            yield from _commands(child)
    elif kind == "command":
        yield _simple(node, ())
    elif kind == "redirected_statement":
        *inner, last = _parts(node)
        # A redirection after a list is about its last command.
        yield from inner
        yield last
    else:
        raise _NotPlain(WHY.get(kind, f"it has {kind.replace('_', ' ')} in it"))


def _parts(node: Node) -> list[Simple]:
    body = node.child_by_field_name("body")
    if body is None:
        raise _NotPlain("it has a redirection without a command")
    redirects = tuple(_redirect(child) for child in node.children if child != body)
    found = list(_commands(body))
    if not found:
        raise _NotPlain("it has a redirection without a command")
    return [*found[:-1], Simple(found[-1].words, (*found[-1].redirects, *redirects))]


def _simple(node: Node, redirects: tuple[Redirect, ...]) -> Simple:
    words: list[Word] = []
    for child in node.children:
        if child.type == "command_name":
            words.append(_word(child.children[0]))
        elif child.type == "file_redirect":
            redirects = (*redirects, _redirect(child))
        elif child.type == "variable_assignment":
            raise _NotPlain("it sets a variable for a program")
        elif child.type in WHY:
            raise _NotPlain(WHY[child.type])
        else:
            words.append(_word(child))
    if not words or not words[0].text or words[0].globs or words[0].text in _RESERVED:
        raise _NotPlain("its program cannot be told")
    return Simple(tuple(words), redirects)


def _redirect(node: Node) -> Redirect:
    target = node.child_by_field_name("destination")
    if node.type != "file_redirect" or target is None:
        raise _NotPlain(WHY.get(node.type, "it has a redirection that cannot be read"))
    operators = [child.type for child in node.children if not child.is_named]
    others = [
        c for c in node.children if c.is_named and c != target and c.type != "file_descriptor"
    ]
    numbers = [_text(c) for c in node.children if c.type == "file_descriptor"]
    found = Redirect("".join(operators), _word(target))
    # To the shell `-1>` is a word and a redirection, and `>&-x` one and a word.
    closes = found.operator.endswith("&") and found.target.text.startswith("-")
    if len(operators) != 1 or others or closes or not all(map(str.isdecimal, numbers)):
        raise _NotPlain("it has a redirection that cannot be read")
    return found


def _word(node: Node) -> Word:
    """Return what a word stands for; raises _NotPlain for what only the shell knows."""
    text, globs = _piece(node)
    raw = _text(node)
    return Word(text, globs, bool(_TILDE.search(raw)))


def _piece(node: Node) -> tuple[str, bool]:
    kind, raw = node.type, _text(node)
    if kind in _BARE and node.child_count == 0:
        return _bare(raw)
    if kind == "raw_string":
        return raw[1:-1], False
    if kind == "string":
        inner = [child for child in node.children if child.type != '"']
        if any(child.type not in ("string_content", "$") for child in inner):
            raise _NotPlain("it has a variable or another command between quotation marks")
        return _quoted(raw[1:-1]), False
    if kind == "concatenation":
        _adjacent(node)
        if raw == "{}":
            return raw, False
        pieces = [_piece(child) for child in node.children]
        return "".join(text for text, _ in pieces), any(globs for _, globs in pieces)
    raise _NotPlain(WHY.get(kind, f"it has {kind.replace('_', ' ')} in it"))


def _bare(raw: str) -> tuple[str, bool]:
    unescaped = re.sub(r"\\(.)", "", raw)
    if "{" in unescaped or "}" in unescaped:
        raise _NotPlain("it has braces, which stand for several words")
    if re.search(r"[$`()]", unescaped) or raw.endswith("\\"):
        raise _NotPlain("it has a sign in it that the shell reads otherwise")
    return re.sub(r"\\(.)", r"\1", raw), bool(_GLOB.search(unescaped))


def _quoted(inside: str) -> str:
    return re.sub(r'\\([\\"$`])', r"\1", inside)


def _adjacent(node: Node) -> None:
    ends = [child.end_byte for child in node.children[:-1]]
    if ends != [child.start_byte for child in node.children[1:]]:
        raise _NotPlain("it has a word that cannot be read")


def _check_second_reader(root: Node, source: bytes, commands: tuple[Simple, ...]) -> None:
    """Let `shlex` read the line, comments blanked; it must find the same words in their order."""
    rest = bytearray(source)
    for comment in _of_kind(root, "comment"):
        rest[comment.start_byte : comment.end_byte] = b" " * (comment.end_byte - comment.start_byte)
    reader = shlex.shlex(rest.decode(), posix=True, punctuation_chars=True)
    reader.whitespace_split = True
    reader.commenters = ""
    try:
        seen = list(reader)
    except ValueError as error:
        raise _NotPlain("its quotation marks do not close") from error
    told = [text for command in commands for text in (*command.texts, *_targets(command))]
    if any(_OPERATORS.fullmatch(text) or text == "!" for text in told):
        raise _NotPlain("it has an operator as a word")
    # The descriptor before an operator is a word to `shlex`, and no word of the command.
    numbers = [_text(node) for node in _of_kind(root, "file_descriptor")]
    words = [one for one in seen if not _OPERATORS.fullmatch(one) and one != "!"]
    if sorted(words) != sorted([*told, *numbers]):
        raise _NotPlain("two readers do not find the same words in it")


def _targets(command: Simple) -> Iterator[str]:
    yield from (redirect.target.text for redirect in command.redirects)


def _of_kind(node: Node, kind: str) -> Iterator[Node]:
    if node.type == kind:
        yield node
    for child in node.children:
        yield from _of_kind(child, kind)


def _made_out(root: Node) -> Iterator[Simple]:
    """Yield what can be told of the programs in a line, wherever they stand."""
    for node in _of_kind(root, "command"):
        words: list[Word] = []
        for child in node.children:
            inner = child.children[0] if child.type == "command_name" else child
            if child.type in ("file_redirect", "variable_assignment", "herestring_redirect"):
                continue
            try:
                words.append(_word(inner))
            except _NotPlain:
                words.append(Word(_text(inner)))
        if words:
            yield Simple(tuple(words))


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")
