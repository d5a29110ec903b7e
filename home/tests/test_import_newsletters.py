"""Old newsletters become drafts in the archive, cut into their sections, with nothing lost."""

import html
import re
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from home.models import ImportRun
from home.tests import old_newsletters
from news.models import NewsletterIndexPage, NewsletterIssuePage
from news.tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def archive():
    return NewsletterIndexPage.objects.first() or factories.newsletter_index()


def imported(path, *arguments):
    """Run the command; return the newest issue and what the report says."""
    call_command("import_newsletters", path, *arguments)
    rows = ImportRun.objects.first().rows.all()
    return NewsletterIssuePage.objects.order_by("-pk").first(), {(row.outcome, row.reason) for row in rows}


def kept(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def shown(issue):
    """Its sections as (heading, items)."""
    return [(block.value.heading, [item.value.source for item in block.value["items"]]) for block in issue.sections]


def words(source):
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", source)).split())


def test_a_newsletter_as_text_keeps_every_section_in_its_order_and_every_word(archive, tmp_path):
    issue, told = imported(kept(tmp_path, "old.txt", old_newsletters.PLAIN))
    assert (issue.title, issue.date, issue.live) == ("DSCP Newsletter - June 2023", date(2023, 6, 1), False)
    assert issue.get_parent().pk == archive.pk and issue.slug == "june-2023"
    sections = dict(shown(issue))
    assert list(sections) == [
        "Latest News from DSCP", "Priorities (2023-2025)", "What's new", "Events", "Training", "Voices of Cyclists",
        "Spotlight on", "Local resources", "National guidance and useful resources", "Contact us", "Subscriptions",
    ]  # fmt: skip
    first, second = sections["Priorities (2023-2025)"]
    assert first.startswith("<p><b>Priority One: Bicycles Outside The Home</b></p>")
    assert first.endswith("<p><b>Outcomes:</b></p><ul><li>Bicycles are seen</li><li>Bicycles are locked</li></ul>")
    assert "National Picture" in second
    heads = [re.match(r"<p>(?:<b>)?(.*?)(?:</b>)?</p>", item)[1] for item in sections["Training"]]
    assert heads == [
        "The programme is now live.", "Kinder Practice", "Being Part of a Team (Team Around the Bicycle)",
        "Other courses available to book are:", "eLearning",
    ]  # fmt: skip
    assert 'href="https://example.org/bicycles?a=1&amp;b=2">' in sections["Events"][0]
    everything = " ".join([issue.title, words(issue.introduction), *sections]) + " ".join(
        words(item) for items in sections.values() for item in items
    )
    for line in old_newsletters.PLAIN.splitlines():
        line = line.strip().lstrip("• ").rstrip(":")
        if line and line != "Example logo":
            assert line.lower().replace(" ", "") in everything.lower().replace(" ", ""), line
    reasons = " ".join(reason for outcome, reason in told if outcome == "unsure")
    assert "“Voices of Cyclists” isn’t a usual section" in reasons and "“Example logo” stood for a picture" in reasons
    assert "2 places say “here” and lead nowhere" in reasons


def test_links_are_kept_from_html_mail_word_and_pdf_and_personal_ones_are_not(archive, tmp_path):
    made = {
        kind: imported(kept(tmp_path, f"{kind}.{kind}", content))
        for kind, content in {
            "html": old_newsletters.HTML,
            "eml": old_newsletters.as_mail(),
            "docx": old_newsletters.as_word(),
            "pdf": old_newsletters.as_pdf(),
        }.items()
    }
    for kind, (issue, _told) in made.items():
        assert issue.date == date(2023, 6, 1), kind
        assert 'href="https://example.org/plan' in str(issue.sections.raw_data[0]), kind
        assert issue.full_clean() is None and "mailpoet_router" not in str(issue.sections.raw_data)
        assert "javascript" not in str(issue.sections.raw_data) and "alert" not in str(issue.sections.raw_data)
    issue, told = made["html"]
    assert [heading for heading, _items in shown(issue)] == [
        "Latest news", "Events", "Voices of Cyclists", "Subscriptions"
    ]  # fmt: skip
    assert issue.preview_text == "What June brings" and "<b>issue</b>" in issue.introduction
    assert dict(shown(issue))["Events"] == ["<p><b>Bicycle Week</b></p><p>In <i>June</i>. Press</p>"]
    assert any("made for one subscriber" in reason for _outcome, reason in told)
    issue, told = made["eml"]
    assert issue.subject == "DSCP newsletter" and any("1 June 2023 is when" in reason for _outcome, reason in told)
    assert [heading for heading, _items in shown(made["docx"][0])] == ["Latest news", "Training", "Voices of Cyclists"]
    assert dict(shown(made["docx"][0]))["Training"] == [
        "<p><b>Kinder Practice</b></p><p>A course on being kind.</p><ul><li>Know who does what</li></ul>"
    ]
    assert "what we want to do together" in words(shown(made["pdf"][0])[0][1][0])


def test_a_second_run_and_a_trial_run_make_nothing(archive, tmp_path):
    path = kept(tmp_path, "old.txt", old_newsletters.PLAIN)
    before, told = imported(path, "--dry-run")
    assert before is None and any(outcome == "made" for outcome, _reason in told)
    first, _told = imported(path)
    again, told = imported(kept(tmp_path, "copy of old.txt", old_newsletters.PLAIN))
    assert again == first and ("unchanged", "This very file was imported before.") in told
    first.delete()
    made, _told = imported(path)
    assert made.slug == "june-2023"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("empty.txt", b"", "The file is empty."),
        ("blank.txt", b" \n\n", "no words"),
        ("picture.html", b"\x89PNG\r\n\x1a\n\x00\x00", "something else"),
        ("cut.docx", b"PK\x03\x04cut", "broken"),
        ("cut.pdf", b"%PDF-1.7 cut", "broken"),
        ("no.eml", b"just words", "isn’t an e-mail"),
        ("old.doc", b"\xd0\xcf\x11\xe0", "aren’t read"),
        ("undated.txt", b"Latest news\n\nNothing has a date.", "No date was found"),
        ("deep.html", b"<div>" * 3000 + b"x", "No date was found"),
    ],
)
def test_a_bad_file_is_skipped_with_a_sentence(archive, tmp_path, name, content, sentence):
    issue, told = imported(kept(tmp_path, name, content))
    assert issue is None and len(told) == 1
    outcome, reason = told.pop()
    assert outcome == "skipped" and sentence in reason


def test_a_file_that_fails_does_not_stop_the_others(archive, tmp_path):
    (tmp_path / "2019.html").mkdir()  # a folder with the name of a file
    kept(tmp_path, "old.txt", old_newsletters.PLAIN)
    issue, told = imported(tmp_path)
    assert issue.slug == "june-2023" and ImportRun.objects.get().status == "done"
    assert any(outcome == "skipped" and "nothing was made of it" in reason for outcome, reason in told)


def test_other_encodings_are_read(archive, tmp_path):
    text = "DSCP Newsletter – June 2023\n\nLatest news\n\n“Café” – it’s open.\n"
    for number, encoding in enumerate(("cp1252", "utf-16", "utf-8-sig")):
        issue, _told = imported(kept(tmp_path, f"{number}.txt", text.encode(encoding)))
        assert words(shown(issue)[0][1][0]) == "“Café” – it’s open."


def test_a_site_without_an_archive_says_so(tmp_path):
    assert NewsletterIndexPage.objects.first() is None
    with pytest.raises(CommandError, match="no newsletter archive"):
        call_command("import_newsletters", kept(tmp_path, "old.txt", old_newsletters.PLAIN))


def test_an_imported_draft_without_dates_of_its_own_leaves_the_dashboard_well(archive, tmp_path, admin_client):
    issue, _told = imported(kept(tmp_path, "old.txt", old_newsletters.PLAIN))
    answer = admin_client.get("/admin/")
    assert answer.status_code == 200 and issue.title in answer.content.decode()
    assert admin_client.get(f"/admin/pages/{issue.pk}/edit/").status_code == 200
