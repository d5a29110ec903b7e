"""Pictures on pages: sizes, formats, and nothing without consent."""

from io import BytesIO

import pytest
from django.core.files.images import ImageFile
from django.template import Context, Template
from PIL import Image
from wagtail.images.models import Filter
from wagtail.models import Collection, CollectionViewRestriction

from dscp_cms import clock_jobs, renditions
from dscp_cms.models import SiteImage
from dscp_cms.typst_text import PICTURE, Pictures
from news.tests import factories as news

pytestmark = pytest.mark.django_db


def picture(width: int = 1600, **fields) -> SiteImage:
    buffer = BytesIO()
    Image.new("RGB", (width, width // 2), "#0b4a4e").save(buffer, "PNG")
    buffer.seek(0)
    return SiteImage.objects.create(
        title="A hill", description="A green hill", file=ImageFile(buffer, name="hill.png"), **fields
    )


def printed(image) -> str:
    return Template('{% load dscp %}{% picture image "100vw" %}').render(Context({"image": image}))


def test_three_widths_in_three_formats_without_layout_shift():
    html = printed(picture())
    for part in (
        "image/avif",
        "image/webp",
        "400w",
        "800w",
        "1200w",
        'alt="A green hill"',
        'width="800"',
        'height="400"',
    ):
        assert part in html
    assert 'loading="lazy"' in html


def test_a_small_picture_is_not_blown_up():
    html = printed(picture(width=500))
    assert "1200w" not in html
    assert "500w" in html


def test_a_decorative_picture_has_empty_words():
    assert 'alt=""' in printed(picture(is_decorative=True))


def test_nothing_is_printed_without_consent():
    assert printed(picture(people="children")).strip() == ""
    assert "<img" in printed(picture(people="children", consent_given=True))


def test_a_missing_file_leaves_the_page_standing(client):
    image = picture()
    item = news.news_item(image=image)
    image.file.storage.delete(image.file.name)
    answer = client.get(item.url)
    assert answer.status_code == 200


def test_a_rendition_is_served_while_consent_stands(client):
    image = picture(people="adults", consent_given=True)
    rendition = image.get_rendition("width-400|format-webp")
    answer = client.get(rendition.url)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/webp"
    assert "public" in answer["Cache-Control"]
    image.consent_given = False
    image.save()
    assert client.get(rendition.url).status_code == 404


def test_originals_and_other_paths_have_no_address(client):
    image = picture()
    for address in (f"/media/{image.file.name}", "/media/images/../db.sqlite3", "/media/images/nothing.png"):
        assert client.get(address).status_code == 404


def test_a_restricted_collection_is_not_served_to_everybody(client, admin_client):
    collection = Collection.get_first_root_node().add_child(name="Partners")
    CollectionViewRestriction.objects.create(collection=collection, restriction_type="login")
    url = picture(collection=collection).get_rendition("width-400").url
    assert client.get(url).status_code == 404
    answer = admin_client.get(url)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"


def test_a_picture_of_a_restricted_collection_is_in_no_pdf(django_assert_num_queries):
    collection = Collection.get_first_root_node().add_child(name="Partners")
    below = collection.add_child(name="Photographs")
    CollectionViewRestriction.objects.create(collection=collection, restriction_type="login")
    closed, opened = picture(collection=below), picture()
    opened.get_rendition(Filter(spec=PICTURE))
    pictures = Pictures()
    assert (pictures.add(closed), bool(pictures.add(opened))) == ("", True) and len(pictures.files) == 1
    with django_assert_num_queries(0):
        assert pictures.add(closed) == ""


def test_lists_of_pictures_cost_no_query_a_picture(client, django_assert_max_num_queries):
    for number in range(3):
        news.news_item(f"With picture {number}", image=picture())
    client.get("/")  # makes the renditions
    with django_assert_max_num_queries(18):
        client.get("/")


def test_every_size_is_made_before_a_reader_asks(django_capture_on_commit_callbacks):
    def upload(**fields):
        with django_capture_on_commit_callbacks(execute=True):
            return picture(200, **fields)

    shown, hidden = upload(), upload(people=SiteImage.People.UNKNOWN)
    assert set(shown.renditions.values_list("filter_spec", flat=True)) == set(renditions.SPECS)
    assert not hidden.renditions.exists() and renditions.missing() == []
    shown.renditions.filter(filter_spec=renditions.SPECS[0]).delete()
    assert renditions.missing() == [shown.pk]
    clock_jobs.make_renditions()
    assert renditions.missing() == []
