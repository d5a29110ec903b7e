"""Files in bulk: a table of guesses is corrected, and only then are drafts made."""

import csv
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from dscp_cms.models import SiteDocument
from dscp_cms.testing.pages import audience, topic
from home.models import ImportRun
from resources.guessing import date_from, guess
from resources.models import FileVersion, ResourcePage
from resources.tests import factories
from resources.tests.made_files import docx, line, paragraph, pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path):
    """A folder of files as people keep them, two of them bad."""
    place = tmp_path / "old files"
    (place / "Toolkits").mkdir(parents=True)
    (place / "Toolkits" / "neglect 2024-03.pdf").write_bytes(pdf(line("One")))
    (place / "=Threshold_guidance March 2025.docx").write_bytes(docx(paragraph("Two")))
    (place / "fake.pdf").write_bytes(b"MZ")
    (place / "program.exe").write_bytes(b"MZ")
    (place / ".hidden").write_bytes(b"x")
    factories.library("Toolkits")
    topic("Neglect")
    return place


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["File"]: row for row in csv.DictReader(file)}


def told():
    return {row.title: (row.outcome, row.reason) for row in ImportRun.objects.first().rows.exclude(outcome="unsure")}


def test_a_folder_becomes_a_table_and_the_corrected_table_becomes_drafts(folder, tmp_path, client):
    call_command("import_documents", folder)
    assert not SiteDocument.objects.exists() and not ImportRun.objects.exists()
    plan = tmp_path / "old files.csv"
    rows = table(plan)
    first = rows["Toolkits/neglect 2024-03.pdf"]
    assert (first["Title"], first["Library"], first["Type"], first["Date"], first["Topics"]) == (
        "Neglect", "Toolkits", "Toolkit", "01/03/2024", "Neglect",
    )  # fmt: skip
    assert len(rows) == 4 and "can’t be imported" in rows["program.exe"]["Check"]
    second = next(row for name, row in rows.items() if "Threshold" in name)
    assert second["Type"] == "Practice guidance" and second["Check"].startswith("Write the title of a library.")
    audience("Schools")
    second |= {"Library": "toolkits", "Title": "Thresholds", "Audiences": "Schools; Nobody", "Publisher": "Us"}
    with plan.open("w", encoding="cp1252", newline="") as file:  # as spreadsheets save it
        saved = csv.DictWriter(file, second.keys(), delimiter=";")
        saved.writeheader()
        saved.writerows(rows.values())
    call_command("import_documents", plan, "--dry-run", "--library", "toolkits")
    assert not SiteDocument.objects.exists() and told()["Thresholds"][0] == "made"
    call_command("import_documents", plan, "--library", "toolkits")
    assert told()["Fake"] == ("skipped", "The name ends in “.pdf”, but the file is something else.")
    assert told()["Program"][1].startswith("Files ending in “.exe” can't be uploaded")
    page = ResourcePage.objects.get(title="Thresholds").get_latest_revision_as_object()
    assert (page.live, page.kind, page.published_on, page.publisher) == (False, "guidance", date(2025, 3, 1), "Us")
    assert [each.name for each in page.audiences.all()] == ["Schools"]
    version = FileVersion.objects.get(resource=page.pk)
    assert version.published_on == date(2025, 3, 1) and version.checked_at is None
    assert client.get(version.document.url).status_code == 404
    call_command("import_documents", plan, "--library", "toolkits")
    assert told()["Thresholds"][0] == "unchanged" and ResourcePage.objects.count() == 2


def test_bad_rows_say_why_and_no_file_is_taken_from_elsewhere(folder, tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    plan = tmp_path / "plan.csv"
    plan.write_text(
        "File,Library,Title,Type,Date\n"
        "../secret.txt,Toolkits,Up,,\n/etc/passwd,Toolkits,Root,,\nlink.txt,Toolkits,Link,,\nno.pdf,Toolkits,Gone,,\n"
        "fake.pdf,Nowhere,Library,,\nfake.pdf,Toolkits,Type,Opera,\nfake.pdf,Toolkits,Date,,31/02/2024\n"
        "fake.pdf,Toolkits,,,\n"
        f"fake.pdf,Toolkits,{'x' * 3000},,\n"
    )
    call_command("import_documents", plan, "--files", folder)
    sentences = {
        "Up": "outside the folder", "Root": "outside the folder", "Link": "outside the folder", "Gone": "no such file",
        "Library": "no library “Nowhere”", "Type": "is no type", "Date": "isn’t a date", "fake.pdf": "Write a title",
        "x" * 300: "more than 2,000",
    }  # fmt: skip
    for title, sentence in sentences.items():
        assert told()[title][0] == "skipped" and sentence in told()[title][1], title
    assert not ResourcePage.objects.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The table is empty"),
        (b"\x00\x01\x02", "isn’t a table as CSV"),
        (b"PK\x03\x04xlsx", "isn’t a table as CSV"),
        (b"One,Two\n1,2\n", "must name the columns"),
        (b"File,Library,Title\n", "no rows below"),
        (b'File,Library,Title\n"a,b,c\n', "damaged"),
    ],
)
def test_a_bad_table_is_refused(tmp_path, content, sentence):
    path = tmp_path / "plan.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=sentence):
        call_command("import_documents", path)
    with pytest.raises(CommandError, match="no folder or table"):
        call_command("import_documents", tmp_path / "nothing")
    assert not ImportRun.objects.exists()


def test_what_is_guessed_from_names():
    assert date_from("Board minutes 15.03.2024.docx") == date(2024, 3, 15)
    assert date_from("report 20240315 v2") == date(2024, 3, 15)
    assert date_from("Plan 2025-2027.pdf") is None and date_from("31 Apr 2024") is None
    found = guess("scan0012.pdf", "7 minute briefings", title="How to listen", made_on="D:20240315", topics=[])
    assert (found.title, found.kind, found.published_on) == ("How to listen", "briefing", date(2024, 3, 15))
    assert guess("CSPR Child A.pdf", topics=[]).kind == "review"
    assert guess("Referral form.docx", title="Microsoft Word - form", topics=[]).title == "Referral form"
