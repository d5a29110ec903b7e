"""Importing subscribers: real files of every kind, every row with its fate, nothing twice, nobody revived."""

import csv
import io
import os
import pty
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from dscp_cms import suppression
from dscp_cms.models import Agency, Suppression
from dscp_cms.testing.scale import size
from dscp_cms.testing.server import ROOT, manage, site_environment
from news import import_uploads, subscribers
from news.import_files import ImportRefusedError
from news.models import Consent, FormRequest, ImportReport, Membership, Subscriber, SubscriberImport
from news.subscriber_import import Fate, Import
from news.tests.people import a_list, subscribed

pytestmark = pytest.mark.django_db
Status = Subscriber.Status

MAILPOET = (
    "Email,First name,Last name,Global status,List status,IP address,List\n"
    "delegate.one@example.org,Delegate,One,Subscribed,Subscribed,192.0.2.1,Newsletter\n"
    "delegate.two@example.org,Delegate,Two,Unsubscribed,Unsubscribed,,Newsletter\n"
    "delegate.three@example.org,,,Unconfirmed,Unconfirmed,,Newsletter\n"
    "delegate.four@example.org,,,Inactive,Subscribed,,Newsletter\n"
    "delegate.five@example.org,,,Bounced,Subscribed,,Newsletter\n"
    "delegate.six@example.org,,,Subscribed,Unsubscribed,,Newsletter\n"
)
MAILCHIMP = (
    '"Email Address","First Name","Last Name",MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,NOTES,TAGS\n'
    'delegate.one@example.org,Delegate,One,2,"2021-05-06 10:00:00",,"2021-05-06 10:05:00",192.0.2.1,"two\nlines",\n'
    'delegate.two@example.org,Delegate,Two,2,"2022-01-02 09:00:00",,,,,\n'
)


def run(text, *, lists=None, dry_run=False, name="list.csv", encoding="utf-8", **more) -> list[Fate]:
    data = text if isinstance(text, bytes) else text.encode(encoding)
    ready = Import(io.BytesIO(data), lists or [a_list()], name, **more)
    return [fate for fates in ready.run(dry_run=dry_run) for fate in fates]


def by_line(fates) -> dict:
    return {fate.line: (fate.outcome, fate.reason) for fate in fates}


def counts(fates) -> Counter:
    return Counter(fate.outcome for fate in fates)


def everything() -> list:
    return [list(model.objects.order_by("pk").values()) for model in (Subscriber, Membership, Consent, Suppression)]


def test_what_mailpoet_exports():
    fates = by_line(run(MAILPOET))
    assert fates == {
        2: ("imported", ""),
        3: ("imported", "as unsubscribed, so that no later import adds it"),
        4: ("skipped", "never confirmed in the old system"),
        5: ("imported", ""),
        6: ("imported", "as address refused, so that no later import adds it"),
        7: ("skipped", "not on this list in the old system"),
    }
    on_it = subscribers.recipients([a_list()]).values_list("email", "name")
    assert list(on_it) == [("delegate.one@example.org", "Delegate One"), ("delegate.four@example.org", "")]


def test_what_mailchimp_exports_with_consent_dates():
    officer = User.objects.create(username="officer@example.org")
    assert by_line(run(MAILCHIMP, name="subscribed_members.csv", by=officer)) == {
        2: ("imported", ""),
        4: ("imported", ""),
    }
    one, two = Consent.objects.order_by("pk")
    assert (one.kind, one.by, one.lists) == ("imported", officer, "newsletter")
    assert one.given_at == datetime(2021, 5, 6, 9, 5, tzinfo=UTC)  # 10:05 in summer
    assert two.given_at == datetime(2022, 1, 2, 9, 0, tzinfo=UTC)
    assert "subscribed_members.csv" in one.source
    assert Subscriber.objects.get(email="delegate.one@example.org").confirmed_at == one.given_at


@pytest.mark.parametrize(("column", "status"), [("UNSUB_TIME", Status.UNSUBSCRIBED), ("CLEAN_TIME", Status.BOUNCED)])
def test_mailchimp_keeps_those_who_left_in_files_of_their_own(column, status):
    text = f"Email Address,OPTIN_TIME,{column}\nreader@example.org,2021-05-06 10:00:00,2023-04-05 06:07:08\n"
    run(text)
    reader = Subscriber.objects.get()
    assert reader.status == status and not reader.lists.exists()
    assert reader.consents.get().kind == "withdrawn"
    run("Email\nreader@example.org\n")
    reader.refresh_from_db()
    assert reader.status == status


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_every_way_that_excel_and_libreoffice_write(encoding, delimiter, ends):
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator=ends)
    writer.writerows(
        [["EMAIL ADDRESS", "FULL NAME", "AGENCY"], ["reader@example.org", "Zoë “Delegate” One", f"A{ends}B, C; D"]]
    )
    assert run(file.getvalue(), encoding=encoding) == [Fate(2, "imported")]
    reader = Subscriber.objects.get()
    assert (reader.name, reader.agency_name) == ("Zoë “Delegate” One", "A B, C; D")


def test_lines_are_those_of_the_file():
    text = '\nsep=;\nEmail;Name\n"reader@example.org";"two\r\nlines"\n\n\nbad;x\n'
    assert by_line(run(text.removeprefix("\n"))) == {3: ("imported", ""), 7: ("skipped", "not an e-mail address")}
    assert by_line(run("\n\nEmail\nother@example.org\n")) == {4: ("imported", "")}


def test_every_row_has_a_fate_with_its_reason():
    suppression.suppress("complained@example.org", Suppression.Reason.COMPLAINT)
    subscribed("known@example.org")
    subscribers.leave(subscribed("left@example.org"), source="unsubscribe link")
    rows = ["new@example.org,", ",Nobody", "not an address,", "NEW@example.org,", "complained@example.org,"]
    rows += [
        "known@example.org,",
        "left@example.org,",
        'bro"ken@example.org,',
        '"quo"te@example.org,',
        "x@example.org,Martian",
    ]
    fates = run("Email,Status\n" + "\n".join(rows) + "\n")
    assert by_line(fates) == {
        2: ("imported", ""),
        3: ("skipped", "no e-mail address"),
        4: ("skipped", "not an e-mail address"),
        5: ("skipped", "same address as in line 2"),
        6: ("skipped", "mail to it is stopped here: marked as unwanted"),
        7: ("skipped", "here already"),
        8: ("skipped", "here already: unsubscribed"),
        9: ("skipped", "not an e-mail address"),
        10: ("skipped", "a quotation mark in the wrong place"),
        11: ("skipped", "a status that we don't know"),
    }


@pytest.mark.parametrize("reason", list(Suppression.Reason))
def test_no_import_overrides_a_suppression(reason):
    suppression.suppress("reader@example.org", reason)
    assert counts(run("Email\nREADER@example.org\n")) == {"skipped": 1}
    assert suppression.suppression_of("reader@example.org").reason == reason
    assert not Subscriber.objects.exists()


def test_one_who_left_in_any_row_has_left():
    fates = by_line(run("Email,Status\nreader@example.org,subscribed\nreader@example.org,unsubscribed\n"))
    assert fates[2][1].startswith("as unsubscribed") and fates[3] == ("skipped", "same address as in line 2")
    assert not subscribers.recipients([a_list()]).exists()


def test_the_old_system_s_word_counts_less_than_their_own_here():
    own = subscribed("own@example.org")
    run("Email\nimported@example.org\n")
    fates = by_line(run("Email,Status\nown@example.org,unsubscribed\nimported@example.org,unsubscribed\n"))
    assert fates == {
        2: ("skipped", "left in the old system, and signed up here"),
        3: ("updated", "left in the old system"),
    }
    assert list(subscribers.recipients([a_list()])) == [own]


def test_a_second_run_changes_nothing():
    text = MAILPOET + "delegate.seven@example.org,Delegate,Seven,Complained,,,\n"
    run(text)
    subscribers.ask_to_confirm("pending@example.org", lists=["newsletter"])
    run(MAILCHIMP)
    before = everything()
    assert counts(run(text)) == {"skipped": 7}
    assert counts(run(MAILCHIMP)) == {"skipped": 2}
    assert everything() == before


def test_a_list_that_somebody_left_here_is_not_joined_again():
    newsletter, training = a_list(), a_list("training-updates")
    run("Email\nreader@example.org\n", lists=[newsletter, training])
    subscribers.change_lists(Subscriber.objects.get(), [training], source="own page")
    before = everything()
    assert by_line(run("Email\nreader@example.org\n")) == {2: ("skipped", "left this list here")}
    assert everything() == before


def test_what_is_missing_is_filled_in_and_what_they_wrote_stays():
    school = Agency.objects.create(name="Example Primary School", kind="school")
    subscribed("one@example.org", a_list("training-updates"), name="Own Name")
    subscribers.ask_to_confirm("two@example.org", lists=["newsletter"])
    text = "Email,Name,Organisation\none@example.org,Other,example primary school\ntwo@example.org,Delegate Two,\n"
    assert by_line(run(text)) == {
        2: ("updated", "added to Newsletter, agency"),
        3: ("updated", "added to Newsletter, name, confirmed in the old system"),
    }
    one, two = Subscriber.objects.order_by("pk")
    assert (one.name, one.agency, one.lists.count()) == ("Own Name", school, 2)
    assert (two.name, two.status) == ("Delegate Two", Status.SUBSCRIBED)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2021-05-06 10:00:00", "2021-05-06T10:00:00+01:00"),
        ("2021-05-06T09:00:00Z", "2021-05-06T10:00:00+01:00"),
        ("06/05/2021", "2021-05-06T00:00:00+01:00"),
        ("6 May 2021", "2021-05-06T00:00:00+01:00"),
        ("", None),
        ("last summer", None),
        ("2999-01-01", None),
        ("2021-13-45 99:00:00", None),
    ],
)
def test_dates_of_consent(written, read):
    run(f"Email,Consent date,Consent source\nreader@example.org,{written},by telephone\n")
    consent = Consent.objects.get()
    assert consent.given_at == (datetime.fromisoformat(read) if read else None)
    assert "by telephone" in consent.source
    assert read or written[:20] in consent.source


WORKBOOK = b"PK\x03\x04" + bytes(range(256)) * 40
REFUSED = {
    "empty": (b"", "is empty"),
    "blank": (b"\xef\xbb\xbf \r\n\r\n", "is empty"),
    "only zeros": (bytes(5000), "isn't text"),
    "a workbook": (WORKBOOK, "Excel"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(999), "Excel"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + os.urandom(2000), "isn't text"),
    "undecodable": (b"Email\nreader\x81@example.org\n", "isn't text"),
    "undecodable at its end": (b"Email\n" + b"a@example.org\n" * 20_000 + b"\x9d\xff", "isn't text"),
    "torn UTF-16": (b"\xff\xfe" + "Email\nx@example.org".encode("utf-16-le") + b"\x00", "isn't text"),
    "control characters": (b"Email\n\x01\x02\x03\n", "isn't text"),
    "no e-mail column": (b"Name,Telephone\nDelegate One,0\n", "No column"),
    "no names of columns": (b"reader@example.org\nother@example.org\n", "No column"),
    "no rows": (b"Email,Name\n\n", "no rows"),
    "an open quote": (b'Email,Name\na@example.org,x\nb@example.org,"x\nc@example.org,y\n', "Line 3"),
    "an open quote in the names": (b'Email,"Name\na@example.org,x\n', "No column"),
    "an endless line": (b"Email\n" + b"x" * 10_000_000, "more than a million"),
    "an endless cell": (b'Email,Note\na@example.org,"' + b"x" * 200_000 + b'"\n', "Line 2"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_a_file_that_can_t_be_read_is_refused_in_one_sentence_and_changes_nothing(kind, tmp_path):
    data, words = REFUSED[kind]
    (tmp_path / "list.csv").write_bytes(data)
    with pytest.raises(CommandError) as refused:
        call_command("import_subscribers", str(tmp_path / "list.csv"), "--list", "newsletter")
    assert words in str(refused.value) and "Nothing was imported." in str(refused.value)
    assert not Subscriber.objects.exists()


@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=300))
def test_no_file_breaks_it(data):
    header = b"Email,Name\n"
    for content in (data, header + data):
        try:
            ready = Import(io.BytesIO(content), [a_list()], "x.csv")
        except ImportRefusedError:
            continue
        assert sum(len(fates) for fates in ready.run(dry_run=True)) == ready.total


def test_a_dry_run_says_what_would_happen_and_changes_nothing():
    subscribed("known@example.org")
    before = everything()
    said = run(MAILPOET, dry_run=True)
    assert everything() == before
    assert run(MAILPOET) == said


def test_the_command_prints_reasons_sums_and_no_address(tmp_path, capsys):
    (tmp_path / "list.csv").write_text(MAILPOET)
    call_command("import_subscribers", str(tmp_path / "list.csv"), "--list", "newsletter", "--dry-run")
    said = capsys.readouterr().out
    assert "line 4: skipped, never confirmed in the old system" in said
    assert "Nothing was changed" in said and "4 imported, 0 updated, 2 skipped, of 6 rows." in said
    assert "@" not in said
    assert not Subscriber.objects.exists()


@pytest.mark.parametrize(
    ("file", "slug", "words"),
    [("list.csv", "nowhere", "no list “nowhere”"), ("none.csv", "newsletter", "can't be read")],
)
def test_the_command_says_what_is_wrong(tmp_path, file, slug, words):
    (tmp_path / "list.csv").write_text(MAILPOET)
    with pytest.raises(CommandError, match=words):
        call_command("import_subscribers", str(tmp_path / file), "--list", slug)


def test_the_command_draws_a_bar_on_a_terminal(empty_site_data, tmp_path):
    import shutil

    shutil.copytree(empty_site_data, tmp_path / "site", ignore=shutil.ignore_patterns("static"))
    (tmp_path / "list.csv").write_text("Email\n" + "".join(f"d{n}@example.org\n" for n in range(1200)))
    ours, theirs = pty.openpty()
    command = [sys.executable, ROOT / "manage.py", "import_subscribers", tmp_path / "list.csv", "--list", "newsletter"]
    done = subprocess.run(
        command, cwd=ROOT, env=site_environment(tmp_path / "site"), stdout=subprocess.PIPE, stderr=theirs, text=True
    )
    os.close(theirs)
    drawn = os.read(ours, 10_000).decode()
    assert "1,200 imported" in done.stdout
    assert f"[{'#' * 40}] 1,200 of 1,200" in drawn and "] 500 of 1,200" in drawn


MEASURED = """
import sys, time
from news import subscriber_import
from news.models import MailingList
from news.tests.memory import peak
lists = list(MailingList.objects.filter(slug="newsletter"))
with open(sys.argv[1] + ".small", "rb") as file:
    list(subscriber_import.Import(file, lists, "x").run())
started = time.monotonic()
with open(sys.argv[1], "rb") as file, peak() as memory:
    done = sum(len(fates) for fates in subscriber_import.Import(file, lists, "x").run())
print("MEASURED", done, memory.megabytes, time.monotonic() - started)
"""


@pytest.mark.scale
def test_many_rows_take_bounded_memory(empty_site_data, tmp_path):
    import shutil

    from dscp_cms.testing.database import fresh_database

    many = size(100_000)
    shutil.copytree(empty_site_data, tmp_path / "site", ignore=shutil.ignore_patterns("static"))
    with (tmp_path / "list.csv").open("w") as file:
        file.write("Email,First name,Last name,Global status,Last subscribed at,Agency\n")
        for n in range(many):
            file.write(
                f"delegate.{n}@example.org,Delegate,Number {n},subscribed,2021-05-06 10:00:00,Example School {n % 90}\n"
            )
    (tmp_path / "list.csv.small").write_text("Email\nfirst@example.org\n")
    with fresh_database(migrated=True) as database_url:
        environment = site_environment(tmp_path / "site", database_url=database_url)
        for _again in range(2):
            script = f"import sys; sys.argv = ['x', {str(tmp_path / 'list.csv')!r}]\n{MEASURED}"
            said = manage(environment, "shell", "-v0", "-c", script).stdout
            done, megabytes, seconds = said.split("MEASURED ")[1].split()
            print(f"{connection.vendor}: {done} rows, {float(megabytes):.0f} MB more, {float(seconds):.1f} s")
            assert int(done) == many
            assert 0 < float(megabytes) < 100
            assert float(seconds) < 300 * max(many / 100_000, 0.2)


def test_an_upload_is_looked_through_then_imported_in_turns(tasks_in_database):
    text = "Email\n" + "".join(f"d{n}@example.org\n" for n in range(1300)) + "d1@example.org\nbad\n"
    upload = import_uploads.take("list.csv", text.encode(), [a_list()], None)
    turns = 0
    while upload.status == SubscriberImport.Status.CHECKING:
        import_uploads.work(upload.pk, turn=0)
        upload.refresh_from_db()
        turns += 1
    assert turns >= 3
    assert (upload.status, upload.total, upload.done) == ("checked", 1302, 1302)
    assert (upload.imported, upload.updated, upload.skipped) == (1300, 0, 2)
    assert not Subscriber.objects.exists()
    assert import_uploads.begin(upload) is True
    assert import_uploads.begin(upload) is False
    for _ in range(4):
        import_uploads.work(upload.pk, turn=0)
    upload.refresh_from_db()
    assert (upload.status, upload.imported, upload.skipped, bytes(upload.data)) == ("finished", 1300, 2, b"")
    assert Subscriber.objects.count() == 1300
    lines = list(import_uploads.report_lines(upload))
    assert len(lines) == 1302 and lines[-1] == ["1303", "skipped", "not an e-mail address"]
    assert lines[1300] == ["1302", "skipped", "same address as in line 3"]
    assert not any("@" in part for line in lines for part in line)
    assert import_uploads.reasons(upload)[0] == ("imported", "", 1300, [str(n) for n in range(2, 12)])


def test_two_workers_count_nothing_twice(tasks_in_database):
    text = "Email\n" + "".join(f"d{n}@example.org\n" for n in range(1100))
    upload = import_uploads.take("list.csv", text.encode(), [a_list()], None)
    import_uploads.work(upload.pk)
    upload.refresh_from_db()
    import_uploads.begin(upload)
    upload.refresh_from_db()
    slow = import_uploads._Note(upload)  # a worker that read where the list stood, and was paused
    import_uploads.work(upload.pk, turn=0)
    with pytest.raises(import_uploads._OvertakenError):
        slow([Fate(2, "imported")])
    for _ in range(3):
        import_uploads.work(upload.pk, turn=0)
    upload.refresh_from_db()
    assert (upload.status, upload.done, upload.imported) == ("finished", 1100, 1100)
    assert ImportReport.objects.filter(upload=upload).count() == 3


def test_an_upload_that_can_t_be_read_says_so_and_is_forgotten():
    upload = import_uploads.take("list.xlsx", WORKBOOK, [a_list()], None)
    import_uploads.work(upload.pk)
    upload.refresh_from_db()
    assert upload.status == "refused" and "Excel" in upload.refusal and not upload.data
    assert FormRequest.objects.count() == 0


def test_lists_that_a_dead_worker_left_are_taken_up_and_old_ones_forgotten(django_capture_on_commit_callbacks):
    stale = datetime(2020, 1, 1, tzinfo=UTC)
    upload = import_uploads.take("list.csv", b"Email\nreader@example.org\n", [a_list()], None)
    SubscriberImport.objects.filter(pk=upload.pk).update(touched_at=stale)
    import_uploads.go_on()  # tasks run at once in tests
    upload.refresh_from_db()
    assert upload.status == "checked"
    SubscriberImport.objects.filter(pk=upload.pk).update(touched_at=stale)
    import_uploads.go_on()
    upload.refresh_from_db()
    assert upload.status == "cancelled" and not upload.data
    assert import_uploads.begin(upload) is False
