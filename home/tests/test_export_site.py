"""The export holds everything that the partnership owns, and says what it leaves out."""

import hashlib
import json
import zipfile

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from wagtail.models import Page

from dscp_cms.models import AuditEntry, SiteSettings
from dscp_cms.testing.pages import front_page, make
from home import exporting
from home.models import StandardPage
from resources.tests import factories as resource_factories
from training.tests import factories

pytestmark = pytest.mark.django_db


def rows(folder, name):
    return [json.loads(line) for line in (folder / f"tables/{name}.jsonl").read_text().splitlines()]


def test_every_model_is_exported_or_left_out_with_a_reason():
    every = {model._meta.label for model in apps.get_models(include_auto_created=True)}
    exported = {model._meta.label for model in exporting.exported_models()}
    assert every == exported | (set(exporting.LEFT_OUT) & every) and not exported & set(exporting.LEFT_OUT)
    # Only wagtailsearch's table differs between databases, so a name that nothing has is a slip.
    assert set(exporting.LEFT_OUT) - every <= {"wagtailsearch.SQLiteFTSIndexEntry"}
    owned = {"news.Subscriber", "news.Consent", "training.Booking", "training.Attendance", "training.Certificate",
             "training.Charge", "wagtailredirects.Redirect", "dscp_cms.SiteSettings", "dscp_cms.Suppression",
             "resources.FileVersion", "wagtailcore.Revision"}  # fmt: skip
    assert owned <= exported


def test_pages_files_people_and_settings_are_in_the_folder(tmp_path, django_user_model, settings):
    django_user_model.objects.create_user("a@example.org", "a@example.org", "a secret word")
    session = factories.session(factories.course("=Neglect basics"))
    factories.fill(session, 2)
    version = resource_factories.version(resource_factories.resource())
    conf = SiteSettings.for_site(front_page().get_site())
    conf.partnership_name = "Example partnership"
    conf.save()
    folder = tmp_path / "out"
    call_command("export_site", folder)
    assert folder.stat().st_mode & 0o077 == 0
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["pages_without_html"] == [] and manifest["missing_files"] == []
    assert {table["model"] for table in manifest["tables"]} == {m._meta.label for m in exporting.exported_models()}
    page = json.loads((folder / "pages/home/training/neglect-basics/page.json").read_text())
    assert page["title"] == "=Neglect basics" and page["live"] and page["latest_draft"] is None
    shown = (folder / "pages/home/training/neglect-basics/index.html").read_text()
    assert "<h1" in shown and "=Neglect basics" in shown
    assert (folder / "files" / version.document.file.name).read_bytes() == resource_factories.PDF
    assert [row["session_id"] for row in rows(folder, "training.booking")] == [session.pk] * 2
    assert "Example partnership" in (folder / "tables/dscp_cms.sitesettings.csv").read_text()
    assert [row["password"] for row in rows(folder, "auth.user")] == [exporting.HIDDEN]
    assert "'=Neglect basics" in (folder / "tables/wagtailcore.page.csv").read_text()
    sums = dict(reversed(line.split("  ", 1)) for line in (folder / "checksums.txt").read_text().splitlines())
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert set(sums) == written - {"checksums.txt"}
    assert all(hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest for name, digest in sums.items())
    with pytest.raises(CommandError, match="exists already"):
        call_command("export_site", folder)


def test_pages_whose_addresses_shorten_alike_each_have_a_folder(tmp_path):
    slugs = ("plän", "plan", "x" * 85 + "-1", "x" * 85 + "-2")
    for slug in slugs:
        make(StandardPage, make(StandardPage, front_page(), f"Of {slug}", slug=slug), f"Below {slug}")
    call_command("export_site", tmp_path / "out")
    found = [json.loads(path.read_text())["title"] for path in (tmp_path / "out").rglob("page.json")]
    assert {f"{word} {slug}" for slug in slugs for word in ("Of", "Below")} <= set(found)
    assert len(found) == Page.objects.filter(depth__gt=1).count() == len(set(found))
    assert AuditEntry.objects.get().action == "exported"


def test_a_zip_says_that_it_holds_personal_data_and_leaves_nothing_half_done(tmp_path, capsys, monkeypatch):
    factories.course()
    target = tmp_path / "out.zip"
    monkeypatch.setattr(exporting, "README", "{unknown}")
    with pytest.raises(KeyError):
        call_command("export_site", target)
    assert list(tmp_path.glob("out*")) == []
    monkeypatch.undo()
    call_command("export_site", target)
    assert "personal data" in capsys.readouterr().err and target.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(target) as package:
        assert package.testzip() is None and "personal data" in package.read("README.md").decode()
        assert "tables/training.coursepage.jsonl" in package.namelist()


def test_rows_are_fetched_in_pieces(tmp_path, django_assert_max_num_queries):
    factories.fill(factories.session(capacity=30), 30)
    call_command("export_site", tmp_path / "warm")
    with django_assert_max_num_queries(2):
        assert len(list(exporting._rows(apps.get_model("training.Booking")))) == 30
