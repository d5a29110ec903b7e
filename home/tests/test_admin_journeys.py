"""Every kind of page made, changed, previewed, scheduled and published in the admin; whole journeys in Chromium."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, get_page_models
from wagtail.test.utils.form_data import inline_formset, nested_form_data, rich_text, streamfield

from dscp_cms.clock_jobs import publish_scheduled
from dscp_cms.testing.admin_forms import form_data
from dscp_cms.testing.pages import front_page
from dscp_cms.testing.server import running_server
from home.models import (
    ContactPage,
    HomePage,
    ParentsPage,
    PriorityIndexPage,
    PriorityPage,
    StandardPage,
    WorriedPage,
    YoungPeoplePage,
)
from home.tests import factories
from news.models import (
    EventIndexPage,
    EventPage,
    NewsIndexPage,
    NewsItemPage,
    NewsletterIndexPage,
    NewsletterIssuePage,
)
from news.tests import factories as news
from resources.models import (
    LearningReviewPage,
    PublicationIndexPage,
    PublicationPage,
    ResourceIndexPage,
    ResourceLibraryPage,
    ResourcePage,
)
from resources.tests import factories as resources
from training.models import CoursePage, TrainingIndexPage
from training.tests import factories as training


def story(words="What we do about it."):
    """A heading and a text, as a form sends them."""
    text = rich_text(f"<p>{words}</p>", features=["bold", "italic", "ol", "ul", "link"])
    return streamfield([("heading", {"text": "A heading", "level": "h2"}), ("text", text)])


def sections():
    """A section of an issue with a page and a call-out."""
    item = news.news_item("An item")
    items = [
        ("page", {"page": item.pk, "title": "Said otherwise", "summary_here": ""}),
        ("quotation", {"text": "Words", "attribution": "Somebody"}),
    ]
    return {"sections": streamfield([("section", {"kind": "latest_news", "title": "", "items": streamfield(items)})])}


def chapters():
    """Two chapters of a publication."""
    return {
        "chapters": streamfield(
            [
                ("chapter", {"title": "Our vision", "body": story()}),
                ("chapter", {"title": "How we will know", "body": story("By asking.")}),
            ]
        )
    }


def points():
    """Two learning points that nothing answers yet."""
    written = [
        {"point": words, "text": rich_text("<p>Why.</p>"), "briefing": "", "course": ""}
        for words in ("Ask", "Write it down")
    ]
    return {"learning_points": streamfield([("point", value) for value in written])}


def questions():
    """Two questions of the contact form."""
    common = {"required": "on", "choices": "", "default_value": "", "help_text": ""}
    return {
        "form_fields": inline_formset(
            [
                {"label": "Your e-mail", "field_type": "email", **common},
                {"label": "Your message", "field_type": "multiline", **common},
            ]
        )
    }


# For each kind of page: where it goes, and what its form needs beside a title.
KINDS = {
    StandardPage: (front_page, lambda: {"body": story()}),
    WorriedPage: (front_page, lambda: {"body": story(), "after_you_tell_us": story("We listen.")}),
    YoungPeoplePage: (front_page, lambda: {"body": story()}),
    ParentsPage: (front_page, lambda: {"body": story()}),
    ContactPage: (front_page, questions),
    PriorityIndexPage: (front_page, lambda: {"body": story()}),
    PriorityPage: (
        factories.priority_index,
        lambda: {"number": "1", "period_start": "2025", "period_end": "2030", "why": story()},
    ),
    NewsIndexPage: (front_page, dict),
    NewsItemPage: (news.news_index, lambda: {"kind": "news", "date": "01/05/2025", "body": story()}),
    EventIndexPage: (front_page, dict),
    EventPage: (
        news.event_index,
        lambda: {
            "kind": "event",
            "start_date": "01/05/2030",
            "end_date": "02/05/2030",
            "start_time": "9:30",
            "body": story(),
        },
    ),
    NewsletterIndexPage: (front_page, dict),
    NewsletterIssuePage: (news.newsletter_index, lambda: {"date": "01/05/2025", **sections()}),
    TrainingIndexPage: (front_page, lambda: {"body": story()}),
    CoursePage: (training.catalogue, lambda: {"level": "2", "is_virtual": "on", "body": story()}),
    ResourceIndexPage: (front_page, lambda: {"body": story()}),
    ResourceLibraryPage: (resources.resource_index, lambda: {"body": story()}),
    LearningReviewPage: (resources.library, lambda: {"kind": "rapid", "body": story(), **points()}),
    ResourcePage: (resources.library, lambda: {"kind": "toolkit", "reach": "local", "body": story()}),
    PublicationIndexPage: (front_page, dict),
    PublicationPage: (resources.publication_index, lambda: {"published_on": "01/05/2025", **chapters()}),
}


def test_every_kind_of_page_is_walked():
    assert {model for model in get_page_models() if model is not Page} - {HomePage} == set(KINDS)


@pytest.mark.django_db
@pytest.mark.parametrize("model", KINDS, ids=lambda model: model.__name__)
def test_a_page_is_made_previewed_published_changed_and_scheduled(admin_client, client, model):
    parent, more = KINDS[model]
    parent = parent()
    labels = [model._meta.app_label, model._meta.model_name]
    address = reverse("wagtailadmin_pages:add", args=[*labels, parent.pk])
    data = form_data(admin_client, address, model) | nested_form_data(
        {"title": "Made here", "slug": "made-here", **more()}
    )

    preview = reverse("wagtailadmin_pages:preview_on_add", args=[*labels, parent.pk])
    assert admin_client.post(preview, data).json() == {"is_valid": True, "is_available": True}
    assert "Made here" in admin_client.get(preview, {"mode": ""}).content.decode()

    publish(admin_client, model, address, data)
    page = model.objects.get(slug="made-here")
    assert page.live
    assert "Made here" in client.get(page.url).content.decode()

    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    # The rows of formsets as the edit screen holds them, the rest as it was typed.
    held = form_data(admin_client, edit, model)
    changed = held | {name: data[name] for name in data if not name.startswith(("form_fields", "comments"))}
    changed |= {"title": "Changed later", "go_live_at": f"{timezone.localtime() + timedelta(days=2):%d/%m/%Y %H:%M}"}
    publish(admin_client, model, edit, changed)
    page.refresh_from_db()
    assert page.title == "Made here" and page.scheduled_revision
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        publish_scheduled()
    page = model.objects.get(slug="made-here")
    assert page.title == "Changed later" and not page.scheduled_revision
    assert "Changed later" in client.get(page.url).content.decode()


def publish(client, model, address: str, data: dict) -> None:
    """Press Publish; where that takes two people, save the draft and publish it alone, with a reason."""
    two = model.needs_second_person
    response = client.post(address, data if two else {**data, "action-publish": "1"})
    assert response.status_code == 302, response.context["form"].errors
    if two:
        screen = reverse("dscp_cms_approval", args=[model.objects.get(slug="made-here").pk])
        assert client.post(screen, {"do": "alone", "alone-reason": "The meeting is tomorrow."}).status_code == 302


@pytest.mark.django_db
def test_the_front_page_is_changed(admin_client, client):
    page = front_page()
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    data = form_data(admin_client, edit, HomePage) | nested_form_data({"headline": "Everybody's job", "body": story()})
    assert admin_client.post(edit, {**data, "action-publish": "1"}).status_code == 302
    assert "Everybody&#x27;s job" in client.get("/").content.decode()


@pytest.mark.django_db
def test_pages_go_only_where_they_make_sense(admin_client):
    for model in get_page_models():
        if model is Page:
            continue
        for parent in (front_page(), news.news_index(), training.catalogue()):
            address = reverse("wagtailadmin_pages:add", args=[model._meta.app_label, model._meta.model_name, parent.pk])
            allowed = model in parent.creatable_subpage_models() and model.can_create_at(parent)
            assert (admin_client.get(address).status_code == 200) == allowed, (model, parent)


@pytest.mark.django_db
def test_a_reserved_address_is_refused_in_a_sentence(admin_client):
    address = reverse("wagtailadmin_pages:add", args=["home", "standardpage", front_page().pk])
    data = form_data(admin_client, address, StandardPage) | {"title": "Search", "slug": "search"}
    assert "is the address of a part of the site here" in admin_client.post(address, data).content.decode()


@pytest.mark.django_db
def test_an_address_made_of_a_title_that_another_page_has_is_numbered(admin_client):
    address = reverse("wagtailadmin_pages:add", args=["home", "standardpage", front_page().pk])
    for slug in ("our-team", "our-team-2"):
        data = form_data(admin_client, address, StandardPage) | {"title": "Our team", "slug": "our-team"}
        assert admin_client.post(address, data).status_code == 302
        assert StandardPage.objects.last().slug == slug
    edit = reverse("wagtailadmin_pages:edit", args=[StandardPage.objects.last().pk])
    held = form_data(admin_client, edit, StandardPage)
    assert admin_client.post(edit, held | {"slug": "our-team", "summary": "Who we are."}).status_code == 302
    assert StandardPage.objects.last().get_latest_revision_as_object().slug == "our-team-2"
    taken = held | {"title": "Something else", "slug": "our-team"}
    assert "already in use" in admin_client.post(edit, taken).content.decode()


@pytest.mark.django_db
def test_a_picture_address_in_a_block_that_is_no_address_is_refused_beside_it(admin_client):
    address = reverse("wagtailadmin_pages:add", args=["home", "standardpage", front_page().pk])
    video = {"title": "A film", "url": "https://example.org/film", "length": "", "transcript": rich_text("")}
    button = {"text": "Go", "page": "", "url": "", "style": "primary"}
    more = nested_form_data({"title": "T", "slug": "t", "body": streamfield([("video", video), ("button", button)])})
    response = admin_client.post(
        address, form_data(admin_client, address, StandardPage) | more | {"action-publish": "1"}
    )
    shown = response.content.decode()
    assert "Enter the address of one film on YouTube or Vimeo" in shown
    assert "Choose a page, or fill in an address" in shown
    assert not StandardPage.objects.exists()


# In Chromium

PASSWORD = "a long unusual phrase"
PEOPLE = {"Editors": "journey.editor@example.org", "Moderators": "journey.moderator@example.org"}
MAKE_PEOPLE = f"""
from django.contrib.auth.models import Group, User
for name, address in {PEOPLE!r}.items():
    user = User.objects.create_user(address, address, {PASSWORD!r}, first_name=name)
    user.groups.add(Group.objects.get(name=name))
"""


@pytest.fixture(scope="module")
def site(example_site_data, tmp_path_factory):
    """A copy of the example site to change, with an Editor and a Moderator."""
    with running_server(tmp_path_factory.mktemp("journeys"), copy_of=example_site_data, workers=1) as server:
        server.manage("shell", "-c", MAKE_PEOPLE)
        yield server


class Desk:
    """Somebody at the admin."""

    def __init__(self, tab, site, group):
        self.tab, self.site, self.problems = tab, site, []
        tab.set_viewport_size({"width": 1280, "height": 900})
        tab.set_default_timeout(20_000)
        tab.on("pageerror", lambda error: self.problems.append(str(error)))
        tab.on("response", lambda r: self.problems.append(f"{r.status} {r.url}") if r.status >= 500 else None)
        tab.on("console", lambda m: self.problems.append(m.text) if "Content Security Policy" in m.text else None)
        tab.goto(f"{site.url}/admin/login/")
        tab.fill("#id_username", PEOPLE[group].upper())
        tab.fill("#id_password", PASSWORD)
        tab.press("#id_password", "Enter")
        tab.wait_for_url("**/admin/")

    def begin(self, words):
        """Press one of the dashboard's buttons."""
        self.tab.goto(f"{self.site.url}/admin/")
        self.tab.get_by_role("link", name=words).click()

    def pick_date(self, field, day):
        """Type a date and close its calendar."""
        self.tab.fill(field, day)
        self.tab.press(field, "Tab")

    def write(self, words, panel="#panel-child-content-body-section"):
        """Put a text into a stream."""
        self.tab.locator(f"{panel} button.c-sf-add-button").first.click()
        self.tab.get_by_role("option", name="Text", exact=True).click()
        self.tab.locator(f"{panel} [contenteditable=true]").first.click()
        self.tab.keyboard.type(words)
        self.tab.wait_for_timeout(500)  # the editor hands on what was typed when the typing pauses

    def press(self, name):
        """Choose an action from the menu at the foot, and wait until it is done."""
        self.tab.locator("footer .w-dropdown__toggle").first.click()
        self.tab.locator(f"footer button[name={name}]").first.click()
        self.tab.locator(".messages .success").first.wait_for()

    def approve(self):
        """Approve what was submitted, and so publish it."""
        self.tab.locator("footer .w-dropdown__toggle").first.click()
        self.tab.locator("footer button", has_text="Approve and").first.click()
        self.tab.locator(".messages .success").first.wait_for()

    def said(self):
        """What the admin answered."""
        return self.tab.locator(".messages").inner_text()

    def status(self, path):
        """What a reader's browser is answered there."""
        return self.tab.context.browser.new_context().request.get(self.site.url + path).status

    def reads(self, path):
        """What a reader sees there."""
        reader = self.tab.context.browser.new_context().new_page()
        reader.goto(self.site.url + path)
        text = reader.locator("body").inner_text()
        reader.context.close()
        return text


@pytest.mark.browser
@pytest.mark.scale
def test_an_editor_adds_a_course(page, site):
    desk = Desk(page, site, "Editors")
    desk.begin("Add a course")
    page.fill("#id_title", "A journey of training")
    page.select_option("#id_level", "2")
    page.check("#id_is_virtual")
    desk.write("Learn by going.")
    desk.press("action-publish")
    assert "Learn by going." in desk.reads("/training/a-journey-of-training/")
    assert "A journey of training" in desk.reads("/training/?method=virtual&q=journey")
    assert desk.problems == []


@pytest.mark.browser
@pytest.mark.scale
def test_an_editor_changes_the_worried_page_and_a_moderator_puts_it_before_readers(page, browser, site):
    editor = Desk(page, site, "Editors")
    key = site.manage("shell", "-v0", "-c", "from home.models import WorriedPage as W; print(W.objects.get().pk)")
    edit = f"{site.url}/admin/pages/{key.stdout.split()[-1]}/edit/"
    page.goto(edit)
    page.fill("#id_summary", "Tell somebody today.")
    assert page.locator("footer button[name=action-publish]").count() == 0
    editor.press("action-submit")
    assert "Tell somebody today." not in editor.reads("/worried-about-a-child/")
    with browser.new_context(locale="en-GB") as other:
        tab = other.new_page()
        moderator = Desk(tab, site, "Moderators")
        tab.goto(edit)
        moderator.approve()
        assert moderator.problems == []
    assert "Tell somebody today." in editor.reads("/worried-about-a-child/")
    assert editor.problems == []


@pytest.mark.browser
@pytest.mark.scale
def test_a_moderator_ends_consent(page, site):
    desk = Desk(page, site, "Moderators")
    of_children = "S.objects.filter(pk=1).update(people='children', consent_given=True)"
    site.manage("shell", "-v0", "-c", f"from dscp_cms.models import SiteImage as S; {of_children}")
    page.goto(f"{site.url}/admin/images/1/")
    page.get_by_role("link", name="End consent…").click()
    assert "It can't be brought back" in page.locator("main").inner_text()
    page.get_by_role("button", name="End consent and take it down").click()
    page.locator(".messages .success").first.wait_for()
    assert "taken down everywhere" in desk.said()
    page.goto(f"{site.url}/admin/images/1/")
    assert "Consent to this picture ended on" in page.locator("main").inner_text()
    assert desk.problems == []
