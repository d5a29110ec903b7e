"""Deleting and unpublishing what facts refer to: stopped in a sentence, by every way there is."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.messages import get_messages
from django.core.management import call_command
from django.db.models import ProtectedError
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Page, PageLogEntry

from dscp_cms import protection
from dscp_cms.clock_jobs import publish_scheduled
from dscp_cms.models import SiteDocument
from dscp_cms.testing.admin_forms import form_data
from dscp_cms.testing.pages import front_page, make
from home.models import ContactMessage, StandardPage
from home.tests import factories
from resources.models import FileVersion, ResourcePage
from resources.tests import factories as resources
from training.tests import factories as training

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact():
    """The contact page with a message."""
    page = factories.contact_page()
    ContactMessage.objects.create(page=page, form_data={"your_message": "Hello"})
    return page


@pytest.fixture
def resource():
    """A resource with two versions of its file."""
    page = resources.resource("Neglect toolkit")
    resources.version(page, "1")
    resources.version(page, "2")
    return page


def said(response):
    """What the admin told the editor."""
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def delete(client, page, method="post"):
    """Ask Wagtail to delete a page."""
    data = {"confirm_site_name": "Durham Safeguarding Children Partnership"}
    return getattr(client, method)(reverse("wagtailadmin_pages:delete", args=[page.pk]), data)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_page_with_messages_is_not_deleted(admin_client, contact, method):
    response = delete(admin_client, contact, method)
    assert response.status_code == 302
    assert said(response) == (
        "“Contact us” can't be deleted, because something else needs it: every page of the site leads to “Contact us”; "
        "1 contact message of “Contact us”."
    )
    contact.refresh_from_db()


def test_nor_an_ancestor_and_the_sentence_says_what_is_below(admin_client, resource):
    response = delete(admin_client, resources.resource_index())
    assert "“Resources” can't be deleted" in said(response)
    assert "2 file versions of “Neglect toolkit”" in said(response)
    assert "Unpublish it instead" in said(response)
    assert ResourcePage.objects.count() == 1 and FileVersion.objects.count() == 2


def test_many_owners_are_counted(admin_client):
    for number in range(5):
        resources.version(resources.resource(f"Resource {number}"), "1")
    assert "5 file versions of 5 resources" in said(delete(admin_client, resources.library()))


def test_nor_in_bulk(admin_client, resource, contact):
    free = make(StandardPage, front_page(), "Free")
    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "delete"])
    address += "?" + "&".join(f"id={page.pk}" for page in (free, resource, contact))
    response = admin_client.post(address, {"confirm_site_name": "Durham Safeguarding Children Partnership"})
    assert response.status_code == 302
    assert "What you chose (3 pages) can't be deleted" in said(response)
    assert Page.objects.filter(pk__in=[free.pk, resource.pk, contact.pk]).count() == 3


def test_nor_by_the_orm(resource, contact):
    for page in (resource, contact, resources.resource_index(), Page.objects.get(pk=contact.pk)):
        with pytest.raises(ProtectedError):
            page.delete()
    with pytest.raises(ProtectedError):
        SiteDocument.objects.first().delete()
    assert FileVersion.objects.count() == 2 and ContactMessage.objects.count() == 1


def test_a_page_without_facts_is_deleted(admin_client):
    page = make(StandardPage, front_page(), "Free")
    assert "deleted" in said(delete(admin_client, page))
    assert not StandardPage.objects.exists()


@pytest.mark.parametrize("action", ["delete", "unpublish"])
def test_what_every_page_leads_to_stays(admin_client, action):
    page = make(StandardPage, front_page(), "Privacy", slug="privacy")
    base = Path(__file__).parents[1] / "templates/base.html"
    assert all(f'href="/{slug}/"' in base.read_text() for slug in protection.FRAME)
    answer = admin_client.post(reverse(f"wagtailadmin_pages:{action}", args=[page.pk]), follow=True)
    assert "every page of the site leads to “Privacy”" in answer.content.decode()
    page.refresh_from_db()
    assert page.live


def test_a_page_with_messages_is_not_unpublished(admin_client, contact):
    response = admin_client.post(reverse("wagtailadmin_pages:unpublish", args=[contact.pk]))
    assert "“Contact us” can't be unpublished" in said(response)
    contact.refresh_from_db()
    assert contact.live


def test_nor_with_the_pages_above_it(admin_client, contact):
    address = reverse("wagtailadmin_pages:unpublish", args=[front_page().pk])
    response = admin_client.post(address, {"include_descendants": "on"})
    assert "1 contact message of “Contact us”" in said(response)
    contact.refresh_from_db()
    assert contact.live and front_page().live


@pytest.mark.parametrize("below", [True, False])
def test_nor_in_bulk_when_unpublishing(admin_client, contact, below):
    free = make(StandardPage, front_page(), "Free")
    chosen = front_page() if below else contact
    address = (
        reverse("wagtail_bulk_action", args=["wagtailcore", "page", "unpublish"]) + f"?id={chosen.pk}&id={free.pk}"
    )
    response = admin_client.post(address, {"include_descendants": "on"} if below else {})
    assert "can't be unpublished" in said(response)
    contact.refresh_from_db()
    free.refresh_from_db()
    assert contact.live and free.live


def test_a_resource_is_unpublished_and_its_files_wait_with_it(admin_client, client, resource):
    document = resource.current_version.document
    assert client.get(document.url).status_code == 200
    admin_client.post(reverse("wagtailadmin_pages:unpublish", args=[resource.pk]))
    resource.refresh_from_db()
    assert not resource.live and resource.versions.count() == 2
    client.logout()
    assert client.get(document.url).status_code == 404


def test_the_charging_policy_stays_as_long_as_the_catalogue_names_it(admin_client):
    catalogue = training.catalogue()
    policy = make(StandardPage, catalogue, "Charging policy")
    catalogue.charging_policy = policy
    catalogue.save_revision().publish()
    assert "“Training” uses “Charging policy” as its charging policy" in said(delete(admin_client, policy))
    response = admin_client.post(reverse("wagtailadmin_pages:unpublish", args=[policy.pk]))
    assert "can't be unpublished" in said(response)
    assert StandardPage.objects.get().live
    assert protection.obstacles([catalogue]) == []  # they may go together


def test_a_draft_that_names_a_deleted_page_still_opens(admin_client):
    catalogue = training.catalogue()
    gone = make(StandardPage, front_page(), "Gone")
    catalogue.charging_policy = gone
    catalogue.save_revision()
    gone.delete()
    assert admin_client.get(reverse("wagtailadmin_pages:edit", args=[catalogue.pk])).status_code == 200


def test_an_end_date_is_refused_where_facts_need_the_page(admin_client, contact):
    address = reverse("wagtailadmin_pages:edit", args=[contact.pk])
    data = form_data(admin_client, address, type(contact))
    data |= {"expire_at": f"{timezone.localtime() + timedelta(days=9):%d/%m/%Y %H:%M}", "action-publish": "1"}
    response = admin_client.post(address, data)
    assert protection.complaint([contact], "unpublished") in response.content.decode().replace("&#x27;", "'")
    contact.refresh_from_db()
    assert contact.expire_at is None


def test_a_page_whose_end_came_before_its_facts_stays_published(contact):
    past = timezone.now() - timedelta(minutes=5)
    free = make(StandardPage, front_page(), "Free")
    Page.objects.filter(pk__in=[contact.pk, free.pk]).update(expire_at=past)
    publish_scheduled()
    contact.refresh_from_db()
    free.refresh_from_db()
    assert contact.live and contact.expire_at is None
    assert not free.live
    entry = PageLogEntry.objects.get(action="dscp_cms.keep_published")
    assert "1 contact message" in entry.data["reason"]
    call_command("publish_scheduled")
    contact.refresh_from_db()
    assert contact.live


def test_its_history_says_so(admin_client, contact):
    Page.objects.filter(pk=contact.pk).update(expire_at=timezone.now())
    publish_scheduled()
    shown = admin_client.get(reverse("wagtailadmin_pages:history", args=[contact.pk])).content.decode()
    assert "Kept published after its end date" in shown


def test_a_document_of_a_version_is_not_deleted(admin_client, resource):
    document = resource.current_version.document
    for method in ("get", "post"):
        response = getattr(admin_client, method)(reverse("wagtaildocs:delete", args=[document.pk]))
        assert response.status_code == 302
        assert "1 file version of “A file”" in said(response)
    bulk = reverse("wagtail_bulk_action", args=[SiteDocument._meta.app_label, "sitedocument", "delete"])
    assert "can't be deleted" in said(admin_client.post(f"{bulk}?id={document.pk}"))
    document.refresh_from_db()
    spare = resources.document("Spare")
    admin_client.post(reverse("wagtaildocs:delete", args=[spare.pk]))
    assert not SiteDocument.objects.filter(pk=spare.pk).exists()


def test_what_the_checks_miss_is_caught_and_said(admin_client, resource, monkeypatch):
    monkeypatch.setattr(protection, "obstacles", lambda *args, **kwargs: [])
    document = resource.current_version.document
    response = delete(admin_client, resource)
    assert response.status_code == 302
    assert said(response) == "Nothing was deleted, because something else needs it: 2 file versions."
    address = reverse("wagtaildocs:delete_multiple", args=[document.pk])
    response = admin_client.post(address, HTTP_X_REQUESTED_WITH="XMLHttpRequest")
    assert response.status_code == 409 and "Nothing was deleted" in response.json()["error_message"]
    assert ResourcePage.objects.exists()
