"""Large trees of plausible files, the same for the same version of Python wherever they are made.

Their text is that of the standard library and of the interpreter's headers, cut between what stands
in nothing else and put together anew. Each package has words of its own, which take the place of
words in the names and comments: so a tree has many more names than its sources, most of them in one
package only, and its packages use what others define. What the languages reserve stays, and what is
in capitals stays so: no more is wrong in a file than in what it is made from. A tree is a git
repository with a history.

`python tests/benchmarks/index_trees.py FOLDER FILES` makes one by hand.
"""

from __future__ import annotations

import ast
import json
import keyword
import random
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

MEAN_BYTES = 3_600
_COMMITS = 300
_FILES_OF_A_PACKAGE = 40
_MADE = "made-of.json"  # beside the files; tells a tree that is whole
_VERSION = 2
_WORD = re.compile(r"(?<![\\\w])([A-Za-z_][A-Za-z0-9_]{3,})")  # no part of an escape or a number
_KEPT = frozenset(
    """
    self print list dict tuple float bytes
    range super type open isinstance enumerate sorted Exception ValueError TypeError KeyError
    auto break case char const continue default double else enum extern float goto inline long
    register restrict return short signed sizeof static struct switch typedef union unsigned void
    volatile while __asm__ __attribute__ __declspec __extension__ __inline __inline__
    define defined elif endif error ifdef ifndef include line pragma undef warning __cplusplus
    that this they them then than have which when where what will there should must only also
    name path file value data args kwargs __init__ __name__ __main__ object property
    staticmethod classmethod
    """.split()  # noqa: SIM905 - a list of them fills a page
).union(keyword.kwlist, keyword.softkwlist)
# Of C: what opens or closes something, what only looks so, and blank lines.
_MARK_OF_C = re.compile(
    r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'"
    r"|(?P<opens>[(\[{]|^[ \t]*#[ \t]*if)|(?P<closes>[)\]}]|^[ \t]*#[ \t]*endif)"
    r"|(?P<blank>\n\n+)",
    re.DOTALL | re.MULTILINE,
)
_GUARD = re.compile(
    r"^#ifndef (\w+)\n#define \1\b[^\n]*\n(.*)^#endif[^\n]*\s*\Z", re.DOTALL | re.MULTILINE
)
_FOR_CPP = re.compile(r"^#ifdef __cplusplus\n.*?^#endif[^\n]*\n", re.DOTALL | re.MULTILINE)
_SYLLABLES = """
    ac al an ar ba be bra can cer col con cra dal del dor el en er fal fin for gal gen gra hal
    hel im in jor kal ker lan lec lin lor mal mer min mor nar nel nor ol or pal per pol quar ral
    ren rin ros sal sen sol stra tal ter tor tri ul un val ven vor wal wen zer
    """.split()  # noqa: SIM905


@dataclass(frozen=True)
class Kind:
    """One kind of file: its ending, how often it comes, and what it is put together from.

    A block is a text cut at its words, which are at the odd places.
    """

    ending: str
    share: float
    blocks: Sequence[Sequence[str]]


def tree(folder: Path, files: int) -> Path:
    """Return a tree of so many files, made where it is not there yet (some minutes for 80,000)."""
    facts = {"files": files, "python": sys.version.split()[0], "version": _VERSION}
    mark = folder / ".git" / _MADE
    if mark.exists() and json.loads(mark.read_text()) == facts:
        return folder
    if folder.exists():
        raise FileExistsError(f"{folder} is another tree, or not whole: remove it")
    _git(folder.parent, "init", "-q", "-b", "main", str(folder))
    _write(folder, files)
    _git(folder, "reset", "-q")
    mark.write_text(json.dumps(facts))
    return folder


def _write(root: Path, files: int) -> None:
    """Write each file to disk and, in some hundred commits, into the history."""
    importing = subprocess.Popen(["git", "fast-import", "--quiet"], cwd=root, stdin=subprocess.PIPE)
    assert importing.stdin is not None
    step = -(-files // _COMMITS)
    for number, (name, data) in enumerate(_texts(files)):
        path = root / name
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True)
        path.write_bytes(data)
        if number % step == 0:
            subject = f"Let {Path(name).stem} know of {path.parent.name}".encode()
            at = 1_600_000_000 + 3_600 * number
            importing.stdin.write(
                b"commit refs/heads/main\ncommitter A <a@example.org> %d +0000\ndata %d\n%s\n"
                % (at, len(subject), subject)
            )
        importing.stdin.write(
            b"M 100644 inline %s\ndata %d\n%s\n" % (name.encode(), len(data), data)
        )
    importing.stdin.close()
    if importing.wait() != 0:
        raise OSError("git could not take in the tree")


def _texts(files: int) -> Iterator[tuple[str, bytes]]:
    """Make the names and texts of a tree, package by package."""
    chance = random.Random(11)
    words = sorted({_word(chance) for _ in range(max(files // 4, 400))})
    packages = [
        _Package(chance, words, number) for number in range(-(-files // _FILES_OF_A_PACKAGE))
    ]
    kinds = _kinds()
    for number in range(files):
        place, turn = divmod(number, _FILES_OF_A_PACKAGE)
        package = packages[place]
        kind = chance.choices(kinds, [kind.share for kind in kinds])[0]
        stem = f"{chance.choice(package.words)}_{package.words[turn % len(package.words)]}{turn}"
        others = chance.choices(packages, k=3)
        text = package.text(kind, others, chance)
        yield f"{package.folder}/{stem}{kind.ending}", text.encode()


class _Package:
    """A folder whose files have words in common."""

    def __init__(self, chance: random.Random, words: Sequence[str], number: int) -> None:
        # A few words are everywhere and most are rare, as in languages.
        self.words = [words[int(len(words) * chance.random() ** 3)] for _ in range(12)]
        top = words[number // 64 % len(words)]
        self.folder = f"{top}/{self.words[0]}{number // 8 % 8}/{self.words[1]}{number}"
        self._seed = number
        self._said: dict[str, str] = {}

    def text(self, kind: Kind, others: Sequence[_Package], chance: random.Random) -> str:
        """Put blocks together until there is enough."""
        wanted = min(chance.lognormvariate(0.0, 0.8) * MEAN_BYTES * 0.62, 60_000)
        parts: list[str] = []
        size = 0
        while size < wanted:
            block = chance.choice(kind.blocks)
            speaker = self if chance.random() < 0.8 else chance.choice(others)
            part = "".join(
                speaker.say(piece) if place % 2 else piece for place, piece in enumerate(block)
            )
            parts.append(part)
            size += len(part)
        return "\n\n".join(parts) + "\n"

    def say(self, word: str) -> str:
        """Return what this package says for a word of the sources."""
        said = self._said.get(word)
        if said is None:
            said = self._said[word] = self._other(word)
        return said

    def _other(self, word: str) -> str:
        chance = random.Random(f"{self._seed} {word}")
        if word in _KEPT or chance.random() < 0.45:
            return word
        mine = chance.choice(self.words)
        if word.isupper():
            mine = mine.upper()
        if "_" in word.strip("_"):
            head, _, tail = word.rpartition("_")
            return f"{head}_{mine}" if chance.random() < 0.5 else f"{mine}_{tail}"
        if word[0].isupper():
            mine = mine if word.isupper() else mine.title()
            return mine + word if chance.random() < 0.5 else mine
        return mine


def _word(chance: random.Random) -> str:
    return "".join(chance.choices(_SYLLABLES, k=chance.choice((2, 2, 3))))


@cache
def _kinds() -> tuple[Kind, ...]:
    paths = sysconfig.get_paths()
    folder = Path(paths["stdlib"])
    modules = [
        path.read_text("utf-8", "replace")
        for path in [*sorted(folder.glob("*.py")), *sorted(folder.glob("[a-h]*/*.py"))]
        if path.parent.name not in ("site-packages", "encodings")
    ]
    headers = [
        path.read_text("utf-8", "replace") for path in sorted(Path(paths["include"]).rglob("*.h"))
    ]
    prose = re.findall(r'"""(\w[^"]{200,4000})"""', "\n".join(modules))
    code = _blocks(block for text in modules for block in _cut_python(text))
    told = _blocks(block for text in prose for block in re.split(r"\n\n+", text))
    declared = _blocks(block for text in headers for block in _cut_c(text))
    kinds = [Kind(".py", 0.78, code), Kind(".md", 0.08, told)]
    return (*kinds, Kind(".h", 0.14, declared)) if declared else tuple(kinds)


def _cut_python(text: str) -> Iterator[str]:
    """Yield a module's functions and classes, each with what follows it."""
    try:
        outermost = ast.parse(text).body
    except SyntaxError:  # some of the library's own tests
        return
    lines = text.splitlines(keepends=True)
    begin = 0
    for one in outermost:
        if isinstance(one, (ast.AsyncFunctionDef, ast.ClassDef, ast.FunctionDef)):
            first = min((decorator.lineno for decorator in one.decorator_list), default=one.lineno)
            yield "".join(lines[begin : first - 1])
            begin = first - 1
    yield "".join(lines[begin:])


def _cut_c(text: str) -> Iterator[str]:
    """Yield what stands between blank lines and in no brackets and no condition.

    What is around a whole header, for each to be read once and by C++, is none.
    """
    text = _FOR_CPP.sub("", _GUARD.sub(r"\2", text))
    begin = depth = 0
    for mark in _MARK_OF_C.finditer(text):
        depth += (mark["opens"] is not None) - (mark["closes"] is not None)
        if mark["blank"] and not depth:
            yield text[begin : mark.start()]
            begin = mark.end()
    if not depth:
        yield text[begin:]


def _blocks(texts: Iterable[str]) -> list[list[str]]:
    stripped = [text.strip("\n") for text in texts]
    return [_WORD.split(text) for text in stripped if 60 < len(text) < 6_000]


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True)


if __name__ == "__main__":
    tree(Path(sys.argv[1]), int(sys.argv[2]))
