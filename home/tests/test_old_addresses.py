"""Every address of the old WordPress site lands somewhere sensible, and for good only where the page is public."""

import pytest
from wagtail.contrib.redirects.models import Redirect

from dscp_cms.models import SiteImage
from dscp_cms.testing.pages import topic
from home.models import OldNewsletter, StandardPage, WordPressTerm
from home.tests.test_import_wordpress import PDF, run
from home.tests.wxr import SITE, export, item, picture
from news.models import NewsItemPage
from news.tests import factories as news

pytestmark = pytest.mark.django_db
FILES = f"{SITE}/wp-content/uploads/2024/05"


@pytest.fixture
def moved(tmp_path):
    """A site that moved in, all drafts but the post, which is public."""
    topic("Neglect")
    news.news_index()
    folder = tmp_path / "uploads"
    for name in ("group-scaled.jpg", "loose.jpg", "alone.jpg"):
        picture(folder / "2024/05" / name)
    (folder / "2024/05/plan.pdf").write_bytes(PDF)
    terms = [("category", "neglect", "Neglect"), ("post_tag", "county-lines", "County lines")]
    items = [
        item(10, "A post", f'<p>Words.</p><img src="{FILES}/loose-300x200.jpg" alt="x">', terms=terms,
             link=f"{SITE}/2024/05/a-post/"),
        item(30, "About", "<p>Who we are.</p>", kind="page", link=f"{SITE}/who-we-are/"),
        item(31, "Team", "<p>Us.</p>", kind="page", parent=30, link=f"{SITE}/who-we-are/team/"),
        item(40, "Group", kind="attachment", parent=10, url=f"{FILES}/group-scaled.jpg",
             link=f"{SITE}/2024/05/a-post/group/"),
        item(41, "Plan", kind="attachment", url=f"{FILES}/plan.pdf", link=f"{SITE}/plan/"),
        item(42, "Alone", kind="attachment", url=f"{FILES}/alone.jpg", link=f"{SITE}/alone/"),
    ]  # fmt: skip
    run(export(tmp_path / "old.xml", *items), "--media", folder)
    post = NewsItemPage.objects.get(title="A post")
    post.get_latest_revision().publish()
    return post


def lands(client, address):
    """The status, and where it leads."""
    answer = client.get(address)
    return answer.status_code, answer.headers.get("Location", "")


def test_a_draft_is_led_to_what_stands_above_it_and_for_good_only_when_it_is_public(moved, client):
    assert lands(client, "/2024/05/a-post/") == lands(client, "/?p=10") == (301, "/news/a-post/")
    assert lands(client, "/who-we-are/team/?utm_source=x")[0] == 404  # nothing public stands above it
    about, team = (StandardPage.objects.get(title=title) for title in ("About", "Team"))
    about.get_latest_revision().publish()
    assert lands(client, "/who-we-are/team/") == (302, "/about/")
    team.get_latest_revision().publish()
    assert lands(client, "/who-we-are/team/?utm_source=x") == (301, "/about/team/")
    team.refresh_from_db()
    team.unpublish()
    assert lands(client, "/who-we-are/team/") == (302, "/about/")
    assert client.post("/who-we-are/team/").status_code == 404


def test_old_pictures_lead_to_theirs_once_somebody_has_said_who_is_in_them(moved, client):
    sizes = [
        "group-scaled.jpg",
        "group.jpg",
        "group-150x150.jpg",
        "group-1024x683.jpg",
        "loose.jpg",
        "loose-300x200.jpg",
    ]
    first = client.get("/wp-content/uploads/2024/05/group.jpg").url
    assert client.get(first).status_code == 404
    SiteImage.objects.update(people="none")
    for name in sizes:
        answer = client.get(f"/wp-content/uploads/2024/05/{name}", follow=True)
        assert answer.status_code == 200 and answer["Content-Type"] == "image/jpeg", name
        assert b"".join(answer)  # read to its end, so that its place is free for the next
    # The page that WordPress made for a picture: the post that it stood in, else the picture itself.
    assert lands(client, "/2024/05/a-post/group/") == lands(client, "/?attachment_id=40") == (301, "/news/a-post/")
    assert lands(client, "/alone/") == lands(client, "/wp-content/uploads/2024/05/alone.jpg")
    assert lands(client, "/plan/")[1].startswith("/documents/") and lands(client, "/?attachment_id=41")[0] == 301
    assert lands(client, "/wp-content/uploads/2024/05/other.jpg")[0] == 404
    assert lands(client, "/media/pictures/999999999999999999/")[0] == 404


ARCHIVES = {
    "/category/neglect/": "/news/?topic=neglect",
    "/category/partners/neglect/page/3/": "/news/?topic=neglect",
    "/?category_name=neglect": "/news/?topic=neglect",
    "/tag/county-lines/": "/news/",
    "/category/never-heard-of/": "/news/",
    "/author/jsmith/": "/news/",
    "/blog/author/jsmith/page/2/": "/news/",
    "/?author=3": "/news/",
    "/2024/": "/news/?year=2024",
    "/2024/05/": "/news/?year=2024",
    "/2024/05/14/page/2/": "/news/?year=2024",
    "/?m=202405": "/news/?year=2024",
    "/?cat=4&paged=2": "/news/",
    "/page/2/": "/news/",
    "/feed/": "/news/feed/",
    "/feed/atom/": "/news/feed/",
    "/comments/feed/": "/news/feed/",
    "/category/neglect/feed/": "/news/feed/",
    "/2024/05/a-post/feed/": "/news/feed/",
    "/?feed=rss2": "/news/feed/",
    "/index.php/feed/": "/news/feed/",
    "/2024/05/a-post/comment-page-2/": "/2024/05/a-post/",
    "/2024/05/a-post/2/": "/2024/05/a-post/",
    "/2024/05/a-post/amp/": "/2024/05/a-post/",
    "/wp-sitemap.xml": "/sitemap.xml",
    "/post-sitemap2.xml": "/sitemap.xml",
    "/?s=county+lines": "/search/?q=county+lines",
}


def test_lists_feeds_and_second_pages_lead_to_ours(moved, client):
    assert {address: lands(client, address)[1] for address in ARCHIVES} == ARCHIVES
    assert all(client.get(address, follow=True).status_code == 200 for address in ARCHIVES)
    # A person says what stands for a tag: from then on it leads there, so it never was for good.
    assert lands(client, "/tag/county-lines/")[0] == 302 and lands(client, "/author/jsmith/")[0] == 301
    WordPressTerm.objects.filter(slug="county-lines").update(topic=topic("Exploitation"))
    assert lands(client, "/tag/county-lines/") == (302, "/news/?topic=exploitation")
    for address in ("/nothing/page/2/", "/nothing/2/", "/category/", "/20245/", "/author/"):
        assert lands(client, address)[0] == 404, address


def test_a_site_that_was_never_in_wordpress_has_no_such_addresses(client):
    news.news_index()
    assert lands(client, "/author/somebody/")[0] == lands(client, "/2024/05/")[0] == 404
    assert lands(client, "/?s=plan")[0] == 200
    Redirect.objects.create(old_path="/old", redirect_link="/news/")
    assert lands(client, "/old/?x=1") == (301, "/news/")


def test_a_newsletter_that_is_still_a_draft_leads_nowhere_yet(client):
    issue = news.issue("May 2025")
    issue.unpublish()
    OldNewsletter.objects.create(number=12, page=issue)
    assert lands(client, "/?mailpoet_router&endpoint=view_in_browser&data=WzEyXQ")[0] == 200
