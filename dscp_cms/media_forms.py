"""Checks at upload: what a picture must say of itself, and that a file is what it claims to be."""

from io import BytesIO

from django import forms
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from PIL import Image, ImageOps, UnidentifiedImageError
from wagtail.documents.forms import BaseDocumentForm
from wagtail.images.forms import BaseImageForm

from dscp_cms.models import SiteImage

SIGNATURES = {
    "pdf": (b"%PDF-",),
    "zip": (b"PK\x03\x04", b"PK\x05\x06"),
    "rtf": (b"{\\rtf",),
    "ole": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",),
}
KIND_OF = {
    "pdf": "pdf",
    "rtf": "rtf",
    **dict.fromkeys(("docx", "xlsx", "pptx", "odt", "ods", "odp", "zip"), "zip"),
    **dict.fromkeys(("doc", "xls", "ppt"), "ole"),
}


class SiteImageForm(BaseImageForm):
    """The picture form: alternative text or decorative; consent where people are shown."""

    class Meta(BaseImageForm.Meta):
        help_texts = {
            "description": "What a reader who can't see the picture should be told, in one sentence.",
            "file": "A photograph or drawing: JPEG, PNG, WebP, AVIF or GIF, up to 15 MB.",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "description" in self.fields:
            self.fields["description"].label = "Alternative text"
            self.fields["description"].help_text = self.Meta.help_texts["description"]

    def clean_file(self):
        file = self.cleaned_data.get("file")
        return without_metadata(file) if isinstance(file, UploadedFile) else file

    def clean(self):
        cleaned = super().clean()
        if "decorative" in self.fields and not cleaned.get("description") and not cleaned.get("decorative"):
            self.add_error("description", "Describe the picture in a sentence, or tick “decorative” if it adds nothing.")
        shows_people = cleaned.get("people") in {SiteImage.People.ADULTS, SiteImage.People.CHILDREN}
        if cleaned.get("consent_given") and not shows_people and "people" in self.fields:
            self.add_error("people", "Say who is shown, since you recorded their consent.")
        return cleaned


def without_metadata(file: UploadedFile):
    """The picture without EXIF and the like (place, camera, names), turned the right way up.

    Animations are kept as they are, since GIFs carry no EXIF. Raises ValidationError for what can't be read.
    """
    try:
        file.seek(0)
        picture = Image.open(file)
        if getattr(picture, "is_animated", False):
            file.seek(0)
            return file
        kind = picture.format
        upright = ImageOps.exif_transpose(picture)
        clean = Image.new(upright.mode, upright.size)
        clean.paste(upright)
        if upright.mode == "P":
            clean.putpalette(upright.getpalette())
        options = {"quality": 92} if kind in {"JPEG", "WEBP", "AVIF"} else {}
        if icc := picture.info.get("icc_profile"):
            options["icc_profile"] = icc
        if kind == "PNG" and "transparency" in picture.info:
            options["transparency"] = picture.info["transparency"]
        buffer = BytesIO()
        clean.save(buffer, kind, **options)
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise forms.ValidationError("This file can't be read as a picture. Save it again as JPEG or PNG.") from error
    file.file = ContentFile(buffer.getvalue())
    file.size = len(buffer.getvalue())
    file.image = picture
    return file


class SiteDocumentForm(BaseDocumentForm):
    """The document form: size and content are checked against what the name says."""

    def clean_file(self):
        file = self.cleaned_data.get("file")
        if not isinstance(file, UploadedFile):
            return file
        if file.size > settings.SITE_DOCUMENT_MAX_SIZE:
            most = filesizeformat(settings.SITE_DOCUMENT_MAX_SIZE)
            raise forms.ValidationError(f"The file is larger than {most}. Make it smaller, or split it.")
        check_content(file)
        return file


def check_content(file: UploadedFile) -> None:
    """Raise ValidationError when the first bytes aren't those of the kind that the name ends in."""
    extension = file.name.rsplit(".", 1)[-1].lower() if "." in file.name else ""
    if extension not in settings.WAGTAILDOCS_EXTENSIONS:
        allowed = ", ".join(settings.WAGTAILDOCS_EXTENSIONS)
        raise forms.ValidationError(f"Files ending in “.{extension}” can't be uploaded. Allowed are: {allowed}.")
    file.seek(0)
    head = file.read(4096)
    file.seek(0)
    kind = KIND_OF.get(extension)
    if kind and not head.lstrip(b"\xef\xbb\xbf \r\n").startswith(SIGNATURES[kind]):
        raise forms.ValidationError(f"The name ends in “.{extension}”, but the file is something else.")
    if kind is None and b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise forms.ValidationError(f"The name ends in “.{extension}”, but the file is not text.")
