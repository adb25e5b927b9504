"""Answers with SEARCH/REPLACE blocks, and with none."""

# ruff: noqa: E501 - an answer of a model reads best in one literal
from __future__ import annotations

from agent.editing.case import BLOCK, EDIT, Case, F, broken, edit

BLOCK_CASES = [
    # plain text
    Case(
        "prose",
        "I looked at `src/a.py`.\nAll is well.\n",
        ("I looked at `src/a.py`.\nAll is well.\n",),
    ),
    Case("no line end", "Done", ("Done",)),
    Case("empty", "", ()),
    Case(
        "a path alone",
        "Look at:\n\nsrc/a.py\n\nIt is fine.",
        ("Look at:\n\nsrc/a.py\n\nIt is fine.",),
    ),
    Case(
        "code that is shown",
        f"See\n{F}python\nx = 1\n{F}\nend",
        (f"See\n{F}python\nx = 1\n{F}\nend",),
    ),
    Case(
        "code that names a file",
        f"src/a.py\n{F}python\nx = 1\n{F}\n",
        (f"src/a.py\n{F}python\nx = 1\n{F}\n",),
    ),
    Case(
        "a conflict of git",
        "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n",
        ("<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n",),
    ),
    Case("a fence that stays open", f"{F}python\nx", (f"{F}python\nx",)),
    Case("only a fence", F, (F,)),
    # SEARCH/REPLACE blocks
    Case("block", f"src/a.py\n{BLOCK}", (edit("src/a.py", *EDIT),)),
    Case("block in a fence", f"src/a.py\n{F}python\n{BLOCK}{F}\n", (edit("src/a.py", *EDIT),)),
    Case(
        "text around",
        f"I change it.\n\nsrc/a.py\n{F}python\n{BLOCK}{F}\n\nDone.",
        ("I change it.\n\n", edit("src/a.py", *EDIT), "\nDone."),
    ),
    Case(
        "blank lines before the block", f"src/a.py\n\n{F}\n{BLOCK}{F}", (edit("src/a.py", *EDIT),)
    ),
    Case("path in the fence", f"{F}\nsrc/a.py\n{BLOCK}{F}\n", (edit("src/a.py", *EDIT),)),
    Case("path in a comment", f"{F}python\n# src/a.py\n{BLOCK}{F}\n", (edit("src/a.py", *EDIT),)),
    Case("path in a comment of C", f"{F}c\n// lib/x.c\n{BLOCK}{F}\n", (edit("lib/x.c", *EDIT),)),
    Case("path in the info", f"{F}python src/a.py\n{BLOCK}{F}\n", (edit("src/a.py", *EDIT),)),
    Case("path as the info", f"{F}src/a.py\n{BLOCK}{F}\n", (edit("src/a.py", *EDIT),)),
    Case("path behind a colon", f"{F}python:src/a.py\n{BLOCK}{F}\n", (edit("src/a.py", *EDIT),)),
    Case(
        "path as attribute", f'{F}python title="src/a.py"\n{BLOCK}{F}\n', (edit("src/a.py", *EDIT),)
    ),
    Case(
        "path behind the mark",
        BLOCK.replace("SEARCH", "SEARCH src/a.py"),
        (edit("src/a.py", *EDIT),),
    ),
    Case("path in backticks", f"`src/a.py`\n{BLOCK}", (edit("src/a.py", *EDIT),)),
    Case("path in bold", f"**src/a.py**\n{BLOCK}", (edit("src/a.py", *EDIT),)),
    Case("path in bold, colon", f"**`src/a.py`:**\n{BLOCK}", (edit("src/a.py", *EDIT),)),
    Case("path in a heading", f"### src/a.py\n{BLOCK}", (edit("src/a.py", *EDIT),)),
    Case("path with a label", f"File: src/a.py\n{BLOCK}", (edit("src/a.py", *EDIT),)),
    Case(
        "path with a label in bold",
        f"**File path:** `src/a.py`\n{BLOCK}",
        (edit("src/a.py", *EDIT),),
    ),
    Case("path in a list", f"1. `src/a.py`:\n{BLOCK}", (edit("src/a.py", *EDIT),)),
    Case("path with a dot before", f"./src/a.py\n{BLOCK}", (edit("src/a.py", *EDIT),)),
    Case("path with a blank", f"`docs/read me.md`\n{BLOCK}", (edit("docs/read me.md", *EDIT),)),
    Case("name without a dot", f"Makefile\n{BLOCK}", (edit("Makefile", *EDIT),)),
    Case("dunder", f"pkg/__init__.py\n{BLOCK}", (edit("pkg/__init__.py", *EDIT),)),
    Case("dunder alone", f"__init__.py\n{BLOCK}", (edit("__init__.py", *EDIT),)),
    Case("hidden file", f".gitignore\n{BLOCK}", (edit(".gitignore", *EDIT),)),
    Case(
        "path in a sentence",
        f"Now I change `src/a.py` so:\n\n{F}python\n{BLOCK}{F}\n",
        ("Now I change `src/a.py` so:\n\n", edit("src/a.py", *EDIT)),
    ),
    Case(
        "path in a sentence before",
        f"### `src/a.py`\n\nA new import:\n\n{BLOCK}",
        ("### `src/a.py`\n\nA new import:\n\n", edit("src/a.py", *EDIT)),
    ),
    Case("no file", f"So:\n{BLOCK}", ("So:\n", broken("which file"))),
    Case(
        "a word is no file",
        f"See `os.path` here:\n{BLOCK}",
        ("See `os.path` here:\n", broken("which file")),
    ),
    Case("several of one file", f"src/a.py\n{BLOCK}{BLOCK}", (edit("src/a.py", *EDIT),) * 2),
    Case(
        "several in one fence",
        f"src/a.py\n{F}\n{BLOCK}\n{BLOCK}{F}\n",
        (edit("src/a.py", *EDIT),) * 2,
    ),
    Case(
        "several files in one fence",
        f"{F}\nsrc/a.py\n{BLOCK}b.py\n{BLOCK}{F}\n",
        (edit("src/a.py", *EDIT), edit("b.py", *EDIT)),
    ),
    Case(
        "text between",
        f"src/a.py\n{BLOCK}\nand\n{BLOCK}",
        (edit("src/a.py", *EDIT), "\nand\n", edit("src/a.py", *EDIT)),
    ),
    Case(
        "another file between",
        f"src/a.py\n{BLOCK}\nb.py\n{BLOCK}",
        (edit("src/a.py", *EDIT), edit("b.py", *EDIT)),
    ),
    Case(
        "a new file",
        "new/c.py\n<<<<<<< SEARCH\n=======\nx\n>>>>>>> REPLACE\n",
        (edit("new/c.py", "", "x\n"),),
    ),
    Case(
        "a new file, blank line",
        "new/c.py\n<<<<<<< SEARCH\n\n=======\nx\n>>>>>>> REPLACE\n",
        (edit("new/c.py", "", "x\n"),),
    ),
    Case(
        "lines deleted",
        "b.py\n<<<<<<< SEARCH\nx\n=======\n>>>>>>> REPLACE",
        (edit("b.py", "x\n", ""),),
    ),
    Case("no line end behind it", f"b.py\n{BLOCK}".rstrip(), (edit("b.py", *EDIT),)),
    Case("CR LF", f"b.py\n{BLOCK}".replace("\n", "\r\n"), (edit("b.py", *EDIT),)),
    Case(
        "marks of Cline",
        "b.py\n------- SEARCH\nold\n=======\nnew\n+++++++ REPLACE\n",
        (edit("b.py", *EDIT),),
    ),
    Case(
        "marks of another length",
        "b.py\n<<<<<< SEARCH\nold\n======\nnew\n>>>>>> REPLACE\n",
        (edit("b.py", *EDIT),),
    ),
    Case(
        "old marks",
        "b.py\n<<<<<<< ORIGINAL\nold\n=======\nnew\n>>>>>>> UPDATED\n",
        (edit("b.py", *EDIT),),
    ),
    Case(
        "a bare end", "b.py\n<<<<<<< SEARCH\nold\n=======\nnew\n>>>>>>>\n", (edit("b.py", *EDIT),)
    ),
    Case(
        "the end with the wrong mark",
        "b.py\n<<<<<<< SEARCH\nold\n=======\nnew\n<<<<<<< REPLACE\n",
        (edit("b.py", *EDIT),),
    ),
    Case(
        "indented in a list",
        "- b.py\n  <<<<<<< SEARCH\n    old\n  =======\n    new\n  >>>>>>> REPLACE\n",
        (edit("b.py", "  old\n", "  new\n"),),
    ),
    Case(
        "a fence in the texts",
        f"b.md\n<<<<<<< SEARCH\n{F}\nx\n{F}\n=======\ny\n>>>>>>> REPLACE\n",
        (edit("b.md", f"{F}\nx\n{F}\n", "y\n"),),
    ),
    Case(
        "a row of equals signs in both",
        "b.rst\n<<<<<<< SEARCH\nTitle 1\n=======\n=======\nTitle 2\n=======\n>>>>>>> REPLACE\n",
        (edit("b.rst", "Title 1\n=======\n", "Title 2\n=======\n"),),
    ),
    Case(
        "a row of equals signs in one",
        "b.rst\n<<<<<<< SEARCH\nTitle 1\n=======\n=======\nx\n>>>>>>> REPLACE\n",
        (broken("several lines"),),
    ),
    Case(
        "a conflict resolved",
        "b.py\n<<<<<<< SEARCH\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n=======\na\n>>>>>>> REPLACE\n",
        (edit("b.py", "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n", "a\n"),),
    ),
    Case("cut in the old text", "b.py\n<<<<<<< SEARCH\nold\n", (broken("has no end"),)),
    Case("cut in the new text", "b.py\n<<<<<<< SEARCH\nold\n=======\nne", (broken("has no end"),)),
    Case(
        "no divider",
        "b.py\n<<<<<<< SEARCH\nold\n>>>>>>> REPLACE\nend",
        (broken("no line '======='"), "end"),
    ),
    Case(
        "the next one begins before the end",
        f"b.py\n<<<<<<< SEARCH\nx\n=======\ny\n{BLOCK}",
        (broken("has no end"), edit("b.py", *EDIT)),
    ),
    Case(
        "long lines",
        f"b.py\n<<<<<<< SEARCH\n{'x' * 5000}\n=======\n{'y' * 5000}\n>>>>>>> REPLACE\n",
        (edit("b.py", "x" * 5000 + "\n", "y" * 5000 + "\n"),),
    ),
    Case("tildes", f"b.py\n~~~\n{BLOCK}~~~\n", (edit("b.py", *EDIT),)),
    Case(
        "unknown without a disk",
        f"See `c/d.py`:\n{BLOCK}",
        ("See `c/d.py`:\n", edit("c/d.py", *EDIT)),
        known=False,
    ),
]
