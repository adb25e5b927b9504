from __future__ import annotations

import random
import sysconfig
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.agent.guard import LoopGuard, RepeatWatch, ends_in_repetition
from scale import is_full

Call = tuple[str, dict[str, object], str]


def read(path: str = "a.py", result: str = "x = 1") -> Call:
    return ("read_file", {"path": path}, result)


def run(result: str, command: str = "pytest") -> Call:
    return ("run_command", {"command": command}, result)


def edit(new: str, result: str = "Edited a.py.") -> Call:
    return ("edit_file", {"path": "a.py", "old_string": "x", "new_string": new}, result)


A, B, C = read("a.py"), read("b.py"), read("c.py")
FAILS = edit("y", "Error: old_string is not in the file.")


@pytest.mark.parametrize(
    ("calls", "actions"),
    [
        ([A, A], "go go"),
        ([A, A, A, A], "go go warn stop"),
        ([A, read(result="x = 2"), A, read(result="x = 3"), A], "go go go go warn"),
        ([A, B, C, A, B, C], "go go go go go go"),
        ([A, B, A, B, A, B, A], "go go go warn warn warn stop"),
        ([A, B, C, A, B, C, A, B, C, A], "go go go go go go warn warn warn stop"),
        # what fails is warned of at once
        ([FAILS, FAILS, FAILS, FAILS], "go warn warn stop"),
        ([FAILS, A, FAILS, B, FAILS, C, FAILS], "go go warn go warn go stop"),
        ([FAILS, edit("z", "Error: not in the file.")], "go go"),
        ([read(result="Error: no"), read(result="Error: still no")], "go warn"),
        # a landed edit makes runs and reads new, but not itself
        ([run("1 failed"), edit("1"), run("1 failed"), edit("2"), run("1 failed"), edit("3"),
          run("1 failed"), edit("4"), run("1 failed")], "go " * 9),
        ([edit("1"), A, edit("2"), A, edit("1"), A, edit("2"), A, edit("1"), A, edit("2"), A,
          edit("1")], "go go go go go go warn go warn go warn go stop"),
        ([run("1 failed"), FAILS, run("1 failed"), run("1 failed")], "go go go warn"),
        # the same in other words
        ([run("Exit code 1 after 0.1 s\nno"), run("Exit code 1 after 0.3 s\nno", " pytest "),
          run("Exit code 1 after 12.0 s\nno\n")], "go go warn"),
        ([("f", {"a": 1, "b": 2}, "r"), ("f", {"b": 2, "a": 1}, "r"), ("f", {"a": 1, "b": 2}, "r")],
         "go go warn"),
        ([edit(" y", "Error: no"), edit("  y", "Error: no")], "go go"),  # other indentation
        # what is longer ago than ten calls is forgotten
        ([A, A, *(read(f"{n}") for n in range(10)), A], "go " * 13),
    ],
)  # fmt: skip
def test_what_goes_round_in_circles(calls: list[Call], actions: str) -> None:
    guard = LoopGuard()
    assert [guard.saw(*call).action for call in calls] == actions.split()


def test_what_is_said_is_for_who_hears_it() -> None:
    guard = LoopGuard()
    verdicts = [guard.saw(*A) for _ in range(4)]
    assert "3 times" in verdicts[2].words
    assert verdicts[3].words.startswith("Stopped: the model called read_file 4 times")
    assert guard.saw(*edit("1", "refused"), failed=True).action == "go"
    assert guard.saw(*edit("1", "refused"), failed=True).action == "warn"


@given(st.lists(st.integers(0, 10**9), unique=True, max_size=60))
def test_calls_that_differ_are_never_stopped(numbers: list[int]) -> None:
    guard = LoopGuard()
    for number in numbers:
        assert guard.saw("read_file", {"path": str(number)}, "x").action == "go"


STUCK = {
    "a line": "I will now check the file again.\n",
    "a word": "the ",
    "a sentence without blanks": "我需要再检查一下这个文件。",
    "a paragraph": "Let me think once more. " + "The function is called twice. " * 3 + "\n\n",
    "a long one": " ".join(f"step{n} of the plan" for n in range(120)) + "\n",
}  # fmt: skip
HONEST = {
    "zeros": "0, " * 900,
    "many zeros": "0, " * 5000,
    "zeros in lines": ("    " + "0x00, " * 8 + "\n") * 50,
    "a table": "| name | value |\n|------|-------|\n"
    + "".join(f"| x{n} | {n} |\n" for n in range(900)),
    "a rule": "=" * 2900 + "\n" + "-" * 2900,
    "a drawing": ("+--------+      " * 5 + "\n" + "|        |      " * 5 + "\n") * 12,
    "blank lines": "\n" * 2900,
    "the same line now and then": "".join(f"line {n}\n    return None\n" for n in range(900)),
    "a list of one word": "        None,\n" * 200,
    "counting": "".join(f"{n}. The test passes.\n" for n in range(2000)),
}  # fmt: skip


def alarm(text: str, cuts: list[int], most: int | None = None) -> int | None:
    """Return after which part the watch told that the stream is stuck."""
    watch = RepeatWatch(most)
    places = [0, *cuts, len(text)]
    for number, (a, b) in enumerate(pairwise(places)):
        if watch.feed(text[a:b]):
            assert watch.feed("anything else"), "what is stuck stays so"
            return number
    return None


@pytest.mark.parametrize("unit", STUCK.values(), ids=STUCK)
def test_endless_repetition_is_told(unit: str) -> None:
    lead = "".join(f"Some honest words, {n}. " for n in range(300))
    text = lead + unit * (40_000 // len(unit))
    steps = list(range(0, len(text), 50))
    told = alarm(text, steps)
    assert told is not None
    least = len(lead) + 2_500
    most = len(lead) + max(6_000, min(40 * len(unit), 12_000), 5 * len(unit)) + 5_000
    assert least <= told * 50 <= most


@pytest.mark.parametrize("text", HONEST.values(), ids=HONEST)
def test_honest_texts_are_not_told(text: str) -> None:
    assert alarm(f"Here it is:\n{text}\nEnd.", []) is None


def test_real_files_are_not_told() -> None:
    full = is_full()
    files = sorted(Path(sysconfig.get_path("purelib")).rglob("*.py"))
    assert len(files) > 100
    for file in files if full else random.Random(1).sample(files, 200):
        text = file.read_text("utf-8", "replace")
        assert alarm(text, []) is None, file


@given(st.data())
def test_what_is_told_does_not_depend_on_the_cuts(data: st.DataObject) -> None:
    unit = data.draw(st.sampled_from([*STUCK.values(), *HONEST.values()]))
    text = unit * data.draw(st.integers(1, 20_000 // len(unit) + 1))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=30)))
    assert (alarm(text, cuts) is None) == (alarm(text, []) is None)


def test_more_than_may_be() -> None:
    watch = RepeatWatch(10)
    assert not watch.feed("0123456789")
    assert watch.feed("x")


@pytest.mark.parametrize("part", [4, 100_000])
def test_watching_is_cheap(part: int) -> None:
    texts = [
        "".join(f"Some honest words, {n}. " for n in range(40_000)),
        "\n0, " * 250,
        "ab" * 1400,
    ]
    for unit in texts:
        text = unit * max(1_000_000 // len(unit), 1)
        watch = RepeatWatch()
        began = time.process_time()
        for at in range(0, len(text), part):
            watch.feed(text[at : at + part])
        assert time.process_time() - began < 1.0


@pytest.mark.parametrize("unit", STUCK.values(), ids=STUCK)
@pytest.mark.parametrize("count", [3.5, 5, 11.2])
def test_a_short_repetition_at_the_end_is_told(unit: str, count: float) -> None:
    unit = unit * -(-100 // len(unit))
    lead = "".join(f"Some honest words, {n}. " for n in range(30))
    text = lead + unit * int(count) + unit[: int(len(unit) * (count % 1))]
    assert ends_in_repetition(text)
    assert ends_in_repetition(text + "\n\n ")
    assert not ends_in_repetition(lead + unit + unit[: len(unit) // 2])
    assert not ends_in_repetition(text + lead)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "word",
        "no no no no",
        "Again. " * 20,
        *(f"Here it is:\n{text}\nEnd." for text in HONEST.values()),
        *(HONEST[name] for name in ("zeros", "many zeros", "a rule", "blank lines", "counting")),
        "".join(f"| x{n} | {n} |\n" for n in range(100)),
    ],
)
def test_other_ends_are_no_repetition(text: str) -> None:
    assert not ends_in_repetition(text)


def test_real_files_cut_anywhere_end_in_no_repetition() -> None:
    chance = random.Random(2)
    files = sorted(Path(sysconfig.get_path("purelib")).rglob("*.py"))
    for file in chance.sample(files, 200):
        text = file.read_text("utf-8", "replace")
        assert not ends_in_repetition(text[: chance.randrange(len(text) + 1)]), file
