"""Pages kept for readers: which, for whom, and until when."""

import gzip
import http.server
import threading
from datetime import timedelta

import brotli
import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from wagtail.images.tests.utils import get_test_image_file
from wagtail.models import PageViewRestriction, get_page_models

from dscp_cms import draft_links, page_cache_editions, page_cache_files
from dscp_cms.models import DraftLink, Edition, SiteAlert, SiteImage, SiteSettings
from dscp_cms.page_cache_marks import PLACES, SITE
from dscp_cms.testing import kept_pages
from dscp_cms.testing.pages import STORY, front_page, make, topic
from home.models import StandardPage
from news.tests import factories as news
from resources.tests import factories as resources
from training import booking
from training.tests import factories as training

pytestmark = pytest.mark.django_db


@pytest.fixture
def site(settings, tmp_path):
    SiteSettings.for_site(front_page().get_site())  # the first page asked for would make it
    yield kept_pages.begin(settings, tmp_path / "pages")
    kept_pages.end()


@pytest.fixture
def page():
    return make(StandardPage, front_page(), "Open", body=STORY)


@pytest.fixture
def commit(django_capture_on_commit_callbacks):
    """What is done in its block is committed at its end."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


# What is sent


def test_a_kept_page_is_what_django_said(site, page):
    plain = Client().get(page.url)
    first, second = site.get(page.url), site.get(page.url)
    assert second.was_kept and not first.was_kept
    assert (first.status, first.headers, first.body) == (second.status, second.headers, second.body)
    assert second.body == plain.content
    assert set(second.headers) == {name.lower() for name in plain.headers} | {"etag"}
    for name, value in plain.headers.items():
        assert sorted(second.headers[name.lower()].split("; ")) == sorted(value.split("; ")), name
    assert second.headers["cache-control"] == "no-cache" and second.headers["vary"] == "Accept-Encoding"


def test_each_reader_gets_an_encoding_they_read(site, page):
    plain = site.get(page.url).body
    for accepted, encoding, read in (
        ("gzip, deflate, br, zstd", "br", brotli.decompress),
        ("gzip;q=1.0, br;q=0", "gzip", gzip.decompress),
        ("identity", None, bytes),
        ("*", "br", brotli.decompress),
    ):
        answer = site.get(page.url, accept_encoding=accepted)
        assert answer.headers.get("content-encoding") == encoding and read(answer.body) == plain, accepted
        assert answer.headers["content-length"] == str(len(answer.body)) and answer.was_kept


def test_who_has_it_already_is_told_so(site, page, commit):
    tag = site.get(page.url).headers["etag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}"):
        answer = site.get(page.url, if_none_match=known)
        assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", tag)
        assert "content-security-policy" in answer.headers
    head = site.get(page.url, method="HEAD")
    assert head.was_kept and head.body == b"" and int(head.headers["content-length"]) > 1000
    with commit():
        page_cache_editions.end()
    assert site.get(page.url, if_none_match=tag).status == 304  # another edition, but the same words
    with commit():
        page.title = "Apex"  # as long as before
        page.save_revision().publish()
    assert site.get(page.url, if_none_match=tag).status == 200


def test_what_others_add_to_links_is_no_question(site, page):
    site.get(page.url)
    assert site.get(f"{page.url}?utm_source=letter&fbclid=abc").was_kept
    assert not site.get(f"{page.url}?page=2").was_kept and not site.get(f"{page.url}?utm_source=x&page=2").was_kept


# What is kept for nobody


def test_nothing_of_anybodys_own_is_kept(site, page, client):
    training.catalogue()
    draft = make(StandardPage, front_page(), "Draft", live=False)
    editor = User.objects.create_superuser("editor", "editor@example.org")
    shared = draft_links.address_of(draft_links.make_link(draft, DraftLink.Kind.SHARE, editor))
    client.force_login(editor)
    for address, cookies in (
        (page.url, client.cookies),
        (page.url, {"messages": "said"}),
        (f"{page.url}?page=2", None),
        ("/subscribe/", None),
        ("/contribute/", None),
        ("/training/my-bookings/", None),
        ("/training/certificates/", None),
        ("/search/?q=open", None),
        ("/nothing-here/", None),
        (draft.url, client.cookies),
        (draft.url, None),
        (shared[shared.index("/drafts") :], None),
        ("/admin/", client.cookies),
        (f"/admin/pages/{draft.pk}/view_draft/", client.cookies),
        ("/../pages/", None),
        ("/open\x00/", None),
    ):
        for _ in range(2):
            site.get(address, cookies=cookies)
        assert site.kept() == set(), address
    for refused in ({"host": "testserver:81"}, {"host": "evil.example"}, {"method": "POST"}):
        site.get(page.url, **refused)
        assert site.kept() == set(), refused
    site.get(page.url)
    assert site.kept() == {page.url}
    for cookies in (client.cookies, {"messages": "said"}):
        assert not site.get(page.url, cookies=cookies).was_kept, cookies
    assert site.get(page.url, host="evil.example").status == 400


@pytest.mark.parametrize("kind", ["login", "groups", "password"])
def test_a_page_that_is_closed_is_gone_at_once(site, page, commit, kind):
    below = make(StandardPage, page, "Below")
    for one in (page, below):
        site.get(one.url)
    assert site.kept() == {page.url, below.url}
    with commit():
        PageViewRestriction.objects.create(page=page, restriction_type=kind, password="word")
    for one in (page, below):
        assert site.get(one.url).status in (302, 403) and site.kept() == set()


# Until when


def ended(change, commit) -> set[str]:
    """The sections whose number a change raises."""
    before = Edition.objects.numbers()
    with commit():
        change()
    after = Edition.objects.numbers()
    return {section for section in (SITE, PLACES) if before.get(section) != after.get(section)}


def test_what_readers_see_ends_the_edition(site, page, commit):
    other = make(StandardPage, page, "Below")
    image = SiteImage.objects.create(title="A bridge", file=get_test_image_file())
    session = training.session(training.course())
    alert = SiteAlert.objects.create(title="Closed today", live=False)
    term = topic()
    conf = SiteSettings.for_site(front_page().get_site())
    changes = {
        "publish": lambda: page.save_revision().publish(),
        "move": lambda: other.move(front_page(), "last-child"),
        "copy": lambda: page.create_alias(parent=front_page(), update_slug="copy"),
        "unpublish": lambda: page.unpublish(),
        "delete": lambda: StandardPage.objects.get(pk=page.pk).delete(),
        "settings": lambda: conf.save(),
        "alert": lambda: SiteAlert.objects.filter(pk=alert.pk).update(live=True),
        "topic": lambda: term.save(),
        "picture": lambda: image.save(),
        "session": lambda: session.save(),
        "version": lambda: resources.version(resources.resource()),
    }
    for name, change in changes.items():
        site.get("/")
        kept = page_cache_files.edition(SITE)
        assert SITE in ended(change, commit), name
        assert page_cache_files.edition(SITE) != kept and site.kept() == set(), name


def test_what_readers_dont_see_ends_nothing(site, page, commit):
    session = training.session(training.course())
    for name, change in {
        "autosave": lambda: page.save_revision(),
        "a draft": lambda: make(StandardPage, front_page(), "New", live=False).save_revision(),
        "upload": lambda: SiteImage.objects.create(title="A bridge", file=get_test_image_file()),
        "sign-up": lambda: Client().post("/subscribe/", {"email": "reader@example.org"}),
        "account": lambda: User.objects.create_user("one"),
    }.items():
        assert ended(change, commit) == set(), name
    assert ended(lambda: booking.book(session.pk, training.person()), commit) == {PLACES}


def test_a_booking_ends_only_pages_with_places(site, commit):
    session = training.session(training.course(), capacity=8)
    page_cache_editions.follow()
    course, list_of_all = session.course.url, "/training/sessions/"
    addresses = {"/", course, list_of_all, f"/training/sessions/{session.pk}/"}
    for address in addresses:
        site.get(address)
    assert site.kept() == addresses
    with commit():
        booking.book(session.pk, training.person())
    assert site.kept() == {"/"} and b"7 places" in site.get(course).body
    with commit():
        page_cache_editions.end()
    assert site.kept() == set()


def test_a_change_that_is_taken_back_ends_nothing(site, page, commit):
    site.get(page.url)

    def taken_back():
        with pytest.raises(RuntimeError), transaction.atomic():
            page.save_revision().publish()
            raise RuntimeError

    assert ended(taken_back, commit) == set() and site.kept() == {page.url}


def test_the_clock_ends_it_when_something_begins_or_ends(settings):
    moment = timezone.make_aware(timezone.datetime(2026, 3, 10, 11))
    Edition.objects.all().delete()  # of today
    with time_machine.travel(moment, tick=False) as clock:
        SiteAlert.objects.create(title="Closed", go_live_at=moment + timedelta(hours=1), live=True)
        training.session(training.course(), booking_closes_at=moment + timedelta(hours=2))
        page_cache_editions.end()

        def raised_after(**time):
            clock.move_to(timezone.now() + timedelta(**time))
            return page_cache_editions.end_by_time()

        assert not raised_after(minutes=59)
        assert raised_after(minutes=2) and not raised_after(minutes=1)  # the alert
        assert not raised_after(minutes=50) and raised_after(minutes=10)  # booking closed
        assert not raised_after(hours=10) and raised_after(hours=2)  # another day


def test_rows_are_put_together_and_the_numbers_stay():
    for section in (SITE, SITE, PLACES, SITE):
        page_cache_editions.end(section)
    before = Edition.objects.numbers()
    Edition.objects.fold()
    assert Edition.objects.numbers() == before and Edition.objects.count() == 2
    page_cache_editions.end()
    assert Edition.objects.numbers()[SITE].count == before[SITE].count + 1


# Which tables readers see

READ_ONLY = {
    "django_content_type": "never changes",
    "dscp_cms_siterendition": "made while a page is rendered",
    "resources_downloadcount": "only an order, right again each day",
}


def test_every_table_that_a_kept_page_reads_is_watched(site):
    """Whoever shows something new on a page says in shown.py where it comes from."""
    session = training.session(training.course())
    news.news_item(), news.event(), news.issue(), resources.version(resources.resource()), resources.publication()
    of_pages = set()
    for model in get_page_models():
        of_pages.add(model._meta.db_table)
        of_pages |= {field.remote_field.through._meta.db_table for field in model._meta.many_to_many}
    read = set()

    def note(execute, sql, params, many, context):
        nonlocal read
        for word, table in zip(sql.split()[::1], sql.split()[1:], strict=False):
            # Not a column, as in EXTRACT(YEAR FROM "table"."column").
            if word in ("FROM", "JOIN") and table.startswith('"') and '"."' not in table:
                read.add(table.strip('"(),'))
        return execute(sql, params, many, context)

    of_lists = [f"/training/sessions/{session.pk}/", "/training/sessions/"]
    of_all = [page.url for model in get_page_models() for page in model.objects.live() if page.url]
    with connection.execute_wrapper(note):
        for address in {*of_lists, *of_all}:
            before = set(read)
            site.get(address)
            if address not in site.kept():
                read = before
    assert len(site.kept()) > 10
    unwatched = read - of_pages - set(page_cache_editions.tables()) - set(READ_ONLY)
    assert unwatched == set(), unwatched


# Several servers and machines


def test_an_old_version_keeps_nothing_among_the_new_ones_pages(site, page):
    old = page_cache_files._server
    page_cache_files.begin_server()
    new, page_cache_files._server = page_cache_files._server, old
    site.get(page.url)
    assert site.kept() == set()
    page_cache_files._server = new
    site.get(page.url)
    assert site.kept() == {page.url}


def test_another_machine_follows_the_numbers(site, page, settings, tmp_path):
    site.get(page.url)
    Edition.objects.create(section=SITE)  # committed by another machine
    assert site.get(page.url).was_kept
    page_cache_editions.follow()  # as the thread does each second
    assert not site.get(page.url).was_kept
    before = page_cache_files.edition(SITE)
    page_cache_editions.follow()
    assert page_cache_files.edition(SITE) == before
    page_cache_files.tidy()
    assert len(list((tmp_path / "pages/editions").iterdir())) == 2


def test_machines_share_what_they_keep(site, page, settings, tmp_path, commit):
    settings.PAGE_CACHE_SHARED = True
    with commit():
        page_cache_editions.end()
    first = site.get(page.url, accept_encoding="br")
    another = kept_pages.begin(settings, tmp_path / "another")
    page_cache_editions.follow()
    found = another.get(page.url, accept_encoding="br")
    assert found.was_kept and (found.headers, found.body) == (first.headers, first.body)
    with commit():
        page_cache_editions.end()
    assert not another.get(page.url).was_kept


def test_a_cdn_is_told_what_ended(site, page, settings, commit):
    told = []

    class Cdn(http.server.BaseHTTPRequestHandler):
        def do_PURGE(self):
            told.append((self.headers["Host"], self.path))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Cdn)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    location = f"http://127.0.0.1:{server.server_port}"
    settings.WAGTAILFRONTENDCACHE = {
        "cdn": {"BACKEND": "wagtail.contrib.frontend_cache.backends.HTTPBackend", "LOCATION": location}
    }
    site.get(page.url), site.get("/")
    with commit():
        page.save_revision().publish()
    server.shutdown()
    assert sorted(told) == [("testserver", "/"), ("testserver", page.url)]
