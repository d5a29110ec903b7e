"""The guide for editors: docs/editors/ as pages of the admin, and which of them goes with which screen."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.urls import Resolver404, resolve
from markdown_it import MarkdownIt
from wagtail.models import Page

FOLDER = Path(settings.BASE_DIR) / "docs" / "editors"
FIRST = "first-steps"

# Which guide goes with a kind of page; any other page has “writing”.
FOR_PAGES = {
    "news.newsitempage": "news",
    "news.eventpage": "starters",
    "news.newsletterissuepage": "newsletter",
    "news.newsletterindexpage": "newsletter",
    "training.coursepage": "sessions",
    "training.trainingindexpage": "sessions",
    "resources.resourcepage": "files",
    "resources.resourcelibrarypage": "libraries",
    "resources.learningreviewpage": "libraries",
}
# Which goes with other screens, by the beginning of the name of their address. The first that fits counts.
FOR_SCREENS = (
    ("page_checks", "checks"),
    ("starter", "starters"),
    ("news_subscriber", "subscribers"),
    ("news_mailinglist", "subscribers"),
    ("news_import", "subscribers"),
    ("dscp_cms_suppression", "subscribers"),
    ("news_", "newsletter"),
    ("wagtailimages", "pictures"),
    ("file_version_picture", "files"),
    ("end_consent", "pictures"),
    ("pictures_", "pictures"),
    ("pictures_to_look_at", "pictures"),
    ("wagtaildocs", "files"),
    ("resources_fileversion", "files"),
    ("bulk_", "files"),
    ("check_version", "files"),
    ("check_file_version", "files"),
    ("withdraw_file_version", "files"),
    ("read_file_version_again", "files"),
    ("dscp_cms_links", "libraries"),
    ("resources_downloads", "reports"),
    ("resources_learning", "reports"),
    ("resources_", "libraries"),
    ("training_day_", "registers"),
    ("training_booking_attendance", "registers"),
    ("training_booking_follow", "registers"),
    ("training_booking", "bookings"),
    ("training_session_add", "bookings"),
    ("training_session_call_list", "bookings"),
    ("training_certificate", "bookings"),
    ("training_charge", "charges"),
    ("training_rule_end", "charges"),
    ("training_reports", "reports"),
    ("training_evaluation", "reports"),
    ("training_", "sessions"),
    ("programme_", "imports"),
    ("import", "imports"),
    ("home_wordpressterm", "imports"),
    ("home_oldnewsletter", "imports"),
    ("wagtailsnippets_dscp_cms_sitealert", "alerts"),
    ("wagtailsnippets_dscp_cms_", "settings"),
    ("wagtailsettings", "settings"),
    ("wagtailredirects", "settings"),
    ("home_contactmessage", "messages"),
    ("contact_message", "messages"),
    ("dscp_cms_outgoingmail", "messages"),
    ("send_held_mail", "messages"),
    ("home_contribution", "sharing"),
    ("contribution_", "sharing"),
    ("dscp_cms_approval", "sharing"),
    ("dscp_cms_partnerprofile", "partners"),
    ("invite_partner_again", "partners"),
    ("end_partner_access", "partners"),
    ("wagtailusers_", "accounts"),
    ("person_left", "accounts"),
    ("reset_second_step", "accounts"),
    ("who_did_what", "reports"),
    ("yearly_pack", "reports"),
    ("home_searchterm", "files"),
    ("home_promotedresult", "files"),
    ("calendar", "dashboard"),
    ("dashboard_list", "dashboard"),
    ("review", "dashboard"),
    ("wagtailadmin_reports", "reports"),
    ("wagtailadmin_pages", "writing"),
    ("wagtailadmin_explore", "writing"),
    ("guide", FIRST),
    ("wagtailadmin_home", FIRST),
)


@dataclass(frozen=True)
class Guide:
    """A page of the guide: its name in addresses, its title, its words, and the same as HTML."""

    slug: str
    title: str
    words: str
    html: str

    @property
    def about(self) -> str:
        """Its first sentence."""
        return re.split(r"(?<=[.!?]) ", self.words, maxsplit=1)[0]


@cache
def guides() -> dict[str, Guide]:
    """Every page of the guide: first steps, then by title. Read once; they change with the program."""
    found = [_read(path) for path in FOLDER.glob("*.md")]
    return {guide.slug: guide for guide in sorted(found, key=lambda g: (g.slug != FIRST, g.title.lower()))}


def _read(path: Path) -> Guide:
    source = path.read_text()
    title, _, body = source.removeprefix("# ").partition("\n")
    # Our own files; raw HTML is shut out all the same.
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(body)
    # Guides link to each other as files, and so do their drawings: right where the files lie, and here.
    html = re.sub(r'href="([\w-]+)\.md"', r'href="../\1/"', html)
    html = html.replace('src="img/', 'src="../img/').replace("<table>", '<table class="dscp-guide__table">')
    words = " ".join(re.sub(r"<[^>]+>", " ", html).split())
    return Guide(path.stem, title.strip(), _plain(words), html)


def _plain(words: str) -> str:
    for entity, sign in (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")):
        words = words.replace(entity, sign)
    return re.sub(r" (?=[,.;:!?)])", "", words)


def search(query: str) -> list[tuple[Guide, str]]:
    """The guides with all the words asked for, and a passage of each; those with them in the title first."""
    asked = [word for word in re.findall(r"\w+", query.lower()) if len(word) > 1][:8]
    if not asked:
        return [(guide, guide.about) for guide in guides().values()]
    found = [
        (guide, _passage(guide.words, asked))
        for guide in guides().values()
        if all(word in f"{guide.title} {guide.words}".lower() for word in asked)
    ]
    return sorted(found, key=lambda pair: not any(word in pair[0].title.lower() for word in asked))


def _passage(words: str, asked: list[str]) -> str:
    sentences = re.split(r"(?<=[.!?]) ", words)
    best = max(sentences, key=lambda sentence: sum(word in sentence.lower() for word in asked))
    return best if len(best) < 240 else f"{best[:239]}…"


def guide_for_page(page: Page) -> str:
    """The guide that goes with a page."""
    return FOR_PAGES.get(page.cached_content_type.model_class()._meta.label_lower, "writing")


def guide_for_address(address: str) -> str | None:
    """The guide that goes with a screen of the admin, by its path; None where there is none."""
    try:
        match = resolve(address)
    except Resolver404:
        return None
    if match.view_name.startswith("wagtailadmin_pages:"):
        if "content_type_app_name" in match.kwargs:
            return FOR_PAGES.get("{content_type_app_name}.{content_type_model_name}".format(**match.kwargs), "writing")
        key = match.kwargs.get("page_id") or next((arg for arg in match.args if str(arg).isdigit()), None)
        page = Page.objects.filter(pk=key).first() if key else None
        return guide_for_page(page) if page else "writing"
    return guide_for_screen(match.view_name)


def guide_for_screen(name: str) -> str | None:
    """The guide that goes with a screen that isn't a page's, by the name of its address."""
    return next((slug for start, slug in FOR_SCREENS if name.startswith(start)), None)
