"""Backup under write load, restore elsewhere, and archives that nobody should restore."""

import gzip
import hashlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from dscp_cms import clock, mail
from dscp_cms.environment import BASE_DIR
from dscp_cms.models import OutgoingMail
from dscp_cms.tasks import deliver_mail
from dscp_cms.testing.database import fresh_database
from dscp_cms.testing.scale import size
from dscp_cms.testing.server import manage, site_environment
from home import dashboard, restoring

# Writes rows and files, each row with its file before it, and deletes some, until it is stopped.
WRITER = """
import itertools, sys
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from dscp_cms.models import Agency, OutgoingMail
for number in itertools.count():
    name = default_storage.save(f"documents/{number}.txt", ContentFile(b"x" * 2000))
    OutgoingMail.objects.create(kind="test", to="delegate.one@example.org", subject=name, text="x" * 500)
    if number % 5 == 4:
        old = OutgoingMail.objects.filter(kind="test").earliest("pk")
        name = old.subject
        old.delete()
        default_storage.delete(name)
    if number == 20:
        print("under way", flush=True)
"""

# What each table holds, as one digest: whatever the database and wherever it is.
DIGESTS = """
import hashlib, json
from django.apps import apps
found = {}
for model in apps.get_models(include_auto_created=True):
    rows = sorted(repr(row) for row in model._base_manager.values_list())
    found[model._meta.db_table] = [len(rows), hashlib.sha256("".join(rows).encode()).hexdigest()]
print(json.dumps(found))
"""
CHANGED_BY_RESTORE = {
    "dscp_cms_auditentry",
    "dscp_cms_outgoingmail",
    "dscp_cms_clockrun",
    "dscp_cms_edition",
    "wagtailcore_site",
}


def digests(environment):
    return json.loads(manage(environment, "shell", "-v0", "-c", DIGESTS).stdout)


def site(folder, database_url, empty):
    """A migrated site of its own, on the database that the tests run on."""
    data = folder / "data"
    shutil.copytree(empty, data, symlinks=True, ignore=shutil.ignore_patterns("static", "secret_key"))
    environment = site_environment(data, database_url=database_url, SECRET_KEY="the same everywhere, and long enough")
    if database_url:
        (data / "db.sqlite3").unlink()
    return environment


@pytest.mark.scale
def test_backups_under_write_load_restore_elsewhere(empty_site_data, tmp_path):
    with fresh_database(migrated=True) as here, fresh_database() as there:
        environment = site(tmp_path / "here", here, empty_site_data)
        writer = subprocess.Popen(
            [sys.executable, "manage.py", "shell", "-v0", "-c", WRITER],
            cwd=BASE_DIR,
            env=environment,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            assert writer.stdout.readline() == b"under way\n"
            for number in range(size(5)):
                archive = tmp_path / f"{number}.tar.gz"
                said = manage(environment, "backup", str(archive)).stdout
                assert said.startswith(f"Backed up to {archive}")
        finally:
            os.killpg(writer.pid, signal.SIGKILL)
            writer.wait()
        assert archive.stat().st_mode & 0o777 == 0o600
        elsewhere = site_environment(tmp_path / "there", database_url=there, SECRET_KEY=environment["SECRET_KEY"])
        said = manage(elsewhere, "restore", str(archive)).stdout
        assert "Mail that was waiting is held" in said and "SECRET_KEY" not in said
        restored = digests(elsewhere)
        assert restored["dscp_cms_outgoingmail"][0] >= 16
        # Every row's file is there: none was deleted, or came too late, while the backup was made.
        names = manage(
            elsewhere,
            "shell",
            "-v0",
            "-c",
            "from dscp_cms.models import *; print(*OutgoingMail.objects.values_list('subject', flat=True), sep='\\n')",
        )
        missing = [name for name in names.stdout.split() if not (tmp_path / "there/media" / name).is_file()]
        assert missing == []

        # Nothing writes any more: a second backup, restored over the first, has the same tables.
        final = tmp_path / "final.tar.gz"
        manage(environment, "backup", str(final))
        refused = manage(elsewhere, "restore", str(final), check=False)
        assert (refused.returncode, refused.stderr) == (1, "") or "add --yes" in refused.stderr
        manage(elsewhere, "restore", str(final), "--yes")
        before, after = digests(environment), digests(elsewhere)
        different = {table for table in before if before[table] != after[table]}
        assert different <= CHANGED_BY_RESTORE
        assert before["dscp_cms_outgoingmail"][0] == after["dscp_cms_outgoingmail"][0]
        assert sorted(p.name for p in (tmp_path / "there/media/documents").iterdir()) == sorted(
            p.name for p in (tmp_path / "here/data/media/documents").iterdir()
        )
        assert not list((tmp_path / "there").glob("backup-work-*"))


@pytest.fixture(scope="module")
def good(empty_site_data, tmp_path_factory):
    """A backup of an empty SQLite site."""
    folder = tmp_path_factory.mktemp("good")
    shutil.copytree(empty_site_data, folder / "data", ignore=shutil.ignore_patterns("static"))
    (folder / "data/media/documents").mkdir(parents=True)
    (folder / "data/media/documents/a.txt").write_text("a")
    manage(site_environment(folder / "data"), "backup", str(folder / "good.tar.gz"))
    return folder / "good.tar.gz"


def unpacked(archive):
    with tarfile.open(archive) as tar:
        return [(member.name, tar.extractfile(member).read()) for member in tar]


def packed(path, members, link=None):
    """An archive with these members and, unless they have some, checksums that are right."""
    if "SHA256SUMS" not in dict(members):
        sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in members)
        members = [*members, ("SHA256SUMS", sums.encode())]
    with gzip.open(path, "wb", 1) as out, tarfile.open(fileobj=out, mode="w|") as tar:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
            if link and name == "database":
                tar.addfile(link)
    return path


def hostile(good, tmp_path):
    """Archives that must be refused, each with what the sentence says."""
    everything = unpacked(good)
    content = [member for member in everything if member[0] != "SHA256SUMS"]
    about = json.loads(content[0][1])
    raw = good.read_bytes()
    link = tarfile.TarInfo("media/link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"

    def of(name, *arguments, **more):
        return packed(tmp_path / f"{name}.tar.gz", *arguments, **more)

    def of_bytes(name, found):
        (tmp_path / name).write_bytes(found)
        return tmp_path / name

    def described(**changes):
        return [("about.json", json.dumps(about | changes).encode()), *content[1:]]

    flipped = [(name, found[:-1] + b"?" if name.startswith("media") else found) for name, found in everything]
    yield of_bytes("cut", raw[: len(raw) // 2]), "cut off or damaged"
    yield of_bytes("noise", raw[:5000] + bytes(200) + raw[5200:]), "nothing of it was used"
    yield of_bytes("text", b"not a backup"), "cut off or damaged"
    yield of("flipped", flipped), "1 of its files"
    yield of("missing", [m for m in everything if not m[0].startswith("media")]), "1 of its files"
    yield of("climbing", [*content, ("media/../../evil", b"x")]), "no backup has"
    yield of("absolute", [*content, ("/tmp/evil", b"x")]), "no backup has"
    yield of("other", [*content, ("secret_key", b"x")]), "no backup has"
    yield of("twice", [*content, content[-1]]), "no backup has"
    yield of("link", content, link=link), "no backup has"
    yield of("no-database", [content[0]]), "damaged"
    yield of("no-about", content[1:]), "isn't a backup"
    yield of("other-format", described(format=99)), "another version"
    yield of("other-kind", described(database="postgresql")), "on PostgreSQL and this one is on SQLite"
    yield of("newer", described(migrations=["home.9999_later"])), "newer version of this program (home.9999_later)"
    yield of("bad-database", [content[0], ("database", b"SQLite format 3\0" + bytes(5000))]), "database is damaged"


@pytest.mark.once
@pytest.mark.django_db
def test_what_nobody_should_restore_changes_nothing(good, tmp_path, settings, monkeypatch):
    from dscp_cms import backup, backup_database

    monkeypatch.setattr(backup_database, "kind", lambda: "sqlite")
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path / "data", tmp_path / "data/media"
    (settings.MEDIA_ROOT).mkdir(parents=True)
    (settings.MEDIA_ROOT / "mine.txt").write_text("mine")
    (tmp_path / "archives").mkdir()
    count = 0
    for archive, words in hostile(good, tmp_path / "archives"):
        with pytest.raises(backup.BackupError) as raised:
            backup.restore(archive, lambda: pytest.fail("it went on"))
        assert words in str(raised.value), archive.name
        assert "\n" not in str(raised.value)
        assert [path.name for path in settings.DATA_DIR.rglob("*")] == ["media", "mine.txt"], archive.name
        count += 1
    assert count == 16
    assert not (tmp_path / "evil").exists() and not (tmp_path.parent / "evil").exists()


@pytest.mark.django_db
def test_a_restored_site_holds_its_mail(tasks_in_database):
    now = timezone.now()
    waiting = mail.send(kind="test", to="delegate.one@example.org", subject="s", text="t")
    later = mail.send(kind="test", to="delegate.one@example.org", subject="s", text="t", due=now + timedelta(hours=1))
    deliver_mail.enqueue(waiting.pk)
    restoring.hold_mail()
    assert not DBTaskResult.objects.filter(status="READY").exclude(task_path__startswith="wagtail.").exists()
    assert mail.deliver(waiting.pk) is None
    assert mail.send_due() == 0
    # What a job finds due for a time before the restore is held; what people ask for now isn't.
    reminder = mail.send(
        kind="test", to="delegate.one@example.org", subject="s", text="t", due=now - timedelta(hours=1)
    )
    fresh = mail.send(kind="test", to="delegate.one@example.org", subject="s", text="t")
    assert set(dashboard.held_mail()) == {waiting, later, reminder}
    assert mail.send_due() == 1
    fresh.refresh_from_db()
    assert fresh.status == OutgoingMail.Status.OUTBOX
    assert mail.release_held() == 3
    assert mail.send_due() == 3
    assert clock.restored_at() is not None


@pytest.mark.once
def test_rotation_keeps_the_newest(good, tmp_path):
    shutil.copytree(good.parent / "data", tmp_path / "data")
    backups = tmp_path / "data/backups"
    backups.mkdir()
    for day in ("01", "02", "03"):
        (backups / f"dscp-202501{day}-020000.tar.gz").touch()
    (backups / "notes.txt").touch()
    manage(site_environment(tmp_path / "data"), "backup", "--keep", "2")
    names = sorted(path.name for path in backups.iterdir())
    assert len(names) == 3 and names[0] == "dscp-20250103-020000.tar.gz" and names[-1] == "notes.txt"


@pytest.mark.once
def test_a_full_disk_is_said_in_a_sentence(good, tmp_path):
    """On a tiny disk of its own, where this machine lets us have one."""
    data = tmp_path / "data"
    shutil.copytree(good.parent / "data", data)
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)], capture_output=True)
    if mounted.returncode:
        pytest.skip("only root may make a disk to fill")
    try:
        done = manage(site_environment(data), "backup", str(small / "x.tar.gz"), check=False)
        assert (done.returncode, done.stderr) == (1, "CommandError: The disk is full, so it was left undone.\n")
        assert list(small.iterdir()) == []
        (small / "filler").write_bytes(bytes(64 << 10))
        done = manage(site_environment(small / "data"), "check", check=False)
        assert done.returncode == 1 and done.stderr.count("\n") == 1
        assert done.stderr.startswith("Wrong setting: DATA_DIR") and "No space left" in done.stderr
    finally:
        subprocess.run(["umount", str(small)], check=True)


@pytest.mark.scale
@pytest.mark.once
def test_a_gigabyte_is_restored_within_five_minutes(empty_site_data, tmp_path):
    """Of files as they are: packed in themselves, so that nothing can be saved by packing, and without holes."""
    megabytes = size(1000, 100)
    shutil.copytree(empty_site_data, tmp_path / "data", symlinks=True, ignore=shutil.ignore_patterns("static"))
    documents = tmp_path / "data/media/documents"
    documents.mkdir(parents=True)
    try:
        for number in range(megabytes // 5):
            (documents / f"{number}.pdf").write_bytes(os.urandom(5_000_000))
        archive = tmp_path / "large.tar.gz"
        began = time.monotonic()
        manage(site_environment(tmp_path / "data"), "backup", str(archive))
        saved = time.monotonic() - began
        began = time.monotonic()
        manage(site_environment(tmp_path / "elsewhere"), "restore", str(archive))
        restored = time.monotonic() - began
        print(f"{megabytes} MB: backed up in {saved:.0f} s, restored in {restored:.0f} s")
        assert restored < 300 * megabytes / 1000 + 60  # seconds; migrating an empty database is among them
        assert restored < 300
        found = sorted((tmp_path / "elsewhere/media/documents").iterdir())
        assert len(found) == megabytes // 5 and found[0].read_bytes() == sorted(documents.iterdir())[0].read_bytes()
    finally:
        for folder in ("data", "elsewhere"):
            shutil.rmtree(tmp_path / folder, ignore_errors=True)
        (tmp_path / "large.tar.gz").unlink(missing_ok=True)
