"""The programme goes out as a workbook and comes back: every row told of, nothing doubled, nothing lost."""

from datetime import datetime, time
from io import BytesIO

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from dscp_cms.testing.pages import topic
from home import roles
from home.models import ImportRun
from training import programme, programme_sessions
from training.models import CoursePage, TrainingSession
from training.tests import factories

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 1, 11, 10, 0, tzinfo=timezone.get_default_timezone())


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(NOW, tick=False):
        yield


def workbook(path, heads, *rows):
    book = Workbook()
    book.active.append(heads)
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def changed(content, path, **cells):
    """An exported workbook with some cells of its first row changed, saved as a spreadsheet saves it."""
    book = load_workbook(BytesIO(content))
    sheet = book.worksheets[0]
    heads = {cell.value: cell.column for cell in sheet[1]}
    for head, value in cells.items():
        sheet.cell(2, heads[head.replace("_", " ")]).value = value
    book.save(path)
    return path


def told(what, path, *arguments):
    """Import by the command; return [(outcome, reason)] by row."""
    call_command(f"import_{what}", path, *arguments)
    return [(row.outcome, row.reason) for row in ImportRun.objects.first().rows.all()]


COURSES = ["Title", "Level", "Face to face", "Virtual", "Description", "Learning outcomes", "Topics", "Room number"]


def test_courses_become_drafts_and_the_same_sheet_twice_doubles_nothing(tmp_path):
    factories.catalogue()
    topic("Neglect")
    path = workbook(
        tmp_path / "courses.xlsx",
        COURSES,
        [
            "Kinder practice",
            "Level 2",
            "yes",
            None,
            "What it is.\n• One\n• Two",
            "Be kind\nStay kind",
            "neglect; Bells",
            4,
        ],
        ["=1+1", "", "", "", "", "", "", ""],
        ["", "Level 1", "", "", "", "", "", ""],
        ["kinder PRACTICE", "", "", "", "", "", "", ""],
        ["Level nine", "Level 9", "", "", "", "", "", ""],
        ["Perhaps", "", "perhaps", "", "", "", "", ""],
        ["x" * 300, "", "", "", "", "", "", ""],
    )
    outcomes = told("courses", path)
    assert [outcome for outcome, _reason in outcomes] == ["unsure", "made", "unsure", *["skipped"] * 6]
    sentences = [
        "This column isn’t known", "", "There is no topic “Bells”", "Cell A3 holds a formula", "The row has no title",
        "stands in row 2 already", "must be one of Level 1", "must be Yes or No", "Title: Ensure this value has at most",
    ]  # fmt: skip
    for (_outcome, reason), sentence in zip(outcomes, sentences, strict=True):
        assert sentence in reason
    course = CoursePage.objects.get()
    assert (course.live, course.level, course.is_face_to_face, course.is_virtual) == (False, "2", True, False)
    assert course.learning_outcomes == "<ul><li>Be kind</li><li>Stay kind</li></ul>"
    assert course.body[0].value.source == "<p>What it is.</p><ul><li>One</li><li>Two</li></ul>"
    assert [each.name for each in course.get_latest_revision_as_object().topics.all()] == ["Neglect"]
    assert told("courses", path)[1] == ("unchanged", "") and CoursePage.objects.count() == 1


def test_an_exported_course_that_is_edited_is_updated_and_keeps_what_a_cell_cannot_hold(tmp_path):
    course = factories.course(
        "=Neglect", duration="half a day", learning_outcomes="<ul><li>Know <b>the</b> signs</li></ul>"
    )
    path = tmp_path / "out.xlsx"
    path.write_bytes(programme.export())
    assert told("courses", path) == [("unchanged", "")]
    edits = {"Title": "Neglect basics", "Duration": "a day", "Learning_outcomes": "Other", "Description": "Other"}
    outcomes = told("courses", changed(programme.export(), path, **edits))
    assert outcomes[0] == ("updated", "Changed: Title, Duration. A draft waits to be published.")
    assert sorted(reason.split(".")[0] for outcome, reason in outcomes[1:]) == [
        "Its description has headings, links or more than words", "“Learning outcomes” has links or bold words",
    ]  # fmt: skip
    course.refresh_from_db()
    draft = course.get_latest_revision_as_object()
    assert course.live and course.title == "=Neglect" and draft.title == "Neglect basics"
    assert "<b>the</b>" in draft.learning_outcomes and len(draft.body) == 6
    path.write_bytes(programme.export())
    assert told("courses", path) == [("unchanged", "")]
    assert "stays" not in told("courses", changed(programme.export(), path, Duration="two days"), "--publish")[0][1]
    draft.refresh_from_db()
    assert CoursePage.objects.get().duration == "half a day"  # somebody's draft waits, so nothing is published
    CoursePage.objects.get().get_latest_revision().publish()
    assert told("courses", changed(programme.export(), path, Duration="three days"), "--publish")[0] == (
        "updated", "Changed: Duration. Published.",
    )  # fmt: skip
    assert CoursePage.objects.get().duration == "three days"


SESSIONS = ["Course", "Date", "Start", "End", "Further days", "Venue", "Places", "Status", "Booking closes"]


def test_sessions_are_planned_and_each_bad_row_says_why(tmp_path):
    factories.course("Neglect basics")
    factories.venue("Example Hall")
    good = ["neglect basics", datetime(2027, 3, 2), time(9, 30), "12.30pm", "09/03/2027 9:30-12:30", "example hall", 16]
    path = workbook(
        tmp_path / "sessions.xlsx",
        SESSIONS,
        [*good, "Open", "01/03/2027 17:00"],
        good,
        ["Unknown", "02/03/2027", "9:30", "10:30"],
        ["Neglect basics", "31/02/2027", "9:30", "10:30"],
        ["Neglect basics", "02/03/2020", "9:30", "10:30"],
        ["Neglect basics", "28/03/2027", "01:30", "04:30"],
        ["Neglect basics", "31/10/2027", "01:30", "04:30"],
        ["Neglect basics", "02/04/2027", "25:30", "26:30"],
        ["Neglect basics", "02/04/2027", "10:30", "9:30"],
        ["Neglect basics", "02/04/2027", "9:30", "10:30", "", "Nowhere"],
        ["Neglect basics", "02/04/2027", "9:30", "10:30", "", "", "many"],
        ["Neglect basics", "02/04/2027", "9:30", "10:30", "", "", 0],
        ["Neglect basics", "02/04/2027", "9:30", "10:30", "", "", 10, "Open"],
        ["Neglect basics", "02/04/2027", "9:30", "10:30", "later", "", 10],
        ["Neglect basics", "", "9:30", "10:30"],
        ["Neglect basics", "=TODAY()", "9:30", "10:30"],
        ["Neglect basics", "02/04/2027", "9:30", "10:30", "", "", 10, "Cancelled"],
    )
    sentences = [
        "Open.", "stands in row 2 already", "There is no course “Unknown”", "isn’t a date: “31/02/2027”",
        "This day is in the past", "clocks go forward", "comes twice", "isn’t a time: “25:30”", "not after its start",
        "There is no venue “Nowhere”", "whole number from 1 to 2,000", "whole number from 1 to 2,000",
        "so it needs a venue", "“Further days” can’t be read", "The row needs “Date”", "Cell B17 holds a formula",
        "To cancel it, open the page of the session",
    ]  # fmt: skip
    trial = told("sessions", path, "--dry-run")
    assert not TrainingSession.objects.exists()
    outcomes = told("sessions", path)
    assert trial == outcomes
    for (_outcome, reason), sentence in zip(outcomes, sentences, strict=True):
        assert sentence in reason
    session = TrainingSession.objects.get()
    days = [timezone.localtime(each.starts_at).isoformat()[:16] for each in session.days.all()]
    assert days == ["2027-03-02T09:30", "2027-03-09T09:30"] and session.capacity == 16 and session.status == "open"
    assert timezone.localtime(session.booking_closes_at).hour == 17
    assert told("sessions", path)[0] == ("unchanged", "") and TrainingSession.objects.count() == 1


def test_an_exported_session_is_updated_and_people_who_booked_are_never_moved_by_a_sheet(tmp_path):
    session = factories.session(capacity=4, days=30)
    path = tmp_path / "out.xlsx"
    export = programme_sessions.export

    def after(**cells):
        return told("sessions", changed(export(), path, **cells))

    assert after() == [("unchanged", "")]
    assert after(Date="15/04/2027", Start=time(13, 0), End="4pm", Facilitator="A trainer")[0][0] == "updated"
    session.refresh_from_db()
    assert timezone.localtime(session.starts_at).isoformat()[:16] == "2027-04-15T13:00"
    assert session.days.count() == 1 and session.facilitator == "A trainer" and after() == [("unchanged", "")]
    factories.fill(session, 2)
    assert "2 people have booked. To change its days" in after(Date="16/04/2027")[0][1]
    assert "Change where it is on its page" in after(Venue="")[0][1]
    assert "2 places are taken" in after(Places=1)[0][1]
    assert "it stays open" in after(Status="Planned")[0][1]
    assert after(Places=2, Notice="Now in room 2") == [("updated", "Changed: Places, Notice.")]
    session.refresh_from_db()
    assert (session.capacity, session.taken, session.notice) == (2, 2, "Now in room 2")
    assert after(Course="") == [("skipped", "The row needs “Course”.")]
    assert "no session with the number 4711" in after(Number=4711)[0][1]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("empty.xlsx", b"", "The file is empty"),
        ("courses.csv", b"Title\nA", "isn’t an Excel workbook"),
        ("binary.xlsx", bytes(range(256)), "something else"),
        ("cut.xlsx", programme.template()[:3000], "broken"),
        ("other.xlsx", None, "No sheet has a column “Title”"),
        ("empty-rows.xlsx", programme.template(), "has no rows below"),
    ],
)
def test_a_bad_workbook_is_refused_with_a_sentence(tmp_path, name, content, sentence):
    factories.catalogue()
    path = tmp_path / name
    if content is None:
        workbook(path, ["Something", "else"], [1, 2])
    else:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=sentence):
        call_command("import_courses", path)
    assert not ImportRun.objects.exists() and not CoursePage.objects.exists()


def test_staff_try_a_sheet_look_at_it_and_import_it(client, admin_client, django_user_model, tmp_path):
    factories.course("Neglect basics")
    roles.sync()
    trainer = django_user_model.objects.create_user("t@example.org", "t@example.org", "x", is_active=True)
    trainer.groups.add(Group.objects.get(name=roles.TRAINING_TEAM))
    client.force_login(trainer)
    address = reverse("programme_sheet", kwargs={"what": "sessions"})
    assert client.get(reverse("programme_sheet", kwargs={"what": "courses"})).status_code in {302, 403}
    page = client.get(address).content.decode()
    download = client.get(reverse("programme_download", kwargs={"what": "sessions", "which": "template"}))
    assert (
        reverse("programme_download", kwargs={"what": "sessions", "which": "now"}) in page
        and download.content[:2] == b"PK"
    )
    bad = client.post(address, {"file": SimpleUploadedFile("a.xlsx", b"PK\x03\x04 cut")})
    assert "broken or incomplete" in bad.content.decode() and not ImportRun.objects.exists()
    path = workbook(tmp_path / "a.xlsx", SESSIONS[:4], ["Neglect basics", "02/03/2027", "9:30", "12:30"], ["No"])
    tried = client.post(address, {"file": SimpleUploadedFile("a.xlsx", path.read_bytes())})
    shown = client.get(tried.url).content.decode()
    assert "Nothing was changed yet" in shown and "The row needs “Date”" in shown and "Import these rows" in shown
    assert not TrainingSession.objects.exists()
    trial = ImportRun.objects.get()
    done = client.post(
        reverse("programme_go_on", kwargs={"what": "sessions", "pk": trial.pk}), follow=True
    ).content.decode()
    assert "1 made, 0 updated, 1 skipped" in done and TrainingSession.objects.count() == 1
    trial.refresh_from_db()
    assert not trial.file
    client.post(reverse("programme_go_on", kwargs={"what": "sessions", "pk": trial.pk}))
    assert TrainingSession.objects.count() == 1
    assert admin_client.get(reverse("programme_sheet", kwargs={"what": "courses"})).status_code == 200
    client.logout()
    assert client.get(address).status_code == 302
