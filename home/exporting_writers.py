"""Where an export is written to: a folder or one ZIP, both only for their owner's eyes, each file with its checksum."""

import hashlib
import os
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

PIECE = 1 << 20  # bytes


class ExportError(Exception):
    """An export that can't be written; says why in a sentence."""


class Writer:
    """Takes the files of an export one by one; ``finish`` puts the checksums beside them."""

    def __init__(self):
        self.checksums: list[tuple[str, str]] = []

    def text(self, name: str, words: str) -> None:
        """A file of text."""
        with self.lines(name) as write:
            write(words)

    @contextmanager
    def lines(self, name: str) -> Iterator[Callable[[str], None]]:
        """A file that is written bit by bit; several may be open."""
        with tempfile.TemporaryFile() as file:
            yield lambda words: file.write(words.encode("utf-8", "surrogatepass")) and None
            file.seek(0)
            self.file(name, file)

    def file(self, name: str, source: BinaryIO) -> None:
        """A copy of an open file, in pieces."""
        digest = hashlib.sha256()
        with self._open(name) as target:
            for piece in iter(lambda: source.read(PIECE), b""):
                digest.update(piece)
                target.write(piece)
        self.checksums.append((digest.hexdigest(), name))

    def finish(self) -> None:
        """Write the checksums, and let the export be seen under its name."""
        listed = "".join(f"{digest}  {name}\n" for digest, name in self.checksums)
        with self._open("checksums.txt") as target:
            target.write(listed.encode())
        self._close()

    def abandon(self) -> None:
        """Leave nothing half done behind."""
        raise NotImplementedError

    def _open(self, name: str):
        raise NotImplementedError

    def _close(self) -> None:
        raise NotImplementedError


class FolderWriter(Writer):
    """Writes into a new folder."""

    def __init__(self, path: Path):
        super().__init__()
        self.path = path
        try:
            path.mkdir(mode=0o700)
        except FileExistsError as error:
            raise ExportError(f"“{path}” exists already. Name a folder that doesn’t.") from error
        except OSError as error:
            raise ExportError(f"“{path}” can’t be made: {error.strerror}.") from error

    def _open(self, name: str):
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        return target.open("wb")

    def _close(self) -> None:
        pass

    def abandon(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)


class ZipWriter(Writer):
    """Writes a ZIP under another name, which it gets its own when it is complete."""

    def __init__(self, path: Path):
        super().__init__()
        self.path, self.part = path, path.with_name(f"{path.name}.part")
        if path.exists():
            raise ExportError(f"“{path}” exists already. Name another file.")
        try:
            handle = os.open(self.part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except OSError as error:
            raise ExportError(f"“{self.part}” can’t be made: {error.strerror}.") from error
        self.stream = os.fdopen(handle, "wb")
        self.zip = zipfile.ZipFile(self.stream, "w", zipfile.ZIP_DEFLATED, allowZip64=True)

    def _open(self, name: str):
        info = zipfile.ZipInfo(name, time.localtime()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED
        return self.zip.open(info, "w", force_zip64=True)

    def _close(self) -> None:
        self.zip.close()
        self.stream.close()
        self.part.replace(self.path)

    def abandon(self) -> None:
        with suppress(Exception):
            self.zip.close()
        self.stream.close()
        self.part.unlink(missing_ok=True)
