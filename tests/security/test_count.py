"""How many attacks there are, each tried for what it does, and that none is there twice."""

from __future__ import annotations

import re
from pathlib import Path

from security import http_attacks, test_injection, test_socket, test_web
from security.attack_list import ATTACKS
from security.attack_run import TOO_DANGEROUS, chosen
from security.git_attacks import ATTEMPTS as GIT
from security.line_attacks import ATTEMPTS as LINES
from security.tool_attacks import ATTEMPTS as TOOLS

_LEAST = 150


def test_there_are_enough_attacks() -> None:
    by_kind = {
        "commands": len(ATTACKS),
        "tools and files": len(TOOLS),
        "git": len(GIT),
        "lines": len(LINES),
        "HTTP": len(http_attacks.ATTEMPTS) + len(http_attacks.LOCKED),
        "the socket": 2 * len(test_socket.STRANGERS),
        "injection": len(test_injection.ATTEMPTS),
        "the web": len(test_web.ANSWERS),
    }
    # Those that are tried as root and as an ordinary user alike.
    assert by_kind["commands"] >= _LEAST
    assert by_kind["tools and files"] + by_kind["git"] >= _LEAST
    assert sum(by_kind.values()) >= 3 * _LEAST, by_kind
    assert min(by_kind.values()) >= 10, by_kind
    told = [int(number) for number in re.findall(r"\b\d{2,3}(?= )", _told())]
    assert told[:1] == [600], "the sum is told first"
    assert told[0] < sum(by_kind.values())
    assert all(said <= there for said, there in zip(told[1:], by_kind.values(), strict=True)), told


def _told() -> str:
    """What SECURITY.md says of the numbers."""
    page = (Path(__file__).parents[2] / "SECURITY.md").read_text()
    return page.partition("The attack suite, ")[2].partition("may answer")[0]


def test_every_attack_is_tried_in_the_strongest_shadow() -> None:
    assert chosen("overlay", "plain") == list(ATTACKS)
    for kind, left_out in TOO_DANGEROUS.items():
        assert left_out < ATTACKS.keys(), kind
        assert set(chosen(kind, "full")) == ATTACKS.keys() - left_out
    assert {name.partition(":")[0] for name in GIT} == {"git"}
    assert not GIT.keys() & TOOLS.keys()
    assert not LINES.keys() & (GIT.keys() | TOOLS.keys())


def test_every_file_of_attacks_is_read() -> None:
    folder = Path(__file__).parent / "attacks"
    texts = [path.read_text() for path in folder.iterdir()]
    assert sum(text.count("\n== ") for text in texts) == len(ATTACKS)
