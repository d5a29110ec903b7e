"""The files of a WordPress site: found in a folder, in a ZIP or, only when asked, on the old site itself."""

import hashlib
import http.client
import re
import socket
import ssl
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from tempfile import SpooledTemporaryFile
from urllib.parse import quote, unquote, urljoin, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from PIL import Image

from dscp_cms import links
from dscp_cms.media_forms import UNREADABLE, without_metadata
from dscp_cms.models import SiteDocument, SiteImage
from dscp_cms.upload_checks import check_content

SIZE_SUFFIX = re.compile(r"-(?:\d{2,5}x\d{2,5}|scaled|rotated|e\d{10,})(?=\.\w+$)")
WAIT, DEADLINE = 10.0, 120.0  # seconds for each wait on the network, and for one file
REDIRECTS = 4


class MediaError(Exception):
    """A file that isn't taken; says why."""


def path_of(address: str) -> str:
    """Where a file stands below WordPress's folder of uploads: ``2024/05/plan.pdf``; "" for other addresses."""
    try:
        path = unquote(urlsplit(address).path)
    except ValueError:
        return ""
    _before, found, rest = path.partition("/uploads/")
    if not found:
        return ""
    parts = PurePosixPath(rest.lstrip("/")).parts
    return "" if ".." in parts else "/".join(parts)


def original_of(path: str) -> str:
    """The path of the picture itself, for one of the sizes that WordPress made of it."""
    return SIZE_SUFFIX.sub("", path)


class Folder:
    """A copy of ``wp-content/uploads``, or of a folder that holds it."""

    def __init__(self, path: Path):
        self.root = path.resolve()
        below = [self.root / "wp-content" / "uploads", self.root / "uploads"]
        self.root = next((folder for folder in below if folder.is_dir()), self.root)

    def open(self, path: str):
        """The file as bytes to read, or None."""
        found = (self.root / path).resolve()
        if not found.is_relative_to(self.root) or not found.is_file():
            return None
        return found.open("rb")


class Archive:
    """A ZIP of that folder, whatever stands above it inside."""

    def __init__(self, file):
        try:
            self.zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise MediaError("The ZIP with the files is broken or incomplete. Make it again.") from error
        self.names = {}
        for info in self.zip.infolist():
            path = info.filename.replace("\\", "/")
            path = path.partition("uploads/")[2] or path
            self.names.setdefault(path, info)

    def open(self, path: str):
        """The file as bytes to read, or None."""
        info = self.names.get(path)
        if info is None or info.is_dir():
            return None
        if info.file_size > settings.SITE_DOCUMENT_MAX_SIZE:
            raise MediaError("The file is larger than 50 MB.")
        try:
            return self.zip.open(info)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise MediaError("The file in the ZIP is broken or protected by a password.") from error


class Nothing:
    """No files were given."""

    def open(self, path: str):
        """Never there."""


def upload_of(source, name: str, most: int | None = None) -> UploadedFile:
    """Copy a stream into an upload, as the forms of the admin get one; raise MediaError when it is too large."""
    most = most or settings.SITE_DOCUMENT_MAX_SIZE
    copy = SpooledTemporaryFile(max_size=2 * 1024 * 1024)  # noqa: SIM115 - the upload closes it
    size = 0
    try:
        while chunk := source.read(1 << 16):
            size += len(chunk)
            if size > most:
                raise MediaError(f"The file is larger than {most // 1024 // 1024} MB.")
            copy.write(chunk)
    except (zipfile.BadZipFile, OSError, EOFError, http.client.HTTPException) as error:
        raise MediaError("The file is broken or couldn’t be read to its end.") from error
    copy.seek(0)
    return UploadedFile(copy, name=name[-150:], size=size)


def digest_of(upload: UploadedFile) -> str:
    """A digest of the bytes."""
    upload.seek(0)
    digest = hashlib.file_digest(upload.file, "sha256").hexdigest()
    upload.seek(0)
    return digest


def is_picture(name: str) -> bool:
    """Whether its name says that it is a picture of a kind that we keep."""
    return name.rsplit(".", 1)[-1].lower() in settings.WAGTAILIMAGES_EXTENSIONS


def checked(upload: UploadedFile) -> UploadedFile:
    """The upload after the same checks as in the admin; raise MediaError with their sentence."""
    try:
        if not upload.size:
            raise MediaError("The file is empty.")
        if not is_picture(upload.name):
            check_content(upload, old_kinds=True)
            return upload
        if upload.size > settings.WAGTAILIMAGES_MAX_UPLOAD_SIZE:
            raise MediaError("The picture is larger than 15 MB. Make it smaller and run the import again.")
        _check_size(upload)
        return without_metadata(upload)
    except ValidationError as error:
        raise MediaError(" ".join(error.messages)) from error


def _check_size(upload: UploadedFile) -> None:
    try:
        upload.seek(0)
        width, height = Image.open(upload).size
    except Exception as error:  # whatever Pillow stumbles over
        raise MediaError(UNREADABLE) from error
    if width * height > settings.WAGTAILIMAGES_MAX_IMAGE_PIXELS:
        raise MediaError("The picture has too many pixels. Make it smaller and run the import again.")
    upload.seek(0)


def make_image(upload: UploadedFile, *, title: str, alt: str, user=None) -> SiteImage:
    """Save a picture. Nobody has said who is in it, so it isn't shown until somebody does."""
    image = SiteImage(
        title=title[:255] or upload.name,
        description=alt[:255],
        people=SiteImage.People.UNKNOWN,
        uploaded_by_user=user,
        file=upload,
    )
    image._set_file_hash()
    image.file_size = upload.size
    image.save()
    return image


def make_document(upload: UploadedFile, *, title: str, user=None) -> SiteDocument:
    """Save a document."""
    document = SiteDocument(title=title[:255] or upload.name, uploaded_by_user=user, file=upload)
    document._set_document_file_metadata()
    document.save()
    return document


def fetch(address: str, name: str, may_visit: Callable[[str], bool] = links.is_public) -> UploadedFile:
    """Fetch a file from the web, never from a private network, also not by a redirect; raise MediaError."""
    try:
        for _hop in range(REDIRECTS + 1):
            parts = urlsplit(address)
            if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
                raise links.RefusedError("It leads to an address that we don’t visit.")
            port = parts.port or (443 if parts.scheme == "https" else 80)
            where = links.resolve(parts.hostname, port, may_visit)
            found, location = _get(parts, port, where, name)
            if found:
                return found
            address = urljoin(address, location)
    except links.RefusedError as error:
        raise MediaError(f"The file wasn’t fetched. {error}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise MediaError(f"The old site didn’t give the file ({type(error).__name__}).") from error
    raise MediaError("The old site redirects again and again.")


def _get(parts, port: int, where, name: str) -> tuple[UploadedFile | None, str]:
    """One answer: the file, or where it redirects to."""
    family, resolved = where
    with socket.socket(family, socket.SOCK_STREAM) as raw:
        stop = threading.Timer(DEADLINE, links.shut, [raw])
        stop.daemon = True
        stop.start()
        try:
            raw.settimeout(WAIT)
            raw.connect(resolved)
            secure = parts.scheme == "https"
            channel = ssl.create_default_context().wrap_socket(raw, server_hostname=parts.hostname) if secure else raw
            connection = http.client.HTTPConnection(parts.hostname, port)
            connection.sock = channel
            path = quote(parts.path or "/", safe=links.SAFE) + (f"?{parts.query}" if parts.query else "")
            connection.request("GET", path, headers={"Connection": "close", "User-Agent": "Mozilla/5.0 (import)"})
            answer = connection.getresponse()
            if answer.status in {301, 302, 303, 307, 308} and answer.headers.get("Location"):
                return None, answer.headers["Location"]
            if answer.status != 200:
                raise MediaError(f"The old site answered {answer.status}.")
            return upload_of(answer, name), ""
        finally:
            stop.cancel()
