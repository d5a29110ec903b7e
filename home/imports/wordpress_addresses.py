"""The old site's addresses: what stands behind them, where they lead now, and MailPoet's opaque ones."""

import base64
import binascii
import json
import re
from urllib.parse import parse_qs, unquote, urljoin, urlsplit

from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, Site

from home.imports.wordpress_file import GONE, Entry, Export
from home.imports.wordpress_media import original_of, path_of
from home.models import OldNewsletter
from news.models import NewsletterIssuePage

NUMBERED = ("p", "page_id", "attachment_id")
MONTHS = "january february march april may june july august september october november december".split()
LONGEST_PATH = 255  # the longest old address that a redirect can hold


def host_of(address: str) -> str:
    """The host without "www."; "" for an address that can't be read."""
    try:
        return (urlsplit(address).hostname or "").lower().removeprefix("www.")
    except ValueError:
        return ""


class OldSite:
    """Finds what stood behind an address of the old site."""

    def __init__(self, export: Export):
        self.url = export.site_url or "http://invalid.invalid"
        self.host = host_of(self.url)
        self.by_number: dict[int, Entry] = {}
        self.by_path: dict[str, Entry] = {}
        self.by_file: dict[str, Entry] = {}
        self.attached: dict[int, list[Entry]] = {}  # files, by the post that they were put into
        for entry in export.entries:
            self.by_number.setdefault(entry.post_id, entry)
            if entry.kind in {"post", "page", "attachment"}:
                path = self._path(entry.link)
                if path and not urlsplit(entry.link).query:
                    self.by_path.setdefault(path, entry)
            if entry.kind == "attachment" and (file := path_of(entry.url)):
                self.by_file.setdefault(file, entry)
                self.by_file.setdefault(original_of(file), entry)
            if entry.kind == "attachment" and entry.parent:
                self.attached.setdefault(entry.parent, []).append(entry)

    def has_page(self, number: int) -> bool:
        """Whether a post or page of this number is brought over."""
        entry = self.by_number.get(number) if number else None
        return entry is not None and entry.kind in {"post", "page"} and entry.status not in GONE

    @staticmethod
    def _path(address: str) -> str:
        try:
            return unquote(urlsplit(address).path).rstrip("/").lower()
        except ValueError:
            return ""

    def absolute(self, address: str) -> str:
        """The address as a reader of the old site followed it; "" where it can't be read."""
        try:
            return urljoin(self.url.rstrip("/") + "/", address.strip())
        except ValueError:
            return ""

    def is_here(self, address: str) -> bool:
        """Whether an absolute address is one of the old site."""
        return host_of(address) == self.host

    def is_front(self, address: str) -> bool:
        """Whether it is the old site's front page."""
        try:
            return self._path(address) == self._path(self.url) and not urlsplit(address).query
        except ValueError:
            return False

    def entry(self, address: str) -> Entry | None:
        """What stands behind an absolute address of the old site."""
        try:
            query = parse_qs(urlsplit(address).query)
        except ValueError:
            return None
        for name in NUMBERED:
            value = query.get(name, [""])[0]
            if value.isascii() and value.isdigit() and len(value) < 10:
                return self.by_number.get(int(value))
        if file := path_of(address):
            return self.file(file)
        return self.by_path.get(self._path(address))

    def file(self, path: str) -> Entry | None:
        """The attachment whose file, or one of whose sizes, this is."""
        return self.by_file.get(path) or self.by_file.get(original_of(path))


def newsletter_number(address: str) -> int | None:
    """The number of the newsletter in one of MailPoet's “view in browser” addresses, else None.

    They carry base64 of JSON: a list that begins with the newsletter's number, in older versions an object.
    Each subscriber's differs, since it also holds who they are; that part is not looked at.
    """
    try:
        query = parse_qs(urlsplit(address).query, keep_blank_values=True)
    except ValueError:
        return None
    is_mailpoet = "mailpoet_router" in query or query.get("mailpoet_page")
    if not is_mailpoet or query.get("endpoint", [""])[0] not in {"view_in_browser", ""}:
        return None
    data = query.get("data", [""])[0].replace(" ", "+").replace("-", "+").replace("_", "/")[:4000]
    try:
        found = json.loads(base64.b64decode(data + "=" * (-len(data) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
    number = (
        found.get("newsletter_id")
        if isinstance(found, dict)
        else found[0]
        if isinstance(found, list) and found
        else None
    )
    if isinstance(number, str) and number.isascii() and number.isdigit() and len(number) < 9:
        number = int(number)
    return number if isinstance(number, int) and not isinstance(number, bool) and 0 < number < 10**9 else None


def issue_called(words: str) -> NewsletterIssuePage | None:
    """The issue that a link's words name: by its title, or by one month and year; None when in doubt."""
    words = " ".join(words.lower().split())
    months = [number for number, month in enumerate(MONTHS, 1) if re.search(rf"\b{month}\b", words)]
    years = re.findall(r"\b(20\d\d)\b", words)
    found = []
    if len(months) == 1 and len(years) == 1:
        issues = NewsletterIssuePage.objects.filter(date__year=int(years[0]), date__month=months[0])
        found = list(issues.filter(kind=NewsletterIssuePage.Kind.ISSUE)[:2])
    if not found and words:
        found = list(NewsletterIssuePage.objects.filter(title__iexact=words)[:2])
    return found[0] if len(found) == 1 else None


def note_newsletter(number: int, words: str) -> OldNewsletter:
    """Remember that the old site linked to a newsletter, and find the issue that it is."""
    newsletter, _made = OldNewsletter.objects.get_or_create(number=number, defaults={"words": words[:200]})
    if newsletter.page_id is None and (issue := issue_called(words or newsletter.words)):
        newsletter.page = issue
        newsletter.save(update_fields=["page"])
    return newsletter


def keep_redirect(old: str, page: Page | None = None, link: str = "") -> str:
    """Lead an old address to a page or link here; return a sentence where that can't be done, else "".

    A redirect that somebody made is left as it is. None is needed where the address stays the same.
    """
    try:
        parts = urlsplit(old)
    except ValueError:
        return f"The old address {old[:80]} can’t be read, so it leads nowhere."
    path = Redirect.normalise_path((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
    if path in {"", "/"}:
        return ""
    if len(path) > LONGEST_PATH:
        return f"The old address {path[:80]}… is too long for a redirect."
    if page is not None and path == Redirect.normalise_path(page.get_url() or ""):
        return ""
    site = Site.objects.filter(is_default_site=True).select_related("root_page").first()
    if (
        not parts.query
        and site
        and Page.objects.filter(url_path=f"{site.root_page.url_path}{path.strip('/')}/").exists()
    ):
        return f"The old address {path} is that of another page here, so it doesn’t lead to this one."
    if Redirect.objects.filter(old_path=path).exists():
        return ""
    Redirect.objects.create(old_path=path, redirect_page=page, redirect_link=link[:255], automatically_created=True)
    return ""
