"""Libraries: facets, orders, zips, feeds, and what they cost."""

import io
import re
import zipfile
from datetime import date, timedelta

import pytest
from django.core.files.base import File
from django.utils import timezone
from wagtail.models import Collection, CollectionViewRestriction, PageViewRestriction

from dscp_cms import file_answers
from dscp_cms.faces import absolute
from dscp_cms.models import SiteDocument
from dscp_cms.testing import scale
from dscp_cms.visibility import Reader
from resources import bundles, counting, feeds, library_views
from resources.models import DownloadCount, ResourcePage
from resources.tests import factories

pytestmark = pytest.mark.django_db
PERSON = {"HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"}


def with_file(title, content=b"%PDF-1.4 words", name="file.pdf", **fields):
    resource = factories.resource(title, **fields)
    return factories.version(resource, "1", document=factories.document(title, content, name))


def zip_of(response) -> zipfile.ZipFile:
    content = b"".join(response.streaming_content)
    assert len(content) == int(response["Content-Length"])
    archive = zipfile.ZipFile(io.BytesIO(content))
    assert archive.testzip() is None
    return archive


def finish(response):
    """Take the answer to its end, as a browser does."""
    assert response.status_code == 200
    return b"".join(response.streaming_content) if response.streaming else response.content


def titles(response) -> list[str]:
    return [page.title for page in response.context["page_obj"]]


def test_a_library_in_its_four_orders(client):
    today = timezone.localdate()
    old, new = factories.resource("Anger", published_on=date(2020, 1, 1)), factories.resource("Zeal")
    factories.version(old, "9", published_on=today)
    before = timezone.now() - timedelta(days=9)
    popular = factories.version(new, "1", published_on=today - timedelta(days=9), checked_at=before)
    ResourcePage.objects.update(first_published_at=before)
    counting.count(popular.pk, by=3)
    last_year = today.replace(month=1, day=1) - timedelta(days=1)
    counting.count(old.current_version.pk, by=99, day=last_year)
    url = factories.library().url
    assert titles(client.get(url)) == ["Zeal", "Anger"]
    assert titles(client.get(f"{url}?order=updated")) == ["Anger", "Zeal"]
    assert titles(client.get(f"{url}?order=downloaded")) == ["Zeal", "Anger"]
    assert titles(client.get(f"{url}?order=title")) == ["Anger", "Zeal"]
    assert titles(client.get(f"{url}?order=nonsense&type=toolkit")) == ["Zeal", "Anger"]


def test_the_way_in_shows_what_changed_and_what_is_used(client):
    version, other = with_file("Often used"), with_file("Never used")
    counting.count(version.pk)
    counting.count(other.pk, by=5, day=date(2020, 1, 1))
    context = client.get(factories.resource_index().url).context
    assert {page.title for page in context["updated"]} == {"Often used", "Never used"}
    assert [(page.title, page.downloads) for page in context["most_downloaded"]] == [("Often used", 1)]


def test_a_library_takes_as_many_queries_for_fifty_as_for_ten(client, django_assert_max_num_queries):
    addresses = ["", "?order=updated", "?order=downloaded&reach=local", "download/", "download/zip/?all=1", "feed/"]
    library, counts = factories.library(), {}
    for number in range(50):
        if number == 10:
            for address in addresses:
                finish(client.get(f"{library.url}{address}"))
                with django_assert_max_num_queries(25) as few:
                    finish(client.get(f"{library.url}{address}"))
                counts[address] = len(few)
        with_file(f"Resource {number}")
    for address, most in counts.items():
        with django_assert_max_num_queries(most):
            finish(client.get(f"{library.url}{address}"))


def test_a_selection_and_a_whole_library_as_a_zip(client):
    one, _two = with_file("Neglect: a toolkit", b"%PDF-1.4 one"), with_file("Neglect, a toolkit", b"%PDF-1.4 two")
    with_file("Ünïcode / ../../etc", b"words", "LIST.TXT")
    html = client.get(f"{factories.library().url}download/").content.decode()
    assert html.count('name="r"') == 3 and "Download all 3 files" in html
    whole = zip_of(client.get(f"{factories.library().url}download/zip/?all=1"))
    names = whole.namelist()
    assert names[0] == "contents.txt" and len({name.lower() for name in names}) == 4
    assert all(re.fullmatch(r"[a-z0-9.-]+", name) and ".." not in name for name in names)
    assert "unicode-etc-1.txt" in names and whole.read("neglect-a-toolkit-1-2.pdf") in {
        b"%PDF-1.4 one",
        b"%PDF-1.4 two",
    }
    assert {info.compress_type for info in whole.infolist()} == {zipfile.ZIP_STORED}
    assert absolute(one.resource.url) in whole.read("contents.txt").decode()
    chosen = client.get(f"{factories.library().url}download/zip/?r={one.resource_id}&r=nonsense&r=99999999")
    assert zip_of(chosen).namelist() == ["contents.txt", "neglect-a-toolkit-1.pdf"]
    assert chosen["Cache-Control"] == "private, no-store" and "attachment" in chosen["Content-Disposition"]


def test_choosing_nothing_says_so(client):
    with_file("A")
    answer = client.get(f"{factories.library().url}download/zip/", follow=True)
    assert "Tick the files that you want." in answer.content.decode()
    assert client.get(f"{factories.library().url}download/zip/?r=0").status_code == 404
    assert client.post(f"{factories.library().url}download/zip/?all=1").status_code == 405


def test_only_what_the_reader_may_open_today_goes_in(client, admin_user):
    shown = with_file("Shown")
    factories.version(shown.resource, "2", published_on=timezone.localdate() + timedelta(days=1))
    factories.version(shown.resource, "0", published_on=date(2020, 1, 1))
    withdrawn = with_file("Withdrawn")
    withdrawn.withdrawn_at = timezone.now()
    withdrawn.save()
    with_file("Draft").resource.unpublish()
    private = with_file("Private page")
    PageViewRestriction.objects.create(page=private.resource, restriction_type="login")
    kept = with_file("Private file")
    collection = Collection.get_first_root_node().add_child(name="Private")
    CollectionViewRestriction.objects.create(collection=collection, restriction_type="login")
    SiteDocument.objects.filter(pk=kept.document_id).update(collection=collection)
    keys = "&".join(f"r={key}" for key in ResourcePage.objects.values_list("pk", flat=True))
    for query in ("all=1", keys):
        found = zip_of(client.get(f"{factories.library().url}download/zip/?{query}"))
        assert found.namelist() == ["contents.txt", "shown-1.pdf"]
    for words in ("Private", "Withdrawn", "Draft"):
        assert words not in client.get(f"{factories.library().url}download/").content.decode()
        assert words not in client.get(f"{factories.library().url}feed/").content.decode()
    client.force_login(admin_user)
    found = zip_of(client.get(f"{factories.library().url}download/zip/?all=1"))
    assert set(found.namelist()) == {"contents.txt", "shown-1.pdf", "private-page-1.pdf", "private-file-1.pdf"}


def test_a_file_that_is_gone_is_named_in_the_list(client):
    with_file("Here")
    version = with_file("Gone")
    version.document.file.storage.delete(version.document.file.name)
    archive = zip_of(client.get(f"{factories.library().url}download/zip/?all=1"))
    assert archive.namelist() == ["contents.txt", "here-1.pdf"]
    assert "can't be read just now: Gone" in archive.read("contents.txt").decode()


def test_a_zip_is_counted_for_each_file_once_it_was_sent(client):
    one, two = with_file("One"), with_file("Two")
    answer = client.get(f"{factories.library().url}download/zip/?all=1", **PERSON)
    assert not DownloadCount.objects.exists()
    zip_of(answer)
    assert dict(DownloadCount.objects.values_list("version", "count")) == {one.pk: 1, two.pk: 1}
    zip_of(client.get(f"{factories.library().url}download/zip/?all=1", HTTP_USER_AGENT="Examplebot/1.0"))
    head = client.head(f"{factories.library().url}download/zip/?all=1", **PERSON)
    assert int(head["Content-Length"]) > 0 and not head.content
    assert set(DownloadCount.objects.values_list("count", flat=True)) == {1}


def test_zips_share_the_slots_of_downloads(client):
    with_file("One")
    url = f"{factories.library().url}download/zip/?all=1"
    taken = []
    while (answer := client.get(url)).status_code == 200:
        taken.append(answer)
        assert len(taken) < 100
    assert answer.status_code == 503 and answer["Retry-After"] == str(file_answers.BUSY_FOR)
    for each in taken:
        finish(each)
    finish(client.get(url))


class Sparse:
    """A file of zeros that takes no room on the disk."""

    def __init__(self, path, size):
        self.path = path
        with path.open("wb") as file:
            file.truncate(size)


def test_a_large_library_is_chosen_from_by_pages_and_comes_in_parts(client, monkeypatch):
    monkeypatch.setattr(bundles, "MOST", 2)
    monkeypatch.setattr(library_views, "SHOWN", 2)
    for title in "ABCDE":
        with_file(title)
    address = f"{factories.library().url}download/"
    shown = client.get(address).content.decode()
    assert shown.count('name="r"') == 2 and "All 5 files" in shown and "Part 3: files 5 to 5" in shown
    assert "These are 2 of 5." in shown and f'<a href="{factories.library().url}">' in shown.split("<h1")[0]
    assert client.get(f"{address}?page=3").content.decode().count('name="r"') == 1
    parts = [zip_of(client.get(f"{address}zip/?all=1&part={part}")).namelist()[1:] for part in (1, 2, 3)]
    assert parts == [["a-1.pdf", "b-1.pdf"], ["c-1.pdf", "d-1.pdf"], ["e-1.pdf"]]
    keys = "&".join(f"r={key}" for key in ResourcePage.objects.values_list("pk", flat=True))
    assert len(zip_of(client.get(f"{address}zip/?{keys}")).namelist()) == 3  # with the list of them
    for odd in ("0", "-1", "x", "９", "9999999"):
        assert zip_of(client.get(f"{address}zip/?all=1&part={odd}")).namelist()[1:] == parts[0]
    assert client.get(f"{address}zip/?all=1&part=4").status_code == 404


@pytest.mark.scale
def test_a_large_bundle_takes_little_memory(tmp_path, settings):
    """500 MB in ten files, within 60 MB above what it took before."""
    import resource as system
    import tracemalloc

    size = scale.size(50 * 1024 * 1024)
    for number in range(10):
        version = with_file(f"Large {number}")
        Sparse(settings.MEDIA_ROOT / version.document.file.name, size)
    resources = ResourcePage.objects.order_by("title")
    files, missing = bundles.entries(bundles.open_resources(resources, Reader()))
    assert not missing
    made = bundles.bundle(files, missing, "Large")
    length = len(made)
    before = system.getrusage(system.RUSAGE_SELF).ru_maxrss
    tracemalloc.start()
    sent = sum(len(piece) for piece in made)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    grown = (system.getrusage(system.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert sent == length > 10 * size
    assert peak < 10 * 1024 * 1024 and grown < 60, (peak, grown)


def test_beyond_four_gigabytes_the_zip_says_so():
    """ZIP64, without writing so much: the length is that of the larger records."""
    from zipstream import ZipStream

    small, large = ZipStream(sized=True), ZipStream(sized=True)
    small.add(iter(()), "a", size=1000)
    large.add(iter(()), "a", size=5 * 1024**3)
    assert len(large) - 5 * 1024**3 > len(small) - 1000


def test_feeds_tell_of_versions(client):
    today = timezone.localdate()
    version = with_file("Neglect & care")
    factories.version(version.resource, "2", published_on=today, what_changed="A page on <sleep>.")
    factories.version(version.resource, "3", published_on=today + timedelta(days=1))
    for page in (factories.library(), factories.resource_index()):
        answer = client.get(f"{page.url}feed/")
        text = answer.content.decode()
        assert answer["Content-Type"].startswith("application/atom+xml")
        assert "version 2" in text and "version 3" not in text
        assert "A page on &lt;sleep&gt;." in text
        assert text.count("<entry>") == 2
        assert f"{page.url}feed/" in client.get(page.url).content.decode()


def test_what_is_confirmed_late_is_told_from_when_it_was(client, monkeypatch):
    monkeypatch.setattr(feeds, "FEED_LENGTH", 2)
    today = timezone.localdate()
    for title, days in (("One", 9), ("Two", 8)):
        resource = factories.resource(title, first_published_at=timezone.now() - timedelta(days=20))
        moment = timezone.now() - timedelta(days=days)
        factories.version(resource, "1", published_on=today - timedelta(days=days), checked_at=moment)
    late = factories.resource("Late", first_published_at=timezone.now() - timedelta(days=20))
    factories.version(late, "1", published_on=today - timedelta(days=15), checked_at=timezone.now())
    page_late = factories.resource("Published late")
    factories.version(page_late, "1", published_on=today - timedelta(days=30), checked_at=timezone.now())
    ResourcePage.objects.filter(pk=page_late.pk).update(first_published_at=timezone.now() - timedelta(days=1))
    text = client.get(f"{factories.library().url}feed/").content.decode()
    assert text.count("<entry>") == 2 and "Late, version 1" in text and "Published late, version 1" in text
    assert f"<updated>{today.year}" in text
    order = titles(client.get(f"{factories.library().url}?order=updated"))
    assert set(order[:2]) == {"Late", "Published late"} and order[2:] == ["Two", "One"]


def test_file_of_a_document_can_be_any(tmp_path):
    """A name that is only dots and slashes still gets one of its own."""
    made = SiteDocument(title="x")
    made.file.save("....", File(io.BytesIO(b"x")), save=True)
    version = factories.version(factories.resource("??", slug="odd"), "!", document=made)
    entries, _missing = bundles.entries([version.resource])
    assert re.fullmatch(r"resource-\d+", entries[0].name)
