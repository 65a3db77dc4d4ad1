"""The iterator that another thread runs."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import closing

import pytest

from pipc_etl.warehouse.ahead import Ahead, Source


def numbers(upto: int, made: list[int] | None = None) -> Generator[int]:
    for number in range(upto):
        if made is not None:
            made.append(number)
        yield number


def test_items_come_in_order_when_made_by_another_thread() -> None:
    with closing(Ahead(lambda: numbers(1000))) as ahead:
        assert list(ahead) == list(range(1000))


def test_error_of_the_other_thread_is_raised_here_when_it_fails_half_way() -> None:
    def failing() -> Generator[int]:
        yield 1
        raise ValueError("half-way")

    with closing(Ahead(failing)) as ahead:
        items = iter(ahead)
        assert next(items) == 1
        with pytest.raises(ValueError, match="half-way"):
            next(items)


def test_thread_ends_and_is_only_a_few_items_ahead_when_closed_early() -> None:
    made: list[int] = []
    before = threading.active_count()
    with closing(Ahead(lambda: numbers(1000, made))) as ahead:
        assert next(iter(ahead)) == 0
    assert threading.active_count() == before
    assert len(made) <= 10


def test_source_gives_every_byte_once_when_read_in_pieces() -> None:
    source = Source(iter([b"abc", b"", b"defgh"]))
    pieces = [source.read(2) for _ in range(6)]
    assert pieces == [b"ab", b"c", b"de", b"fg", b"h", b""]
