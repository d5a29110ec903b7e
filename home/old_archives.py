"""The addresses that every WordPress site has without anybody writing them: lists, feeds, second pages, sitemaps.

Rules, not rows: where a category leads follows the table of categories at once when somebody corrects it.
None of them is followed on a site into which no WordPress site was brought.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from django.urls import reverse
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page

from home.models import HomePage, WordPressItem, WordPressTerm
from news.models import NewsIndexPage

# WordPress may stand in a folder, or write its own file's name into addresses.
PREFIX = re.compile(r"^(?:/(?:blog|index\.php))+(?=/|$)", re.IGNORECASE)
FEED = re.compile(r"(?:^|/)(?:comments/)?(?:feed(?:/(?:rss2?|rdf|atom))?|wp-(?:rss2?|rdf|atom|feed)\.php)$", re.I)
SITEMAP = re.compile(r"^/(?:wp-sitemap[\w-]*|sitemap_index|(?:post|page|category|post_tag|author)-sitemap\d*)\.xml$")
TERM = re.compile(r"^/(category|tag)/(.+)$", re.IGNORECASE)
AUTHOR = re.compile(r"^/author/[^/]+$", re.IGNORECASE)
DAY = re.compile(r"^/((?:19|20)\d\d)(?:/\d{1,2}){0,2}$")
# What is added to the address of a list or of a post.
TAIL = re.compile(r"(?:/page/\d{1,5}|/comment-page-\d{1,5}|/(?:amp|embed|trackback)|/\d{1,3})$", re.IGNORECASE)
QUERIES = {"cat", "category_name", "tag", "author", "author_name", "m", "year", "monthnum", "paged", "feed", "s"}


@dataclass(frozen=True)
class Lead:
    """Where an address leads, and whether for good: a table that people correct may say something else tomorrow."""

    link: str
    lasts: bool = True


def of_path(path: str) -> Lead | None:
    """Where an address leads that no page and no redirect has; None for what is no address of WordPress."""
    path = PREFIX.sub("", path.rstrip("/"))
    stem = TAIL.sub("", path) if not DAY.match(path) else path
    if not (stem != path or any(rule.search(path) for rule in (FEED, SITEMAP, TERM, AUTHOR, DAY))):
        return None
    if not WordPressItem.objects.exists():
        return None
    if SITEMAP.match(path):
        return Lead(reverse("sitemap"))
    news = _news()
    if news and FEED.search(path):
        return Lead(f"{news}feed/")
    if news and (term := TERM.match(stem)):
        return _term(term[1].lower(), term[2].rsplit("/", 1)[-1], news)
    if news and (day := DAY.match(stem)):
        return Lead(f"{news}?{urlencode({'year': day[1]})}")
    if news and (AUTHOR.match(stem) or not stem):
        return Lead(news)
    return Lead(f"{stem}/") if stem != path and _is_known(stem) else None


def of_query(query) -> Lead | None:
    """The same for addresses that are only a query, as sites without readable addresses have them."""
    if not QUERIES & set(query) or not WordPressItem.objects.exists():
        return None
    if words := query.get("s", "").strip():
        return Lead(f"{reverse('search')}?{urlencode({'q': words[:200]})}")
    news = _news()
    if not news:
        return None
    if "feed" in query:
        return Lead(f"{news}feed/")
    for name, kind in (("category_name", "category"), ("tag", "tag")):
        if query.get(name):
            return _term(kind, query[name].rstrip("/").rsplit("/", 1)[-1], news)
    year = re.match(r"(?:19|20)\d\d", query.get("m") or query.get("year") or "")
    return Lead(f"{news}?{urlencode({'year': year[0]})}" if year else news)


def _news() -> str:
    page = NewsIndexPage.objects.live().first()
    return (page.url or "") if page else ""


def _term(kind: str, slug: str, news: str) -> Lead:
    """The news on the topic that stands for a category or tag; all news where none does."""
    taxonomy = WordPressTerm.Taxonomy.TAG if kind == "tag" else WordPressTerm.Taxonomy.CATEGORY
    slugs = {slug[:200], quote(slug).lower()[:200]}  # WordPress stores what isn't ASCII in its escaped form
    term = WordPressTerm.objects.filter(taxonomy=taxonomy, slug__in=slugs).select_related("topic").first()
    topic = term.topic if term else None
    return Lead(f"{news}?{urlencode({'topic': topic.slug})}" if topic else news, lasts=False)


def _is_known(path: str) -> bool:
    """Whether a redirect or a public page has this address."""
    if Redirect.objects.filter(old_path=Redirect.normalise_path(path)).exists():
        return True
    front = HomePage.objects.first()
    return bool(front) and Page.objects.live().filter(url_path=f"{front.url_path}{path.strip('/')}/").exists()
