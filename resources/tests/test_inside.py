"""What is inside files: read in the background, looked into before readers get it, found by search."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import Collection, CollectionViewRestriction

from dscp_cms.models import SearchWord, SiteDocument
from dscp_cms.passages import index_all
from dscp_cms.search import search
from resources import current, inside
from resources.models import CurrentFile, FileFacts, FileVersion
from resources.tests import factories
from resources.tests.made_files import docx, line, paragraph, pdf, xlsx
from resources.versions import add_version, confirm, withdraw

pytestmark = pytest.mark.django_db
THREE_PAGES = pdf(line("Thresholds explained"), line("Wombats need early help"), line("Contacts"))
BLACKENED = pdf(line("The lesson is clear") + line("Jo Bloggs", y=600) + b"0 g 70 595 160 16 re f\n")


@pytest.fixture
def resource():
    return factories.resource("Threshold guide", body=[])


def added(resource, content=THREE_PAGES, label="1", name="guide.pdf", read=True, **fields) -> FileVersion:
    """A version whose file was read."""
    version = add_version(resource, factories.document(content=content, name=name), label=label, **fields)
    if read:
        inside.read_document(version.document_id)
    return version


def found(query: str) -> list[str]:
    return [hit.page.title for hit in search(query).hits]


def test_a_word_inside_a_file_is_found_with_its_page(resource, client):
    version = added(resource)
    assert found("wombat") == []  # nobody has looked into it
    confirm(version)
    hit = search("wombats").hits[0]
    assert hit.number == 2 and "<mark>Wombats</mark> need early help" in hit.passage
    assert hit.place == ("Page 2 of the PDF file", f"{resource.url}download/#page=2")
    html = client.get("/search/", {"q": "wombats"}).content.decode()
    assert f'href="{resource.url}download/#page=2"' in html and "Page 2 of the PDF file" in html
    assert client.get(f"{resource.url}preview/")["Content-Type"] == "image/webp"


def test_a_version_whose_day_comes_is_found_from_then_on(resource, time_machine):
    time_machine.move_to("2025-03-01 09:00 +0000")
    confirm(added(resource))
    day = timezone.localdate() + timedelta(days=2)
    confirm(added(resource, pdf(line("About zebras")), "2", published_on=day))
    assert current.follow_all() == 0 and found("wombat") and not found("zebra")
    time_machine.move_to("2025-03-03 00:30 +0000")
    assert current.follow_all() == 1
    assert found("zebra") and not found("wombat")
    assert current.follow_all() == 0 and CurrentFile.objects.get().version.label == "2"


def test_a_withdrawn_version_is_out_of_search_at_once(resource):
    version = added(resource)
    confirm(version)
    withdraw(version)
    assert not found("wombat") and CurrentFile.objects.get().version is None


def test_what_is_hidden_in_a_file_is_shown_to_editors_and_never_searched(resource, admin_client):
    version = added(resource, BLACKENED)
    html = admin_client.get(reverse("check_file_version", args=[version.pk])).content.decode()
    assert "Text under an opaque shape" in html and "Jo Bloggs" in html and "The lesson is clear" in html
    confirm(version)
    assert found("lesson") and not found("Bloggs")


def test_hidden_sheets_and_deleted_words_are_not_searched_either(resource):
    confirm(added(resource, xlsx({"Plan": [["Goals"]], "Secret": [["Bloggs"]]}, ("Secret",)), name="p.xlsx"))
    assert found("goals") and not found("bloggs")
    assert search("goals").hits[0].place == ("Sheet 1 of the XLSX file", f"{resource.url}download/")
    body = paragraph("Kept") + "<w:p><w:del><w:r><w:delText>Snodgrass</w:delText></w:r></w:del></w:p>"
    other = factories.resource("Other", body=[])
    confirm(added(other, docx(body), name="o.docx"))
    assert found("kept") and not found("snodgrass")
    assert search("kept").hits[0].place[0] == "In the DOCX file"


def test_the_editor_confirms_and_only_who_may(resource, admin_client, django_user_model):
    version = added(resource, read=False)
    address = reverse("check_file_version", args=[version.pk])
    html = admin_client.get(address).content.decode()
    assert "is being read" in html and "Let readers have it" not in html
    admin_client.post(address, {"looked": "on"})  # from an old form, or a made one
    assert FileVersion.objects.get().checked_at is None
    inside.read_document(version.document_id)
    assert "Let readers have it" in admin_client.get(address).content.decode()
    admin_client.post(address)
    assert "Tick that you have looked" in admin_client.get(address).content.decode()
    outsider = Client()
    assert outsider.post(address, {"looked": "on"}).status_code == 302
    assert FileVersion.objects.get().checked_at is None
    assert outsider.get(f"{resource.url}download/").status_code == 404
    assert outsider.get(version.document.url).status_code == 404
    admin_client.post(address, {"looked": "on"})
    assert outsider.get(f"{resource.url}download/").status_code == 200


def test_reading_that_fails_never_stands_in_the_way(resource, admin_client, client):
    version = added(resource, b"%PDF-1.4 broken")
    facts = FileFacts.objects.get()
    assert facts.state == "failed" and "broken" in facts.failure
    address = reverse("check_file_version", args=[version.pk])
    assert "It could not be looked into" in admin_client.get(address).content.decode()
    listed = admin_client.get(reverse("resources_fileversion_modeladmin_index"), {"todo": "failed"}).content.decode()
    assert "Threshold guide" in listed
    admin_client.post(address, {"looked": "on"})
    assert client.get(f"{resource.url}download/").status_code == 200
    admin_client.post(reverse("read_file_version_again", args=[version.pk]))
    facts.refresh_from_db()
    assert (facts.state, facts.attempts) == ("waiting", 0)


def test_a_killed_worker_is_followed_by_another(resource):
    version = added(resource, read=False)
    facts = FileFacts.objects.filter(pk=version.document_id)
    long_ago = timezone.now() - timedelta(minutes=10)
    facts.update(state="reading", claimed_at=timezone.now(), attempts=1)
    assert inside.read_document(version.document_id) is None  # another has it
    facts.update(claimed_at=long_ago)
    assert inside.read_due() == 1
    assert facts.get().state == "done" and facts.get().texts.count() == 3
    facts.update(state="reading", claimed_at=long_ago, attempts=3)
    inside.read_due()
    assert facts.get().state == "failed" and "broken off" in facts.get().failure
    assert inside.read_due() == 0


def test_a_sweep_ends_in_time_and_one_bad_file_hinders_no_other(monkeypatch):
    bad, good, later = (added(factories.resource(f"Guide {n}"), read=False) for n in range(3))
    SiteDocument.objects.filter(pk=bad.document_id).update(file="")
    FileFacts.objects.filter(pk=later.document_id).update(state="done")
    assert inside.read_due() == 2
    assert FileFacts.objects.get(pk=good.document_id).state == "done"
    FileFacts.objects.exclude(pk=bad.document_id).update(state="waiting")
    monkeypatch.setattr(inside, "SLICE", 0)
    assert inside.read_due() == 1 and FileFacts.objects.filter(state="waiting").count() == 1


def test_passages_of_files_in_closed_collections_are_not_found(resource):
    confirm(added(resource))
    assert found("wombat") and current.follow_collections() == 0
    collection = Collection.get_first_root_node().add_child(name="For partners")
    below = collection.add_child(name="Minutes")
    SiteDocument.objects.update(collection=below)
    restriction = CollectionViewRestriction.objects.create(collection=collection, restriction_type="login")
    assert current.follow_collections() == 1 and not found("wombat") and found("threshold")
    index_all()
    assert not found("wombat") and not SearchWord.objects.filter(word__startswith="wombat").exists()
    assert current.follow_collections() == 0
    restriction.delete()
    assert current.follow_collections() == 1 and found("wombat") and current.follow_collections() == 0


def test_versions_from_before_are_read_too(resource):
    factories.version(resource, "1", document=factories.document(content=THREE_PAGES))
    assert (inside.ask_for_missing(), inside.read_due(), current.follow_all()) == (1, 1, 1)
    assert found("wombat")


def test_a_list_of_results_takes_the_same_queries_for_few_and_many(django_assert_max_num_queries):
    document = added(factories.resource("The first", body=[])).document
    assert factories.library().url  # the site is remembered from now on
    counts = []
    for number in range(12):
        confirm(add_version(factories.resource(f"Guide {number}", body=[]), document, label="1"))
        if number in {1, 11}:
            with django_assert_max_num_queries(12) as captured:
                hits = search("wombat").hits
                assert len(hits) == number + 1 and all(hit.place for hit in hits)
            counts.append(len(captured))
    assert counts[0] == counts[1]


def test_an_older_versions_own_address_says_what_came_after_it(resource, client):
    old = added(resource, published_on=timezone.localdate() - timedelta(days=5), read=False)
    new = added(resource, pdf(line("New")), "2", read=False)
    confirm(old), confirm(new)
    html = client.get(f"{resource.url}versions/{old.pk}/").content.decode()
    assert "Superseded by version 2" in html and f"{resource.url}versions/{old.pk}/download/" in html
    answer = client.get(f"{resource.url}versions/{old.pk}/download/")
    assert b"".join(answer.streaming_content) == THREE_PAGES and 'rel="latest-version"' in answer["Link"]
    assert "Superseded" not in client.get(f"{resource.url}versions/{new.pk}/").content.decode()
