"""Answers with unified diffs and whole files in fences."""

# ruff: noqa: E501 - an answer of a model reads best in one literal
from __future__ import annotations

from agent.editing.case import BLOCK, EDIT, Case, F, broken, edit, write

FENCE_CASES = [
    # unified diffs
    Case(
        "diff",
        f"{F}diff\n--- a/src/a.py\n+++ b/src/a.py\n@@ -1,3 +1,3 @@\n x\n-old\n+new\n y\n{F}\n",
        (edit("src/a.py", "x\nold\ny\n", "x\nnew\ny\n"),),
    ),
    Case(
        "diff with text around",
        f"So:\n{F}diff\n--- b.py\n+++ b.py\n@@ ... @@\n-old\n+new\n{F}\nDone.",
        ("So:\n", edit("b.py", *EDIT), "Done."),
    ),
    Case(
        "two hunks",
        f"{F}diff\n--- b.py\n+++ b.py\n@@ -1 +1 @@\n-a\n+A\n@@ -9 +9 @@ def f():\n-b\n+B\n{F}\n",
        (edit("b.py", "a\n", "A\n"), edit("b.py", "b\n", "B\n")),
    ),
    Case(
        "two files",
        f"{F}diff\n--- b.py\n+++ b.py\n@@\n-a\n+A\n--- a/src/a.py\n+++ b/src/a.py\n@@\n-b\n+B\n{F}",
        (edit("b.py", "a\n", "A\n"), edit("src/a.py", "b\n", "B\n")),
    ),
    Case(
        "diff of git",
        f"{F}diff\ndiff --git a/b.py b/b.py\nindex 12..34 100644\n--- a/b.py\n+++ b/b.py\n@@ -1 +1 @@\n-a\n+A\n{F}",
        (edit("b.py", "a\n", "A\n"),),
    ),
    Case(
        "diff of git for two files",
        f"{F}diff\ndiff --git a/b.py b/b.py\n--- a/b.py\n+++ b/b.py\n@@\n-a\n+A\ndiff --git a/src/a.py b/src/a.py\nindex 1..2\n--- a/src/a.py\n+++ b/src/a.py\n@@\n-a\n+A\n{F}",
        (edit("b.py", "a\n", "A\n"), edit("src/a.py", "a\n", "A\n")),
    ),
    Case(
        "diff without a language",
        f"{F}\n--- a/b.py\n+++ b/b.py\n@@\n-a\n+A\n{F}",
        (edit("b.py", "a\n", "A\n"),),
    ),
    Case(
        "diff with a time",
        f"{F}diff\n--- b.py\t2024-01-01 10:00:00\n+++ b.py\t2024-01-01\n@@\n-a\n+A\n{F}",
        (edit("b.py", "a\n", "A\n"),),
    ),
    Case(
        "diff without hunk heads",
        f"{F}diff\n--- b.py\n+++ b.py\n x\n-a\n+A\n{F}",
        (edit("b.py", "x\na\n", "x\nA\n"),),
    ),
    Case(
        "diff without paths, one above",
        f"b.py\n{F}diff\n@@ -1 +1 @@\n-a\n+A\n{F}",
        (edit("b.py", "a\n", "A\n"),),
    ),
    Case("diff without paths", f"{F}diff\n-a\n+A\n{F}\n", (f"{F}diff\n-a\n+A\n{F}\n",)),
    Case(
        "a blank was forgotten",
        f"{F}diff\n--- b.py\n+++ b.py\n@@\nx\n-a\n+A\n\ny\n{F}",
        (edit("b.py", "x\na\n\ny\n", "x\nA\n\ny\n"),),
    ),
    Case(
        "a new file",
        f"{F}diff\n--- /dev/null\n+++ b/n.py\n@@ -0,0 +1,2 @@\n+a\n+\n+b\n{F}",
        (edit("n.py", "", "a\n\nb\n"),),
    ),
    Case(
        "a new file, unsaid",
        f"{F}diff\n--- n.py\n+++ n.py\n@@\n+a\n@@\n+b\n{F}",
        (edit("n.py", "", "a\nb\n"),),
    ),
    Case(
        "a file deleted",
        f"{F}diff\n--- a/b.py\n+++ /dev/null\n@@\n-a\n{F}",
        (broken("cannot delete"),),
    ),
    Case(
        "nothing to find it by",
        f"{F}diff\n--- b.py\n+++ b.py\n@@\n+a\n{F}",
        (broken("only new lines"),),
    ),
    Case(
        "no newline",
        f"{F}diff\n--- b.py\n+++ b.py\n@@\n-a\n\\ No newline at end of file\n+A\n{F}",
        (edit("b.py", "a\n", "A\n"),),
    ),
    Case(
        "comments of Lua",
        f"{F}diff\n--- lib/x.lua\n+++ lib/x.lua\n@@\n--- old comment\n+-- new comment\n{F}",
        (edit("lib/x.lua", "-- old comment\n", "-- new comment\n"),),
    ),
    Case(
        "fences in a diff",
        f"{F}diff\n--- b.py\n+++ b.py\n@@\n {F}\n-a\n+A\n {F}\n{F}\nend",
        (edit("b.py", f"{F}\na\n{F}\n", f"{F}\nA\n{F}\n"), "end"),
    ),
    Case(
        "a diff in a list",
        f"- so:\n  {F}diff\n  --- b.py\n  +++ b.py\n  @@\n   x\n  -a\n  +A\n  {F}\n",
        ("- so:\n", edit("b.py", "x\na\n", "x\nA\n")),
    ),
    Case("a diff cut off", f"{F}diff\n--- b.py\n+++ b.py\n@@\n-a\n+", (broken("cut off"),)),
    Case(
        "a diff that changes nothing",
        f"{F}diff\n--- b.py\n+++ b.py\n@@\n a\n{F}\n",
        (f"{F}diff\n--- b.py\n+++ b.py\n@@\n a\n{F}\n",),
    ),
    Case(
        "a folder that is named a",
        f"{F}diff\n--- a/x.py\n+++ a/x.py\n@@\n-a\n+A\n{F}",
        (edit("a/x.py", "a\n", "A\n"),),
        known=False,
    ),
    # whole files
    Case(
        "whole file",
        f"src/a.py\n{F}python\nx = 1\n\ny = 2\n{F}\n",
        (write("src/a.py", "x = 1\n\ny = 2\n"),),
        whole=True,
    ),
    Case(
        "whole file by its info",
        f"So:\n{F}python src/a.py\nx = 1\n{F}\nDone.",
        ("So:\n", write("src/a.py", "x = 1\n"), "Done."),
        whole=True,
    ),
    Case(
        "whole file, heading",
        f"#### `new/c.py`:\n\n{F}\nx\n{F}",
        (write("new/c.py", "x\n"),),
        whole=True,
    ),
    Case(
        "two whole files",
        f"**b.py**\n{F}\nx\n{F}\n\n**src/a.py**\n{F}\ny\n{F}\n",
        (write("b.py", "x\n"), write("src/a.py", "y\n")),
        whole=True,
    ),
    Case(
        "code without a file", f"Run\n{F}sh\nmake\n{F}\n", (f"Run\n{F}sh\nmake\n{F}\n",), whole=True
    ),
    Case(
        "a file that a sentence names",
        f"The file `b.py` has\n{F}python\nx\n{F}\n",
        (f"The file `b.py` has\n{F}python\nx\n{F}\n",),
        whole=True,
    ),
    Case(
        "fences within",
        f"README.md\n{F}markdown\n# A\n{F}sh\nmake\n{F}\nend\n{F}\n",
        (write("README.md", f"# A\n{F}sh\nmake\n{F}\nend\n"),),
        whole=True,
    ),
    Case(
        "longer fence",
        f"README.md\n{F}`\n{F}\nmake\n{F}\n{F}`\n",
        (write("README.md", f"{F}\nmake\n{F}\n"),),
        whole=True,
    ),
    Case("a whole file cut off", f"b.py\n{F}python\nx = 1\ny =", (broken("cut off"),), whole=True),
    Case(
        "a block in a whole answer",
        f"b.py\n{F}python\n{BLOCK}{F}\n",
        (edit("b.py", *EDIT),),
        whole=True,
    ),
]
