from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.workspace.continuation import continued
from arriero.workspace.diff import apply
from arriero.workspace.proposal import Draft, Hunk, Proposal

BASE = "a\nb\nc\nd\ne\n"


def proposal(*drafts: Draft) -> Proposal:
    return Proposal.of("run-1", "session-1", "Make it so", drafts)


def summary(hunks: tuple[Hunk, ...]) -> list[tuple[str, str, int, str, str]]:
    return [(h.id, h.kind, h.line, h.old_text, h.new_text) for h in hunks]


@pytest.mark.parametrize(
    ("draft", "kind", "hunks"),
    [
        (
            Draft("/w/f", BASE, "A\nb\nc\nD\nN\ne\n"),
            "edit",
            [("1", "edit", 1, "a\n", "A\n"), ("2", "edit", 4, "d\n", "D\nN\n")],
        ),
        (Draft("/w/f", BASE, BASE + "N\n"), "edit", [("1", "edit", 6, "", "N\n")]),
        (Draft("/w/f", "a\r\nb", "a\r\nB"), "edit", [("1", "edit", 2, "b", "B")]),
        (Draft("/w/f", "a\rb\r", "a\rB\r"), "edit", [("1", "edit", 2, "b\r", "B\r")]),
        (Draft("/w/f", None, "x\ny"), "create", [("1", "create", 1, "", "x\ny")]),
        (Draft("/w/f", None, ""), "create", [("1", "create", 1, "", "")]),
        (Draft("/w/f", BASE, None), "delete", [("1", "delete", 1, BASE, "")]),
        (Draft("/w/f", BASE, BASE, "/w/g"), "rename", [("1", "rename", 1, "", "")]),
        (
            Draft("/w/f", "a\n", "b\n", "/w/g"),
            "rename",
            [("1", "rename", 1, "", ""), ("2", "edit", 1, "a\n", "b\n")],
        ),
    ],
)
def test_drafts_become_hunks(
    draft: Draft, kind: str, hunks: list[tuple[str, str, int, str, str]]
) -> None:
    (file,) = proposal(draft).files
    assert file.kind == kind
    assert (file.path, file.base, file.proposed, file.new_path) == (
        draft.path,
        draft.base,
        draft.proposed,
        draft.new_path,
    )
    assert summary(file.hunks) == hunks


def test_ids_count_over_all_files_and_nothing_is_left_out_silently() -> None:
    made = proposal(
        Draft("/w/a", "x\n", "y\n"),
        Draft("/w/same", "x\n", "x\n"),
        Draft("/w/nothing", None, None),
        Draft("/w/b", None, "z\n"),
    )
    assert [(h.id, h.path) for h in made.hunks] == [("1", "/w/a"), ("2", "/w/b")]
    assert made.paths == ("/w/a", "/w/b")
    assert made.open_hunks == made.hunks


def test_verdicts_change_what_is_proposed() -> None:
    made = proposal(Draft("/w/f", BASE, "A\nb\nC\nd\nE\n"))
    after = made.with_states({"2": "rejected", "3": "stale"})
    assert after.files[0].proposed == "A\nb\nc\nd\ne\n"
    assert [hunk.id for hunk in after.open_hunks] == ["1"]
    assert after.with_states({"2": "open", "3": "open"}) == made


@pytest.mark.parametrize("draft", [Draft("/w/f", None, "x\n"), Draft("/w/f", "x\n", None)])
def test_a_rejected_creation_or_deletion_leaves_the_file_as_it_is(draft: Draft) -> None:
    (file,) = proposal(draft).with_states({"1": "rejected"}).files
    assert file.proposed == draft.base


@given(st.text("ab\n\r\t", max_size=20), st.text("ab\n\r\t", max_size=20))
def test_the_open_hunks_lead_from_base_to_proposed(base: str, proposed: str) -> None:
    for file in proposal(Draft("/w/f", base, proposed)).files:
        assert apply(base, [part for _, part in file.replacements()]) == proposed
        assert file.with_states({}) == file


@given(st.lists(st.text("ab\n\r\udcff😀", max_size=9), min_size=2, max_size=2))
def test_json_and_back(texts: list[str]) -> None:
    made = proposal(
        Draft("/w/\udcff", texts[0], texts[1], "/w/g"),
        Draft("untitled:Untitled-1", None, texts[1]),
        Draft("/w/d", texts[0], None),
    )
    assert Proposal.decode(json.loads(json.dumps(made.encode()))) == made


def test_a_unified_diff() -> None:
    made = proposal(
        Draft("/w/f", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n", "1\n2\n3\n4\nV\n6\n7\n8\n9\nX"),
        Draft("/w/new", None, "x\r\n"),
        Draft("/w/old", "y", None),
        Draft("/w/from", "z\n", "z\n", "/w/to"),
        Draft("/w/rejected", "q\n", "Q\n"),
    ).with_states({"6": "rejected"})
    assert made.unified(lambda path: path.removeprefix("/w/")) == (
        "diff --git a/f b/f\n--- a/f\n+++ b/f\n"
        "@@ -2,9 +2,9 @@\n 2\n 3\n 4\n-5\n+V\n 6\n 7\n 8\n 9\n-10\n+X\n"
        "\\ No newline at end of file\n"
        "diff --git a/new b/new\nnew file mode 100644\n--- /dev/null\n+++ b/new\n"
        "@@ -0,0 +1 @@\n+x\r\n"
        "diff --git a/old b/old\ndeleted file mode 100644\n--- a/old\n+++ /dev/null\n"
        "@@ -1 +0,0 @@\n-y\n\\ No newline at end of file\n"
        "diff --git a/from b/to\nrename from from\nrename to to\n"
    )


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize(
    ("base", "proposed", "new_path"),
    [
        ("a\nb\n" * 9, "a\nb\n" * 4 + "N\n" + "a\nb\n" * 5, None),
        ("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\nB\n3\n4\n5\n6\n7\n8\nI\n", None),
        ("a", "b", None),
        ("a\r\nb\rc\n", "a\r\nb\rC\n", None),
        ("a\n", "", None),
        (None, "new\nfile", None),
        (None, "", None),
        ("old\n", None, None),
        ("a\nb\nc\n", "a\nB\nc\n", "moved"),
        ("a\n", "a\n", "moved"),
    ],
)
def test_git_applies_a_unified_diff(
    tmp_path: Path, base: str | None, proposed: str | None, new_path: str | None
) -> None:
    if base is not None:
        (tmp_path / "file").write_bytes(base.encode())
    text = proposal(Draft("file", base, proposed, new_path)).unified()
    command = ["git", "apply", "--whitespace=nowarn", "-"]
    subprocess.run(command, input=text.encode(), cwd=tmp_path, check=True, timeout=30)
    result = tmp_path / (new_path or "file")
    assert (result.read_bytes().decode() if result.exists() else None) == proposed


def test_a_later_proposal_keeps_ids_and_verdicts() -> None:
    first = proposal(Draft("/w/f", BASE, "A\nb\nC\nd\nE\n"), Draft("/w/g", None, "g\n"))
    first = first.with_states({"1": "accepted", "2": "rejected", "4": "accepted"})
    # the user has A by now; the run goes on and changes d too, and gives up E
    later = continued(proposal(Draft("/w/f", "A\nb\nc\nd\ne\n", "A\nb\nC\nD\ne\n")), first)
    assert [(h.id, h.state) for h in later.hunks] == [
        ("1", "accepted"),
        ("5", "open"),
        ("4", "accepted"),
    ]
    later = continued(proposal(Draft("/w/f", "A\nb\nc\nd\ne\n", "A\nb\nC\nd\nE\n")), first)
    assert [(h.id, h.state) for h in later.hunks] == [
        ("1", "accepted"),
        ("2", "rejected"),
        ("3", "open"),
        ("4", "accepted"),
    ]
    assert later.files[0].proposed == "A\nb\nc\nd\nE\n"
