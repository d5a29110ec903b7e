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
    ("news_", "newsletter"),
    ("wagtailimages", "pictures"),
    ("end_consent", "pictures"),
    ("pictures_to_look_at", "pictures"),
    ("wagtaildocs", "files"),
    ("resources_fileversion", "files"),
    ("bulk_upload", "files"),
    ("check_version", "files"),
    ("dscp_cms_links", "libraries"),
    ("resources_", "libraries"),
    ("training_day_", "registers"),
    ("training_", "sessions"),
    ("wagtailsnippets_dscp_cms_sitealert", "alerts"),
    ("home_contactmessage", "writing"),
    ("home_contribution", "sharing"),
    ("contribution_", "sharing"),
    ("dscp_cms_approval", "sharing"),
    ("wagtailadmin_pages", "writing"),
    ("wagtailadmin_explore", "writing"),
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
    return next((slug for name, slug in FOR_SCREENS if match.view_name.startswith(name)), None)
