"""Before something is deleted or taken off the site, the screen says where it is used, and links there."""

import re

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dscp_cms.models import SiteAlert, Topic
from dscp_cms.testing.pages import front_page, make
from dscp_cms.tests.test_consent import image
from dscp_cms.usage import where_used
from home import roles
from home.models import StandardPage
from news.tests import factories as news
from resources.tests import factories as resources

pytestmark = pytest.mark.django_db


@pytest.fixture
def target():
    return make(StandardPage, front_page(), "Thresholds")


def linking(title, target, **fields):
    words = f'<p><a linktype="page" id="{target.pk}">Read how</a></p>'
    return make(StandardPage, front_page(), title, **(fields or {"body": [("text", words)]}))


def edit(page):
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def shown(client, name, *args):
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def test_a_page_says_who_links_to_it_by_words_blocks_and_fields(admin_client, target):
    by_words = linking("By words", target)
    by_block = linking("By a button", target, body=[("button", {"text": "Thresholds", "page": target, "url": ""})])
    item = news.news_item("By an introduction", body=[("text", f'<p><a linktype="page" id="{target.pk}">How</a></p>')])
    linking("Elsewhere", front_page())
    html = shown(admin_client, "wagtailadmin_pages:delete", target.pk)
    assert "Used in 3 places" in html and "Elsewhere" not in html
    for page in (by_words, by_block, item):
        assert f'<a href="{edit(page)}">{page.title}' in html
    assert "Used in 3 places" in shown(admin_client, "wagtailadmin_pages:unpublish", target.pk)
    bulk = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"]) + f"?id={target.pk}"
    assert "By words" in admin_client.get(bulk).content.decode()
    assert "No page, snippet or setting links to it" in shown(admin_client, "wagtailadmin_pages:delete", by_words.pk)


def test_links_to_pages_below_count_too_and_those_that_go_with_them_do_not(admin_client, target):
    child = make(StandardPage, target, "Below")
    make(StandardPage, target, "Goes with it", body=[("text", f'<p><a linktype="page" id="{child.pk}">B</a></p>')])
    stays = linking("Stays", child)
    html = shown(admin_client, "wagtailadmin_pages:delete", target.pk)
    assert "Used in 1 place." in html and f'<a href="{edit(stays)}">Stays' in html and "Goes with it" not in html
    admin_client.post(reverse("wagtailadmin_pages:delete", args=[target.pk]))
    assert not StandardPage.objects.filter(title="Below").exists()
    assert "Read how" in admin_client.get(stays.url).content.decode()  # the words stay, and nothing breaks


def test_documents_and_list_entries_say_it_too_and_many_places_are_counted(admin_client, target):
    document = resources.document()
    words = f'<p><a linktype="document" id="{document.pk}">Form</a></p>'
    for number in range(12):
        make(StandardPage, front_page(), f"With a form {number}", body=[("text", words)])
    html = shown(admin_client, "wagtaildocs:delete", document.pk)
    assert "Used in 12 places" in html and "And 2 more" in html and html.count("With a form") == 10
    topic = Topic.objects.create(name="Neglect", slug="neglect")
    target.topics.add(topic)
    target.save()
    html = shown(admin_client, "wagtailsnippets_dscp_cms_topic:delete", topic.pk)
    assert f'<a href="{edit(target)}">Thresholds' in html


def test_snippets_count_and_what_one_may_not_open_is_named_by_its_kind_only(client, admin_client, target):
    roles.sync()
    alert = SiteAlert.objects.create(title="Closed on Monday", text="<p>Closed.</p>", link_page=target)
    html = shown(admin_client, "wagtailadmin_pages:delete", target.pk)
    assert reverse("wagtailsnippets_dscp_cms_sitealert:edit", args=[alert.pk]) in html
    contributor = User.objects.create_user("contributor@example.org", "contributor@example.org")
    contributor.groups.add(Group.objects.get(name=roles.CONTRIBUTORS))
    StandardPage.objects.filter(pk=target.pk).update(owner=contributor, live=False)
    linking("Somebody else’s plan", target)
    client.force_login(contributor)
    html = shown(client, "wagtailadmin_pages:delete", target.pk)
    assert "Used in 2 places" in html and "that you can’t open" in html and "Somebody else’s plan" not in html


def draft(title, target, *, live=False, **fields):
    """A page whose words on the site don't mention the target, and whose draft does."""
    page = make(StandardPage, front_page(), title, live=live)
    fields = fields or {"body": [("text", f'<p><a linktype="page" id="{target.pk}">Read how</a></p>')]}
    for name, value in fields.items():
        setattr(page, name, value)
    page.save_revision()
    return page


def test_drafts_that_readers_do_not_see_yet_count_too(admin_client, target):
    child = make(StandardPage, target, "Below")
    draft("Never published", target)
    draft("Changed since", child, live=True)
    draft("A button", target, body=[("button", {"text": "Thresholds", "page": target, "url": ""})])
    draft("Elsewhere", front_page())
    both = linking("Live and draft", target)
    both.save_revision()
    gone = draft("No more", target)
    gone.body = []
    gone.save_revision()
    html = shown(admin_client, "wagtailadmin_pages:delete", target.pk)
    assert "Used in 4 places" in html and html.count("of its draft") == 3 and html.count("Live and draft") == 1
    assert "Never published</a>: Body of its draft" in html and "Changed since" in html and "A button" in html
    assert "Elsewhere" not in html and "No more" not in html
    picture, document, topic = image(), resources.document(), Topic.objects.create(name="Neglect", slug="neglect")
    draft("With a picture", target, social_image=picture, topics=[topic],
          body=[("text", f'<p><a linktype="document" id="{document.pk}">Form</a></p>')])  # fmt: skip
    topics = reverse("wagtailsnippets_dscp_cms_topic:delete", args=[topic.pk])
    for address in (reverse("wagtailimages:delete", args=[picture.pk]), topics,
                    reverse("wagtaildocs:delete", args=[document.pk])):  # fmt: skip
        assert "With a picture" in admin_client.get(address).content.decode(), address


def test_more_drafts_cost_no_more_queries(admin_user, target):
    def queries():
        with CaptureQueriesContext(connection) as found:
            used = where_used(target, admin_user)
        return used.count, len(found)

    for number in range(11):
        draft(f"Draft {number}", target)
    queries()  # so that what is kept for the process is there
    few = queries()
    for number in range(20):
        draft(f"More {number}", target)
        draft(f"Elsewhere {number}", front_page())
    assert (few[0], queries()) == (11, (31, few[1]))
