"""Past newsletters and documents in the admin: many files at once; documents by a table before anything is made."""

import zipfile
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from dscp_cms.testing.pages import front_page, make, topic
from home.imports import runs
from home.models import ImportRun
from news.models import NewsletterIndexPage, NewsletterIssuePage
from resources.models import ResourcePage
from resources.tests import factories as resources

pytestmark = pytest.mark.django_db
NEWSLETTERS, DOCUMENTS = "/admin/imports/newsletters/", "/admin/imports/documents/"
ISSUE = "DSCP newsletter {}\n\nLatest news\n\nSomething.\n\nEvents\n\nA day.\n"


def packed(**files) -> SimpleUploadedFile:
    """A ZIP as a browser sends it."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name, content in files.items():
            package.writestr(name.replace("__", "/", 1).replace("_", "."), content)
        package.writestr("__MACOSX/._x.txt", b"what a Mac puts beside it")
        package.writestr("../../outside.txt", b"Words.")
    return SimpleUploadedFile("all.zip", target.getvalue())


def worked() -> ImportRun:
    """The newest run, when the background is through with it."""
    run = ImportRun.objects.first()
    while runs.advance(run.pk):
        pass
    run.refresh_from_db()
    return run


def lines(run):
    return list(run.rows.values_list("outcome", "title"))


def test_newsletters_are_tried_and_then_imported(admin_client, tasks_in_database, monkeypatch):
    make(NewsletterIndexPage, front_page(), "Newsletters", slug="newsletters")
    assert b"Choose at least one file." in admin_client.post(NEWSLETTERS, {"how": "trial"}).content
    files = [
        SimpleUploadedFile("a.txt", ISSUE.format("May 2019").encode()),
        packed(old__b_txt=ISSUE.format("June 2019"), b_docx=b"no Word file"),
    ]
    answer = admin_client.post(NEWSLETTERS, {"files": files, "how": "trial"})
    trial = ImportRun.objects.get()
    assert trial.total == 4 and b"<progress" in admin_client.get(answer.url).content
    monkeypatch.setattr(runs, "SLICE", 0.0)
    assert runs.advance(trial.pk)
    trial.refresh_from_db()
    assert (trial.position, trial.status, trial.made) == (1, "running", 1)
    trial = worked()
    assert trial.status == "done" and trial.dry_run and not NewsletterIssuePage.objects.exists()
    assert lines(trial) == [
        ("made", "DSCP newsletter May 2019"), ("unsure", "DSCP newsletter May 2019"),
        ("made", "DSCP newsletter June 2019"), ("unsure", "DSCP newsletter June 2019"),
        ("skipped", "b.docx"), ("skipped", "outside.txt")]  # fmt: skip
    screen = admin_client.get(answer.url).content.decode()
    assert "Trial run: nothing was changed." in screen and "Import these files now" in screen
    file = b"".join(admin_client.get(f"{answer.url}file/"))
    assert f"Trial run {trial.pk},Made,DSCP newsletter May 2019".encode() in file

    admin_client.post(reverse("import_now", args=[trial.pk]))
    real = worked()
    assert (real.dry_run, real.made, real.skipped) == (False, 2, 2) and real.started_by.is_superuser
    assert [page.live for page in NewsletterIssuePage.objects.all()] == [False, False]
    admin_client.post(reverse("import_now", args=[real.pk]))  # once more: nothing is doubled
    assert worked().unchanged == 2 and NewsletterIssuePage.objects.count() == 2


def test_uploads_that_cannot_be_taken_say_so_beside_the_field(admin_client, monkeypatch):
    broken = SimpleUploadedFile("old.zip", b"PK\x03\x04 cut off")
    shown = admin_client.post(NEWSLETTERS, {"files": [broken], "how": "import"}).content.decode()
    assert "is a ZIP that is broken" in shown
    monkeypatch.setattr("home.imports.uploads.MOST_FILES", 1)

    def two():
        return [SimpleUploadedFile(f"{n}.txt", b"x") for n in "ab"]

    assert b"more than 1 files" in admin_client.post(DOCUMENTS, {"files": two()}).content
    assert not ImportRun.objects.exists()
    monkeypatch.undo()
    admin_client.post(NEWSLETTERS, {"files": two(), "how": "import"})
    assert (worked().status, "no newsletter archive" in worked().message) == ("refused", True)


@pytest.fixture
def plan(admin_client):
    """A table of four files, one of which can't be imported."""
    resources.library("Guidance")
    topic("Neglect")
    files = packed(guidance__neglect_txt=b"Words about neglect.", guidance__plan_pdf=resources.PDF, virus_exe=b"MZ")
    admin_client.post(DOCUMENTS, {"files": [files]})
    return worked()


def values(forms) -> dict:
    """What a browser would send of these rows."""
    return {
        f"{form.prefix}-{name}": value for form in forms for name in form.fields if (value := form.initial.get(name))
    }


def test_documents_are_made_only_when_the_table_is_right(plan, admin_client):
    table = reverse("import_table", args=[plan.pk])
    screen = admin_client.get(table)
    assert not ResourcePage.objects.exists() and "Files ending in “.exe”" in screen.content.decode()
    assert "Correct the table" in admin_client.get(reverse("import_report", args=[plan.pk])).content.decode()
    listed = screen.context["listed"]
    assert [form.initial["library"] for form in listed] == ["Guidance", "Guidance", "", ""]
    sent = values(listed) | {"then": "make", "row-0-topics": "Neglekt", "row-1-published_on": "soon"}
    wrong = admin_client.post(table, sent).content.decode()
    for sentence in ("no topic “Neglekt”", "isn’t a date", "Choose a library."):
        assert sentence in wrong
    sent |= {"row-0-topics": "Neglect", "row-0-title": "On neglect", "row-1-published_on": "31/05/2024"}
    sent |= {"row-2-leave_out": "on", "row-3-leave_out": "on"}
    report = admin_client.post(table, sent)
    real = worked()
    assert report.url == reverse("import_report", args=[real.pk]) and not real.dry_run
    assert lines(real) == [("made", "On neglect"), ("made", "Plan")]
    page = ResourcePage.objects.get(title="On neglect")
    assert not page.live and [each.name for each in page.get_latest_revision_as_object().topics.all()] == ["Neglect"]
    assert page.get_parent().title == "Guidance" and page.versions.count() == 1
    assert admin_client.get(table).status_code == 302  # made already: to the report


def test_the_table_goes_out_and_comes_back_as_csv(plan, admin_client):
    table, back = reverse("import_table", args=[plan.pk]), reverse("import_table_back", args=[plan.pk])
    csv = admin_client.get(reverse("import_table_file", args=[plan.pk])).content.decode()
    kept = [line for line in csv.splitlines() if "exe" not in line and "outside" not in line]
    kept = "\n".join([*kept, "elsewhere.pdf,Guidance,Not here"]).replace(",Plan,Report,", ",Our plan,Reprot,")
    told = admin_client.post(back, {"table": SimpleUploadedFile("t.csv", kept.encode())}, follow=True).content.decode()
    assert "The table has 2 rows now." in told and "1 rows name files" in told
    sent = values(admin_client.get(table).context["listed"]) | {"then": "make", "row-1-kind": ""}
    assert "Choose a type." in admin_client.post(table, sent).content.decode()
    admin_client.post(table, sent | {"row-1-kind": "Report"})
    assert lines(worked()) == [("made", "Neglect"), ("made", "Our plan")]


@pytest.mark.parametrize(("content", "sentence"), [(b"a,b\n1,2\n", "must name the columns"), (b"", "is empty"),
    (b"File,Library,Title\nx.pdf,Guidance,X\n", "None of its rows")])  # fmt: skip
def test_a_wrong_table_changes_nothing(plan, admin_client, content, sentence):
    back = reverse("import_table_back", args=[plan.pk])
    told = admin_client.post(back, {"table": SimpleUploadedFile("t.csv", content)}, follow=True).content.decode()
    assert sentence in told
    assert len(ImportRun.objects.get().options["rows"]) == 4
