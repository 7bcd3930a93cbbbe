"""What stays in memory is not gone through again and again."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from bots.server.heap import settle

MANY = 3_000


class Node:
    """Something that can be in a cycle."""

    def __init__(self) -> None:
        self.other: Node | None = None


@pytest.fixture(autouse=True)
def apart() -> Iterator[None]:
    """Set aside what other tests have left, and let it be collected again afterwards."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def grow() -> list[Node]:
    made = [Node() for _ in range(MANY)]
    gc.collect()  # what has survived is old
    return made


def test_what_stays_is_set_aside_and_still_freed_when_it_is_let_go() -> None:
    kept = grow()
    assert settle(MANY)
    assert not any(isinstance(o, Node) for o in gc.get_objects())
    one = weakref.ref(kept[0])
    kept.clear()
    assert one() is None


def test_little_growth_is_left_alone() -> None:
    kept = grow()
    assert not settle(MANY * 100)
    assert sum(isinstance(o, Node) for o in gc.get_objects()) == len(kept)


def test_garbage_is_collected_and_not_set_aside() -> None:
    kept = grow()
    for node in kept:
        node.other = node
    lost = weakref.ref(kept[0])
    del kept, node
    before = gc.get_freeze_count()
    assert not settle(MANY)
    assert gc.get_freeze_count() == before
    assert lost() is None
