"""Scripts, the texts laid over the workspace of `desk`, and what must come back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Texts = Mapping[str, "str | None"]


@dataclass(frozen=True)
class Row:
    script: str
    writes: Texts
    files: Texts = field(default_factory=dict)
    skipped: str = ""
    output: str | None = None
    ignored: int | None = None

    def complaints(
        self, writes: Texts, skipped: Sequence[str], output: str, ignored: int
    ) -> list[str]:
        """Compare with what became of it."""
        found = []
        if writes != self.writes:
            found.append(f"writes {writes}")
        if self.skipped not in "\n".join(skipped) or bool(self.skipped) != bool(skipped):
            found.append(f"skipped {skipped}")
        if self.output not in (None, output):
            found.append(f"output {output!r}")
        if self.ignored not in (None, ignored):
            found.append(f"ignored {ignored}")
        return found


ROWS = {
    "nothing": Row("true", {}, ignored=0),
    "reads": Row("cat readme.md src/app.py", {}, output="hello\nprint('app')\n"),
    "change": Row("echo more >> readme.md", {"readme.md": "hello\nmore\n"}),
    "create": Row("echo n > new.txt", {"new.txt": "n\n"}),
    "create in new folders": Row("mkdir -p a/b; echo n > a/b/c", {"a/b/c": "n\n"}),
    "delete": Row("rm readme.md", {"readme.md": None}),
    "delete a folder": Row("rm -r src", {"src/app.py": None, "src/deep/leaf.txt": None}),
    "rename": Row("mv readme.md r.md", {"readme.md": None, "r.md": "hello\n"}),
    "rename a folder": Row(
        "mv src lib",
        {
            "src/app.py": None,
            "src/deep/leaf.txt": None,
            "lib/app.py": "print('app')\n",
            "lib/deep/leaf.txt": "leaf\n",
        },
    ),
    "swap": Row(
        "mv readme.md t; mv src/app.py readme.md; mv t src/app.py",
        {"readme.md": "print('app')\n", "src/app.py": "hello\n"},
    ),
    "replace a folder by another": Row(
        "rm -r src; mkdir src; echo n > src/new.py; echo k > src/app.py",
        {"src/app.py": "k\n", "src/new.py": "n\n", "src/deep/leaf.txt": None},
    ),
    "replace a folder by a file": Row(
        "rm -r src; echo n > src",
        {"src": "n\n", "src/app.py": None, "src/deep/leaf.txt": None},
    ),
    "replace a file by a folder": Row(
        "rm readme.md; mkdir readme.md; echo n > readme.md/x",
        {"readme.md": None, "readme.md/x": "n\n"},
    ),
    "the same text again": Row("cp readme.md t; cat t > readme.md; rm t", {}),
    "touch": Row("touch readme.md src/app.py", {}),
    "in place": Row("sed -i s/app/APP/ src/app.py", {"src/app.py": "print('APP')\n"}),
    "append and restore": Row("echo x >> readme.md; echo hello > readme.md", {}),
    # What leaves size, name or time as they were.
    "same size": Row("printf 'HELLO\\n' > readme.md", {"readme.md": "HELLO\n"}),
    "same size and time": Row(
        "touch -r readme.md $TMPDIR/t; printf 'HELLO\\n' > readme.md; touch -r $TMPDIR/t readme.md",
        {"readme.md": "HELLO\n"},
    ),
    "renamed over, same size and time": Row(
        "printf 'HELLO\\n' > t; touch -r readme.md t; mv t readme.md", {"readme.md": "HELLO\n"}
    ),
    "by another name of it": Row(
        "ln readme.md src/h; printf 'HELLO\\n' > src/h; rm src/h", {"readme.md": "HELLO\n"}
    ),
    "by its memory, same time": Row(
        'python3 -I -c \'\nimport mmap, os\nold = os.stat("readme.md")\n'
        'with open("readme.md", "r+b") as file, mmap.mmap(file.fileno(), 0) as memory:\n'
        '    memory[:5] = b"HELLO"\n'
        'os.utime("readme.md", ns=(old.st_atime_ns, old.st_mtime_ns))\n\'',
        {"readme.md": "HELLO\n"},
    ),
    "supplied, same size and time": Row(
        "touch -r readme.md $TMPDIR/t; printf 'MINE\\n' > readme.md; touch -r $TMPDIR/t readme.md",
        {"readme.md": "MINE\n"},
        files={"readme.md": "mine\n"},
    ),
    "folder renamed there and back": Row(
        "mv src s2; printf 'PRINT(1)     \\n' > s2/app.py; mv s2 src",
        {"src/app.py": "PRINT(1)     \n"},
    ),
    "mode": Row("chmod +x readme.md", {}, skipped="readme.md got another mode"),
    "mode of a new file": Row("echo n > n.sh; chmod +x n.sh", {"n.sh": "n\n"}),
    "symbolic link": Row("ln -s readme.md l2", {}, skipped="l2 is a symbolic link"),
    "file to link": Row(
        "ln -sf src/app.py readme.md", {"readme.md": None}, skipped="readme.md is a symbolic link"
    ),
    "named pipe": Row("mkfifo p", {}, skipped="p is a named pipe"),
    "names are made visible": Row(
        r"ln -s x $'a\e[31m\n\xffb'", {}, skipped=r"a\x1b[31m\n\udcffb is a symbolic link"
    ),
    "hard link": Row("ln readme.md h", {"h": "hello\n"}),
    "empty file": Row(": > readme.md; : > e", {"readme.md": "", "e": ""}),
    "no final newline, CRLF": Row(r"printf 'a\r\nb' > c", {"c": "a\r\nb"}),
    "bytes": Row(r"printf '\xff\x00' > b", {"b": "\udcff\x00"}),
    "strange names": Row(r"echo 1 > $'n\nl'; echo 2 > $'\xff'", {"n\nl": "1\n", "\udcff": "2\n"}),
    "ignored": Row("mkdir -p build; echo o > build/new.o; echo l > x.log", {}, ignored=2),
    "ignored and not": Row(
        "mkdir -p build; echo o > build/new.o; echo n > n", {"n": "n\n"}, ignored=1
    ),
    "delete ignored": Row("rm -r build", {}),
    "caches": Row("mkdir -p src/__pycache__; echo > src/__pycache__/a.pyc", {}, ignored=1),
    "protected": Row(
        "mkdir .vscode; echo > .vscode/tasks.json; echo > .envrc",
        {},
        skipped=".vscode/tasks.json is protected",
    ),
    "large": Row("head -c 9000000 /dev/zero > big", {}, skipped="big is too large"),
    "empty folder": Row("mkdir empty", {}),
    # Texts that are laid over the files: buffers and proposals.
    "supplied is seen": Row("cat readme.md", {}, files={"readme.md": "mine\n"}, output="mine\n"),
    "supplied new": Row("cat a/b", {}, files={"a/b": "mine\n"}, output="mine\n"),
    "supplied deletion": Row(
        "cat readme.md",
        {},
        files={"readme.md": None},
        output="cat: readme.md: No such file or directory\n",
    ),
    "supplied change": Row(
        "echo x >> readme.md", {"readme.md": "mine\nx\n"}, files={"readme.md": "mine\n"}
    ),
    "supplied put back": Row(
        "echo hello > readme.md", {"readme.md": "hello\n"}, files={"readme.md": "m"}
    ),
    "supplied removed": Row("rm readme.md", {"readme.md": None}, files={"readme.md": "m"}),
    "supplied new removed": Row("rm a/b", {"a/b": None}, files={"a/b": "m"}),
    "supplied new folder removed": Row("rm -r a", {"a/b": None}, files={"a/b": "m"}),
    "supplied deletion made again": Row(
        "echo n > readme.md", {"readme.md": "n\n"}, files={"readme.md": None}
    ),
    "supplied renamed": Row(
        "mv readme.md r", {"readme.md": None, "r": "m"}, files={"readme.md": "m"}
    ),
    "folder with supplied removed": Row(
        "rm -r src",
        {"src/app.py": None, "src/deep/leaf.txt": None, "src/new": None},
        files={"src/new": "m"},
    ),
    "supplied keeps the mode": Row(
        "./tool.sh", {}, files={"tool.sh": "#!/bin/sh\necho mine\n"}, output="mine\n"
    ),
    "supplied in place of a folder": Row(
        "cat src", {}, files={"src/app.py": None, "src/deep/leaf.txt": None, "src": "m"}, output="m"
    ),
    "supplied in place of a file": Row(
        "cat readme.md/x", {}, files={"readme.md": None, "readme.md/x": "m"}, output="m"
    ),
    "outside is left alone": Row("true", {}, files={"../elsewhere": "m"}),
}
