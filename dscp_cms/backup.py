"""Backs the site up into one file, and puts it back: the database and the pictures and documents.

The keys and settings of the environment aren't in it; nor are the cache, the static files and the outbox.
"""

import contextlib
import errno
import hashlib
import hmac
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command

from dscp_cms import backup_database as database
from dscp_cms.backup_archive import DATABASE, MEDIA, BadArchiveError, Writer, unpack
from dscp_cms.backup_database import KINDS, BackupError

PATTERN = "dscp-*.tar.gz"


@dataclass(frozen=True)
class Restored:
    """What was put back."""

    made_at: str
    files: int
    other_key: bool  # whether the backed-up site had another SECRET_KEY, so that its links don't work here


def backup(target: Path | None = None, keep: int | None = None) -> Path:
    """Write a backup and return its path; by default into DATA_DIR/backups, named for the moment.

    The site goes on meanwhile. Every file that the saved database refers to is in it, also one that is deleted
    while the backup is made. With ``keep``, older backups in the same folder are deleted but for the newest so many.
    Raises BackupError with a sentence; then there is no file.
    """
    if target is None:
        target = settings.DATA_DIR / "backups" / f"dscp-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar.gz"
    if target.exists():
        raise BackupError(f"{target} exists already, and a backup never overwrites another.")
    with _said_in_a_sentence(), _work_folder() as folder:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Linked before the database is saved, and again after: so what is deleted or added meanwhile is there too.
        media = folder / "media"
        _link_files(Path(settings.MEDIA_ROOT), media)
        database.save(folder / DATABASE)
        _link_files(Path(settings.MEDIA_ROOT), media)
        writer = Writer(target, _about())
        try:
            writer.add(DATABASE, folder / DATABASE)
            (folder / DATABASE).unlink()
            for path in _files(media):
                writer.add(MEDIA + path.relative_to(media).as_posix(), path)
            writer.close()
        except BaseException:
            writer.abandon()
            raise
    if keep:
        _delete_older(target.parent, keep)
    return target


def restore(path: Path, hold: Callable[[], object]) -> Restored:
    """Put a backup in the place of what the site has; ``hold`` stops its mail before anybody can send it.

    Everything is laid out and checked before the site is touched. The database then changes in one transaction,
    and the folder of media by renaming. A backup of an older version of the program is migrated. Raises BackupError
    with a sentence.
    """
    media = Path(settings.MEDIA_ROOT)
    with _said_in_a_sentence(), _work_folder() as folder:
        about = unpack(path, folder, _check_about)
        saved, files = folder / DATABASE, folder / "media"
        database.check(saved)
        files.mkdir(exist_ok=True)
        count = sum(1 for found in _files(files) if not found.chmod(settings.FILE_UPLOAD_PERMISSIONS))
        try:
            database.begin_aside(saved)
            call_command("migrate", interactive=False, verbosity=0)
            call_command("sync_site", verbosity=0)
            hold()
            database.finish()
        except BaseException:
            database.give_up()
            raise
        media.parent.mkdir(parents=True, exist_ok=True)
        if media.exists():
            media.rename(folder / "media-before")  # goes with the folder
        files.rename(media)
        try:
            cache.clear()
        except Exception as error:  # of whatever keeps it
            raise BackupError(
                "All is restored, but the cache can’t be reached and may hold old pages. Empty it, then start the site."
            ) from error
    return Restored(about["made_at"], count, about["key"] != _key_fingerprint())


def left_out() -> str:
    """A sentence on what a backup of this site doesn't hold; empty when it holds everything."""
    storage = settings.STORAGES["default"]
    bucket = storage.get("OPTIONS", {}).get("bucket_name")
    if not bucket:
        return ""
    return f"Pictures and documents are in the bucket “{bucket}” and not in here: keep its versions, or copy it too."


def is_empty() -> bool:
    """Whether a restore would overwrite nothing."""
    return database.is_empty() and not any(_files(Path(settings.MEDIA_ROOT)))


def _about() -> dict:
    return {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "database": database.kind(),
        "migrations": database.applied_migrations(),
        "key": _key_fingerprint(),
    }


def _check_about(about: dict) -> None:
    ours = KINDS[database.kind()]
    theirs = KINDS.get(about.get("database"), "another kind")
    if theirs != ours:
        raise BackupError(
            f"The backup is of a site on {theirs} and this one is on {ours}: "
            f"set DATABASE_URL to a database of the same kind, then try again."
        )
    newer = database.unknown_migrations(about["migrations"])
    if newer:
        raise BackupError(f"The backup is of a newer version of this program ({newer[0]}): install that version first.")


def _key_fingerprint() -> str:
    """Tells whether two sites have the same SECRET_KEY, and nothing else about it."""
    return hmac.new(settings.SECRET_KEY.encode(), b"fingerprint for backups", hashlib.sha256).hexdigest()[:16]


@contextlib.contextmanager
def _work_folder() -> Iterator[Path]:
    """A folder beside the media, on the same disk, so that files can be linked and renamed; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="backup-work-", dir=settings.DATA_DIR))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _said_in_a_sentence() -> Iterator[None]:
    try:
        yield
    except BadArchiveError as error:
        raise BackupError(str(error)) from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise BackupError("The disk is full, so it was left undone.") from error
        raise BackupError(f"{error.filename or 'A file'} can't be used ({error.strerror}).") from error


def _files(folder: Path) -> Iterator[Path]:
    """All files below a folder, in order; never through a link that leads elsewhere."""
    for parent, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(parent, name) for name in sorted(names) if not Path(parent, name).is_symlink())


def _link_files(source: Path, target: Path) -> None:
    """Give every file a second name, which costs no space; copy it where the disk has no such thing."""
    for path in _files(source):
        link = target / path.relative_to(source)
        link.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError, FileNotFoundError):  # had already; deleted meanwhile
            try:
                os.link(path, link)
            except OSError as error:
                if error.errno not in {errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EMLINK}:
                    raise
                shutil.copyfile(path, link)


def _delete_older(folder: Path, keep: int) -> None:
    """Delete backups with names of ours, the oldest first; names sort by their moment."""
    for old in sorted(folder.glob(PATTERN))[:-keep]:
        old.unlink()
