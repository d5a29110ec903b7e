"""A stored picture or document as it is kept: in the folder ``DATA_DIR/media``, or in a bucket (``storage_bucket``)."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

CHUNK = 64 * 1024


class UnreachableError(Exception):
    """The place where files are kept doesn't answer, or refuses."""


class Pieces:
    """So many bytes of an opened file, in pieces, read as they are asked for.

    Fewer where the file was cut short: the length that was promised tells the reader.
    """

    def __init__(self, opened: IO[bytes], length: int):
        self._opened, self._left = opened, length

    def __iter__(self) -> Iterator[bytes]:
        while self._left > 0:
            chunk = self._opened.read(min(CHUNK, self._left))
            if not chunk:
                break
            self._left -= len(chunk)
            yield chunk

    def close(self) -> None:
        """Let go of the file."""
        self._opened.close()


@dataclass(frozen=True)
class StoredFile:
    """A file as it is kept now."""

    size: int  # bytes
    changed: int  # seconds since 1970
    tag: str  # another one for other content, in quotation marks as HTTP has it
    is_local: bool
    read: Callable[[int, int], Pieces]  # from a byte, so many of them; raises OSError when it is gone meanwhile


def stored(file) -> StoredFile:
    """What a FileField holds, as it is kept now.

    Raises OSError when it is gone, UnreachableError when its bucket can't say.
    """
    if find := getattr(file.storage, "find", None):
        return find(file.name)
    path = file.storage.path(file.name)
    facts = os.stat(path)

    def read(start: int, length: int) -> Pieces:
        opened = open(path, "rb")  # noqa: SIM115 - closed with its pieces
        opened.seek(start)
        return Pieces(opened, length)

    tag = f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"'
    return StoredFile(facts.st_size, int(facts.st_mtime), tag, is_local=True, read=read)
