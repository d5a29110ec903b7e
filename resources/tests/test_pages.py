"""Libraries, resources and publications."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from dscp_cms.testing.pages import STORY, TEXT, audience, front_page, make, topic
from resources.tests import factories

pytestmark = pytest.mark.django_db


def found(client, query: str) -> set[str]:
    return {page.title for page in client.get(f"{factories.library().url}{query}").context["page_obj"]}


def priority():
    """A priority; its type stands in the app above, so it is asked for by name."""
    index = make(apps.get_model("home.PriorityIndexPage"), front_page(), "Priorities")
    return make(
        apps.get_model("home.PriorityPage"),
        index,
        "Harm outside the home",
        number=1,
        period_start=2025,
        period_end=2027,
        why=STORY,
        outcomes="<ul><li>Risk is known early</li></ul>",
    )


def body(response) -> bytes:
    return b"".join(response.streaming_content)


def test_a_library_is_filtered_by_each_facet(client):
    factories.resource("Toolkit", topics=[topic("Neglect")], audiences=[audience("Schools")])
    factories.resource("Report", kind="report", reach="national", published_on="2023-12-15")
    assert found(client, "") == {"Toolkit", "Report"}
    assert found(client, "?type=report") == {"Report"}
    assert found(client, "?reach=local") == {"Toolkit"}
    assert found(client, "?topic=neglect") == {"Toolkit"}
    assert found(client, "?audience=schools") == {"Toolkit"}
    assert found(client, "?year=2023") == {"Report"}
    for nonsense in ("?type=x", "?year=abc", "?reach=%00", "?page=99"):
        assert client.get(f"{factories.library().url}{nonsense}").status_code == 200


def test_the_permanent_address_gives_the_current_version(client):
    today = timezone.localdate()
    resource = factories.resource()
    old = factories.version(
        resource, "1", document=factories.document(content=b"%PDF-1.4 old"), published_on=today - timedelta(days=9)
    )
    factories.version(resource, "2", document=factories.document(content=b"%PDF-1.4 new"), published_on=today)
    factories.version(
        resource, "3", document=factories.document(content=b"%PDF-1.4 next"), published_on=today + timedelta(days=1)
    )
    assert body(client.get(f"{resource.url}download/")) == b"%PDF-1.4 new"
    assert body(client.get(f"{resource.url}versions/{old.pk}/download/")) == b"%PDF-1.4 old"
    html = client.get(resource.url).content.decode()
    assert "superseded by version 2" in html
    assert "Version 3" not in html


def test_a_version_whose_day_comes_becomes_current_by_itself(client, time_machine):
    time_machine.move_to("2025-03-01 09:00 +0000")
    resource = factories.resource()
    factories.version(resource, "1", document=factories.document(content=b"%PDF-1.4 old"))
    day = timezone.localdate() + timedelta(days=2)
    factories.version(resource, "2", document=factories.document(content=b"%PDF-1.4 new"), published_on=day)
    assert body(client.get(f"{resource.url}download/")) == b"%PDF-1.4 old"
    time_machine.move_to("2025-03-03 00:30 +0000")
    assert body(client.get(f"{resource.url}download/")) == b"%PDF-1.4 new"


def test_withdrawn_future_and_foreign_versions_are_not_served(client):
    resource, other = factories.resource(), factories.resource("Other")
    withdrawn = factories.version(resource, "1", withdrawn_at=timezone.now())
    future = factories.version(resource, "2", published_on=timezone.localdate() + timedelta(days=1))
    foreign = factories.version(other, "1")
    for key in (withdrawn.pk, future.pk, foreign.pk, 999_999):
        assert client.get(f"{resource.url}versions/{key}/").status_code == 404
    assert client.get(f"{resource.url}download/").status_code == 404
    assert "can’t be opened from here yet" in client.get(resource.url).content.decode()


def test_files_are_served_so_that_a_browser_runs_nothing(client):
    resource = factories.resource()
    factories.version(resource)
    answer = client.get(f"{resource.url}download/")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_a_file_has_no_bare_address(client):
    made = factories.document()
    for address in (f"/media/{made.file.name}", f"/media/documents/{made.filename}"):
        assert client.get(address).status_code == 404


def test_the_database_keeps_versions_and_their_labels():
    resource = factories.resource()
    version = factories.version(resource, "1")
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.version(resource, "1")
    with pytest.raises(ProtectedError), transaction.atomic():
        resource.delete()
    with pytest.raises(ProtectedError), transaction.atomic():
        version.document.delete()


def test_the_link_says_what_the_file_is(client):
    resource = factories.resource()
    factories.version(resource)
    html = client.get(resource.url).content.decode()
    assert "PDF" in html
    assert "3 pages" in html


def test_a_publication_in_chapters_and_whole(client):
    page = factories.publication(pages=[priority()])
    first = client.get(f"{page.url}our-vision/").content.decode()
    assert 'rel="next"' in first
    assert 'rel="prev"' not in first
    second = client.get(f"{page.url}our-priorities/").content.decode()
    assert "Priority 1: Harm outside the home" in second
    assert "Risk is known early" in second
    whole = client.get(f"{page.url}whole/").content.decode()
    for words in ("Our vision", "Our priorities", "How we will know", "Risk is known early"):
        assert words in whole
    gone = client.get(f"{page.url}a-chapter-that-was/")
    assert gone.status_code == 302
    assert gone["Location"] == page.url


def test_a_changed_priority_changes_the_plan(client):
    item = priority()
    page = factories.publication(pages=[item])
    item.outcomes = "<ul><li>Something new</li></ul>"
    item.save_revision().publish()
    assert "Something new" in client.get(f"{page.url}whole/").content.decode()


def test_chapters_need_addresses_of_their_own():
    page = factories.publication()
    page.chapters = [("chapter", {"title": "Whole", "body": [("text", TEXT)]})]
    with pytest.raises(ValidationError, match="address"):
        page.full_clean()
    page.chapters = [("chapter", {"title": "One", "body": [("text", TEXT)]})] * 2
    with pytest.raises(ValidationError, match="address"):
        page.full_clean()
