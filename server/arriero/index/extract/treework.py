"""How much work a query has with a tree, told before it begins: nothing stops it afterwards.

It keeps a match open for each node that another one is in, and looks at all of them at each node;
and from each sign without a name it looks for the next sibling that has one. Both are the square of
what no text has thousands of that people wrote.
"""

from __future__ import annotations

from tree_sitter import Tree, TreeCursor

_MOST_WORK = 100_000_000  # steps, of 10 to 15 nanoseconds
_SEARCHED_A_STEP = 4  # siblings
_PLACES = 200  # of a text that are looked at
_FEW = 10_000  # nodes: however they are in one another, there is less work
_WIDE = 2_000  # children without a name


def is_too_much(tree: Tree, length: int) -> bool:
    """Tell whether a query would take some seconds for the tree of a text of so many bytes."""
    nodes = tree.root_node.descendant_count
    if nodes < _FEW:
        return False
    cursor = tree.walk()
    most = _MOST_WORK * _PLACES // nodes  # of the depths together
    searching = 0
    wide: set[int] = set()
    for number in range(_PLACES):
        cursor.reset(tree.root_node)
        while True:
            node = cursor.node
            assert node is not None
            if node.child_count - node.named_child_count > _WIDE and node.id not in wide:
                wide.add(node.id)
                searching += _searched(node.walk())
            if cursor.goto_first_child_for_byte(length * number // _PLACES) is None:
                break
            most -= 1
        if most < 0 or searching > _MOST_WORK * _SEARCHED_A_STEP:
            return True
    return False


def _searched(cursor: TreeCursor) -> int:
    """Count the siblings that are looked at from the children of a node that have no name."""
    count = run = 0
    more = cursor.goto_first_child()
    while more:
        node = cursor.node
        assert node is not None
        run = 0 if node.is_named else run + 1
        count += run
        more = cursor.goto_next_sibling()
    return count
