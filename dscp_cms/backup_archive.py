"""The file that a backup is: a compressed tar of a description, the database, the media, and checksums of them all.

It is written and read as a stream, so that memory stays flat however large the site is. What comes out of an
archive is never believed: names, kinds and checksums are looked at before anything of it is used.
"""

import contextlib
import gzip
import hashlib
import io
import json
import os
import re
import tarfile
import zlib
from collections.abc import Iterator
from pathlib import Path

ABOUT, SUMS, DATABASE, MEDIA = "about.json", "SHA256SUMS", "database", "media/"
FORMAT = 1
CHUNK = 1 << 20
SMALL = 1 << 20  # about.json is no longer
SUM = re.compile(r"([0-9a-f]{64})  (.+)")


class BadArchiveError(Exception):
    """A sentence on why a file is no backup that can be used."""


class Writer:
    """Writes an archive; ``close`` adds the checksums. Until then it has another name, so that none is ever half."""

    def __init__(self, path: Path, about: dict):
        self.path, self.unfinished = path, path.with_name(f"{path.name}.part")
        self.sums: dict[str, str] = {}
        descriptor = os.open(self.unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)  # it holds personal data
        self.file = os.fdopen(descriptor, "wb")
        self.packed = gzip.GzipFile(fileobj=self.file, mode="wb", compresslevel=1)  # most media is packed already
        self.tar = tarfile.open(fileobj=self.packed, mode="w", format=tarfile.PAX_FORMAT)
        self._add_bytes(ABOUT, json.dumps({"format": FORMAT, **about}, indent=1).encode())

    def add(self, name: str, source: Path) -> None:
        """Add a file as it is now, however long."""
        with source.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            self._add(name, _Summing(file), size)

    def close(self) -> None:
        """Add the checksums, make sure that all is on the disk, and give the archive its name."""
        lines = "".join(f"{digest}  {name}\n" for name, digest in self.sums.items())
        self._add_bytes(SUMS, lines.encode())
        self.tar.close()
        self.packed.close()
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        self.unfinished.replace(self.path)

    def abandon(self) -> None:
        """Leave nothing behind."""
        self.unfinished.unlink(missing_ok=True)
        for opened in (self.packed, self.file):
            with contextlib.suppress(OSError):  # what is still in memory has no place on a full disk
                opened.close()

    def _add_bytes(self, name: str, content: bytes) -> None:
        self._add(name, _Summing(io.BytesIO(content)), len(content))

    def _add(self, name: str, source: "_Summing", size: int) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        self.tar.addfile(member, source)
        self.tar.members = []  # the library would remember every file
        self.sums[name] = source.digest.hexdigest()


class _Summing:
    """A file that is summed up while it is read."""

    def __init__(self, file):
        self.file, self.digest = file, hashlib.sha256()

    def read(self, size=-1):
        data = self.file.read(size)
        self.digest.update(data)
        return data


def unpack(path: Path, folder: Path, check_about) -> dict:
    """Lay an archive's files out in an empty folder and return its description.

    ``check_about`` is called with the description before anything else is read, and may raise. Raises
    BadArchiveError when the archive is cut, damaged, or has a file that no backup has; what was laid out by then
    is the caller's to delete.
    """
    found: dict[str, str] = {}
    about: dict = {}
    sums: bytes | None = None
    try:
        for name, file in _members(path):
            if sums is not None:
                raise BadArchiveError("The backup has something after its checksums, which no backup has.")
            if not about:
                about = _about(name, file)
                found[ABOUT] = hashlib.sha256(about.pop("raw")).hexdigest()
                check_about(about)
            elif name == SUMS:
                sums = file.read()
            else:
                found[name] = _lay_out(file, folder / name)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise BadArchiveError("The backup is cut off or damaged, so nothing of it was used.") from error
    except OSError as error:
        if error.errno is None:  # gzip's own complaint, not the disk's
            raise BadArchiveError("The backup is cut off or damaged, so nothing of it was used.") from error
        raise
    if sums is None:
        raise BadArchiveError("The backup is cut off: its checksums are missing, so nothing of it was used.")
    _compare(found, sums)
    return about


def _members(path: Path) -> Iterator[tuple[str, io.BufferedIOBase]]:
    with gzip.open(path) as packed, tarfile.open(fileobj=packed, mode="r|") as tar:
        seen = set()
        for member in tar:
            tar.members = []
            if not member.isreg() or not _is_ours(member.name) or member.name in seen:
                raise BadArchiveError(f"The backup has a file that no backup has ({member.name[:100]!r}).")
            seen.add(member.name)
            yield member.name, tar.extractfile(member)


def _is_ours(name: str) -> bool:
    """Whether a backup may hold a file of this name: nothing leads out of the folder where it is laid out."""
    if name in {ABOUT, SUMS, DATABASE}:
        return True
    parts = name.split("/")
    return (
        name.startswith(MEDIA)
        and len(parts) > 1
        and not {"", ".", ".."} & set(parts)
        and "\\" not in name
        and "\n" not in name
        and "\0" not in name
    )


def _about(name: str, file) -> dict:
    raw = file.read(SMALL) if name == ABOUT else b""
    try:
        about = json.loads(raw)
        if about["format"] != FORMAT:
            raise BadArchiveError("The backup was made by another version of this program, which this one can't read.")
        return {**about, "raw": raw}
    except (ValueError, KeyError, TypeError) as error:
        raise BadArchiveError("The file isn't a backup of this site.") from error


def _lay_out(file, target: Path) -> str:
    """Copy one file out, for its owner only until it is used; return its checksum."""
    target.parent.mkdir(parents=True, exist_ok=True)
    summing = _Summing(file)
    with target.open("xb") as out:
        while data := summing.read(CHUNK):
            out.write(data)
    return summing.digest.hexdigest()


def _compare(found: dict[str, str], sums: bytes) -> None:
    listed = {}
    for line in sums.decode(errors="replace").splitlines():
        match = SUM.fullmatch(line)
        if not match:
            raise BadArchiveError("The backup's list of checksums can't be read, so nothing of it was used.")
        listed[match[2]] = match[1]
    if found != listed or DATABASE not in found:
        wrong = sorted(name for name in found.keys() | listed.keys() if found.get(name) != listed.get(name))
        raise BadArchiveError(
            f"The backup is damaged: {len(wrong) or 1} of its files aren't as they were saved, so nothing was used."
        )
