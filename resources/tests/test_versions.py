"""Versions of a resource's file: added and withdrawn, never rewritten."""

from datetime import date, timedelta

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Collection, CollectionViewRestriction

from dscp_cms.models import SiteDocument
from resources import changes, current, inside
from resources.models import Change, CurrentFile, FileVersion, Removal, ResourcePage
from resources.panels import next_label
from resources.tests import factories
from resources.tests.factories import PDF
from resources.versions import add_version, confirm, correct, remove_resource, withdraw

pytestmark = pytest.mark.django_db
CREATE = "resources_fileversion_modeladmin_create"


@pytest.fixture
def resource():
    return factories.resource("Neglect toolkit")


def refused(**fields):
    """The complaint about this version, as {field: sentences}."""
    with pytest.raises(ValidationError) as caught:
        add_version(**fields)
    return caught.value.message_dict


def test_a_version_is_added_and_read(resource, admin_user):
    version = add_version(resource, factories.document(), label=" 1 ", what_changed=" All of it ", added_by=admin_user)
    assert (version.label, version.what_changed, version.added_by) == ("1", "All of it", admin_user)
    assert version.published_on == timezone.localdate()
    assert resource.current_version is None  # nobody has looked into it
    assert confirm(version, admin_user) and not confirm(version)
    version.refresh_from_db()
    assert version.checked_by == admin_user
    assert ResourcePage.objects.get().current_version == version


def test_a_label_stands_for_one_version(resource):
    add_version(resource, factories.document(), label="March 2025")
    other = factories.document(content=PDF + b"2")
    assert "already has a version" in refused(resource=resource, document=other, label="march  2025")["label"][0]
    assert "Give the version a label" in refused(resource=resource, document=other, label=" ")["label"][0]
    add_version(factories.resource("Another"), other, label="March 2025")


def test_the_same_bytes_are_not_added_twice(resource):
    first = add_version(resource, factories.document(), label="1")
    told = refused(resource=resource, document=factories.document(), label="2")["document"][0]
    assert "the very file of version 1, which waits" in told
    confirm(first)
    assert (
        "the very file of version 1, which readers get now"
        in refused(resource=resource, document=factories.document(), label="2")["document"][0]
    )
    confirm(add_version(resource, factories.document(content=PDF + b"2"), label="2"))
    add_version(resource, factories.document(), label="back to 1")


def test_an_unsaved_document_is_saved_only_when_all_is_right(resource):
    add_version(resource, factories.document(), label="1")
    fresh = SiteDocument(title="Fresh", file=ContentFile(PDF + b"3", "fresh.pdf"))
    refused(resource=resource, document=fresh, label="1")
    assert fresh.pk is None
    assert add_version(resource, fresh, label="3").document.pk


def test_a_file_that_is_missing_is_like_no_other(resource):
    lost = factories.document()
    add_version(resource, lost, label="1")
    lost.file.storage.delete(lost.file.name)
    add_version(resource, factories.document(name="other.pdf"), label="2")


def test_a_version_of_a_later_day_waits(resource, client):
    days_ago = timezone.localdate() - timedelta(days=9)
    confirm(add_version(resource, factories.document(), label="1", published_on=days_ago))
    later = add_version(
        resource,
        factories.document(content=PDF + b"2"),
        label="2",
        published_on=timezone.localdate() + timedelta(days=1),
    )
    confirm(later)
    assert b"".join(client.get(f"{resource.url}download/").streaming_content) == PDF
    assert client.get(later.document.url).status_code == 404
    assert client.get(f"{resource.url}versions/{later.pk}/").status_code == 404


def test_a_withdrawn_version_is_gone_for_readers(resource, client, admin_client):
    first = add_version(
        resource, factories.document(), label="1", published_on=timezone.localdate() - timedelta(days=9)
    )
    second = add_version(resource, factories.document(content=PDF + b"2"), label="2")
    confirm(first), confirm(second)
    address = reverse("withdraw_file_version", args=[second.pk])
    assert admin_client.get(address).status_code == 405
    admin_client.post(address)
    second.refresh_from_db()
    assert second.withdrawn_at and not withdraw(second)
    admin_client.logout()
    assert b"".join(client.get(f"{resource.url}download/").streaming_content) == PDF
    assert client.get(second.document.url).status_code == 404
    assert client.get(first.document.url).status_code == 200


def test_a_document_that_is_no_version_is_open(client):
    assert client.get(factories.document().url).status_code == 200


def send(client, of, **fields):
    """Send the form of a new version."""
    data = {"resource": of.pk, "label": "2", "published_on": "01/05/2025", "what_changed": "New contacts", **fields}
    return client.post(reverse(CREATE), data)


def pdf(content=PDF + b"2", name="toolkit.pdf"):
    return SimpleUploadedFile(name, content, "application/pdf")


def test_staff_upload_a_new_version(admin_client, admin_user, resource):
    start = admin_client.get(f"{reverse(CREATE)}?resource={resource.pk}")
    assert "Neglect toolkit" in start.content.decode()
    response = send(admin_client, resource, file=pdf(), pages="12")
    version = FileVersion.objects.get()
    check = reverse("check_file_version", args=[version.pk])
    assert response["Location"] == check and version.checked_at is None
    edit = reverse("wagtailadmin_pages:edit", args=[resource.pk])
    assert "Look into it" in admin_client.get(edit).content.decode()
    assert "hasn’t been read yet" not in admin_client.get(check).content.decode()
    assert confirm(version)
    assert version.added_by == admin_user and str(version.published_on) == "2025-05-01"
    document = version.document
    assert (document.file_size, document.pages, document.uploaded_by_user) == (len(PDF) + 1, 12, admin_user)
    assert document.title == "Neglect toolkit, 2" and document.file_hash
    shown = admin_client.get(edit).content.decode()
    assert "Readers get this one" in shown and "New contacts" in shown and "12 pages" in shown
    assert f"{reverse(CREATE)}?resource={resource.pk}" in shown


def test_a_new_version_is_stored_beside_the_one_before(admin_client, resource):
    collection = Collection.get_first_root_node().add_child(name="For partners")
    CollectionViewRestriction.objects.create(collection=collection, restriction_type="login")
    SiteDocument.objects.filter(pk=factories.version(resource).document_id).update(collection=collection)
    send(admin_client, resource, file=pdf())
    newest = FileVersion.objects.get(label="2")
    assert newest.document.collection == collection
    assert confirm(newest) and Client().get(f"{resource.url}download/").status_code != 200


def test_the_edit_screen_of_a_resource_replaces_its_file_in_one_step(admin_client, resource):
    factories.version(resource, "2")
    edit = reverse("wagtailadmin_pages:edit", args=[resource.pk])
    shown = BeautifulSoup(admin_client.get(edit).content, "html.parser")
    form = BeautifulSoup(shown.find("template", {"data-outside": True}).decode_contents(), "html.parser").form
    fields = {field["name"]: field.get("value", "") for field in shown.find_all("input", form=form["id"])}
    assert fields.keys() == {"file", "label", "published_on", "what_changed"} and fields["label"] == "3"
    assert form["method"] == "post" and form["enctype"] == "multipart/form-data"
    own = {field["name"]: field["value"] for field in form.find_all("input")}
    assert len(own["csrfmiddlewaretoken"]) > 30
    answer = admin_client.post(form["action"], {**own, **fields, "file": pdf(), "what_changed": "Shorter"})
    newest = FileVersion.objects.get(label="3")
    assert answer["Location"] == reverse("check_file_version", args=[newest.pk])
    assert newest.published_on == timezone.localdate() and newest.what_changed == "Shorter"
    inside.read_document(newest.document_id)
    assert admin_client.post(reverse("check_file_version", args=[newest.pk]), {"looked": "on"})["Location"] == edit
    assert ResourcePage.objects.get(pk=resource.pk).current_version == newest


@pytest.mark.parametrize(
    ("labels", "expected"),
    [([], "1"), (["2", "1"], "3"), (["1.2", "1.10"], "2"), (["March 2025", "1"], ""), (["2025a"], "")],
)
def test_the_next_label_is_proposed_where_they_count(labels, expected):
    assert next_label(labels) == expected


def test_or_choose_a_document_that_is_here(admin_client, resource):
    document = factories.document()
    send(admin_client, resource, document=document.pk, pages="7")
    document.refresh_from_db()
    assert FileVersion.objects.get().document == document and document.pages == 7


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Upload a file, or choose a document"),
        ({"file": pdf(b"MZ")}, "but the file is something else"),
        ({"file": pdf(b"")}, "The submitted file is empty"),
        ({"file": pdf(name="tool.exe")}, "can&#x27;t be uploaded"),
        ({"file": pdf(), "label": ""}, "This field is required"),
        ({"file": pdf(), "published_on": "soon"}, "Enter a valid date"),
        ({"file": pdf(), "pages": "0"}, "greater than or equal to 1"),
        ({"file": pdf(), "resource": "99999"}, "Select a valid choice"),
        ({"document": "99999"}, "Select a valid choice"),
        ({"file": pdf(PDF), "label": "2"}, "This is the very file of version 1"),
        ({"file": pdf(), "label": "1"}, "already has a version"),
    ],
)
def test_what_cant_be_added_says_why(admin_client, resource, fields, sentence):
    factories.version(resource, "1")
    before = SiteDocument.objects.count()
    response = send(admin_client, resource, **fields)
    assert response.status_code == 200
    assert sentence in response.content.decode(), response.context["form"].errors
    assert FileVersion.objects.count() == 1 and SiteDocument.objects.count() == before


def test_a_file_and_a_document_are_too_much(admin_client, resource):
    response = send(admin_client, resource, file=pdf(), document=factories.document().pk)
    assert "one of the two" in response.content.decode()


def test_a_correction_is_a_row_of_its_own(admin_client, admin_user, client, resource):
    version = factories.version(resource, "1", published_on=date(2025, 3, 1), checked_by=admin_user)
    factories.version(resource, "2", published_on=date(2025, 4, 1))
    changes.note()
    address = reverse("resources_fileversion_modeladmin_edit", args=[version.pk])
    assert 'name="document"' not in admin_client.get(address).content.decode()
    data = {"label": "1.0", "published_on": "02/03/2025", "what_changed": "x", "document": factories.document().pk}
    admin_client.post(address, data)
    version.refresh_from_db()
    right = resource.versions.get(label="1.0")
    assert (version.label, str(version.published_on)) == ("1", "2025-03-01") and version.withdrawn_at
    assert (right.document_id, right.checked_by, right.added_by) == (version.document_id, admin_user, admin_user)
    assert str(right.published_on) == "2025-03-02" and right.what_changed == "x" and right.corrects == version
    for ending in ("", "download/"):
        answer = client.get(f"{resource.url}versions/{version.pk}/{ending}")
        assert answer["Location"] == f"{resource.url}versions/{right.pk}/{ending}"
    assert changes.note() == 0 and Change.objects.filter(version=right).exists()  # nobody is told again
    last = correct(right, label="1", published_on=right.published_on, what_changed="x")
    assert client.get(f"{resource.url}versions/{version.pk}/")["Location"].endswith(f"/{last.pk}/")
    assert correct(last, label=" 1 ", published_on=last.published_on, what_changed="x") == last
    address = reverse("resources_fileversion_modeladmin_edit", args=[last.pk])
    assert "already has a version" in admin_client.post(address, {**data, "label": "2"}).content.decode()
    listed = admin_client.get(reverse("resources_fileversion_modeladmin_index")).content.decode()
    assert listed.count("Put right by another row") == 2


def test_the_database_keeps_versions_as_they_were_added(resource, admin_user):
    version = add_version(resource, factories.document(), label="1", added_by=admin_user)
    other, page = factories.document(name="other.pdf").pk, factories.resource("Another").pk
    with connection.cursor() as cursor:
        for change in (
            f"document_id = {other}",
            f"resource_id = {page}",
            "label = '2'",
            "published_on = '2001-01-01'",
            "what_changed = 'nothing'",
            "added_at = '2001-01-01 00:00:00+00:00'",
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                cursor.execute(f"UPDATE resources_fileversion SET {change}")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute("DELETE FROM resources_fileversion")
    assert confirm(version, admin_user) and withdraw(version)
    with connection.cursor() as cursor:
        for change in ("checked_at = NULL", "withdrawn_at = NULL", "withdrawn_at = '2001-01-01 00:00:00+00:00'"):
            with pytest.raises(IntegrityError), transaction.atomic():
                cursor.execute(f"UPDATE resources_fileversion SET {change}")
        if connection.vendor == "sqlite":
            with pytest.raises(IntegrityError), transaction.atomic():
                cursor.execute("REPLACE INTO resources_fileversion SELECT * FROM resources_fileversion")
    before = FileVersion.objects.values().get()
    admin_user.delete()  # people may be forgotten
    after = FileVersion.objects.values().get()
    assert after == {**before, "added_by_id": None, "checked_by_id": None} and before["checked_by_id"]
    with pytest.raises(ProtectedError):
        resource.delete()
    remove_resource(resource)
    assert not FileVersion.objects.exists() and not Removal.objects.exists()


def test_an_odd_resource_in_the_address_is_left_empty(admin_client):
    for odd in ("abc", "", "99999", "\x00", "９"):
        assert admin_client.get(reverse(CREATE), {"resource": odd}).status_code == 200


def test_a_new_resource_says_to_save_first(admin_client):
    address = reverse("wagtailadmin_pages:add", args=["resources", "resourcepage", factories.library().pk])
    assert "Save the resource first" in admin_client.get(address).content.decode()


def test_a_corrected_day_changes_what_search_knows_at_once(admin_client, resource):
    version = factories.version(resource, "1")
    current.follow_all()
    tomorrow = timezone.localdate() + timedelta(days=1)
    address = reverse("resources_fileversion_modeladmin_edit", args=[version.pk])
    admin_client.post(address, {"label": "1", "published_on": f"{tomorrow:%d/%m/%Y}", "what_changed": "x"})
    assert CurrentFile.objects.get(resource=resource).version is None
