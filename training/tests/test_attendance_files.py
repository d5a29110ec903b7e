"""Attendance files of Teams and Zoom, in the shapes that these programs write, and files that are none."""

from datetime import date, datetime

import pytest

from training.attendance_files import BadFileError, Participant, proposed_mark, read

pytestmark = pytest.mark.once
DAY = date(2026, 5, 12)

TEAMS = """1. Summary
Meeting title\tNeglect basics
Attended participants\t3
Start time\t5/12/26, 9:20:10 AM
End time\t5/12/26, 12:31:02 PM
Meeting duration\t3h 10m 52s
Average attendance time\t2h 40m 1s

2. Participants
Name\tFirst Join\tLast Leave\tIn-Meeting Duration\tEmail\tParticipant ID (UPN)\tRole
Delegate One\t5/12/26, 9:28:10\u202fAM\t5/12/26, 12:31:02\u202fPM\t3h 2m 52s\tDelegate.One@example.org\tdelegate.one@example.org\tPresenter
Delegate Two (Guest)\t5/12/26, 9:30:00 AM\t5/12/26, 12:30:00 PM\t2h\t\t\tAttendee
Delegate Three\t5/12/26, 10:15:00 AM\t5/12/26, 10:20:30 AM\t5m 30s\tdelegate.three@example.org\t\tAttendee

3. In-Meeting Activities
Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole
Delegate One\t5/12/26, 9:28:10 AM\t5/12/26, 12:31:02 PM\t3h 2m 52s\tdelegate.one@example.org\tPresenter
Delegate Two (Guest)\t5/12/26, 9:30:00 AM\t5/12/26, 10:30:00 AM\t1h\t\tAttendee
Delegate Two (Guest)\t5/12/26, 10:00:00 AM\t5/12/26, 11:00:00 AM\t1h\t\tAttendee
Delegate Two (Guest)\t5/12/26, 12:00:00 PM\t5/12/26, 12:30:00 PM\t30m\t\tAttendee
Delegate Three\t5/12/26, 10:15:00 AM\t5/12/26, 10:20:30 AM\t5m 30s\tdelegate.three@example.org\tAttendee
"""
TEAMS_LIST = """Full Name\tUser Action\tTimestamp
Delegate One\tJoined before\t12/05/2026, 09:28:00
Delegate Two\tJoined\t12/05/2026, 09:35:00
Delegate Two\tLeft\t12/05/2026, 09:45:00
Delegate Two\tJoined\t12/05/2026, 10:00:00
Delegate Two\tLeft\t12/05/2026, 11:00:00
Delegate One\tLeft\t12/05/2026, 12:28:00
Delegate Three\tJoined\t12/05/2026, 12:20:00
"""
TEAMS_BETWEEN = """Meeting Summary
Total Number of Participants\t1
Meeting Start Time\t12/05/2026, 09:20:00

Full Name\tJoin Time\tLeave Time\tDuration\tEmail\tRole\tParticipant ID (UPN)
Delegate One\t12/05/2026, 09:30:00\t12/05/2026, 12:30:00\t3h\tdelegate.one@example.org\tAttendee\t
"""
ZOOM = """Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants,
812 3456 7890,Neglect basics,05/12/2026 09:20:00 AM,05/12/2026 12:32:00 PM,team@example.org,192,2,

Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,Recording Consent
Delegate One (iPad),delegate.one@example.org,05/12/2026 09:29:00 AM,05/12/2026 10:29:00 AM,60,Yes,Y
Delegate One,delegate.one@example.org,05/12/2026 09:59:00 AM,05/12/2026 10:59:00 AM,60,Yes,Y
"Two, Delegate",,05/12/2026 09:31:00 AM,05/12/2026 12:31:00 PM,180,Yes,
"""
ZOOM_TOTALS = """Name (Original Name),User Email,Total Duration (Minutes),Guest
Delegate One,delegate.one@example.org,171,Yes
Delegate Two,,12,Yes
"""


def minutes(content: bytes) -> dict:
    return {each.name: each.minutes for each in read(content, on=DAY).people}


@pytest.mark.parametrize(
    "content",
    [
        TEAMS.encode("utf-16"),
        b"\xfe\xff" + TEAMS.encode("utf-16-be"),
        TEAMS.encode("utf-16-le"),
        TEAMS.replace("\n", "\r\n").encode("utf-8-sig"),
    ],
)
def test_the_sections_of_teams_are_laid_over_each_other(content):
    report = read(content, on=DAY)
    assert (report.source, report.day) == ("teams", DAY)
    assert report.people == [
        Participant("Delegate One", "delegate.one@example.org", 183, at(9, 28, 10), at(12, 31, 2)),
        Participant("Delegate Two", "", 120, at(9, 30), at(12, 30)),
        Participant("Delegate Three", "delegate.three@example.org", 6, at(10, 15), at(10, 20, 30)),
    ]


def at(hour: int, minute: int, second: int = 0) -> datetime:
    return datetime(2026, 5, 12, hour, minute, second)  # noqa: DTZ001 - as the file has it


def test_teams_without_the_third_section_goes_by_its_totals():
    assert minutes(TEAMS[: TEAMS.index("3. In-Meeting")].encode("utf-16")) == {
        "Delegate One": 183,
        "Delegate Two": 120,
        "Delegate Three": 6,
    }


def test_older_lists_of_teams():
    assert minutes(TEAMS_LIST.encode("utf-16")) == {"Delegate One": 180, "Delegate Two": 70, "Delegate Three": 8}
    assert minutes(TEAMS_BETWEEN.encode()) == {"Delegate One": 180}


def test_zoom_with_and_without_the_lines_on_the_meeting():
    report = read(ZOOM.encode("utf-8-sig"), on=DAY)
    assert (report.source, report.day) == ("zoom", DAY)
    assert [(each.name, each.email, each.minutes) for each in report.people] == [
        ("Delegate One", "delegate.one@example.org", 90),
        ("Two, Delegate", "", 180),
    ]
    assert minutes(ZOOM[ZOOM.index("Name (") :].encode()) == {"Delegate One": 90, "Two, Delegate": 180}
    assert minutes(ZOOM.replace(",", ";").replace("Two;", "Two,").encode("cp1252"))["Delegate One"] == 90
    assert minutes(ZOOM_TOTALS.encode()) == {"Delegate One": 171, "Delegate Two": 12}


@pytest.mark.parametrize(
    ("written", "on", "expected"),
    [
        ("05/12/2026 09:30:00 AM", date(2026, 5, 12), date(2026, 5, 12)),
        ("05/12/2026 09:30:00 AM", date(2026, 12, 5), date(2026, 12, 5)),
        ("05/13/2026 09:30:00 AM", date(2026, 5, 12), date(2026, 5, 13)),
        ("2026-05-12T09:30:00Z", None, date(2026, 5, 12)),
        ("12.05.2026 09:30", None, date(2026, 5, 12)),
    ],
)
def test_days_and_months_are_read_in_the_order_that_fits(written, on, expected):
    text = f"Name (Original Name),Join Time,Leave Time\nDelegate One,{written},{written}\n"
    assert read(text.encode(), on=on).day == expected


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Name,Agency\nDelegate One,Example Primary School\n",
        b"%PDF-1.7\n\x00\x01\x02",
        b"PK\x03\x04\x14\x00\x06\x00\x08\x00" + b"\0" * 50,
        b"\xff\xfe\x00",
        b'Name,Join Time\n"' + b"x" * 200_000,
        ("Name (Original Name),Join Time\n" + "a,b\n" * 20_001).encode(),
        b"x" * (5 * 2**20 + 1),
    ],
)
def test_a_bad_file_gets_one_sentence(content):
    with pytest.raises(BadFileError) as caught:
        read(content, on=DAY)
    assert caught.value.field == "file" and str(caught.value).endswith((".", "?"))


def test_strange_cells_are_taken_for_what_they_are():
    text = (
        "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes)\n"
        f"=1+1,x,99/99/9999 99:99,soon,{'9' * 5000}\n"
        f"{'a' * 5000},,12/05/2026 12:00,12/05/2026 09:00,5\n\n,,,,\nshort\n"
    )
    people = read(text.encode(), on=DAY).people
    assert [(each.name[:5], each.minutes, each.joined) for each in people] == [("=1+1", 0, None), ("aaaaa", 5, None)]
    assert len(people[1].name) == 200


@pytest.mark.parametrize(
    ("joined", "left", "minutes", "mark"),
    [
        (at(9, 20), at(12, 31), 180, "attended"),
        (at(9, 44), at(12, 16), 150, "attended"),
        (at(9, 46), at(12, 30), 160, "late"),
        (at(9, 30), at(12, 14), 160, "left_early"),
        (at(8, 30), at(11, 30), 180, "left_early"),
        (at(13, 30), at(16, 30), 180, "attended"),  # the file's clock is another one
        (at(10, 15), at(10, 20), 6, "not_attended"),
        (at(9, 30), at(12, 30), 89, "not_attended"),
        (None, None, 170, "attended"),
        (None, None, 100, "left_early"),
    ],
)
def test_a_mark_is_proposed(joined, left, minutes, mark):
    assert proposed_mark(Participant("Delegate", "", minutes, joined, left), at(9, 30), at(12, 30)) == mark
