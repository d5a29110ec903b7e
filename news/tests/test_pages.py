"""News, events and the archive as readers meet them."""

from datetime import date, time, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from icalendar import Calendar

from dscp_cms.testing.pages import topic
from news.models import EventPage
from news.tests import factories

pytestmark = pytest.mark.django_db
NONSENSE = ["?topic=nonsense", "?year=1", "?year=x%00y", "?page=999", "?page=-1", "?page=x", "?topic[]=1", "?q=%22"]


def test_news_is_listed_newest_first_and_filtered(client):
    neglect = topic("Neglect")
    factories.news_item("Older", date=date(2024, 3, 1))
    factories.news_item("Newer", date=date(2025, 3, 1), topics=[neglect])
    url = factories.news_index().url
    listed = [page.title for page in client.get(url).context["page_obj"]]
    assert listed == ["Newer", "Older"]
    assert [page.title for page in client.get(f"{url}?topic=neglect").context["page_obj"]] == ["Newer"]
    assert [page.title for page in client.get(f"{url}?year=2024").context["page_obj"]] == ["Older"]
    assert "Nothing found" not in client.get(url).content.decode()
    assert "No news found" in client.get(f"{url}?topic=neglect&year=2024").content.decode()


def test_news_is_paginated(client):
    for number in range(13):
        factories.news_item(f"Item {number}")
    url = factories.news_index().url
    assert len(client.get(url).context["page_obj"]) == 12
    assert len(client.get(f"{url}?page=2").context["page_obj"]) == 1


@pytest.mark.parametrize("query", NONSENSE)
def test_lists_stay_calm_about_nonsense(client, query):
    factories.news_item()
    factories.event()
    for index in (factories.news_index(), factories.event_index(), factories.newsletter_index()):
        assert client.get(f"{index.url}{query}").status_code == 200


def test_feeds_hold_the_newest_items(client):
    factories.news_item("In the feed", summary="Worth reading")
    feed = client.get(f"{factories.news_index().url}feed/")
    assert feed["Content-Type"].startswith("application/atom+xml")
    assert "In the feed" in feed.content.decode()
    factories.issue("April 2025")
    assert "April 2025" in client.get(f"{factories.newsletter_index().url}feed/").content.decode()


def test_a_draft_is_nowhere(client):
    item = factories.news_item("Not yet", live=False)
    assert client.get(item.url or item.get_url_parts()[2]).status_code == 404
    assert "Not yet" not in client.get(factories.news_index().url).content.decode()


def test_a_spotlight_shows_its_report(client):
    item = factories.news_item(
        "Spotlight",
        kind="spotlight",
        key_findings="<ul><li>Silence about race</li></ul>",
        recommendations="<ul><li>Talk about it</li></ul>",
        source_title="A national report",
        source_publisher="The panel",
        source_date=date(2025, 3, 11),
    )
    html = client.get(item.url).content.decode()
    for words in ("Key findings", "Silence about race", "Recommendations", "A national report", "11 March 2025"):
        assert words in html


def test_past_events_fall_away_by_themselves(client):
    today = timezone.localdate()
    factories.event("Over", start_date=today - timedelta(days=9), end_date=today - timedelta(days=1))
    factories.event("Still on", start_date=today - timedelta(days=3), end_date=today)
    factories.event("Coming", start_date=today + timedelta(days=3))
    url = factories.event_index().url
    assert [page.title for page in client.get(url).context["page_obj"]] == ["Still on", "Coming"]
    assert [page.title for page in client.get(f"{url}past/").context["page_obj"]] == ["Over"]
    over = EventPage.objects.get(title="Over")
    assert "This event is over" in client.get(over.url).content.decode()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"start_date": date(2025, 5, 12), "end_date": date(2025, 5, 18)}, "12 to 18 May 2025"),
        ({"start_date": date(2025, 4, 30), "end_date": date(2025, 5, 2)}, "30 April to 2 May 2025"),
        ({"start_date": date(2025, 12, 31), "end_date": date(2026, 1, 1)}, "31 December 2025 to 1 January 2026"),
        ({"start_date": date(2025, 5, 15)}, "15 May 2025"),
        (
            {"start_date": date(2025, 5, 15), "start_time": time(9, 30), "end_time": time(12)},
            "15 May 2025, 9:30am to 12pm",
        ),
        ({"start_date": date(2025, 5, 15), "start_time": time(0, 5)}, "15 May 2025, 12:05am"),
    ],
)
def test_dates_in_words(fields, words):
    assert EventPage(**fields).when == words


def test_one_event_and_all_as_calendar_files(client):
    soon = timezone.localdate() + timedelta(days=10)
    timed = factories.event("With times", start_date=soon, start_time=time(9, 30), end_time=time(16), is_online=True)
    factories.event("All week", start_date=soon, end_date=soon + timedelta(days=6), place="")
    answer = client.get(f"{timed.url}event.ics")
    assert answer["Content-Type"].startswith("text/calendar")
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    assert event["summary"] == "With times"
    assert event["dtstart"].dt.utcoffset() is not None
    assert event["dtstart"].dt.hour == 9
    assert event["location"] == "Example Hall and online"
    events = Calendar.from_ical(client.get(f"{factories.event_index().url}calendar.ics").content).walk("VEVENT")
    whole = next(event for event in events if event["summary"] == "All week")
    assert whole["dtstart"].dt == soon
    assert whole["dtend"].dt == soon + timedelta(days=7)  # the day after the last, as calendars want it
    again = Calendar.from_ical(client.get(f"{timed.url}event.ics").content).walk("VEVENT")[0]
    assert again["uid"] == event["uid"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"start_date": date(2025, 5, 18), "end_date": date(2025, 5, 12)}, "end_date"),
        ({"start_date": date(2025, 5, 12), "end_time": time(10)}, "start_time"),
        ({"start_date": date(2025, 5, 12), "start_time": time(10), "end_time": time(9)}, "end_time"),
    ],
)
def test_impossible_times_are_refused_at_their_field(fields, field):
    with pytest.raises(ValidationError) as refused:
        EventPage(title="X", slug="x", **fields).clean()
    assert field in refused.value.message_dict


def test_structured_data_of_an_event_and_an_item(client):
    event, item = factories.event(start_time=time(9, 30)), factories.news_item()
    html = client.get(event.url).content.decode()
    assert '"@type": "Event"' in html
    assert '"@type": "BreadcrumbList"' in html
    assert '"@type": "NewsArticle"' in client.get(item.url).content.decode()


def test_structured_data_cannot_close_its_element(client):
    item = factories.news_item("</script><script>alert(1)</script>")
    assert "</script><script>alert" not in client.get(item.url).content.decode()


def test_an_issue_shows_its_own_words_for_a_page(client):
    item = factories.news_item("The page's title", summary="The page's summary.")
    sections = [
        (
            "section",
            {
                "kind": "latest_news",
                "title": "",
                "items": [
                    ("page", {"page": item, "title": "This issue's title", "summary_here": "This issue's summary."})
                ],
            },
        )
    ]
    html = client.get(factories.issue(sections=sections).url).content.decode()
    assert "This issue&#x27;s title" in html
    assert "This issue&#x27;s summary." in html
    assert "The page&#x27;s summary." not in html
    assert 'href="#latest-news"' in html or html.count("Latest news") >= 1


def test_an_item_whose_page_is_gone_leaves_the_rest(client):
    kept, gone = factories.news_item("Kept"), factories.news_item("Gone")
    issue = factories.issue(pages=[kept, gone])
    gone.delete()
    html = client.get(issue.url).content.decode()
    assert "Kept" in html
    assert "Gone" not in html


def test_of_a_page_that_was_unpublished_an_issue_says_only_what_its_editor_wrote(client):
    item = factories.news_item("Unpublished since")
    issue = factories.issue(pages=[item])
    assert "Unpublished since" in client.get(issue.url).content.decode()
    item.unpublish()
    html = client.get(issue.url).content.decode()
    assert "Unpublished since" not in html and f'href="{item.url}"' not in html
    issue.sections[0].value["items"][0].value["title"] = "What the editor wrote"
    issue.save_revision().publish()
    html = client.get(issue.url).content.decode()
    assert "What the editor wrote" in html and f'href="{item.url}"' not in html
