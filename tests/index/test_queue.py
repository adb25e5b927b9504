from __future__ import annotations

from arriero.index.indexer.queue import Queue


def take(queue: Queue, most: int = 10, *, only_urgent: bool = False) -> list[bytes]:
    return queue.take(most, 1_000, {}, only_urgent=only_urgent)


def test_what_is_urgent_comes_first_and_alone() -> None:
    queue = Queue()
    queue.add([b"a", b"b", b"c"])
    queue.add([b"c", b"d"], urgent=True)
    assert take(queue, only_urgent=True) == [b"c", b"d"]
    assert take(queue, only_urgent=True) == []
    queue.prefer([b"b", b"unknown"])
    assert take(queue) == [b"b"]
    assert take(queue) == [b"a"]
    assert len(queue) == 4


def test_a_file_is_not_given_out_twice_at_once() -> None:
    queue = Queue()
    queue.add([b"a"], urgent=True)
    assert take(queue) == [b"a"]
    queue.add([b"a"], urgent=True)
    assert take(queue) == []
    queue.done([b"a"])
    assert take(queue) == [b"a"]
    queue.give_back([b"a"])
    assert take(queue) == [b"a"]


def test_weights() -> None:
    queue = Queue()
    queue.add([b"a", b"b", b"c"])
    assert queue.take(10, 5, {b"a": 9, b"b": 3, b"c": 3}) == [b"a"]
    assert queue.take(10, 5, {b"b": 3, b"c": 3}) == [b"b"]
    assert queue.take(10, 5, {}) == [b"c"]


def test_a_change_while_a_file_is_read_is_not_acknowledged_with_the_old_content() -> None:
    queue = Queue()
    queue.seen(1)
    queue.add([b"a", b"b"], 1, urgent=True)
    assert queue.acknowledged == 0
    assert take(queue) == [b"a", b"b"]
    queue.seen(2)
    queue.add([b"a"], 2, urgent=True)
    queue.done([b"a", b"b"])
    assert queue.acknowledged == 0
    assert take(queue) == [b"a"]
    queue.done([b"a"])
    assert queue.acknowledged == 2
    queue.seen(3)
    assert queue.acknowledged == 3


def test_what_is_not_kept_is_acknowledged_and_what_is_being_read_is_told() -> None:
    queue = Queue()
    queue.seen(1)
    queue.add([b"a"], 1, urgent=True)
    assert take(queue) == [b"a"]
    queue.add([b"b"], 1)
    assert queue.keep([]) == {b"a"}
    assert queue.acknowledged == 0
    queue.done([b"a"])
    assert queue.acknowledged == 1
    assert not len(queue)
