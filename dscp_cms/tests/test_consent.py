"""Consent to a picture: none, none of it is seen; ended, it is gone for good."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.messages import get_messages
from django.core.files.images import ImageFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from wagtail.models import Collection

from dscp_cms import consent
from dscp_cms.models import SiteImage
from dscp_cms.templatetags.dscp import picture
from dscp_cms.testing.admin_forms import form_data
from dscp_cms.testing.pages import front_page, make
from home import roles
from home.models import StandardPage
from news.models import NewsIndexPage, NewsItemPage

pytestmark = pytest.mark.django_db


def image(title="Children by the river", people="children", **fields) -> SiteImage:
    """A picture of children whose consent nobody has recorded."""
    buffer = BytesIO()
    Image.new("RGB", (600, 400), "orange").save(buffer, "JPEG")
    file = ImageFile(buffer, name="river.jpg")
    return SiteImage.objects.create(title=title, people=people, description="Two children", file=file, **fields)


def news_item(**fields) -> NewsItemPage:
    """A news item in draft."""
    index = NewsIndexPage.objects.first() or make(NewsIndexPage, front_page(), "News")
    return make(NewsItemPage, index, "An item", live=False, date=timezone.localdate(), **fields)


def said(response):
    """What the admin told the editor."""
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def press(client, page, **buttons):
    """Send the page's form with these buttons and fields; its body is sent as it is stored."""
    address = reverse("wagtailadmin_pages:edit", args=[page.pk])
    data = form_data(client, address, type(page))
    for number, block in enumerate(page.body):
        data |= {f"body-{number}-{key}": value for key, value in
                 {"type": block.block_type, "id": "", "order": str(number), "deleted": ""}.items()}  # fmt: skip
        data |= {f"body-{number}-value-image": block.value["image"].pk, f"body-{number}-value-caption": ""}
    data["body-count"] = str(len(page.body))
    return client.post(address, {**data, **buttons})


@pytest.mark.parametrize(
    "buttons",
    [
        {"action-publish": "1"},
        {"action-submit": "1"},
        {"action-publish": "1", "go_live_at": f"{timezone.now() + timedelta(days=3):%d/%m/%Y %H:%M}"},
    ],
)
def test_a_page_with_such_a_picture_is_not_published(admin_client, buttons):
    page = news_item(image=image())
    response = press(admin_client, page, **buttons)
    assert "“Children by the river” shows people without a consent that still stands" in response.content.decode()
    page.refresh_from_db()
    assert not page.live and not page.workflow_in_progress and not page.approved_schedule


def test_nor_with_the_picture_in_a_block(admin_client):
    page = news_item(body=[("image", {"image": image(), "caption": ""})])
    assert "without a consent" in press(admin_client, page, **{"action-publish": "1"}).content.decode()
    page.refresh_from_db()
    assert not page.live


def test_a_draft_of_it_is_saved(admin_client):
    assert press(admin_client, news_item(image=image())).status_code == 302


def test_with_consent_it_is_published(admin_client):
    page = news_item(image=image(consent_given=True, consent_until=timezone.localdate()))
    press(admin_client, page, **{"action-publish": "1"})
    page.refresh_from_db()
    assert page.live


def test_not_in_bulk_either(admin_client):
    page, parent = news_item(image=image()), NewsIndexPage.objects.get()
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "publish"])
    for chosen, data in ((page, {}), (parent, {"include_descendants": "on"})):
        response = admin_client.post(f"{address}?id={chosen.pk}", data)
        assert "without a consent" in said(response)
        page.refresh_from_db()
        assert not page.live


@pytest.mark.parametrize("dialogue", [True, False])
def test_nor_by_approving(client, dialogue):
    roles.sync()
    picture_ = image(consent_given=True)
    page = news_item(image=picture_)
    editor, moderator = User.objects.create_user("e@example.org"), User.objects.create_user("m@example.org")
    editor.groups.add(Group.objects.get(name="Editors"))
    moderator.groups.add(Group.objects.get(name="Moderators"))
    state = page.get_workflow().start(page, editor)
    SiteImage.objects.filter(pk=picture_.pk).update(consent_given=False)
    client.force_login(moderator)
    address = reverse("wagtailadmin_pages:workflow_action", args=[page.pk, "approve", state.current_task_state.pk])
    headers = {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest"} if dialogue else {}
    response = client.post(address, {"comment": ""}, **headers)
    assert "without a consent" in said(response)
    page.refresh_from_db()
    state.refresh_from_db()
    assert not page.live and state.status == "in_progress"
    response = press(client, page, **{"action-workflow-action": "1", "workflow-action-name": "approve"})
    assert "without a consent" in response.content.decode()
    SiteImage.objects.filter(pk=picture_.pk).update(consent_given=True)
    client.post(address, {"comment": ""})
    page.refresh_from_db()
    assert page.live


def test_a_picture_without_consent_is_shown_to_nobody_but_staff(client, admin_client):
    shown = image(consent_given=True)
    rendition = shown.get_rendition("width-400|format-jpeg")
    assert client.get(rendition.url).status_code == 200
    assert picture(shown) and "img" in render_to_string("components/picture.html", picture(shown))
    SiteImage.objects.filter(pk=shown.pk).update(consent_given=False)
    shown.refresh_from_db()
    assert picture(shown) == {}
    from django.test import Client

    assert Client().get(rendition.url).status_code == 404
    for_staff = admin_client.get(rendition.url)
    assert for_staff.status_code == 200 and "no-store" in for_staff["Cache-Control"]


def test_ending_consent_asks_first_and_lists_every_use(admin_client):
    shown = image(consent_given=True)
    published = make(NewsItemPage, news_item().get_parent(), "With it on top", date=timezone.localdate(), image=shown)
    in_block = make(StandardPage, front_page(), "In a block", body=[("image", {"image": shown, "caption": ""})])
    draft = make(StandardPage, front_page(), "Only in a draft")
    draft.body = [("image", {"image": shown, "caption": ""})]
    draft.save_revision()
    make(StandardPage, front_page(), "Has none")
    found = consent.uses(shown)
    assert [use.title for use in found] == ["In a block", "Only in a draft", "With it on top"]
    address = reverse("end_consent", args=[shown.pk])
    assert f'href="{address}"' in admin_client.get(reverse("wagtailimages:edit", args=[shown.pk])).content.decode()
    asked = admin_client.get(address).content.decode()
    for page in (published, in_block, draft):
        assert page.title in asked
    assert "Has none" not in asked
    shown.refresh_from_db()
    assert shown.consent_stands


def test_ending_consent_takes_the_picture_down_for_good(admin_client, client, django_capture_on_commit_callbacks):
    shown = image(consent_given=True)
    make(StandardPage, front_page(), "In a block", body=[("image", {"image": shown, "caption": ""})])
    old, rendition = shown.file.name, shown.get_rendition("width-400|format-jpeg")
    old_rendition, storage = rendition.file.name, shown.file.storage
    with django_capture_on_commit_callbacks(execute=True):
        response = admin_client.post(reverse("end_consent", args=[shown.pk]))
    assert "taken down everywhere" in said(response)
    shown.refresh_from_db()
    assert not storage.exists(old) and not storage.exists(old_rendition)
    assert client.get(f"/media/{old_rendition}").status_code == 404
    assert shown.consent_ended_at and not shown.consent_given and shown.default_alt_text == ""
    page = client.get("/in-a-block/")
    assert page.status_code == 200 and "river" not in page.content.decode()
    edit = admin_client.get(reverse("wagtailimages:edit", args=[shown.pk])).content.decode()
    assert "Consent to this picture ended on" in edit
    assert "no consent to end" in said(admin_client.get(reverse("end_consent", args=[shown.pk])))


def test_a_picture_taken_down_is_not_given_consent_again(admin_client):
    shown = image(consent_given=True)
    consent.end_consent(shown)
    shown.refresh_from_db()
    ended = shown.consent_ended_at
    consent.end_consent(shown)
    shown.refresh_from_db()
    assert shown.consent_ended_at == ended
    address = reverse("wagtailimages:edit", args=[shown.pk])
    fields = {"title": "T", "description": "D", "people": "children", "consent_given": "on", "tags": "",
              "collection": Collection.get_first_root_node().pk}  # fmt: skip
    assert "This picture was taken down" in admin_client.post(address, fields).content.decode()
    buffer = BytesIO()
    Image.new("RGB", (60, 40)).save(buffer, "JPEG")
    admin_client.post(address, {**fields, "file": SimpleUploadedFile("new.jpg", buffer.getvalue())})
    shown.refresh_from_db()
    assert shown.consent_ended_at is None and shown.consent_stands


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"people": "none", "consent_given": "on"}, "Say who is shown"),
        ({"people": "none", "consent_until": "01/05/2030"}, "Say who is shown"),
        ({"people": "adults", "consent_until": "01/05/2030"}, "Tick this as well"),
        ({"people": "giants"}, "Select a valid choice"),
        ({"people": "adults", "consent_given": "on", "consent_until": "soon"}, "Enter a valid date"),
    ],
)
def test_the_record_must_make_sense(admin_client, fields, sentence):
    shown = image()
    data = {"title": "T", "description": "D", "tags": "", "collection": Collection.get_first_root_node().pk, **fields}
    response = admin_client.post(reverse("wagtailimages:edit", args=[shown.pk]), data)
    assert response.status_code == 200 and sentence in response.content.decode()


def test_the_clock_ends_what_has_lapsed_and_nothing_else():
    today = timezone.localdate()
    lapsed = image("Lapsed", consent_given=True, consent_until=today - timedelta(days=1))
    last_day = image("Last day", consent_given=True, consent_until=today)
    endless = image("Endless", consent_given=True)
    nobody = image("Nobody", people="none", consent_until=today - timedelta(days=9))
    assert consent.end_lapsed_consents() == 1
    assert consent.end_lapsed_consents() == 0
    for one in (lapsed, last_day, endless, nobody):
        one.refresh_from_db()
    assert lapsed.consent_ended_at and not any(one.consent_ended_at for one in (last_day, endless, nobody))


def test_editors_dont_end_consent(client):
    roles.sync()
    shown, editor = image(consent_given=True), User.objects.create_user("e@example.org")
    editor.groups.add(Group.objects.get(name="Editors"))
    client.force_login(editor)
    assert client.post(reverse("end_consent", args=[shown.pk])).status_code == 302
    shown.refresh_from_db()
    assert shown.consent_stands
    assert "End consent" not in client.get(reverse("wagtailimages:edit", args=[shown.pk])).content.decode()
    assert client.get(reverse("end_consent", args=[99999])).status_code == 302


def test_a_visitor_is_asked_to_sign_in(client):
    assert "/login/" in client.post(reverse("end_consent", args=[image().pk]))["Location"]
