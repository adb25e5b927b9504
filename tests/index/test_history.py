"""What is kept of git's log, and what it tells about files."""

from __future__ import annotations

import os
import random
import sqlite3
import stat
from pathlib import Path

import pytest

from arriero.index import gitlog, history
from arriero.index.precedents import by_words, last, recent, together
from arriero.index.words import asked
from index.repository import Repository, database, know, known_history
from scale import by_scale

SCALE = by_scale(2, full=12)


def paths_for(db: sqlite3.Connection, question: str) -> list[str]:
    return [os.fsdecode(found.path) for found in by_words(db, asked(question))]


def test_a_folder_without_a_history_has_none(tmp_path: Path) -> None:
    db = database(tmp_path / "index", ["a.py"])
    assert (by_words(db, ["a"]), together(db, [b"a.py"]), recent(db), last(db, [b"a.py"])) == (
        [], [], [], []
    )  # fmt: skip
    (tmp_path / "plain").mkdir()
    assert history.update(db, str(tmp_path / "plain")) == 0
    assert history.update(db, str(tmp_path / "nowhere")) == 0
    Repository(tmp_path / "new")
    assert history.update(db, str(tmp_path / "new")) == 0
    assert by_words(db, ["a"]) == []


def test_words_of_subjects_lead_to_files(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "tree")
    repository.commit("Read the window from the server", "window.py", "server.py")
    repository.commit("Show the colours of a window", "colours.py")
    repository.commit("Repair getUserName", "users.py", "gone.py")
    db = database(tmp_path / "index", ["window.py", "server.py", "colours.py", "users.py"])
    assert history.update(db, repository.root) == 3
    assert paths_for(db, "colours in the window")[0] == "colours.py"
    assert paths_for(db, "user name") == ["users.py"], "a file that is no more is not shown"
    found = by_words(db, asked("window colours"))
    assert (found[0].share, found[0].subject) == (1.0, "Show the colours of a window")
    assert all(0 < other.share < 0.5 for other in found[1:])
    assert paths_for(db, "nothing of it") == []


def test_files_that_change_together(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "tree")
    for number in range(3):
        repository.commit(f"Change {number}", "a.py", "b.py")
    repository.commit("Once", "a.py", "c.py")
    repository.commit("Alone", "d.py")
    db = database(tmp_path / "index", ["a.py", "b.py", "c.py", "d.py"])
    history.update(db, repository.root)
    [(path, weight, of)] = together(db, [b"a.py"])
    assert (path, of) == (b"b.py", b"a.py")
    assert weight == pytest.approx(0.75)
    assert together(db, [b"a.py", b"b.py"]) == [], "what was asked about is no answer"
    assert [path for path, _ in recent(db, 2)] == [b"d.py", b"a.py"]
    assert [path for path, _ in last(db, [b"b.py", b"c.py", b"x"])] == [b"c.py", b"b.py"]


def test_renames_are_followed(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "tree")
    repository.commit("Weigh parcels", "one.py", "other.py")
    repository.commit("Weigh parcels again", "one.py", "other.py")
    repository.rename("one.py", "two/three.py")
    repository.rename("two/three.py", "two/four.py")
    db = database(tmp_path / "index", ["two/four.py", "other.py"])
    history.update(db, repository.root)
    assert set(paths_for(db, "weigh parcels")) == {"two/four.py", "other.py"}
    assert [row[0] for row in together(db, [b"other.py"])] == [b"two/four.py"]
    assert [row[0] for row in together(db, [b"two/four.py"])] == [b"other.py"]


def test_a_name_that_is_used_again_is_another_file(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "tree")
    repository.commit("Weigh parcels", "one.py")
    repository.rename("one.py", "two.py")
    repository.commit("Count stamps", "one.py")
    db = database(tmp_path / "index", ["one.py", "two.py"])
    history.update(db, repository.root)
    assert paths_for(db, "stamps") == ["one.py"]


def test_sweeping_commits_tell_nothing(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "tree")
    names = [f"f{number}.py" for number in range(history.MOST_FILES_OF_A_COMMIT + 1)]
    repository.commit("Another licence", *names)
    repository.commit("Another licence for two", *names[:2])
    db = database(tmp_path / "index", names)
    assert history.update(db, repository.root) == 2
    assert sorted(paths_for(db, "licence")) == ["f0.py", "f1.py"]


def test_only_the_newest_commits_are_kept(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "tree")
    for number in range(5):
        repository.commit(f"Step {number}", f"{number}.py")
    db = database(tmp_path / "index", [f"{number}.py" for number in range(6)])
    assert history.update(db, repository.root, most=3) == 3
    assert sorted(paths_for(db, "step")) == ["2.py", "3.py", "4.py"]
    repository.commit("Step 5", "5.py")
    assert history.update(db, repository.root, most=3) == 3
    assert sorted(paths_for(db, "step")) == ["3.py", "4.py", "5.py"]


def test_a_part_of_a_repository(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "tree")
    repository.commit("Inside and outside", "part/in.py", "out.py")
    repository.commit("Outside", "out.py")
    db = database(tmp_path / "index", ["in.py", "out.py"])
    assert history.update(db, os.path.join(repository.root, "part")) == 1
    assert paths_for(db, "outside") == ["in.py"]


def test_a_shallow_clone_does_not_seem_to_add_everything_at_once(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "tree")
    for number in range(4):
        repository.commit(f"Step {number}", f"{number}.py")
    repository.git(
        "clone", "-q", "--depth", "2", f"file://{repository.root}", f"{tmp_path}/shallow"
    )
    db = database(tmp_path / "index", [f"{number}.py" for number in range(4)])
    assert history.update(db, str(tmp_path / "shallow")) == 2
    assert paths_for(db, "step") == ["3.py"]


def test_names_are_bytes(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "tree")
    name = b"\xff\xfe n\xc3\xa4me\n.py"
    repository.commit("Über alles\twide", name)
    db = database(tmp_path / "index", [name])
    history.update(db, repository.root)
    assert [found.path for found in by_words(db, asked("über"))] == [name]


def test_no_program_of_the_repository_is_run(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "tree")
    repository.commit("One", "a.py", ".gitattributes")
    program, trace = tmp_path / "program", tmp_path / "trace"
    program.write_text(f'#!/bin/sh\necho "$0 $*" >> {trace}\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (tmp_path / "tree" / ".gitattributes").write_text("*.py diff=own\n")
    for key in ("core.fsmonitor", "gpg.program", "diff.external", "diff.own.textconv", "core.pager",
                "diff.own.command", "core.sshCommand"):  # fmt: skip
        repository.git("config", key, str(program))
    for key, value in (("log.showSignature", "true"), ("color.ui", "always"), ("log.date", "raw"),
                       ("log.follow", "true"), ("log.decorate", "full"), ("log.showRoot", "false"),
                       ("diff.renames", "false"), ("log.diffMerges", "on")):  # fmt: skip
        repository.git("config", key, value)
    trace.unlink(missing_ok=True)
    db = database(tmp_path / "index", ["a.py"])
    assert history.update(db, repository.root) == 1
    assert paths_for(db, "one") == ["a.py"]
    assert not trace.exists()


def test_what_was_cut_off_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = Repository(tmp_path / "tree")
    repository.commit("One", "a.py")
    db = database(tmp_path / "index", ["a.py"])
    with monkeypatch.context() as patch:
        patch.setattr(gitlog, "read", lambda *_: [])
        assert history.update(db, repository.root) == 0
    assert history.update(db, repository.root) == 1


def test_where_git_does_not_answer_the_old_history_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = Repository(tmp_path / "tree")
    repository.commit("One", "a.py")
    db = database(tmp_path / "index", ["a.py"])
    history.update(db, repository.root)
    monkeypatch.setattr(gitlog, "ask_git", lambda *_, **__: None)
    assert history.update(db, repository.root) == 1


@pytest.mark.parametrize("seed", range(SCALE))
def test_after_anything_it_is_as_made_from_nothing(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    repository = Repository(tmp_path / "tree")
    repository.commit("Begin", "0.py", "1.py")
    db = database(tmp_path / "index")
    for step in range(14):
        tracked = repository.git("ls-files").split()
        what = rng.choice(["commit", "commit", "amend", "rename", "branch", "merge", "drop"])
        if what == "commit":
            repository.commit(f"Step {step}", *rng.sample([f"{n}.py" for n in range(5)], 2))
        elif what == "amend":
            repository.commit(f"Amended {step}", f"{rng.randrange(5)}.py", amend=True)
        elif what == "rename" and tracked:
            free = sorted({f"{n}.py" for n in range(7)} - set(tracked))
            repository.rename(rng.choice(tracked), free[0])
        elif what == "branch":
            branches = repository.git("branch", "--format=%(refname:short)").split()
            if rng.random() < 0.5:
                repository.git("checkout", "-q", "-b", f"b{step}")
            else:
                repository.git("checkout", "-q", rng.choice(branches))
        elif what == "merge":
            branches = repository.git("branch", "--format=%(refname:short)").split()
            repository.git("merge", "-q", "-X", "ours", "-s", "ort", rng.choice(branches))
        elif what == "drop" and repository.git("rev-list", "--count", "HEAD").strip() != "1":
            repository.git("reset", "-q", "--hard", "HEAD~1")
        if rng.random() < 0.6:
            history.update(db, repository.root, most=9)
    history.update(db, repository.root, most=9)
    fresh = database(tmp_path / "fresh")
    history.update(fresh, repository.root, most=9)
    know(db, [])
    assert known_history(db) == known_history(fresh)
