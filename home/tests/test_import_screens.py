"""Imports in the admin: an Administrator uploads an export, looks at the trial, imports, and reads the report."""

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from dscp_cms.testing.pages import topic
from home import roles
from home.imports import report
from home.models import ImportRun, WordPressTerm
from home.tests.wxr import export, item
from news.models import NewsItemPage
from news.tests import factories as news

pytestmark = pytest.mark.django_db
UPLOAD = "/admin/imports/wordpress/"


@pytest.fixture
def administrator(admin_client):
    news.news_index()
    return admin_client


@pytest.fixture
def upload(tmp_path):
    """An export as a browser sends it."""
    terms = [("post_tag", "county-lines", "County lines")]
    path = export(
        tmp_path / "a.xml", item(1, "First post", "<p>Words.</p>", terms=terms), item(2, "=2+3", "[form_x a=b]")
    )
    return SimpleUploadedFile("old site.xml", path.read_bytes(), "text/xml")


def test_a_trial_then_the_import_then_its_report(administrator, upload, django_capture_on_commit_callbacks):
    assert b"wp-content/uploads" in administrator.get(UPLOAD).content
    with django_capture_on_commit_callbacks(execute=True):
        answer = administrator.post(UPLOAD, {"file": upload, "how": "trial"})
    screen = administrator.get(answer.url).content.decode()
    assert "Trial run: nothing was changed." in screen and "Made: 2" in screen
    assert not NewsItemPage.objects.filter(title="First post").exists() and not WordPressTerm.objects.exists()

    trial = ImportRun.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        answer = administrator.post(reverse("import_now", args=[trial.pk]))
    run = ImportRun.objects.first()
    screen = administrator.get(answer.url).content.decode()
    page = NewsItemPage.objects.get(title="First post")
    assert run.status == "done" and run.started_by.is_superuser and not page.live
    assert f"/admin/pages/{page.pk}/edit/" in screen and "Refresh" not in administrator.get(answer.url).headers
    assert "form_x" in administrator.get(f"{answer.url}?outcome=unsure").content.decode()
    file = b"".join(administrator.get(f"{answer.url}file/")).decode()
    assert "Made,First post" in file and "'=2+3" in file
    assert "old site.xml" in administrator.get("/admin/imports/").content.decode()
    # A second press finds no files left and starts nothing.
    administrator.post(reverse("import_now", args=[trial.pk]))
    assert ImportRun.objects.count() == 2

    tag = WordPressTerm.objects.get(taxonomy="post_tag")
    listed = administrator.get("/admin/home/wordpressterm/").content.decode()
    assert "County lines" in listed and "Nothing yet" in listed
    edit = f"/admin/home/wordpressterm/edit/{tag.pk}/"
    administrator.post(edit, {"topic": topic("Exploitation").pk, "left_out": ""})
    tag.refresh_from_db()
    assert tag.topic.name == "Exploitation"
    assert administrator.get("/admin/home/oldnewsletter/").status_code == 200


def test_progress_is_shown_while_it_runs(administrator, upload, tasks_in_database):
    answer = administrator.post(UPLOAD, {"file": upload, "how": "import"})
    shown = administrator.get(answer.url)
    assert b"<progress" in shown.content and shown.headers["Refresh"] == "3"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"<html>", "export of WordPress"), (b"PK\x03\x04zip", "Unpack it"), (b"", "empty"), (None, "Choose the export.")],
)
def test_a_wrong_file_is_refused_beside_its_field(administrator, content, sentence):
    data = {"how": "trial"} | ({"file": SimpleUploadedFile("a.xml", content)} if content is not None else {})
    answer = administrator.post(UPLOAD, data)
    assert answer.status_code == 200 and sentence in answer.content.decode()
    assert not ImportRun.objects.exists()


def test_only_administrators_import(client):
    roles.sync()
    for group in roles.GROUPS:
        user = User.objects.create_user(f"{group}@example.org".replace(" ", ""))
        user.groups.add(Group.objects.get(name=group))
        client.force_login(user)
        assert client.get(UPLOAD).status_code in {302, 403}
        assert client.post(UPLOAD, {"how": "trial"}).status_code in {302, 403}


def test_the_report_takes_the_same_queries_however_long(administrator, django_assert_max_num_queries):
    numbers = []
    for rows in (3, 90):
        run = report.start(ImportRun.Kind.COURSES, source=f"{rows}.xlsx")
        with report.Report(run) as told:
            for number in range(rows):
                told.made(f"row {number}", "A course")
        report.finish(run)
        run.refresh_from_db()
        assert run.made == run.rows.count() == rows
        with django_assert_max_num_queries(60) as queries:
            administrator.get(reverse("import_report", args=[run.pk]))
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]
