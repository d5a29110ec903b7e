"""Uploads: what is no picture, too large, of an unknown kind or two things at once gets a sentence."""

from io import BytesIO

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image
from wagtail.models import Collection, UploadedFile

from dscp_cms.models import SiteDocument, SiteImage
from dscp_cms.upload_checks import SAVE_AS, check_content
from resources.tests import factories as resources
from resources.tests.made_files import docx, paragraph

pytestmark = pytest.mark.django_db
GPS = 0x8825


def photograph(kind="JPEG", size=(40, 20), mode="RGB", **options) -> bytes:
    """A picture with the place, the camera and the way up written into it, as a telephone does."""
    picture = Image.new(mode, size, "white")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[0x010F] = "TELEPHONE-MAKER"
    exif[0x0112] = 6  # turned
    exif.get_ifd(GPS).update({1: "N", 2: (54.0, 46.0, 30.0), 3: "W", 4: (1.0, 34.0, 30.0)})
    buffer = BytesIO()
    picture.save(buffer, kind, exif=exif.tobytes(), **options)
    assert b"TELEPHONE-MAKER" in buffer.getvalue()
    return buffer.getvalue()


def upload(client, content, name="photo.jpg", address="wagtailimages:add", **more):
    """Send a picture on its form."""
    data = {
        "title": "A picture",
        "file": SimpleUploadedFile(name, content),
        "description": "Somebody by the river",
        "people": "none",
        "collection": Collection.get_first_root_node().pk,
        **more,
    }
    return client.post(reverse(address), data)


def without_anything_written_in(image: SiteImage) -> bool:
    """Whether nothing of the camera is left in the stored file."""
    with image.file.open("rb") as file:
        content = file.read()
    with Image.open(BytesIO(content)) as picture:
        exif = picture.getexif()
        return not dict(exif) and not exif.get_ifd(GPS) and b"TELEPHONE-MAKER" not in content


def test_who_is_shown_is_chosen_for_each_picture_and_nothing_is_taken_for_granted(admin_client):
    picture = photograph()
    answer = upload(admin_client, picture, people="", description="").content.decode()
    assert "choose who can be recognised" in answer and "Then choose the file again." in answer
    assert not SiteImage.objects.exists()
    assert 'value="" selected' in admin_client.get(reverse("wagtailimages:add")).content.decode()
    upload(admin_client, picture)
    shown = admin_client.get(reverse("wagtailimages:edit", args=[SiteImage.objects.get().pk])).content.decode()
    assert 'value="none" selected' in shown and "Look at it, and choose" not in shown


@pytest.mark.parametrize(
    ("kind", "name"), [("JPEG", "p.jpg"), ("PNG", "p.png"), ("WEBP", "p.webp"), ("AVIF", "p.avif")]
)
def test_what_a_camera_wrote_is_taken_out(admin_client, kind, name):
    assert upload(admin_client, photograph(kind), name).status_code == 302
    image = SiteImage.objects.get()
    assert without_anything_written_in(image)
    if kind == "JPEG":
        assert (image.width, image.height) == (20, 40)  # turned the right way up


def test_also_from_a_file_too_large_for_memory(admin_client, settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 100
    assert upload(admin_client, photograph()).status_code == 302
    assert without_anything_written_in(SiteImage.objects.get())


def test_also_when_many_are_uploaded_and_described_afterwards(admin_client, settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 100
    data = {"title": "p", "files[]": SimpleUploadedFile("p.jpg", photograph(), "image/jpeg")}
    answer = admin_client.post(reverse("wagtailimages:add_multiple"), data).json()
    assert answer["success"]
    kept = UploadedFile.objects.get()
    with kept.file.open("rb") as file:
        assert b"TELEPHONE-MAKER" not in file.read()
    prefix = f"uploaded-image-{kept.pk}"
    address = reverse("wagtailimages:create_multiple_from_uploaded_image", args=[kept.pk])
    form = {f"{prefix}-title": "p", f"{prefix}-people": "none", f"{prefix}-description": "", f"{prefix}-tags": "",
            f"{prefix}-collection": Collection.get_first_root_node().pk}  # fmt: skip
    refused = admin_client.post(address, form).json()
    assert not refused["success"] and "Describe the picture in a sentence" in refused["form"]
    assert admin_client.post(address, {**form, f"{prefix}-description": "A river"}).json()["success"]
    assert without_anything_written_in(SiteImage.objects.get())


def test_also_in_the_chooser(admin_client):
    prefix = "image-chooser-upload-"
    fields = {f"{prefix}title": "p", f"{prefix}people": "none", f"{prefix}tags": "",
              f"{prefix}collection": Collection.get_first_root_node().pk}  # fmt: skip
    address = reverse("wagtailimages_chooser:create")
    file = SimpleUploadedFile("p.jpg", photograph(), "image/jpeg")
    refused = admin_client.post(address, {**fields, f"{prefix}file": file})
    assert "Describe the picture in a sentence" in str(refused.json())
    file.seek(0)
    made = admin_client.post(address, {**fields, f"{prefix}file": file, f"{prefix}is_decorative": "on"})
    assert made.json()["step"] == "chosen"
    assert without_anything_written_in(SiteImage.objects.get())


def test_pictures_of_every_mode_stay_readable(admin_client):
    for mode, kind, name in (
        ("L", "JPEG", "l.jpg"),
        ("RGBA", "PNG", "a.png"),
        ("P", "PNG", "p.png"),
        ("CMYK", "JPEG", "c.jpg"),
    ):
        picture = Image.new(mode, (30, 30))
        buffer = BytesIO()
        picture.save(buffer, kind)
        assert upload(admin_client, buffer.getvalue(), name).status_code == 302, mode
        Image.open(SiteImage.objects.get(file__contains=name[:2]).file).load()


def test_transparency_and_movement_survive(admin_client):
    see_through = Image.new("RGBA", (10, 10), (0, 0, 0, 0))
    buffer = BytesIO()
    see_through.save(buffer, "PNG")
    upload(admin_client, buffer.getvalue(), "clear.png")
    assert Image.open(SiteImage.objects.get(file__contains="clear").file).getpixel((0, 0))[3] == 0
    frames = [Image.new("RGB", (10, 10), colour) for colour in ("red", "green", "blue")]
    buffer = BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], comment=b"TELEPHONE-MAKER")
    assert upload(admin_client, buffer.getvalue(), "moves.gif").status_code == 302
    moving = SiteImage.objects.get(file__contains="moves")
    assert Image.open(moving.file).n_frames == 3
    assert without_anything_written_in(moving)


def test_what_hides_behind_a_picture_is_dropped(admin_client):
    """A polyglot: a picture to one program, a page with a script to another."""
    hidden = b"<script>alert(1)</script>"
    assert upload(admin_client, photograph() + hidden).status_code == 302
    with SiteImage.objects.get().file.open("rb") as file:
        assert hidden not in file.read()


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"hello", "photo.jpg", "Upload a valid image"),
        (b"", "photo.jpg", "The submitted file is empty"),
        (b"GIF89a" + b"\x00" * 30, "photo.gif", "can't be read as a picture"),
        (photograph()[:200], "photo.jpg", "can't be read as a picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "photo.svg", "Not a supported image format"),
        (photograph(), "photo.png", "Not a valid .png image"),
        (photograph(), "photo.exe", "Not a supported image format"),
        (photograph(), "photo", "Not a supported image format"),
        (b"%PDF-1.4\n" + photograph(), "photo.pdf", "Not a supported image format"),
    ],
)
def test_what_is_no_picture_gets_a_sentence(admin_client, content, name, sentence):
    response = upload(admin_client, content, name)
    assert response.status_code == 200
    shown = response.content.decode().replace("&#x27;", "'")
    assert sentence in shown or "Upload a valid image" in shown
    assert not SiteImage.objects.exists()


def test_too_large_pictures_get_a_sentence(admin_client, monkeypatch):
    from wagtail.images.fields import WagtailImageField

    class Small(WagtailImageField):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self.max_upload_size, self.max_upload_size_text, self.max_image_pixels = 300, "300 bytes", 100

    monkeypatch.setattr("dscp_cms.media_forms.ReadableImageField", Small)
    assert "This file is too big" in upload(admin_client, photograph()).content.decode()
    tiny = BytesIO()
    Image.new("L", (20, 20)).save(tiny, "PNG")
    assert "too many pixels" in upload(admin_client, tiny.getvalue(), "p.png").content.decode()


def test_a_picture_says_what_it_shows_or_that_it_is_decorative(admin_client):
    assert "Describe the picture in a sentence" in upload(admin_client, photograph(), description="").content.decode()
    assert upload(admin_client, photograph(), description="", is_decorative="on").status_code == 302


def send_document(client, content, name, **more):
    """Send a document on its form."""
    data = {"title": "A file", "file": SimpleUploadedFile(name, content), "language": "en-GB", "tags": "",
            "collection": Collection.get_first_root_node().pk, **more}  # fmt: skip
    return client.post(reverse("wagtaildocs:add"), data)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (resources.PDF, "plan.pdf"),
        (docx(paragraph("A plan")), "plan.docx"),
        (b"a,b\n1,2\n", "plan.csv"),
    ],
)
def test_documents_of_the_known_kinds_are_taken(admin_client, content, name):
    assert send_document(admin_client, content, name).status_code == 302
    assert SiteDocument.objects.get().file_size == len(content)


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"MZ", "plan.exe", "exe"),
        (b"<html>", "plan.html", "html"),
        (b"x", "plan", "allowed"),
        (b"", "plan.pdf", "empty"),
        (b"<html><script>", "plan.pdf", "but the file is something else"),
        (b"MZ\x00", "plan.docx", "but the file is something else"),
        (b"MZ\x00\x00", "plan.txt", "is not text"),
        (b"GIF89a%PDF-1.4", "plan.pdf", "but the file is something else"),
    ],
)
def test_documents_that_are_something_else_get_a_sentence(admin_client, content, name, sentence):
    response = send_document(admin_client, content, name)
    assert response.status_code == 200
    assert sentence in response.content.decode().lower()
    assert not SiteDocument.objects.exists()


@pytest.mark.parametrize("kind", ["doc", "xls", "ppt", "rtf"])
def test_old_kinds_are_refused_since_nothing_can_look_into_them(admin_client, kind):
    shown = send_document(admin_client, b"{\\rtf1}", f"plan.{kind}").content.decode()
    assert f"old kind “.{kind}”" in shown and f"save it as .{SAVE_AS[kind]}" in shown
    assert "is not allowed" not in shown
    assert not SiteDocument.objects.exists()


def test_from_an_old_site_they_are_taken_unless_they_could_harm():
    check_content(SimpleUploadedFile("plan.rtf", b"{\\rtf1 Early help}"), old_kinds=True)
    for name, content, words in (
        ("a.rtf", b"{\\rtf1 {\\object\\objemb{\\*\\objdata 0105}}}", "embedded"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 5000, "broken"),
        ("a.xls", b"MZ", "something else"),
    ):
        with pytest.raises(ValidationError, match=words):
            check_content(SimpleUploadedFile(name, content), old_kinds=True)


def test_too_large_documents_get_a_sentence(admin_client, settings):
    settings.SITE_DOCUMENT_MAX_SIZE = 10
    shown = send_document(admin_client, resources.PDF, "plan.pdf").content.decode()
    assert "larger than 10" in shown and "split it" in shown


def test_many_documents_at_once_each_get_their_sentence(admin_client):
    data = {"title": "x", "files[]": SimpleUploadedFile("x.pdf", b"MZ")}
    answer = admin_client.post(reverse("wagtaildocs:add_multiple"), data).json()
    assert not answer["success"] and "something else" in answer["error_message"]


def test_the_file_of_a_version_is_not_exchanged(admin_client):
    version = resources.version(resources.resource())
    address = reverse("wagtaildocs:edit", args=[version.document_id])
    data = {"title": "New title", "language": "en-GB", "tags": "", "pages": "4"}
    assert admin_client.post(address, data).status_code == 302
    version.document.refresh_from_db()
    assert version.document.title == "New title" and version.document.pages == 4
    shown = admin_client.post(address, {**data, "file": SimpleUploadedFile("n.pdf", resources.PDF + b"2")}).content
    assert "Add a new version to the resource instead" in shown.decode()
    with version.document.file.open("rb") as file:
        assert file.read() == resources.PDF
