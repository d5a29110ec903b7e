"""Hostile files are refused with a reason or stored harmlessly, and never crash what reads them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from wagtail.images.forms import get_image_form
from wagtail.models import Collection

from dscp_cms.models import SiteImage
from dscp_cms.reading import Limits, Unreadable, read
from dscp_cms.reading.kinds import read_kind
from resources.forms import DocumentForm
from resources.tests import usual_files
from resources.tests.hostile_files import PICTURES, REFUSED, STORED

pytestmark = pytest.mark.django_db


def form_for(name: str, content: bytes, user, **more):
    """The form of documents, with this file."""
    fields = {"title": "A file", "language": "en-GB", "collection": Collection.get_first_root_node().pk, **more}
    return DocumentForm(fields, {"file": SimpleUploadedFile(name, content)}, user=user)


@pytest.mark.parametrize("what", REFUSED)
def test_refused_with_a_reason(admin_user, what):
    name, content, words = REFUSED[what]
    file = SimpleUploadedFile("x.pdf", content)
    file._name = name  # as a program that isn't a browser would send it
    fields = {"title": "A file", "language": "en-GB", "collection": Collection.get_first_root_node().pk}
    form = DocumentForm(fields, {"file": file}, user=admin_user)
    assert not form.is_valid()
    assert words in str(form.errors["file"].data[0]), form.errors["file"]


@pytest.mark.parametrize("what", STORED)
def test_stored_harmlessly(admin_user, what, tmp_path):
    name, content = STORED[what]
    form = form_for(name, content, admin_user)
    if not form.is_valid():
        assert str(form.errors["file"].data[0])
        return
    document = form.save()
    try:
        reading, _picture = read(document.file.path, name.rsplit(".", 1)[-1], Limits(cpu=3, seconds=15, pages=50))
    except Unreadable as error:
        assert str(error).endswith(".")
    else:
        assert "root:" not in "".join(reading.texts) and len("".join(reading.texts)) <= 5_000_000


@pytest.mark.parametrize("what", PICTURES)
def test_pictures_are_refused(admin_user, what):
    name, content = PICTURES[what]
    fields = {
        "title": "p",
        "description": "A river",
        "people": "none",
        "collection": Collection.get_first_root_node().pk,
    }
    form = get_image_form(SiteImage)(fields, {"file": SimpleUploadedFile(name, content)}, user=admin_user)
    assert not form.is_valid() and form.errors["file"]


def test_there_are_enough_of_them():
    assert len(REFUSED) + len(STORED) + len(PICTURES) >= 40 and len(usual_files.USUAL) >= 60


def test_the_usual_shapes_are_taken_and_read(admin_user, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where the reader draws; here it isn't a program of its own
    refused, unread = {}, {}
    for what, (name, content, words) in usual_files.USUAL.items():
        form = form_for(name, content, admin_user)
        if not form.is_valid():
            refused[what] = form.errors["file"][0]
            continue
        path = tmp_path / "file"
        path.write_bytes(content)
        if words:
            reading = read_kind(str(path), name.rsplit(".", 1)[-1].lower(), 100, 1_000_000)
            if words not in " ".join(reading.texts):
                unread[what] = reading.texts
    assert not refused and not unread
