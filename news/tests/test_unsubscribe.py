"""Leaving: by a mail program's one-click POST (RFC 8058) or a button, at once, and never by a look."""

import http.client
import multiprocessing
import re
import sqlite3
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from wagtail.models import Page

from dscp_cms.testing.server import running_server
from news import subscribers, tokens
from news.models import Campaign, Consent, Delivery, Subscriber
from news.models.newsletter import NewsletterIssuePage
from news.tests.people import a_list, subscribed

ONE_CLICK = "List-Unsubscribe=One-Click"
URLENCODED = "application/x-www-form-urlencoded"


@pytest.fixture
def delivery(db):
    issue = NewsletterIssuePage(title="April", slug="april", summary="April.", date=timezone.localdate())
    Page.get_first_root_node().add_child(instance=issue)
    campaign = Campaign.objects.create(
        issue=issue, subject="April", html="", text="", status=Campaign.Status.SENDING, send_at=timezone.now()
    )
    reader = subscribed()
    return Delivery.objects.create(campaign=campaign, subscriber=reader, email=reader.email, status="sent")


def path(delivery):
    return urlsplit(tokens.unsubscribe_url(delivery.subscriber, delivery)).path


def test_one_click_needs_neither_cookie_nor_token_and_is_no_redirect(delivery):
    client = Client(enforce_csrf_checks=True)
    answer = client.generic("POST", path(delivery), ONE_CLICK, content_type=URLENCODED)
    assert answer.status_code == 200 and not answer.cookies
    delivery.refresh_from_db()
    assert delivery.subscriber.status == Subscriber.Status.UNSUBSCRIBED
    assert delivery.unsubscribed_at and delivery.status == "sent"
    assert not subscribers.recipients([a_list()]).exists()


def test_one_click_may_come_as_a_multipart_form(delivery):
    client = Client(enforce_csrf_checks=True)
    assert client.post(path(delivery), {"List-Unsubscribe": "One-Click"}).status_code == 200
    delivery.subscriber.refresh_from_db()
    assert delivery.subscriber.status == Subscriber.Status.UNSUBSCRIBED


def test_a_second_click_changes_nothing(delivery):
    client = Client()
    client.generic("POST", path(delivery), ONE_CLICK, content_type=URLENCODED)
    delivery.refresh_from_db()
    first = delivery.unsubscribed_at
    assert client.generic("POST", path(delivery), ONE_CLICK, content_type=URLENCODED).status_code == 200
    delivery.refresh_from_db()
    assert delivery.unsubscribed_at == first
    assert Consent.objects.filter(kind="withdrawn").count() == 1


@pytest.mark.parametrize("body", ["", "x=1", "List-Unsubscribe=No"])
def test_an_empty_post_of_a_scanner_does_nothing(delivery, body):
    assert Client().generic("POST", path(delivery), body, content_type=URLENCODED).status_code == 400
    delivery.subscriber.refresh_from_db()
    assert delivery.subscriber.status == Subscriber.Status.SUBSCRIBED


def test_the_page_has_a_button_and_sets_no_cookie(delivery):
    client = Client(enforce_csrf_checks=True)
    answer = client.get(path(delivery))
    assert answer.status_code == 200 and not answer.cookies
    text = answer.content.decode()
    name, value = re.search(r'<input type="hidden" name="(\w+)" value="(\w+)">', text).groups()
    answer = client.post(path(delivery), {name: value})
    assert answer.status_code == 200 and not answer.cookies
    assert "You get no more e-mails" in answer.content.decode()
    delivery.subscriber.refresh_from_db()
    assert delivery.subscriber.status == Subscriber.Status.UNSUBSCRIBED


def test_the_link_of_somebody_erased_still_answers(delivery):
    from news.subscriber_records import erase

    url = path(delivery)
    erase(delivery.subscriber)
    assert Client().get(url).status_code == 200
    assert Client().generic("POST", url, ONE_CLICK, content_type=URLENCODED).status_code == 200


def test_the_link_without_a_delivery_works_as_well(delivery):
    url = urlsplit(tokens.unsubscribe_url(delivery.subscriber)).path
    Client().generic("POST", url, ONE_CLICK, content_type=URLENCODED)
    delivery.refresh_from_db()
    assert delivery.subscriber.status == Subscriber.Status.UNSUBSCRIBED
    assert delivery.unsubscribed_at is None
    assert Client().get(url, follow=True).status_code == 200


def _leave(port, url, start, answers):
    start.wait()
    web = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    web.request("POST", url, ONE_CLICK, {"Content-Type": URLENCODED, "Host": f"localhost:{port}"})
    answers.put(web.getresponse().status)


def test_many_at_once_leave_once(empty_site_data, tmp_path):
    """Against the real server: eight processes press the same link in the same moment."""
    with running_server(tmp_path / "site", copy_of=empty_site_data) as server:
        made = server.manage(
            "shell",
            "-v0",
            "-c",
            "from news import subscribers, tokens\n"
            "s = subscribers.ask_to_confirm('reader@example.org', lists=['newsletter'])\n"
            "subscribers.confirm(s)\n"
            "print('LINK', tokens.unsubscribe_url(s))",
        )
        url = urlsplit(re.search(r"LINK (\S+)", made.stdout).group(1)).path
        start, answers = multiprocessing.Event(), multiprocessing.Queue()
        people = [multiprocessing.Process(target=_leave, args=(server.port, url, start, answers)) for _ in range(8)]
        for person in people:
            person.start()
        start.set()
        assert [answers.get(timeout=60) for _ in people] == [200] * 8
        for person in people:
            person.join()
        with sqlite3.connect(server.data_dir / "db.sqlite3") as database:
            assert database.execute("SELECT status FROM news_subscriber").fetchall() == [("unsubscribed",)]
            kinds = [kind for (kind,) in database.execute("SELECT kind FROM news_consent ORDER BY id")]
    assert kinds == ["asked", "confirmed", "withdrawn"]
    assert "reader@example.org" not in server.log()
