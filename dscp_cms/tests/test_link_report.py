"""Where links to other sites stand, and the report of those that don't work."""

import threading
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.urls import reverse
from django.utils import timezone

from dscp_cms import link_report, links
from dscp_cms.models import LinkCheck, LinkUse
from dscp_cms.testing.pages import front_page, make
from dscp_cms.tests.test_links import anywhere
from home.models import StandardPage
from resources.tests import factories as resources

pytestmark = pytest.mark.django_db
DEAD = "https://dead.example/report"


class Answers(BaseHTTPRequestHandler):
    """Answers as its server is told, which may change."""

    def do_HEAD(self):
        self._answer(self.server.head_status or self.server.status)

    def do_GET(self):
        self._answer(self.server.status)

    def _answer(self, status):
        self.server.asked.append(self.command)
        self.send_response(status)
        self.end_headers()

    def log_message(self, *args):
        pass


@contextmanager
def changing_site():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.asked, server.status, server.head_status = [], 200, None
    server.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def page_with(text: str, title: str = "A page", **fields) -> StandardPage:
    return make(StandardPage, front_page(), title, body=[("text", text)], **fields)


def link(url: str, words: str = "the report") -> str:
    return f'<p>Read <a href="{url}">{words}</a>.</p>'


def mark(url: str = DEAD, outcome=LinkCheck.Outcome.DEAD, **fields) -> LinkCheck:
    now = timezone.now() + timedelta(seconds=1)
    LinkCheck.objects.filter(url=url).update(
        **{"outcome": outcome, "failures": 1, "failing_since": now, "checked_at": now, **fields}
    )
    return LinkCheck.objects.get(url=url)


def test_links_are_found_in_every_field_and_block():
    nested = [("accordion", {"sections": [{"title": "More", "text": link("https://nested.example/")}]})]
    page = make(StandardPage, front_page(), "Links", body=[("text", link(DEAD) + link(DEAD, "again")), *nested])
    found = {one.url: one.words for one in link_report.links_of(page)}
    assert found[DEAD] == "the report"
    assert set(found) <= {DEAD, "https://nested.example/"}
    resource = resources.resource(external_url="https://elsewhere.example/a?b=c")
    assert [one.url for one in link_report.links_of(resource)] == ["https://elsewhere.example/a?b=c"]
    ours = page_with(link("http://testserver/about/") + link("mailto:a@example.org") + "<p>http://plain.example</p>")
    assert link_report.links_of(ours) == []


def test_collecting_asks_for_published_pages_links_once_a_week(django_assert_max_num_queries):
    page = page_with(link(DEAD))
    page_with(link("https://draft.example/"), "Draft", live=False)
    link_report.collect()
    assert list(LinkUse.objects.values_list("check_of__url", "page")) == [(DEAD, page.pk)]
    assert [check.url for check in links.due()] == [DEAD]
    mark(outcome=LinkCheck.Outcome.OK, failures=0, failing_since=None)
    link_report.collect()
    assert not links.due().exists()
    mark(outcome=LinkCheck.Outcome.OK, checked_at=timezone.now() - timedelta(days=8))
    link_report.collect()
    assert links.due().exists()
    page.unpublish()
    link_report.collect()
    assert not LinkUse.objects.exists()


def test_since_when_a_link_fails_and_that_it_works_again(monkeypatch):
    monkeypatch.setattr(links, "PAUSE", 0)
    with changing_site() as server:
        server.status, url = 404, f"{server.url}/report"
        page_with(link(url))
        link_report.collect()
        links.check_links([url], anywhere)
        first = LinkCheck.objects.get(url=url).failing_since
        links.check_links([url], anywhere)
        check = LinkCheck.objects.get(url=url)
        assert (check.failures, check.failing_since, check.outcome) == (2, first, "dead")
        assert link_report.dead().count() == 1
        link_report.ignore(check.pk)
        assert link_report.dead().count() == 0 and link_report.ignored().count() == 1
        server.status = 200
        links.check_links([url], anywhere)
    check.refresh_from_db()
    assert (check.failures, check.failing_since, check.ignored_at) == (0, None, None)


def test_what_couldnt_be_checked_is_shown_after_the_second_time():
    page_with(link(DEAD))
    link_report.collect()
    mark(outcome=LinkCheck.Outcome.UNSURE)
    assert not link_report.broken().exists()
    mark(outcome=LinkCheck.Outcome.UNSURE, failures=2)
    assert link_report.broken().count() == 1 and link_report.dead().count() == 0


def test_the_report_says_what_where_and_since_when(client, admin_user, django_assert_max_num_queries):
    page = page_with(link(DEAD))
    link_report.collect()
    check = mark(detail="The page isn't there any more.", failing_since=timezone.now() - timedelta(days=3))
    client.force_login(admin_user)
    report = reverse("dscp_cms_links")
    html = client.get(report).content.decode()
    for words in (
        DEAD,
        "“the report”",
        reverse("wagtailadmin_pages:edit", args=[page.pk]),
        "isn&#x27;t there any more",
    ):
        assert words in html
    assert "Dead links" in client.get(reverse("wagtailadmin_home")).content.decode()
    client.post(reverse("dscp_cms_links_ignore"), {"link": check.pk})
    assert DEAD not in client.get(report).content.decode()
    assert "1 left out" in client.get(report).content.decode()
    assert DEAD in client.get(f"{report}?ignored=1").content.decode()
    page.body = [("text", link("https://alive.example/"))]
    page.save_revision().publish()
    client.post(reverse("dscp_cms_links_check"), {"link": check.pk})
    assert DEAD not in client.get(report).content.decode()  # the page was mended meanwhile
    for odd in ({}, {"link": "x"}, {"link": "9" * 30}):
        assert client.post(reverse("dscp_cms_links_check"), odd).status_code == 302


def test_checking_again_wakes_the_worker(client, admin_user, django_capture_on_commit_callbacks):
    page_with(link("http://127.0.0.1:9/"))
    link_report.collect()
    check = mark("http://127.0.0.1:9/", checked_at=timezone.now() - timedelta(hours=1))
    link_report.ignore(check.pk)
    client.force_login(admin_user)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("dscp_cms_links_check"), {"link": check.pk})
    check.refresh_from_db()
    assert check.ignored_at is None
    assert check.detail == "It leads into a private network."


def test_the_report_takes_as_many_queries_for_forty_as_for_four(client, admin_user, django_assert_max_num_queries):
    client.force_login(admin_user)
    report = reverse("dscp_cms_links")
    page_with("".join(link(f"https://dead.example/{number}") for number in range(4)))
    link_report.collect()
    for check in LinkCheck.objects.all():
        mark(check.url)
    client.get(report)
    with django_assert_max_num_queries(40) as few:
        client.get(report)
    for number in range(4):
        page_with("".join(link(f"https://dead.example/{number}{each}") for each in range(9)), f"Page {number}")
    link_report.collect()
    for check in LinkCheck.objects.all():
        mark(check.url)
    with django_assert_max_num_queries(len(few)):
        assert "Page 3" in client.get(report).content.decode()


def test_a_head_is_asked_first_and_a_get_where_that_fails():
    with changing_site() as server:
        assert links.look(f"{server.url}/", anywhere).outcome == LinkCheck.Outcome.OK
        assert server.asked == ["HEAD"]
        server.head_status = 405
        assert links.look(f"{server.url}/", anywhere).outcome == LinkCheck.Outcome.OK
        assert server.asked == ["HEAD", "HEAD", "GET"]
        server.status = 404
        assert links.look(f"{server.url}/", anywhere).outcome == LinkCheck.Outcome.DEAD
