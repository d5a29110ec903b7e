"""The guide: read from docs/editors, found by words and by screen, put first once."""

import re

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse

from dscp_cms.testing.pages import front_page
from home import help as guide
from home import roles
from news.tests import factories as news
from resources.tests import factories as resources
from training.tests import factories as training

pytestmark = pytest.mark.django_db
TASKS = (
    ("news", "news item"), ("newsletter", "issue"), ("files", "version"), ("sessions", "session"), ("checks", "checks"),
    ("registers", "register"), ("pictures", "consent"), ("alerts", "alert"), ("starters", "pattern"), ("first-steps", ""),
)  # fmt: skip


@pytest.fixture
def editor(client):
    roles.sync()
    user = User.objects.create_user("editor@example.org", "editor@example.org")
    user.groups.add(Group.objects.get(name=roles.EDITORS))
    client.force_login(user)
    return user


def test_every_task_has_a_guide_and_no_link_in_one_is_dead(client, editor):
    for slug, word in TASKS:
        assert word in guide.guides()[slug].title.lower() or word in guide.guides()[slug].words.lower()
    assert {*guide.FOR_PAGES.values(), *(slug for _name, slug in guide.FOR_SCREENS)} <= set(guide.guides())
    for slug, one in guide.guides().items():
        html = client.get(reverse("guide", args=[slug])).content.decode()
        assert one.title in html and one.words[:20].split()[0] in html
        for target in re.findall(r'(?:href|src)="(\.\./[^"]+)"', one.html):
            answer = client.get(reverse("guides") + target.removeprefix("../"))
            assert answer.status_code == 200, (slug, target)
        assert ".md" not in one.html and "img alt" not in one.html.replace('alt=""', "img alt")
    assert client.get("/admin/help/no-such/").status_code == 404
    assert client.get("/admin/help/img/no-such.svg").status_code == 404


def test_help_is_found_by_words(client, editor):
    address = reverse("guides")
    assert [one.slug for one, _passage in guide.search("")][0] == guide.FIRST
    html = client.get(address, {"q": "take consent back"}).content.decode()
    assert "Pictures and consent" in html and "Add a session" not in html.split("<main")[1].split("dscp-starters")[1]
    assert guide.search("Register")[0][0].slug == "registers"
    assert "Nothing has all of these words" in client.get(address, {"q": "<xylophone>"}).content.decode()


@pytest.mark.parametrize(
    ("screen", "slug"),
    [
        (lambda: reverse("wagtailadmin_pages:edit", args=[news.news_item().pk]), "news"),
        (lambda: reverse("wagtailadmin_pages:add", args=["news", "newsitempage", news.news_index().pk]), "news"),
        (lambda: reverse("wagtailadmin_pages:edit", args=[training.course().pk]), "sessions"),
        (lambda: reverse("wagtailadmin_pages:edit", args=[resources.resource("R").pk]), "files"),
        (lambda: reverse("wagtailadmin_pages:edit", args=[front_page().pk]), "writing"),
        (lambda: reverse("training_trainingsession_modeladmin_index"), "sessions"),
        (lambda: reverse("training_day_register", args=[1]), "registers"),
        (lambda: reverse("resources_fileversion_modeladmin_index"), "files"),
        (lambda: reverse("news_subscriber_modeladmin_index"), "newsletter"),
        (lambda: reverse("wagtailsnippets_dscp_cms_sitealert:list"), "alerts"),
        (lambda: reverse("wagtailimages:index"), "pictures"),
        (lambda: reverse("wagtailadmin_home"), "first-steps"),
        (lambda: "/admin/pages/999999/edit/", "writing"),
        (lambda: "/no/such/screen/", None),
        (lambda: "https://example.org/", None),
    ],
)
def test_each_screen_leads_to_its_guide(client, editor, screen, slug):
    answer = client.get(reverse("guide_here"), {"at": screen()})
    assert answer.url == (reverse("guide", args=[slug]) if slug else reverse("guides"))


def test_the_menu_and_the_editor_lead_to_help(client, editor):
    item = news.news_item()
    html = client.get(reverse("wagtailadmin_pages:edit", args=[item.pk])).content.decode()
    assert "Help with this page" in html
    assert f"{reverse('guide_here')}?at=%2Fadmin%2Fpages%2F{item.pk}%2Fedit%2F" in html


def test_where_to_begin_is_shown_until_it_is_put_away(client, editor):
    home = reverse("wagtailadmin_home")
    assert "New here?" in client.get(home).content.decode()
    data = {"where-to-begin": True}
    assert client.patch(reverse("wagtailadmin_dismissibles"), data, "application/json").status_code == 200
    assert "New here?" not in client.get(home).content.decode()
    client.force_login(User.objects.create_superuser("another@example.org", "another@example.org"))
    assert "New here?" in client.get(home).content.decode()
