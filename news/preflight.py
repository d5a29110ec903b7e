"""What to put right before an issue is sent."""

from datetime import date

from bs4 import BeautifulSoup
from django.utils import timezone
from wagtail.models import Page

from dscp_cms.readability import reading_age
from dscp_cms.rich_text import links_looked_up
from dscp_cms.tree import unrestricted
from news import approval, preflight_mail, words
from news.findings import Finding, block, warn
from news.models import NewsletterIssuePage
from news.preflight_mail import E_MAIL, PrintedMail
from news.rendering import RenderedIssue, render_issue

__all__ = ["Finding", "blocks_sending", "preflight"]

SUBJECT_LENGTH = 60  # characters that a phone shows
PREVIEW_LENGTH = 110
GMAIL_CLIP = 102 * 1024  # bytes; Gmail hides the rest, the unsubscribe link with it
PERSONAL_PARTS = 1024  # bytes left for what is filled in for each person
READING_AGE = 15
ISSUE = "The issue"
FILL_THEMSELVES = {"contact", "subscriptions"}


def preflight(issue: NewsletterIssuePage, on: date | None = None) -> list[Finding]:
    """Return what should be put right before the issue goes out on that day, what blocks first.

    Works on a revision's object and on the live page; whether the issue is approved is asked of the
    database. ``on`` is by default the planned day, or today. Addresses on other sites are not visited
    here: their last check is reported, and those without a fresh one are noted for the worker.
    """
    on = on or max(issue.send_date or timezone.localdate(), timezone.localdate())
    with links_looked_up(issue) as in_texts:
        mail = render_issue(issue)
    printed = PrintedMail(mail.html)
    linked = [(key, part.where) for part in words.parts(issue) for key in sorted(words.pages_linked(part))]
    pages = _linked_pages(issue, {key for key, _where in linked}, in_texts)
    findings = [
        *_approval(issue),
        *_envelope(issue),
        *_pages(linked, pages),
        *_notes(issue, on),
        *preflight_mail.dead_addresses(printed, known={page.url for page in pages.values()}),
        *_pictures(issue),
        *_sections(issue),
        *preflight_mail.outside_links(printed),
        *preflight_mail.vague_links(printed),
        *preflight_mail.headings(printed),
        *_size(mail),
        *_reading(issue),
    ]
    return sorted(dict.fromkeys(findings), key=lambda finding: finding.level != "block")


def blocks_sending(findings: list[Finding]) -> bool:
    """Whether any of the findings keeps the issue from being sent."""
    return any(finding.level == "block" for finding in findings)


def _approval(issue: NewsletterIssuePage) -> list[Finding]:
    complaint = approval.complaint(issue)
    return [block(complaint, ISSUE)] if complaint else []


def _envelope(issue: NewsletterIssuePage) -> list[Finding]:
    subject, preview = " ".join(issue.subject.split()), " ".join(issue.preview_text.split())
    findings = []
    if not subject:
        findings.append(block("The subject is missing. It is the first thing people read.", E_MAIL))
    elif len(subject) > SUBJECT_LENGTH:
        findings.append(
            warn(f"The subject has {len(subject)} characters. Phones show the first {SUBJECT_LENGTH} or fewer.", E_MAIL)
        )
    if not preview:
        findings.append(
            warn("The preview text is missing. Mail programs will show the first words of the mail instead.", E_MAIL)
        )
    elif len(preview) > PREVIEW_LENGTH:
        findings.append(
            warn(
                f"The preview text has {len(preview)} characters. Most mail programs cut it at {PREVIEW_LENGTH}.",
                E_MAIL,
            )
        )
    return findings


def _linked_pages(issue: NewsletterIssuePage, keys: set[int], in_texts: dict[str, Page | None]) -> dict[int, Page]:
    """The pages of these keys; most were fetched when the issue was printed."""
    known = {page.pk: page for page in in_texts.values() if page}
    known |= {page.pk: page for part in words.parts(issue) if (page := words.page_of(part))}
    return {**Page.objects.in_bulk(keys - known.keys()), **{key: known[key] for key in keys & known.keys()}}


def _pages(linked: list[tuple[int, str]], pages: dict[int, Page]) -> list[Finding]:
    """Pages that readers couldn't open."""
    open_to_all = set(unrestricted(Page.objects.filter(pk__in=pages)).values_list("pk", flat=True))
    findings = []
    for key, where in linked:
        page = pages.get(key)
        if page is None:
            findings.append(block("A link leads to a page that is gone. Choose another, or take it out.", where))
        elif not page.live:
            findings.append(block(f"“{page.title}” is not published, so its link would lead nowhere.", where))
        elif key not in open_to_all:
            findings.append(warn(f"“{page.title}” can be opened only by those who may sign in to it.", where))
    return findings


def _notes(issue: NewsletterIssuePage, on: date) -> list[Finding]:
    """What the pages in the issue say of themselves, such as that they are over or full."""
    findings = []
    targets = {item.target for item, _where in words.items(issue) if item.target}
    for model in {type(page) for page in targets}:
        if hasattr(model, "prepare_notes"):
            model.prepare_notes([page for page in targets if type(page) is model])
    for item, where in words.items(issue):
        if item.target is None:
            say = warn if item.words else block
            findings.append(say(f"The page of this item{f' (“{item.words}”)' if item.words else ''} is gone.", where))
        elif item.target.live:
            findings += [warn(note, where) for note in getattr(item.target, "newsletter_notes", lambda day: [])(on)]
    return findings


def _pictures(issue: NewsletterIssuePage) -> list[Finding]:
    findings = []
    for image, where in words.images(issue):
        if not image.is_decorative and not image.default_alt_text.strip():
            findings.append(
                block(f"The picture “{image.title}” has no description for people who can't see it.", where)
            )
        if not image.consent_stands:
            findings.append(warn(f"The picture “{image.title}” is left out: the people in it have not agreed.", where))
    return findings


def _sections(issue: NewsletterIssuePage) -> list[Finding]:
    if not issue.sections and not issue.introduction:
        return [warn("There is nothing in it yet.", ISSUE)]
    return [
        warn(f"The section “{section.value.heading}” is empty. Fill it, or take it out.", section.value.heading)
        for section in issue.sections
        if not section.value["items"] and section.value["kind"] not in FILL_THEMSELVES
    ]


def _size(mail: RenderedIssue) -> list[Finding]:
    size = len(mail.html.encode()) + PERSONAL_PARTS
    if size <= GMAIL_CLIP:
        return []
    return [
        warn(
            f"The e-mail has {size // 1024} kB. Gmail cuts it off at {GMAIL_CLIP // 1024} kB, and the end with the "
            "unsubscribe link with it. Leave some items to the website.",
            E_MAIL,
        )
    ]


def _reading(issue: NewsletterIssuePage) -> list[Finding]:
    age = reading_age(_editors_words(issue))
    if age is None or age <= READING_AGE:
        return []
    return [
        warn(f"It reads like a text for people of {age}. Shorter sentences and everyday words help everybody.", ISSUE)
    ]


def _editors_words(issue: NewsletterIssuePage) -> str:
    """The sentences of an issue: introduction, texts and summaries, without titles and lists of links."""
    said = [item.summary for item, _where in words.items(issue)]
    for part in words.parts(issue):
        if source := getattr(part.value, "source", None):
            said += [tag.get_text(" ") for tag in BeautifulSoup(source, "html.parser").find_all(["p", "li"])]
    return "\n\n".join(said)
