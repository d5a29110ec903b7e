"""Files that were uploaded together: kept as one ZIP beside the run, and read one at a time.

Folders come as a ZIP, whose own folders are kept, since they say what the files are about.
"""

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from django.core.files.base import File

MOST_FILES = 500
LARGEST = 2 * 1024**3  # bytes of all files together, unpacked
PIECE = 1 << 20
LEFT_OUT = ("__MACOSX", ".", "~$", "Thumbs.db", "desktop.ini")  # what systems put beside people's files
BROKEN = "“{name}” is a ZIP that is broken, incomplete or protected by a password. Make it again."


class UploadError(Exception):
    """Uploads that aren't taken; says why in a sentence."""


@contextmanager
def packed(files: Iterable[File]) -> Iterator[tuple[File, list[str]]]:
    """The files as one ZIP to keep, and the names that they have in it. Raises UploadError with a sentence."""
    with tempfile.TemporaryFile() as target:
        names: list[str] = []
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
            size = 0
            for name, source in _members(files):
                if len(names) >= MOST_FILES:
                    raise UploadError(f"These are more than {MOST_FILES} files. Bring them over in parts.")
                name = _free(name, names)
                names.append(name)
                with package.open(name, "w", force_zip64=True) as written:
                    size = _copy(source, written, size)
        if not names:
            raise UploadError("There are no files in it.")
        target.seek(0)
        yield File(target, "files.zip"), names


def _copy(source, written, size: int) -> int:
    while piece := source.read(PIECE):
        size += len(piece)
        if size > LARGEST:
            raise UploadError(f"The files are larger than {LARGEST // 1024**3} GB together. Bring them over in parts.")
        written.write(piece)
    return size


def _members(files: Iterable[File]) -> Iterator[tuple[str, object]]:
    """Each file with its name; of a ZIP each file inside it."""
    for file in files:
        base = PurePosixPath(file.name.replace("\\", "/")).name
        if not base.lower().endswith(".zip"):
            yield base, file
            continue
        try:
            with zipfile.ZipFile(file) as package:
                for info in package.infolist():
                    if (name := _clean(info.filename)) and not info.is_dir():
                        with package.open(info) as source:
                            yield name, source
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
            raise UploadError(BROKEN.format(name=base)) from error


def _clean(name: str) -> str:
    """The path of a file inside a ZIP; "" for what no person put there."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in {"", ".", ".."}]
    return "" if any(part.startswith(LEFT_OUT) for part in parts) else "/".join(parts)[-400:]


def _free(name: str, taken: list[str]) -> str:
    path, number, wanted = PurePosixPath(name), 2, name
    while wanted in taken:
        wanted, number = str(path.with_name(f"{path.stem} ({number}){path.suffix}")), number + 1
    return wanted


def names(file: File) -> list[str]:
    """The names of the files that are kept, in order."""
    with file.open("rb") as source, zipfile.ZipFile(source) as package:
        return package.namelist()


@contextmanager
def one(file: File, name: str) -> Iterator[tuple[Path, Path]]:
    """One of the files on the disk for a while: the folder that stands for all of them, and the file's path in it.

    The path doesn't exist where no file of that name is kept.
    """
    folder = Path(tempfile.mkdtemp(prefix="import-"))
    try:
        path = (folder / name).resolve()
        with file.open("rb") as source, zipfile.ZipFile(source) as package:
            if name in package.namelist() and path.is_relative_to(folder.resolve()):
                path.parent.mkdir(parents=True, exist_ok=True)
                with package.open(name) as found, path.open("wb") as target:
                    shutil.copyfileobj(found, target, PIECE)
        yield folder, path
    finally:
        shutil.rmtree(folder, ignore_errors=True)
