"""The guide: read from docs/editors, found by words and by screen, put first once."""

import re

import pytest
from django.contrib.auth.models import Group, User
from django.urls import URLResolver, get_resolver, reverse
from wagtail import blocks
from wagtail.admin.panels import FieldPanel, get_edit_handler
from wagtail.contrib.settings.registry import registry as settings_registry
from wagtail.contrib.settings.views import get_setting_edit_handler
from wagtail.fields import StreamField
from wagtail.models import get_page_models
from wagtail.snippets.models import get_snippet_models

from dscp_cms.testing.pages import front_page
from home import help as guide
from home import roles
from news.tests import factories as news
from resources.tests import factories as resources
from training.charge_admin import ChargeRuleAdmin
from training.models import ChargeRule, EvaluationQuestion
from training.tests import factories as training

pytestmark = pytest.mark.django_db
TASKS = (
    ("news", "news item"), ("newsletter", "issue"), ("files", "version"), ("sessions", "session"), ("checks", "checks"),
    ("registers", "register"), ("pictures", "consent"), ("alerts", "alert"), ("starters", "pattern"), ("first-steps", ""),
    ("newsletter", "send to subscribers"), ("bookings", "booking"), ("charges", "finance"), ("partners", "partner"),
    ("sharing", "approved"), ("imports", "import"), ("libraries", "learning review"), ("reports", "yearly"),
    ("messages", "dealt with"), ("accounts", "left"), ("settings", "number"),
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
        (lambda: reverse("news_subscriber_modeladmin_index"), "subscribers"),
        (lambda: reverse("news_campaigns"), "newsletter"),
        (lambda: reverse("training_charge_modeladmin_index"), "charges"),
        (lambda: reverse("wagtailusers_users:index"), "accounts"),
        (lambda: reverse("dscp_cms_partnerprofile_modeladmin_create"), "partners"),
        (lambda: reverse("calendar"), "dashboard"),
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


OURS = ("dscp_cms", "home", "news", "training", "resources", "wagtail_modeladmin")


def own_screens(patterns=None, before="", spaces=()):
    """The name of each address of the admin that one of our views, or a list of our facts, answers."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        route = before + str(one.pattern).replace("^", "")
        if isinstance(one, URLResolver):
            below = (*spaces, one.namespace) if one.namespace else spaces
            yield from own_screens(one.url_patterns, route, below)
        elif route.startswith("admin/") and one.callback.__module__.startswith(OURS):
            yield ":".join((*spaces, one.name or route))


def test_each_screen_of_our_own_has_a_guide():
    names = set(own_screens()) - {"account_login"}  # before one is signed in
    assert len(names) > 150
    assert sorted(name for name in names if guide.guide_for_screen(name) not in guide.guides()) == []


WAGTAILS_OWN = {"title", "slug", "seo_title", "search_description", "show_in_menus", "go_live_at", "expire_at",
                "comment_notifications"}  # fmt: skip


def without_help():
    """Each field and block of an editor's form that says nothing of what belongs in it."""
    handlers = [model.get_edit_handler() for model in get_page_models()]
    handlers += [model.snippet_viewset.get_edit_handler() for model in get_snippet_models()]
    handlers += [get_setting_edit_handler(model) for model in settings_registry]
    handlers += [ChargeRuleAdmin.edit_handler.bind_to_model(ChargeRule), get_edit_handler(EvaluationQuestion)]
    for handler in handlers:
        form = handler.get_form_class()
        fields = {(handler.model.__name__, name): field for name, field in form.base_fields.items()}
        for many, formset in getattr(form, "formsets", {}).items():
            if many not in {"comments", "form_fields"}:  # Wagtail's
                fields |= {(many, name): field for name, field in formset.form.base_fields.items()}
        said = {panel.field_name for panel in panels_of(handler) if isinstance(panel, FieldPanel) and panel.help_text}
        for (of, name), field in fields.items():
            if name not in WAGTAILS_OWN | {"id", "ORDER", "DELETE"} | said and not field.help_text:
                yield f"{of}.{name}"
    for model in get_page_models():
        for field in model._meta.get_fields():
            if isinstance(field, StreamField):
                yield from silent(field.stream_block, model.__name__)


def panels_of(panel):
    """A panel and all inside it."""
    yield panel
    for child in getattr(panel, "children", ()):
        yield from panels_of(child)


def silent(block, of):
    """The fields inside a block without help."""
    for name, child in getattr(block, "child_blocks", {}).items():
        if isinstance(block, blocks.StructBlock) and isinstance(child, blocks.FieldBlock) and not child.field.help_text:
            yield f"{of}: {type(block).__name__}.{name}"
        yield from silent(child, of)
    if isinstance(block, blocks.ListBlock):
        yield from silent(block.child_block, of)


def test_every_field_says_what_belongs_in_it():
    assert sorted(set(without_help())) == []


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
