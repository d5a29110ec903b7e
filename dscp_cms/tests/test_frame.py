"""What stands around every page is looked up once an edition, and never old."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail.models import PageViewRestriction, Site

from dscp_cms import frame
from dscp_cms.models import SiteAlert, SiteSettings
from dscp_cms.testing.pages import front_page, topic
from home.tests import factories as home
from news.tests import factories as news

NOW = timezone.now().replace(hour=12)


@pytest.mark.django_db(transaction=True)
def test_the_frame_is_remembered_and_never_old(client):
    page = home.standard("About us", show_in_menus=True)
    conf = SiteSettings.for_site(front_page().get_site())

    def read(path="/"):
        return client.get(path).content.decode()

    read()
    with CaptureQueriesContext(connection) as queries:
        assert "About us</a>" in read(page.url)
    asked = " ".join(query["sql"] for query in queries)
    assert 'FROM "dscp_cms_sitealert"' not in asked and 'FROM "dscp_cms_sitesettings"' not in asked
    assert 'FROM "wagtailcore_site"' not in asked and asked.count('FROM "dscp_cms_edition"') == 1

    page.title = "Who we are"
    page.save_revision().publish()
    assert "Who we are</a>" in read() and "About us</a>" not in read()
    SiteSettings.objects.filter(pk=conf.pk).update(strapline="Every child, every day")
    assert "Every child, every day" in read()
    site = Site.objects.get()
    site.hostname, site.port = "www.example.org", 443
    site.save()
    assert f'rel="canonical" href="https://www.example.org{page.url}"' in read(page.url)
    with transaction.atomic():  # what is seen inside stays inside
        SiteSettings.objects.update(strapline="Not said")
        assert "Not said" in read()
        transaction.set_rollback(True)
    assert "Every child, every day" in read() and "Not said" not in read()


@pytest.mark.django_db(transaction=True)
def test_lists_that_are_remembered_follow_each_publication(client):
    about = topic()
    priority, item = home.priority(topics=[about]), news.news_item("Words at first", topics=[about])

    def shown(words) -> list[bool]:
        return [f">{words}</a>" in client.get(path).content.decode() for path in ("/", priority.url)]

    assert shown("Words at first") == [True, True]
    item.title = "Words at last"
    item.save_revision().publish()
    assert shown("Words at last") == [True, True] and shown("Words at first") == [False, False]
    restriction = PageViewRestriction.objects.create(page=item, restriction_type="login")
    assert shown("Words at last") == [False, False]
    restriction.delete()
    assert shown("Words at last") == [True, True]
    item.unpublish()
    assert shown("Words at last") == [False, False]


@pytest.mark.django_db(transaction=True)
def test_an_alert_that_is_remembered_keeps_its_time(client):
    begins, ends = NOW + timedelta(minutes=1), NOW + timedelta(minutes=2)
    SiteAlert.objects.create(title="Snow", live=True, go_live_at=begins, expire_at=ends)
    seen = []
    for moment in (begins - timedelta(seconds=1), begins, ends - timedelta(seconds=1), ends):
        with time_machine.travel(moment, tick=False):
            seen.append("Snow" in client.get("/").content.decode())
    assert seen == [False, True, True, False]


@pytest.mark.django_db(transaction=True)
def test_what_a_request_does_with_the_frame_is_its_own():
    first, second = RequestFactory().get("/about/"), RequestFactory().get("/about/")
    Site.find_for_request(first).root_page.title = "Mine"
    SiteSettings.for_request(first).strapline = "Mine"
    assert Site.find_for_request(second).root_page.title != "Mine"
    assert SiteSettings.for_request(second).strapline != "Mine"
    assert Site.find_for_request(second).root_page.specific is not Site.find_for_request(first).root_page.specific


@pytest.mark.django_db(transaction=True)
def test_no_number_of_hosts_fills_the_memory(monkeypatch):
    monkeypatch.setattr(frame, "MOST", 5)
    for number in range(20):
        Site.find_for_request(RequestFactory(SERVER_NAME=f"host{number}").get("/"))
        assert len(frame._remembered[1]) <= 7
