"""What becomes of the files of a WordPress site: pictures and documents, each once."""

import hashlib
import re
from collections.abc import Callable
from urllib.parse import quote

from django.core.files.uploadedfile import UploadedFile
from django.urls import reverse
from wagtail.models import Page

from dscp_cms.models import SiteDocument, SiteImage
from home.imports.inline import words_of
from home.imports.wordpress_addresses import keep_redirect
from home.imports.wordpress_file import Entry, Item
from home.imports.wordpress_media import (
    MediaError,
    checked,
    fetch,
    is_picture,
    make_document,
    make_image,
    original_of,
    path_of,
    upload_of,
)
from home.models import WordPressItem

WOULD_BE = -1  # in a trial run: the key of what would be made
HALF = 32  # characters of a digest
OTHER_FILE = (
    "Skipped: the export has another file for it now, and the one here was left as it is. If the new one is wanted, "
    "replace the file here."
)
NO_ALT = "It has no description for people who can’t see it: write one, or tick that it is decorative."


class Attachments:
    """Makes files, finds those made before. ``work`` is the import under way."""

    def __init__(self, work):
        self.work = work
        self.missing: set[str] = set()

    # Steps

    def prepare(self, item: Item) -> Callable[[], None]:
        """Find, check and clean the file; return what saves it."""
        entry = item.entry
        known = self.work.known.get(entry.guid)
        title = words_of(item.title) or path_of(entry.url) or entry.slug
        alt = words_of(item.meta.get("_wp_attachment_image_alt", ""))[:255]
        if known:
            return lambda: self._again(item, known, title[:255], alt)
        try:
            upload = self.find(path_of(entry.url), entry.url)
        except MediaError as error:
            why = str(error)
            return lambda: self.work.told.skipped(entry.guid, title, why)
        return lambda: self._make(item, upload, title[:255], alt)

    def _make(self, item: Item, upload: UploadedFile, title: str, alt: str) -> None:
        entry, told = item.entry, self.work.told
        if self.work.wishes.dry_run:
            upload.close()
            told.made(entry.guid, title)
            return
        known = self.save(entry.guid, upload, title, alt)
        known.digest = _said(title, alt, entry.url)
        known.save(update_fields=["digest"])
        made = known.image or known.document
        told.made(entry.guid, title, made)
        if known.image and not alt:
            told.unsure(entry.guid, title, NO_ALT, known.image)
        self._keep_redirects(entry, made)
        upload.close()

    def _keep_redirects(self, entry: Entry, made: SiteImage | SiteDocument) -> None:
        """Lead the file's old address here, and that of the page that WordPress made for it.

        A picture's page leads to the post that it was put into, where that is brought over (``attached``).
        """
        if self.work.wishes.dry_run:
            return
        is_image = isinstance(made, SiteImage)
        link = reverse("old_picture", args=[made.pk]) if is_image else made.url
        addresses = [entry.url, original_of(entry.url)]
        if not (is_image and self.work.old.has_page(entry.parent)):
            addresses += pages_of(entry)
        for address in dict.fromkeys(addresses):
            if address and (sentence := keep_redirect(address, link=link)):
                self.work.told.unsure(entry.guid, made.title, sentence, made)

    def keep_redirects_of_pages(self, number: int, page: Page) -> None:
        """Lead the pages of the files that were put into a post to the post."""
        for entry in self.work.old.attached.get(number, ()):
            for address in pages_of(entry):
                keep_redirect(address, page)

    def _again(self, item: Item, known: WordPressItem, title: str, alt: str) -> None:
        told, made = self.work.told, known.image or known.document
        if made is None:
            told.skipped(item.entry.guid, title, "It was deleted here, so it isn’t made again.")
            return
        self._keep_redirects(item.entry, made)
        if known.digest == (digest := _said(title, alt, item.entry.url)):
            told.unchanged(item.entry.guid, made.title, made)
        elif known.written != _written(made):
            told.skipped(item.entry.guid, made.title, "It was changed here since, so it was left as it is.", made)
        elif known.digest[HALF:] != digest[HALF:]:
            told.skipped(item.entry.guid, made.title, OTHER_FILE, made)
        else:
            if not self.work.wishes.dry_run:
                made.title = title
                if known.image:
                    made.description = alt or made.description
                made.save()
                known.digest, known.written = digest, _written(made)
                known.save()
            told.updated(item.entry.guid, title, made)

    # Files

    def find(self, path: str, address: str) -> UploadedFile:
        """The file, checked; raise MediaError with the reason where there is none that we take."""
        name = (path or address.split("?")[0]).rsplit("/", 1)[-1]
        source = self.work.media.open(path) if path else None
        if source is None and path and is_picture(path):
            source = self.work.media.open(original_of(path))
        if source is not None:
            with source:
                return self._checked(upload_of(source, name))
        if self.work.wishes.fetch and address and not self.work.wishes.dry_run:
            return self._checked(fetch(address, name))
        if self.work.wishes.fetch and address:
            raise MediaError("A trial run fetches nothing; the import itself will try.")
        raise MediaError(f"Its file {path or address} isn’t among the files given. Add it and run the import again.")

    @staticmethod
    def _checked(upload: UploadedFile) -> UploadedFile:
        try:
            return checked(upload)
        except MediaError:
            upload.close()
            raise

    def save(self, guid: str, upload: UploadedFile, title: str, alt: str) -> WordPressItem:
        """Keep a file, and remember what it was."""
        user = self.work.user
        if is_picture(upload.name):
            made = make_image(upload, title=title, alt=alt, user=user)
            item = WordPressItem(guid=guid, kind="image", image=made)
        else:
            made = make_document(upload, title=title, user=user)
            item = WordPressItem(guid=guid, kind="document", document=made)
        item.written = _written(made)
        item.save()
        self.work.known[guid] = item
        return item

    def loose(self, path: str) -> WordPressItem | None:
        """A file that posts use and the export doesn't list, by its path below the uploads."""
        guid = f"file:{path}"[:500]
        if guid in self.work.known:
            return self.work.known[guid]
        if path in self.missing or self.work.wishes.dry_run:
            return None
        try:
            upload = self.find(path, "")
        except MediaError:
            self.missing.add(path)
            return None
        item = self.save(guid, upload, path.rsplit("/", 1)[-1], "")
        made = item.image or item.document
        link = reverse("old_picture", args=[made.pk]) if item.image else made.url
        keep_redirect(f"/wp-content/uploads/{quote(path)}", link=link)
        upload.close()
        self.work.told.made(guid, path, made, "The export doesn’t list it, but a text uses it.")
        return item

    # What others ask

    def image_numbered(self, number: str) -> int | None:
        """The key of the picture that an attachment has become."""
        if not re.fullmatch(r"[0-9]{1,9}", number):
            return None
        return self._image_of(self.work.old.by_number.get(int(number)))

    def image_at(self, address: str, number: int, alt: str) -> int | None:
        """The key of the picture shown in a text, by its number or its address."""
        old = self.work.old
        entry = old.by_number.get(number) if number else None
        path = path_of(old.absolute(address)) if address else ""
        if (entry is None or entry.kind != "attachment") and path:
            entry = old.file(path)
        key = self._image_of(entry)
        if key is None and path and is_picture(path):
            item = self.loose(original_of(path))
            key = item.image_id if item else None
        if key and key != WOULD_BE and alt.strip() and not self.work.wishes.dry_run:
            self._describe(key, alt)
        return key

    def _image_of(self, entry) -> int | None:
        if entry is None or entry.kind != "attachment":
            return None
        if known := self.work.known.get(entry.guid):
            return known.image_id
        in_folder = path_of(entry.url) and is_picture(entry.url) and self.work.wishes.dry_run
        return WOULD_BE if in_folder else None

    def _describe(self, key: int, alt: str) -> None:
        """Take the words that a text gives a picture that has none."""
        image = SiteImage.objects.filter(pk=key, description="", is_decorative=False).first()
        if image is None:
            return
        image.description = words_of(alt)[:255]
        image.save(update_fields=["description"])
        for known in WordPressItem.objects.filter(image=image):
            known.written = _written(image)
            known.save(update_fields=["written"])
            self.work.known[known.guid] = known

    def document_at(self, address: str) -> str | None:
        """Where a file of the old site is now; None for pictures and for what isn't here."""
        path = path_of(address)
        entry = self.work.old.file(path) if path else self.work.old.entry(address)
        if entry is not None and entry.kind == "attachment":
            known = self.work.known.get(entry.guid)
        else:
            known = self.loose(path) if path and not is_picture(path) else None
        return known.document.url if known and known.document else None


def pages_of(entry: Entry) -> list[str]:
    """The addresses of the page that WordPress makes for a file."""
    return [entry.link, f"/?attachment_id={entry.post_id}" if entry.post_id else ""]


def _said(title: str, alt: str, address: str) -> str:
    """What the export says of a file: of its words in the first half, of where it lies in the second."""
    return _digest(title, alt)[:HALF] + _digest(address)[:HALF]


def _digest(*said: str) -> str:
    return hashlib.sha256("\0".join(said).encode()).hexdigest()


def _written(made: SiteImage | SiteDocument) -> str:
    """What stands here, to see later whether a person changed it."""
    return _digest(made.title, getattr(made, "description", ""), made.file.name)
