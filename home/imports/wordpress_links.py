"""Where the links of an imported text lead now."""

from urllib.parse import urlsplit

from dscp_cms.faces import is_ours
from home.imports.wordpress_addresses import issue_called, newsletter_number, note_newsletter
from home.models import OldNewsletter

FOLLOWED = {"http", "https", "mailto", "tel"}
Target = tuple[str, str | int]


class Around:
    """Answers the conversion's questions for one import; ``notes`` are of the text at hand."""

    def __init__(self, work):
        self.work = work
        self.notes: list[str] = []

    def begin(self) -> None:
        """A new text."""
        self.notes = []

    def image(self, address: str, number: int, alt: str) -> int | None:
        """The key of the picture."""
        return self.work.files.image_at(address, number, alt)

    def reusable(self, number: int) -> str | None:
        """The content of a block that several posts share."""
        entry = self.work.old.by_number.get(number)
        return self.work.export.item(entry).content if entry and entry.kind == "wp_block" else None

    def link(self, address: str, words: str = "") -> Target | None:
        """Where a link leads now; None where it must not be followed."""
        address = address.strip()
        if not address or address.startswith("#"):
            return ("url", address) if len(address) > 1 else None
        full = self.work.old.absolute(address)
        if not full or urlsplit(full).scheme.lower() not in FOLLOWED or len(full) > 2000:
            return None
        if (number := newsletter_number(full)) is not None:
            return self._newsletter(number, words, full)
        if not self.work.old.is_here(full) or is_ours(full):
            return "url", full
        return self._internal(full)

    def _internal(self, full: str) -> Target:
        if self.work.old.is_front(full):
            return "page", self.work.home.pk
        entry = self.work.old.entry(full)
        if entry is not None and entry.kind in {"post", "page"}:
            known = self.work.known.get(entry.guid)
            if known and known.page_id:
                return "page", known.page_id
            if self.work.wishes.dry_run and known is None:
                return "url", full
        elif document := self.work.files.document_at(full):
            return "url", document
        if not (self.work.wishes.dry_run and entry is not None):
            self.notes.append(f"A link leads to {full[:200]} on the old site, which isn’t here.")
        return "url", full

    def _newsletter(self, number: int, words: str, full: str) -> Target:
        if self.work.wishes.dry_run:
            known = OldNewsletter.objects.filter(number=number).first()
            issue = (known and known.page) or issue_called(words)
        else:
            issue = note_newsletter(number, words).page
        if issue is not None:
            return "page", issue.pk
        self.notes.append(
            f"A link leads to newsletter {number} in MailPoet. "
            "Say which issue it is under Settings, MailPoet newsletters."
        )
        return "url", full
