"""Which lines of a text its tree does not tell all about."""

from __future__ import annotations

from collections.abc import Collection

from tree_sitter import Node

_ERROR = "ERROR"


def damaged(root: Node, lines: int, resumed: Collection[int]) -> list[tuple[int, int]]:
    """Return the first and last lines from each error on to where the parser was sure again.

    That is at a node without an error that begins one of the lines `resumed`: what is in a class
    whose head was lost may look like statements.
    """
    if not root.has_error:
        return []
    if root.type == _ERROR:
        return [(1, lines)]
    found: list[tuple[int, int]] = []
    begun = 0
    cursor = root.walk()
    more = cursor.goto_first_child()
    while more:
        node = cursor.node
        assert node is not None
        line = node.start_point[0] + 1
        if node.has_error:
            begun = begun or line
        elif begun and not node.start_point[1] and line in resumed and line > begun:
            found.append((begun, line - 1))
            begun = 0
        more = cursor.goto_next_sibling()
    if begun:
        found.append((begun, lines))
    return found
