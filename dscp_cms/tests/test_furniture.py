"""What stands on every page: alerts, sharing, sitemap, robots, errors."""

from datetime import timedelta

import pytest
from django.utils import timezone
from wagtail.models import PageViewRestriction

from dscp_cms.errors import server_error
from dscp_cms.models import SiteAlert, SiteSettings
from dscp_cms.testing.pages import front_page
from home.tests import factories as home
from news.tests import factories as news

pytestmark = pytest.mark.django_db


def alert(**fields) -> SiteAlert:
    return SiteAlert.objects.create(title="Snow: training is online today", live=True, **fields)


def test_an_alert_stands_on_every_page_while_it_lasts(client):
    alert()
    about = home.standard()
    for url in ("/", about.url, "/search/", "/no-such-page/"):
        assert "Snow: training is online today" in client.get(url).content.decode(), url


def test_an_alert_waits_for_its_start_and_ends_by_itself(client):
    now = timezone.now()
    early = alert(go_live_at=now + timedelta(hours=1))
    assert "Snow" not in client.get("/").content.decode()
    early.go_live_at, early.expire_at = now - timedelta(hours=2), now - timedelta(minutes=1)
    early.save()
    assert "Snow" not in client.get("/").content.decode()


def test_a_draft_alert_is_not_shown(client):
    SiteAlert.objects.create(title="Snow", live=False)
    assert "Snow" not in client.get("/").content.decode()


def test_an_alert_links_to_a_page(client):
    about = home.standard()
    alert(link_page=about, link_text="Which sessions")
    html = client.get("/").content.decode()
    assert "Which sessions" in html
    assert f'href="{about.url}"' in html


def test_the_office_is_never_a_way_to_report_a_concern(client):
    settings = SiteSettings.for_site(front_page().get_site())
    settings.telephone = "03000 000000"
    settings.save()
    html = client.get("/").content.decode()
    before = html[: html.index("03000 000000")]
    assert "Not for reporting a concern" in before[-900:]


def test_an_empty_local_number_is_not_shown_and_a_filled_one_is(client):
    assert "First contact" not in client.get("/").content.decode()
    settings = SiteSettings.for_site(front_page().get_site())
    settings.referral_name, settings.referral_telephone = "First contact", "0300 000 0001"
    settings.save()
    assert "0300 000 0001" in client.get("/").content.decode()


def test_the_sitemap_lists_what_everybody_may_read(client):
    shown, hidden = news.news_item("Shown"), news.news_item("Hidden", hide_from_search=True)
    partner, draft = news.news_item("Partner"), news.news_item("Draft", live=False)
    PageViewRestriction.objects.create(page=partner, restriction_type=PageViewRestriction.LOGIN)
    xml = client.get("/sitemap.xml").content.decode()
    assert f"{shown.url}</loc>" in xml
    for page in (hidden, partner, draft):
        assert f"/{page.slug}/</loc>" not in xml


def test_robots_points_to_the_sitemap(client):
    text = client.get("/robots.txt").content.decode()
    assert "Sitemap: http://testserver/sitemap.xml" in text


def test_sharing_has_title_summary_and_picture(client):
    item = news.news_item("Shared", summary="In a sentence.")
    html = client.get(item.url).content.decode()
    assert '<meta property="og:title" content="Shared">' in html
    assert '<meta property="og:description" content="In a sentence.">' in html
    assert 'property="og:image" content="http' in html


def test_a_missing_page_helps(client):
    answer = client.get("/no/such/page/")
    html = answer.content.decode()
    assert answer.status_code == 404
    assert 'name="q"' in html
    assert "Worried about a child?" in html
    assert 'content="noindex"' in html


def test_a_server_error_needs_no_database(client, settings, django_db_blocker):
    with django_db_blocker.block():
        answer = server_error(None)
    assert answer.status_code == 500
    assert "999" in answer.content.decode()


def test_an_unknown_host_is_told_which_variable_to_set(client):
    answer = client.get("/", headers={"host": "unknown.example"})
    assert answer.status_code == 400
    assert "SITE_URL" in answer.content.decode()


@pytest.mark.parametrize("address", ["/%00/", "/news/%00", "/?x=%00"])
def test_null_bytes_in_addresses_are_no_error(client, address):
    assert client.get(address).status_code in {200, 400, 404}


def test_the_public_policy_allows_nothing_inline(client):
    policy = client.get("/")["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "nonce" not in policy
