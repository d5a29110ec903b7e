"""Whether an upload is what its name says, and nothing that could harm: else a sentence that says why.

What passes is still only ever handed out as a file (``file_answers``) and read in a program of its own
(``reading``); the checks here are so that the next person who opens the file isn't harmed by it.
"""

import lzma
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable

import olefile
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File

from dscp_cms import reading

ZIPPED = {
    "docx": "wordprocessingml.document.main",
    "xlsx": "spreadsheetml.sheet.main",
    "pptx": "presentationml.presentation.main",
    "odt": "opendocument.text",
    "ods": "opendocument.spreadsheet",
    "odp": "opendocument.presentation",
    "zip": "",
}
OLD_OFFICE = {"doc": ("WordDocument",), "xls": ("Workbook", "Book"), "ppt": ("PowerPoint Document",)}
# Nothing here can look into these for names, remarks and deleted words that nobody outside should see.
SAVE_AS = {"doc": "docx", "rtf": "docx", "xls": "xlsx", "ppt": "pptx"}
OLE_HEAD, ZIP_HEADS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", (b"PK\x03\x04", b"PK\x05\x06")
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    OSError,
    ValueError,
    NotImplementedError,
    EOFError,
    OverflowError,
)
MOST_PARTS = 5_000
MOST_DOCUMENTS = 500  # of an archive, each of which is looked into
MOST_UNPACKED = 500 * 1024 * 1024  # bytes
HIGHEST_RATIO = 150  # of bytes unpacked to bytes packed, for what unpacks to more than SMALL; text reaches 20
SMALL = 20 * 1024 * 1024
PROGRAMS = re.compile(
    r"\.(exe|dll|com|scr|bat|cmd|ps1|vbs|vbe|js|jse|wsf|hta|msi|jar|lnk|reg|cpl|pif|sh|app|apk|html?|svg|docm|xlsm|pptm)$",
    re.IGNORECASE,
)
ARCHIVES = re.compile(r"\.(zip|7z|rar|gz|tgz|bz2|xz|tar|iso|cab|zst)$", re.IGNORECASE)
MACROS = re.compile(r"(^|/)(vbaProject\.bin|macrosheets/|activeX/)|^(Basic|Scripts)/.", re.IGNORECASE)
INVISIBLE = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")

PASSWORD = "The file is protected by a password, so not every reader could open it. Save it without one."  # noqa: S105
WITH_MACROS = "The file holds macros: small programs that could harm whoever opens it. Save it without them."
BROKEN = "The file is broken or incomplete: it can't be opened. Save it again, or ask for another copy."


def check_content(file: File, *, old_kinds: bool = False) -> None:
    """Raise ValidationError, with the reason, for an upload that isn't taken; leave the file at its beginning.

    ``old_kinds``: whether the formats before .docx are taken, which can't be looked into (from an old site, whose
    readers have them already).
    """
    extension = _extension(file.name)
    if INVISIBLE.search(file.name):
        raise ValidationError("The file's name holds invisible characters. Give it another name.")
    if extension not in settings.WAGTAILDOCS_EXTENSIONS:
        allowed = ", ".join(name for name in settings.WAGTAILDOCS_EXTENSIONS if name not in SAVE_AS)
        raise ValidationError(f"Files ending in “.{extension}” can't be uploaded. Allowed are: {allowed}.")
    try:
        _check_kind(file, extension, old_kinds)
        if extension == "pdf":
            _check_opens(file)
        if extension == "zip":
            _check_documents(file, old_kinds)
    finally:
        file.seek(0)


def _extension(name: str) -> str:
    return name.rsplit(".", 1)[-1].lower() if "." in name else ""


def _check_kind(file: File, extension: str, old_kinds: bool) -> None:
    if extension in SAVE_AS and not old_kinds:
        raise ValidationError(
            f"The site can't look into files of the old kind “.{extension}”, so remarks and deleted words in them "
            f"would go out unseen. Open it, save it as .{SAVE_AS[extension]}, and upload that."
        )
    file.seek(0)
    _check_of(extension)(file, extension, file.read(4096))


def _check_documents(file: File, old_kinds: bool) -> None:
    """Hold the documents in an archive to the rules of any document, but that PDFs aren't opened: it would take long.

    What a Mac puts beside each file, by the same name, is no document.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            parts = [
                part for part in archive.infolist() if _extension(part.filename) in settings.WAGTAILDOCS_EXTENSIONS
            ]
            parts = [part for part in parts if not part.filename.rsplit("/", 1)[-1].startswith("._")]
            if len(parts) > MOST_DOCUMENTS:
                raise ValidationError(f"The archive holds more than {MOST_DOCUMENTS} documents. Make several of it.")
            for part in parts:
                with archive.open(part) as packed, tempfile.SpooledTemporaryFile(max_size=SMALL) as copy:
                    shutil.copyfileobj(packed, copy)
                    try:
                        _check_kind(File(copy, part.filename), _extension(part.filename), old_kinds)
                    except ValidationError as error:
                        raise ValidationError(f"“{part.filename[-60:]}” in the archive: {error.messages[0]}") from error
    except UNREADABLE as error:
        raise ValidationError(BROKEN) from error


def _check_of(extension: str) -> Callable:
    if extension in ZIPPED:
        return _check_zipped
    if extension in OLD_OFFICE:
        return _check_old_office
    return {"pdf": _check_pdf, "rtf": _check_rtf}.get(extension, _check_text)


def _something_else(extension: str) -> ValidationError:
    return ValidationError(f"The name ends in “.{extension}”, but the file is something else.")


def _check_pdf(file: File, extension: str, head: bytes) -> None:
    if not head.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"%PDF-"):
        raise _something_else(extension)
    tail = _tail(file)
    if b"PK\x05\x06" in tail[tail.rfind(b"%%EOF") :]:
        raise ValidationError("The file is a PDF and an archive in one. Save it again as a PDF.")
    if _holds(file, re.compile(rb"/S\s*/Launch\b")):
        raise ValidationError("The PDF would start a program on the reader's computer. Save it without that.")


def _check_opens(file: File) -> None:
    """That a PDF can be opened, without a password."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as copy:
        file.seek(0)
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        try:
            reading.read(copy.name, "pdf", reading.Limits(cpu=4, seconds=15, pages=1))
        except reading.Unreadable as error:
            if "password" in str(error):
                raise ValidationError(PASSWORD) from error
            if "could not be opened" in str(error) or "no pages" in str(error):
                raise ValidationError(BROKEN) from error
            # A first page that takes long is no fault of the file.


def _check_zipped(file: File, extension: str, head: bytes) -> None:
    if head.startswith(OLE_HEAD) and extension != "zip":
        raise ValidationError(PASSWORD)  # Office puts what it encrypts into a file of the old kind
    if not head.startswith(ZIP_HEADS):
        raise _something_else(extension)
    try:
        with zipfile.ZipFile(file) as package:
            parts = package.infolist()
            _check_parts(parts, extension)
            if ZIPPED[extension]:
                _check_office(package, extension)
    except UNREADABLE as error:
        raise ValidationError(BROKEN) from error


def _check_parts(parts: list[zipfile.ZipInfo], extension: str) -> None:
    unpacked, packed = sum(part.file_size for part in parts), sum(part.compress_size for part in parts)
    if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED:
        raise ValidationError("The file unpacks to more than a computer should be given. It wasn't taken.")
    if unpacked > SMALL and unpacked > HIGHEST_RATIO * max(packed, 1):
        raise ValidationError("The file unpacks to far more than its size, as only harmful files do. It wasn't taken.")
    if any(part.flag_bits & 1 for part in parts):
        raise ValidationError(PASSWORD)
    for part in parts:
        name = part.orig_filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or re.match(r"[A-Za-z]:", name) or "\x00" in name:
            raise ValidationError("The file would unpack outside of its folder. It wasn't taken.")
        if stat.S_ISLNK(part.external_attr >> 16):
            raise ValidationError("The file holds links to other places of a computer. It wasn't taken.")
        if MACROS.search(name):
            raise ValidationError(WITH_MACROS)
        if PROGRAMS.search(name):
            raise ValidationError(
                f"The file holds a program or web page ({name[-60:]}). Take it out and save it again."
            )
        if extension == "zip" and ARCHIVES.search(name):
            raise ValidationError(f"The archive holds another archive ({name[-60:]}). Unpack that one first.")


def _check_office(package: zipfile.ZipFile, extension: str) -> None:
    """The package's own word on what it is, and nothing that fetches or defines things elsewhere."""
    names = set(package.namelist())
    described = "mimetype" if extension.startswith("od") else "[Content_Types].xml"
    words = package.open(described).read(1_000_000).decode("utf-8", "replace") if described in names else ""
    if "macroEnabled" in words:
        raise ValidationError(WITH_MACROS)
    if ZIPPED[extension] not in words and f"{ZIPPED[extension][:-5]}.strict" not in words:
        raise _something_else(extension)
    if "META-INF/manifest.xml" in names and b"encryption-data" in package.open("META-INF/manifest.xml").read(1_000_000):
        raise ValidationError(PASSWORD)
    for name in names:
        if name.endswith((".xml", ".rels")):
            beginning = package.open(name).read(8192)
            if b"<!DOCTYPE" in beginning or b"<!ENTITY" in beginning:
                raise ValidationError("The file holds instructions of a kind that documents don't have.")
        if name.endswith("settings.xml.rels") and re.search(
            rb'attachedTemplate"[^>]*Target="https?:|Target="https?:[^>]*attachedTemplate"',
            package.open(name).read(65536),
        ):
            raise ValidationError(
                "The file fetches its template from another site. Save it with a template of its own."
            )


def _check_old_office(file: File, extension: str, head: bytes) -> None:
    if not head.startswith(OLE_HEAD):
        raise _something_else(extension)
    file.seek(0)
    try:
        with olefile.OleFileIO(file) as ole:
            names = {"/".join(path).lower() for path in ole.listdir(storages=True)}
            if "encryptedpackage" in names or _is_encrypted(ole, extension):
                raise ValidationError(PASSWORD)
            if any(re.search(r"(^|/)(macros|_vba_project_cur|_vba_project|vba)(/|$)", name) for name in names):
                raise ValidationError(WITH_MACROS)
            if not any(ole.exists(name) for name in OLD_OFFICE[extension]):
                raise _something_else(extension)
    except ValidationError:
        raise
    except Exception as error:  # whatever the reader of a broken file stumbles over
        raise ValidationError(BROKEN) from error


def _is_encrypted(ole: olefile.OleFileIO, extension: str) -> bool:
    """As [MS-DOC] 2.5.1 (fEncrypted) and [MS-XLS] 2.4.117 (FilePass) say it."""
    if extension == "doc" and ole.exists("WordDocument"):
        return bool(
            ole.openstream("WordDocument").read(12)[11:12] > b"" and ole.openstream("WordDocument").read(12)[11] & 1
        )
    for name in OLD_OFFICE["xls"] if extension == "xls" else ():
        if ole.exists(name):
            stream = ole.openstream(name).read(4096)
            first = 4 + int.from_bytes(stream[2:4], "little")  # behind the record that begins the book
            return stream[first : first + 2] == b"\x2f\x00"
    return False


def _check_rtf(file: File, extension: str, head: bytes) -> None:
    if not head.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"{\\rtf"):
        raise _something_else(extension)
    if _holds(file, re.compile(rb"\\obj(data|ocx|update)|\\\*\\template\s+https?:")):
        raise ValidationError("The file holds an embedded program or fetches parts from elsewhere. Save it as .docx.")


def _check_text(file: File, extension: str, head: bytes) -> None:
    if b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValidationError(f"The name ends in “.{extension}”, but the file is not text.")
    start = re.sub(rb"^(\xef\xbb\xbf|\s|<!--.*?-->)*", b"", head, flags=re.DOTALL).lower()
    if re.match(rb"<(\?xml|!doctype|html|svg|script|head|body|iframe)\b|#!|%pdf-|\{\\rtf|mz[\x80-\xff]", start):
        raise _something_else(extension)


def _tail(file: File, length: int = 66_000) -> bytes:
    file.seek(max(0, file.size - length))
    return file.read(length)


def _holds(file: File, pattern: re.Pattern[bytes]) -> bool:
    """Whether a pattern of at most 100 bytes stands anywhere in the file."""
    file.seek(0)
    before = b""
    for chunk in iter(lambda: file.read(1 << 20), b""):
        if pattern.search(before + chunk):
            return True
        before = chunk[-100:]
    return False
