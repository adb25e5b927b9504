"""What is chosen when there is not room for everything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arriero.agent.gathering.budget import TOKENS, Budget
from arriero.agent.gathering.files import file_offer, part_offer
from arriero.agent.gathering.fitting import fit
from arriero.agent.gathering.offer import Gathered, Offer
from arriero.agent.gathering.shapes import Around, Entries, Lines, Shape
from arriero.agent.prompt import user_message
from arriero.agent.tokens import TokenEstimate

ESTIMATE = TokenEstimate("p/m").text
LONG = [f"value_{n} = compute({n})  # the {n}th" for n in range(400)]


def offer(shape: Shape, share: float = 0.0, what: str = "a thing") -> Offer:
    return Offer(what, "it matters", what.capitalize(), shape, share)


def fitted(*offers: Offer, whole: int = 600, attached: int = 0, said: str = "") -> Gathered:
    return fit(offers, Budget(whole, max(whole, attached)), said, ESTIMATE)


def tokens(gathered: Gathered) -> int:
    return ESTIMATE(user_message("", "agent", gathered.items))


def test_what_fits_is_whole() -> None:
    told = fitted(offer(Lines(["a", "b"])), offer(Entries(["c"]), 0.3))
    assert [item.text for item in told.items] == ["a\nb", "c"]
    assert [one.what for one in told.given] == ["a thing", "a thing"]
    assert told.left_out == ()


def test_a_long_file_is_its_beginning_and_an_outline() -> None:
    lines = [*LONG, "def far_away(x):", "    return x", *LONG, "class Last:", "    pass"]
    told = fitted(file_offer("src/long.py", lines, "you asked"))
    (item,) = told.items
    assert item.text.startswith("value_0 = compute(0)")
    assert "are left out; read src/long.py for them]" in item.text
    assert item.text.endswith("[They define: function far_away (line 401), class Last (line 803)]")
    assert item.title.startswith("File src/long.py (lines 1 to ")
    assert item.title.endswith("of 804)")
    assert 500 < tokens(told) <= 600, "the room is used"


def test_a_part_keeps_its_numbers() -> None:
    told = fitted(part_offer("a.py", LONG, 101, 400, "x"), whole=200)
    shown = len(told.items[0].text.splitlines()) - 1
    assert f"[lines {101 + shown} to 400 are left out; read a.py for them]" in told.items[0].text
    assert told.items[0].title == f"a.py, lines 101 to 400 (lines 101 to {100 + shown} of 300)"


@pytest.mark.parametrize(("line", "at"), [(1, 0), (200, 199), (400, 399), (0, 0), (999, 399)])
def test_the_lines_around_the_cursor(line: int, at: int) -> None:
    (item,) = fitted(offer(Around(LONG, line), 0.3)).items
    assert LONG[at] in item.text.splitlines()
    assert len(item.text.splitlines()) > 5


def test_the_selection_does_not_stand_there_twice() -> None:
    (item,) = fitted(offer(Around(LONG[:10], 4, 3, 5), 1.0)).items
    assert item.text.splitlines() == [*LONG[:2], "[the selected lines stand here]", *LONG[5:10]]


def test_one_long_text_does_not_keep_the_others_out() -> None:
    short = [offer(Lines([f"short {n}"]), what=f"short {n}") for n in range(3)]
    told = fitted(offer(Lines(LONG), what="long"), *short)
    assert [one.what.split(",")[0] for one in told.given] == [
        "long", "short 0", "short 1", "short 2"
    ]  # fmt: skip
    assert told.given[0].tokens > 350


def test_two_long_texts_share_the_room() -> None:
    other = [f"other {line}" for line in LONG] + ["end"]
    told = fitted(offer(Lines(LONG)), offer(Lines(other)), whole=1000)
    assert [one.tokens > 400 for one in told.given] == [True, True]


def test_what_the_user_gave_may_be_longer_but_then_is_alone() -> None:
    told = fitted(offer(Lines(LONG)), offer(Entries(["near"]), 0.3, "near"), attached=2000)
    assert 1500 < tokens(told) <= 2000
    assert told.left_out == ("near: there is no room for it.",)
    assert len(told.items) == 1


def test_nothing_is_said_twice() -> None:
    text, other = "\n".join(LONG[:20]), "\n".join(LONG[20:40])
    said = f"Earlier:\n{text}\nand more"
    given_again, near = offer(Lines(text.split("\n"))), offer(Entries(text.split("\n")), 0.9)
    told = fitted(given_again, near, offer(Lines(other.split("\n")), 0.9), said=said, whole=3000)
    assert [item.text for item in told.items] == [
        "(the same as in an earlier message of this conversation)",
        other,
    ]
    assert told.given[0].why == "it matters; sent before"
    # Short things, such as the name of the file in front of the user, are said each time.
    told = fitted(offer(Lines(["a.py"])), said="a.py")
    assert told.items[0].text == "a.py"
    told = fitted(offer(Lines(["x = 1", "y = 2"])), offer(Lines(["x = 1"]), 0.5))
    assert len(told.items) == 1


SHAPES = st.one_of(
    st.builds(Lines, st.lists(st.text("ab \té`漢", max_size=30), max_size=60)),
    st.builds(Lines, st.lists(st.sampled_from(["x", "long " * 90, "short"]), max_size=9)),
    st.builds(
        Entries,
        st.lists(st.text("xy\n`", min_size=1, max_size=200), max_size=30),
        st.integers(0, 9),
        st.booleans(),
    ),
    st.builds(
        Around,
        st.lists(st.text("no ", max_size=40), max_size=80),
        st.integers(0, 100),
        st.integers(0, 50),
        st.integers(0, 50),
    ),
)
OFFERS = st.lists(
    st.builds(
        lambda shape, share, n: offer(shape, share, f"thing {n}"),
        SHAPES,
        st.sampled_from([0.0, 0.0, 0.1, 0.4]),
        st.integers(0, 9),
    ),
    max_size=8,
)


@given(OFFERS, st.integers(0, 700), st.integers(0, 900), st.sampled_from(["", "ab\na", "x"]))
def test_never_more_than_the_budget(
    offers: list[Offer], whole: int, attached: int, said: str
) -> None:
    budget = Budget(whole, max(whole, attached))
    told = fit(offers, budget, said, ESTIMATE)
    assert sum(one.tokens for one in told.given) <= budget.given
    if told.items:
        assert tokens(told) <= budget.given
    if all(not one.explicit for one in offers) and told.items:
        assert tokens(told) <= whole
    assert len(told.items) == len(told.given)
    assert fit(offers, budget, said, ESTIMATE) == told


def test_the_budget_of_a_tier() -> None:
    assert TOKENS == {"small": 600, "medium": 3000, "large": 8000}
    assert Budget.of("small", 8192) == Budget(600, 2048, "small")
    assert Budget.of("large") == Budget(8000, 8000, "large")
    assert Budget.of("small", 8192, 5000) == Budget(600, 2048, "small")
    assert Budget.of("small", 8192, 700) == Budget(600, 700, "small")
    assert Budget.of("small", 4096, 100) == Budget(100, 100, "small")
