"""Making and using at the same time: an iterator run by another thread, and what COPY reads from."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")
_ITEMS_AHEAD = 2


@dataclass(frozen=True)
class _End:
    error: BaseException | None


class Ahead(Generic[Item]):
    """The items of an iterator, made by another thread a few items ahead: making and using them overlap, memory stays flat.

    What the other thread raises is raised here. Closing it ends the thread, also half-way.
    """

    def __init__(self, make: Callable[[], Generator[Item]]) -> None:
        self._items: queue.Queue[Item | _End] = queue.Queue(_ITEMS_AHEAD)
        self._stopped = False
        self._thread = threading.Thread(target=self._run, args=(make,), name="ahead", daemon=True)
        self._thread.start()

    def _run(self, make: Callable[[], Generator[Item]]) -> None:
        end = _End(None)
        try:
            with closing(make()) as items:
                for item in items:
                    self._items.put(item)
                    if self._stopped:
                        return
        except BaseException as error:  # noqa: BLE001 - raised again by whoever takes the items
            end = _End(error)
        self._items.put(end)

    def __iter__(self) -> Iterator[Item]:
        while not isinstance(item := self._items.get(), _End):
            yield item
        if item.error is not None:
            raise item.error

    def close(self) -> None:
        self._stopped = True
        while self._thread.is_alive():
            with suppress(queue.Empty):
                self._items.get(timeout=0.05)
        self._thread.join()


class Source:
    """What COPY reads from."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")

    def read(self, size: int) -> bytes:
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return b""
            self._rest = memoryview(chunk)
        part, self._rest = self._rest[:size], self._rest[size:]
        return bytes(part)
