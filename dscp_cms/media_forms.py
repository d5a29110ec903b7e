"""Checks at upload: what a picture must say of itself, and that a file is what it claims to be."""

from io import BytesIO

import willow
from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError
from wagtail.documents.forms import BaseDocumentForm
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm

from dscp_cms import protection
from dscp_cms.models import SiteImage
from dscp_cms.upload_checks import check_content

UNREADABLE = "This file can't be read as a picture. Save it again as JPEG or PNG."


class ReadableImageField(WagtailImageField):
    """Wagtail's own field answers a picture that is broken off with an error of the server."""

    def to_python(self, data):
        try:
            return super().to_python(data)
        except forms.ValidationError:
            raise
        except Exception as error:  # whatever Pillow stumbles over
            raise forms.ValidationError(UNREADABLE) from error


class SiteImageForm(BaseImageForm):
    """The picture form: alternative text or decorative; consent where people are shown."""

    class Meta(BaseImageForm.Meta):
        help_texts = {
            "title": "A name for editors to find it by. Readers don't see it.",
            "collection": "Who may use it. Most pictures stand in the first one.",
            "tags": "Words for editors to find it by.",
        }
        labels = {"description": "Alternative text"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        helps = {
            "description": "What somebody who can't see the picture should be told, in one sentence. Needed, unless "
            "you tick “Decorative” below.",
            "file": "A photograph or drawing: JPEG, PNG, WebP, AVIF or GIF, up to 15 MB. "
            "What the camera wrote into it, such as the place, is taken out.",
        }
        if "file" in self.fields:
            stock = self.fields["file"]
            self.fields["file"] = ReadableImageField(label=stock.label, widget=stock.widget, required=stock.required)
        if "is_decorative" in self.fields:
            self.fields["is_decorative"].label = "Decorative"
        if "people" in self.fields and self.instance.pk is None:  # nobody says by oversight that there are none
            self.fields["people"].choices = [("", "Look at it, and choose"), *SiteImage.People.choices]
            self.fields["people"].error_messages["required"] = "Look at the picture, and choose who can be recognised."
            self.initial["people"] = ""
        for name in helps.keys() & self.fields.keys():
            self.fields[name].help_text = helps[name]

    def clean_file(self):
        file = self.cleaned_data.get("file")
        return without_metadata(file) if isinstance(file, UploadedFile) else file

    def clean(self):
        cleaned = super().clean()
        if "is_decorative" in self.fields and not cleaned.get("description") and not cleaned.get("is_decorative"):
            sentence = "Describe the picture in a sentence, or tick “decorative” if it adds nothing."
            self.add_error("description", f"{sentence}{self._and_the_file(cleaned)}")
        if "people" in self.fields and "people" not in self.errors:
            self._check_consent(cleaned)
        return cleaned

    def _and_the_file(self, cleaned) -> str:
        """What is said besides where a file was sent: browsers forget it when a form comes back."""
        return " Then choose the file again." if isinstance(cleaned.get("file"), UploadedFile) else ""

    def _check_consent(self, cleaned) -> None:
        shows_people = cleaned.get("people") in {SiteImage.People.ADULTS, SiteImage.People.CHILDREN}
        if not shows_people and (cleaned.get("consent_given") or cleaned.get("consent_until")):
            self.add_error("people", "Say who is shown, since you recorded their consent.")
        if cleaned.get("consent_until") and not cleaned.get("consent_given"):
            self.add_error("consent_given", "Tick this as well, or leave the last day empty.")
        if shows_people and self._is_taken_down():
            self.add_error("people", "This picture was taken down. Upload it as a new one when everyone has agreed.")

    def _is_taken_down(self) -> bool:
        """Whether the file is the drawing that stands where consent was ended."""
        return self.instance.consent_ended_at is not None and "file" not in self.changed_data

    def save(self, commit=True):
        if "file" in self.changed_data:
            self.instance.consent_ended_at = None  # another picture, with consents of its own
        return super().save(commit)


def without_metadata(file: UploadedFile) -> UploadedFile:
    """The picture without EXIF and the like (place, camera, names), turned the right way up.

    Also drops whatever hides behind the picture's own bytes. The upload is changed where it is, since
    Wagtail keeps it aside while a form is completed. Raises ValidationError for what can't be read.
    """
    try:
        file.seek(0)
        picture = Image.open(file)
        _check_frames(picture)
        content = _animation(picture) if getattr(picture, "is_animated", False) else _still(picture)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError) as error:
        raise forms.ValidationError(UNREADABLE) from error
    stream = file.file
    stream.seek(0)
    stream.truncate()
    stream.write(content)
    stream.flush()
    file.size = len(content)
    file.seek(0)
    file.image = willow.Image.open(BytesIO(content))
    return file


def _check_frames(picture: Image.Image) -> None:
    """Every frame of a moving picture is unpacked, so all of them count; Wagtail counts one."""
    if getattr(picture, "is_animated", False):
        if picture.n_frames * picture.width * picture.height > settings.WAGTAILIMAGES_MAX_IMAGE_PIXELS:
            raise forms.ValidationError("The moving picture is too large. Make it smaller or shorter.")


def _still(picture: Image.Image) -> bytes:
    upright = ImageOps.exif_transpose(picture)
    clean = Image.new(upright.mode, upright.size)
    if upright.mode in {"P", "PA"}:
        clean.putpalette(upright.palette)
    clean.paste(upright)
    return _encoded(clean, picture)


def _animation(picture: Image.Image) -> bytes:
    frames = [frame.convert("RGBA") for frame in ImageSequence.Iterator(picture)]
    times = [frame.info.get("duration", 100) for frame in ImageSequence.Iterator(picture)]
    more = {"save_all": True, "append_images": frames[1:], "duration": times, "loop": picture.info.get("loop", 0)}
    if picture.format == "GIF":
        more["disposal"] = 2
    for frame in frames:
        frame.info.clear()
    return _encoded(frames[0], picture, **more)


def _encoded(clean: Image.Image, original: Image.Image, **options) -> bytes:
    kind = "JPEG" if original.format == "MPO" else original.format
    if kind in {"JPEG", "WEBP", "AVIF"}:
        options["quality"] = 92
    if kind == "JPEG" and clean.mode not in {"RGB", "L", "CMYK"}:
        clean = clean.convert("RGB")
    if profile := original.info.get("icc_profile"):
        options["icc_profile"] = profile
    if kind in {"PNG", "GIF"} and "transparency" in original.info and "save_all" not in options:
        options["transparency"] = original.info["transparency"]
    buffer = BytesIO()
    clean.save(buffer, kind, **options)
    return buffer.getvalue()


class SiteDocumentForm(BaseDocumentForm):
    """The document form: size and content are checked against what the name says."""

    def clean_file(self):
        file = self.cleaned_data.get("file")
        if not isinstance(file, UploadedFile):
            return file
        if not file.size:
            raise forms.ValidationError("The file is empty. Choose another.")
        if self.instance.pk and (found := protection.obstacles([self.instance])):
            raise forms.ValidationError(
                f"This file can't be exchanged, because others rely on it: {'; '.join(found)}. "
                "Add a new version to the resource instead."
            )
        if file.size > settings.SITE_DOCUMENT_MAX_SIZE:
            most = filesizeformat(settings.SITE_DOCUMENT_MAX_SIZE)
            raise forms.ValidationError(f"The file is larger than {most}. Make it smaller, or split it.")
        check_content(file)
        return file

    def _post_clean(self):
        """Wagtail then judges the document as if it had no file at all; one reason is enough."""
        super()._post_clean()
        if "file" in self.errors:
            self.errors.pop("__all__", None)
            del self.errors["file"].data[1:]
