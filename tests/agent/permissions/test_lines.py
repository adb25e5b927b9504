"""What the reader of shell lines takes for harmless: no attack, and most of what is run daily."""

from __future__ import annotations

import pytest

from agent.permissions.lines import ATTACKS, EVERYDAY, FURTHER, HIDDEN, MORE_THAN_ALLOWED
from arriero.agent.permissions import Call, Permissions
from arriero.agent.permissions.harmless import Class, Where, known
from arriero.agent.permissions.shell import read_line
from arriero.settings.permissions import PermissionSettings


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("lines")
    (folder / "outside").mkdir()
    (folder / "outside/secret").write_text("s")
    work = folder / "work"
    (work / "src").mkdir(parents=True)
    for name in ("src/a.py", "data.txt", "README.md", "package.json"):
        (work / name).write_text("x\n")
    (work / "out").symlink_to(folder / "outside")
    (work / "linked").symlink_to(folder / "outside/secret")
    return str(work)


def kind(line: str, root: str) -> Class:
    return known(read_line(line), Where(root, (root,))).kind


def call(line: str, root: str, *, confined: bool) -> Call:
    return Call("run_command", "execute", {"command": line}, (), (root,), root, confined)


@pytest.mark.parametrize("line", [*ATTACKS, *HIDDEN])
def test_no_attack_is_taken_for_harmless(line: str, root: str) -> None:
    assert kind(line, root) == "other"
    decision = Permissions(PermissionSettings(), (root,)).judge(call(line, root, confined=False))
    assert decision.verdict == "ask"


@pytest.fixture(scope="module")
def allowed(root: str) -> frozenset[str]:
    """What a session holds of a person who allowed each known everyday line in it."""
    permissions = Permissions(PermissionSettings(commands="ask"), (root,))
    for line in EVERYDAY:
        if kind(line, root) != "other":
            permissions.allow_always(permissions.judge(call(line, root, confined=False)))
    return frozenset(permissions.always)


@pytest.mark.parametrize("line", [*ATTACKS, *HIDDEN, *MORE_THAN_ALLOWED])
def test_no_attack_comes_with_an_answer_for_something_harmless(
    line: str, root: str, allowed: frozenset[str]
) -> None:
    """Whoever allowed all harmless programs of the table for good is asked about each attack."""
    permissions = Permissions(PermissionSettings(commands="ask"), (root,), always=set(allowed))
    assert permissions.judge(call("git status", root, confined=False)).verdict == "allow"
    assert permissions.judge(call(line, root, confined=False)).verdict == "ask"


def test_there_are_enough_of_both() -> None:
    assert len(ATTACKS) + len(HIDDEN) >= 67
    assert len(EVERYDAY) >= 120
    assert len({*ATTACKS}) == len(ATTACKS)
    assert len(FURTHER) >= 60
    assert len({*EVERYDAY, *FURTHER}) == len(EVERYDAY) + len(FURTHER)


def test_everyday_lines_run_without_a_question_in_the_shadow(root: str) -> None:
    """Also with a rule that denies something: only what cannot be read is asked about then."""
    for settings, share in (
        (PermissionSettings(), 0.0),
        (PermissionSettings(deny=("run_command(git push)",)), 0.05),
    ):
        permissions = Permissions(settings, (root,))
        lines = [*EVERYDAY, *FURTHER]
        judged = {line: permissions.judge(call(line, root, confined=True)) for line in lines}
        asked = [line for line, decision in judged.items() if decision.verdict != "allow"]
        print(f"\nof {len(lines)} everyday commands {len(asked)} are asked about in the shadow")
        assert len(asked) <= share * len(lines), asked


@pytest.mark.parametrize(("lines", "least"), [(EVERYDAY, 0.8), ([*EVERYDAY, *FURTHER], 0.7)])
def test_most_everyday_lines_are_recognised_by_their_words_alone(
    lines: list[str], least: float, root: str
) -> None:
    kinds = {line: kind(line, root) for line in lines}
    reads, builds = (
        sum(k == name for k in kinds.values()) / len(kinds) for name in ("reads", "builds")
    )
    print(f"\nof {len(kinds)} everyday commands {reads:.0%} are known to only read,")
    print(f"{builds:.0%} to build or test; the rest is left to the shadow, or to a question:")
    print("\n".join(line for line, k in kinds.items() if k == "other"))
    assert reads + builds >= least
