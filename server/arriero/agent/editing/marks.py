"""Which lines of an answer may belong to an edit: marks of blocks, fences, lines that name a file.

Everything here looks at one line. `may_matter` tells of a line that is still arriving whether it
can become one that belongs to an edit; what it rules out once stays ruled out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

Known = Callable[[str], bool]

LONGEST = 200  # characters; no line that matters is longer

_SEARCH = re.compile(r"(?:<{5,9}|-{5,9})[ \t]*(?:SEARCH|ORIGINAL)\b:?[ \t]*(?P<path>.*)")
_DIVIDER = re.compile(r"={5,9}")
_REPLACE = re.compile(r"(?:[><]{5,9}|\+{5,9})[ \t]*(?:REPLACE|UPDATED)\b.*|>{5,9}")
_CONFLICT = re.compile(r"<{7}(?: .*)?")
_CONFLICT_END = re.compile(r">{7} .+")
_FENCE = re.compile(r"(?P<indent>[ \t]{0,8})(?P<run>`{3,}|~{3,})(?P<info>[^`]*)")

_LEAD = re.compile(r"(?:\s+|\#{1,6}\s+|[-+*]\s+|\d{1,2}[.)]\s+|//\s*|<!--\s*|/\*\s*|\*\*|[`\"'])*")
_TAIL = " \t\r\n`\"'*:/->"  # what may stand behind a path, the ends of comments among it
_LABELS = frozenset(
    {"file", "filename", "filepath", "path", "new", "updated", "update", "create", "created",
     "modified", "modify", "edit"}
)  # fmt: skip
_LABEL = re.compile(
    r"(?:(?:new|updated?|created?|modif(?:ied|y)|edit)\s+)?(?:file\s?(?:name|path)?|path)\s*:\s*"
    r"|(?:updated?|created?|modif(?:ied|y)|edit)\s*:\s*",
    re.IGNORECASE,
)
_WORD = re.compile(r"[a-z]+(?=[\s:])", re.IGNORECASE)
_NAME = r"[^\s`\"'*<>|:,;(){}\[\]=!?$&]+"
_PATH = re.compile(rf"(?P<path>{_NAME})(?:\s*(?:-->|\*/))?[`\"'*:\s]*")
_QUOTED_PATH = re.compile(r"(?P<path>[^`\"'*<>|:]+\.\w{1,10})(?:`|\"|'|\*\*)[`\"'*:\s]*")
_EXTENSION = re.compile(r"[\w\]]\.[A-Za-z][\w]{0,9}\Z|\A\.[a-z][\w.-]+\Z")
_BARE = frozenset(
    {"Makefile", "Dockerfile", "Containerfile", "Jenkinsfile", "Vagrantfile", "Gemfile", "Rakefile",
     "Procfile", "Justfile", "LICENSE", "README", "CHANGELOG", "BUILD", "WORKSPACE"}
)  # fmt: skip
_ATTRIBUTE = re.compile(r"(?:title|file|filename|path|name)\s*=\s*[\"']?([^\"'\s}]+)")
_MENTION = re.compile(r"`([^`\s]+)`|\*\*([^*\s]+)\*\*")


@dataclass(frozen=True)
class Fence:
    """The opening of a code block: its run of backticks or tildes and the words behind it.

    `indent` are the blanks before it, which then stand before every line of the block.
    """

    run: str
    info: str
    indent: str = ""

    def closed_by(self, line: str) -> bool:
        """Tell whether `line` is the end of this block."""
        rest = line.strip()
        return len(rest) >= len(self.run) and not rest.strip(self.run[0])


def fence(line: str) -> Fence | None:
    """Read a line that opens a code block."""
    match = _FENCE.fullmatch(line.rstrip()) if len(line) <= LONGEST else None
    return Fence(match["run"], match["info"].strip(), match["indent"]) if match else None


def search_mark(line: str) -> str | None:
    """Return what stands behind the mark that begins a block, often "", or None."""
    match = _SEARCH.fullmatch(line.strip()) if len(line) <= LONGEST else None
    return match["path"] if match else None


def is_divider(line: str) -> bool:
    """Tell whether `line` parts the old text of a block from the new."""
    return len(line) <= LONGEST and _DIVIDER.fullmatch(line.strip()) is not None


def ends_block(line: str) -> bool:
    """Tell whether `line` is the mark that ends a block."""
    return len(line) <= LONGEST and _REPLACE.fullmatch(line.strip()) is not None


def conflict_step(line: str) -> int:
    """Return 1 where a conflict that git left in a file begins, -1 where it ends, else 0."""
    line = line.rstrip()
    if _CONFLICT.fullmatch(line):
        return 1
    return -1 if _CONFLICT_END.fullmatch(line) else 0


def path_line(line: str, known: Known | None) -> str | None:
    """Return the path if `line` says nothing but a path, in whatever decoration."""
    if len(line) > LONGEST or not line.strip() or not may_matter(line):
        return None
    lead = _LEAD.match(line)
    start = lead.end() if lead else 0
    label = _LABEL.match(line, start)
    if label:
        again = _LEAD.match(line, label.end())
        start = again.end() if again else label.end()
    match = _PATH.fullmatch(line, start)
    if match is None and line[start - 1 : start] in ("`", '"', "'", "*"):
        match = _QUOTED_PATH.fullmatch(line, start)
    return path_like(match["path"], known) if match else None


def path_like(said: str, known: Known | None) -> str | None:
    """Return `said` as a path if it looks like one or is a known file."""
    path = said.strip().removeprefix("./").rstrip(":")
    if not path or path.endswith(("/", ".", "…")) or path.startswith("//"):
        return None
    name = path.rsplit("/", 1)[-1]
    if _EXTENSION.search(name) or name in _BARE or ("/" in path and len(path) > 2):
        return path
    return path if known is not None and known(path) else None


def info_path(info: str, known: Known | None) -> str | None:
    """Return the path that stands in the words behind a fence: `python src/a.py`, `src/a.py`."""
    attribute = _ATTRIBUTE.search(info)
    if attribute:
        return path_like(attribute[1], known)
    words = info.replace(":", " ").split()
    if not words or len(words) > 2:
        return None
    return path_like(words[-1], known)


def mentioned(line: str, known: Known | None) -> str | None:
    """Return the last file that a sentence names in backticks or bold."""
    found = [a or b for a, b in _MENTION.findall(line[:1_000])]
    for said in reversed(found):
        path = path_like(said.rstrip(":"), known)
        if path and (known is None or known(path)):
            return path
    return None


def may_matter(begun: str) -> bool:
    """Tell whether a line that begins so can be a fence, a mark or the name of a file."""
    if len(begun) > LONGEST:
        return False
    bare = begun.lstrip()
    if bare.startswith(("```", "~~~", "<<<<<", "-----")):
        return True
    lead = _LEAD.match(begun)
    start = lead.end() if lead else 0
    rest = begun[start:]
    quoted = begun[start - 1 : start] in ("`", '"', "'", "*")
    if quoted and not any(mark in rest for mark in "`\"'*"):
        return True
    word = _WORD.match(rest)
    if word and word[0].lower() in _LABELS:
        return True
    core = rest.rstrip(_TAIL)
    if quoted:
        return not re.search(r"[`\"'*].*[^`\"'*:\s]", core, re.DOTALL)
    return not re.search(r"\s", core)


def may_matter_in_code(begun: str) -> bool:
    """Tell the same of a line in a block of code that is only shown."""
    bare = begun.strip()
    return len(begun) <= LONGEST and (
        not bare or not bare.strip(bare[0]) or bare.startswith(("```", "~~~", "<<<<<", "-----"))
    )
