"""Cuts an old newsletter into the fixed sections by its headings, and each section into items."""

import re
from dataclasses import dataclass, field
from datetime import date

from django.utils.html import escape

from home.imports.newsletter_dates import MOST_IN_HEADING, date_of
from home.imports.newsletter_parts import BOLD, Newsletter, Paragraph
from news.blocks import Section

# What the sections were called over the years, without figures and punctuation.
NAMES = {
    Section.LATEST_NEWS: ["latest news", "news", "our news", "partnership news", "dscp news", "news from dscp"],
    Section.PRIORITIES: ["priorities", "our priorities", "dscp priorities", "partnership priorities"],
    Section.WHATS_NEW: ["whats new", "what is new", "new this month", "new on our website"],
    Section.EVENTS: ["events", "upcoming events", "dates for your diary", "save the date", "campaigns and events"],
    Section.TRAINING: [
        "training", "dscp training", "training news", "training and events", "training courses", "training update",
        "training opportunities", "training and development", "multi agency training", "learning and development",
    ],
    Section.SPOTLIGHT: ["spotlight on", "spotlight", "in the spotlight"],
    Section.LOCAL_RESOURCES: ["local resources", "resources", "local guidance", "local guidance and resources"],
    Section.NATIONAL_GUIDANCE: [
        "national guidance and useful resources", "national guidance", "national resources", "useful resources",
        "national news", "national news and guidance", "national updates", "national guidance and resources",
    ],
    Section.CONTACT: ["contact us", "contact", "contacts", "contact details", "get in touch", "how to contact us"],
    Section.SUBSCRIPTIONS: ["subscriptions", "subscription", "subscribe", "unsubscribe", "manage your subscription"],
}  # fmt: skip
BY_NAME = {name: section for section, names in NAMES.items() for name in names}
BEGINNINGS = {"latest news ": Section.LATEST_NEWS, "spotlight on ": Section.SPOTLIGHT, "spotlight ": Section.SPOTLIGHT}
PLAIN_SECTIONS = {Section.CONTACT, Section.SUBSCRIPTIONS}  # addresses there look like headings


@dataclass
class Cut:
    """A section with its paragraphs; ``kind`` is None where none of the fixed ones has this name."""

    heading: str
    kind: Section | None
    paragraphs: list[Paragraph] = field(default_factory=list)


@dataclass
class Issue:
    """A newsletter cut up, ready to be made into a page."""

    title: str
    date: date
    introduction: str
    sections: list[dict]
    notes: list[str]
    kinds: list[str]  # what was found, in order, for the report


def cut(newsletter: Newsletter, name: str) -> Issue | None:
    """Cut a newsletter up; None where no date is found, neither in it nor in the file's ``name``."""
    notes = list(newsletter.notes)
    front, cuts = _sections(newsletter.paragraphs, notes)
    on = date_of(newsletter, front, name, notes)
    if on is None:
        return None
    title, front = _title(newsletter, front, on, notes)
    _look_for_lost_links(newsletter.paragraphs, notes)
    known = {each.kind for each in cuts}
    if not cuts:
        notes.append("None of the newsletter’s headings was found, so all of it stands in one section.")
        cuts, front = [Cut("Newsletter", None, front)], []
    elif missing := [section.label for section in Section if section not in known]:
        notes.append(f"It has no section {', '.join(f'“{label}”' for label in missing)}.")
    return Issue(
        title=title,
        date=on,
        introduction=_rich(front),
        sections=[_as_block(each) for each in cuts],
        notes=notes,
        kinds=[each.heading for each in cuts],
    )


def named(text: str) -> Section | None:
    """The fixed section that a heading names, if it does."""
    if len(text) > 70 or text.endswith((".", ",", ";")):
        return None
    words = re.sub(r"[’'‘`]", "", text.lower()).replace("&", " and ").replace("-", " ")
    words = " ".join(re.sub(r"[^a-z ]", " ", words).split())
    if words in BY_NAME:
        return BY_NAME[words]
    if ":" in text.rstrip(": ") or len(words.split()) <= 6:
        return next((section for start, section in BEGINNINGS.items() if words.startswith(start)), None)
    return None


def _sections(paragraphs: list[Paragraph], notes: list[str]) -> tuple[list[Paragraph], list[Cut]]:
    """What stands before the first section, and the sections in their order."""
    level = _level_of_sections(paragraphs)
    front: list[Paragraph] = []
    cuts: list[Cut] = []
    for place, each in enumerate(paragraphs):
        kind = None if each.list else named(each.text)
        if kind is not None and level and each.level > level:
            kind = None  # a smaller heading inside a section
        unknown = kind is None and bool(cuts) and _is_unknown_heading(each, level, cuts[-1], _next(paragraphs, place))
        if kind is not None or unknown:
            cuts.append(Cut(each.text.strip().rstrip(":"), kind))
        elif cuts:
            cuts[-1].paragraphs.append(each)
        else:
            front.append(each)
    cuts = _without_contents(cuts)
    for each in cuts:
        if each.kind is None:
            notes.append(f"“{each.heading[:80]}” isn’t a usual section. It was made one of its own: is it one?")
    twice = {each.kind for each in cuts if each.kind and sum(other.kind == each.kind for other in cuts) > 1}
    notes.extend(f"There is more than one section “{kind.label}”." for kind in Section if kind in twice)
    return front, cuts


def _next(paragraphs: list[Paragraph], place: int) -> Paragraph | None:
    return paragraphs[place + 1] if place + 1 < len(paragraphs) else None


def _level_of_sections(paragraphs: list[Paragraph]) -> int:
    """The level that most known headings have; 0 where the file has no headings, only lines."""
    levels = [each.level for each in paragraphs if not each.list and each.level and named(each.text)]
    return max(set(levels), key=levels.count) if levels else 0


def _is_unknown_heading(each: Paragraph, level: int, last: Cut, following: Paragraph | None) -> bool:
    """Whether a paragraph heads a section that we have no name for.

    Where the file has headings, theirs decide. In plain text it is a short line by itself, in capitals or
    underlined or without any punctuation, and not the first of a section, which is the title of what stands there.
    """
    if each.list or following is None:
        return False
    if level and level != BOLD:
        return 0 < each.level <= level
    if each.drawn:
        return True
    short = len(each.text) <= 50 and len(each.text.split()) <= 6 and not re.search(r"[.:;,?!@/\d]", each.text)
    return bool(
        short
        and last.paragraphs
        and last.kind not in PLAIN_SECTIONS
        and (each.level == level)
        and each.gap
        and each.gap_after
        and _is_title_case(each.text)
        and not following.list
        and (level == 0 or each.level == BOLD)
        and level != BOLD
    )


def _without_contents(cuts: list[Cut]) -> list[Cut]:
    """A list of contents at the top names sections that come again, with words; only these are kept."""
    filled = {each.kind for each in cuts if each.paragraphs}
    first = next((place for place, each in enumerate(cuts) if each.paragraphs), len(cuts))
    return [each for place, each in enumerate(cuts) if place >= first or each.kind not in filled]


def _as_block(section: Cut) -> dict:
    usual = section.kind is not None and section.heading.casefold() == section.kind.label.casefold()
    items = [{"type": "text", "value": html} for html in _items(section)]
    value = {
        "kind": (section.kind or Section.LATEST_NEWS).value,
        "title": "" if usual else section.heading[:120],
        "items": items,
    }
    return {"type": "section", "value": value}


def _items(section: Cut) -> list[str]:
    """The section's words as items: a new one begins with each heading inside it."""
    groups: list[list[Paragraph]] = []
    plain = section.kind in PLAIN_SECTIONS
    for place, each in enumerate(section.paragraphs):
        before = section.paragraphs[place - 1] if place else None
        following = _next(section.paragraphs, place)
        begins = not plain and (
            _heads_item(each, following, first=before is None)
            or (is_label(each) and before is not None and before.list)
        )
        if begins or not groups:
            groups.append([])
        groups[-1].append(each)
    return [html for html in (_rich(group, headed=not plain) for group in groups) if html]


def _heads_item(each: Paragraph, following: Paragraph | None, *, first: bool) -> bool:
    """Whether a paragraph is the title of what follows: a course, an event, a priority."""
    if each.list or following is None or is_label(each):
        return False
    if each.level or each.drawn:
        return True
    short = len(each.text) <= 90 and len(each.text.split()) <= 14 and not re.search(r"[.:;,!?@]\W?$", each.text)
    return short and (_is_title_case(each.text) or (first and each.gap_after))


def is_label(each: Paragraph) -> bool:
    """Whether it is a few words that announce what comes, such as “Outcomes:” or “Why is it a priority?”."""
    words = len(each.text.split())
    ends = each.text.rstrip()[-1:]
    return not each.list and ((ends == ":" and words <= 6) or (ends == "?" and words <= 10 and bool(each.text.strip())))


def _is_title_case(text: str) -> bool:
    long = [word for word in re.findall(r"[^\W\d_][\w’'\-]*", text) if len(word) > 3]
    return bool(long) and sum(word != word.lower() for word in long) >= 0.5 * len(long)


def _rich(paragraphs: list[Paragraph], *, headed: bool = False) -> str:
    """Paragraphs as one rich text: headings and labels in bold, items of lists in their list."""
    out, open_list = [], ""
    for place, each in enumerate(paragraphs):
        if each.list != open_list:
            out.append((f"</{open_list}>" if open_list else "") + (f"<{each.list}>" if each.list else ""))
            open_list = each.list
        following = _next(paragraphs, place)
        strong = (
            each.level
            or each.drawn
            or is_label(each)
            or (headed and place == 0 and _heads_item(each, following, first=True))
        )
        html = each.html
        if strong and not each.list and "<b>" not in html:
            html = f"<b>{html}</b>"
        out.append(f"<li>{html}</li>" if each.list else html if html.startswith("<p>") else _paragraphs(html))
    return "".join([*out, f"</{open_list}>" if open_list else ""])


def _paragraphs(html: str) -> str:
    """A paragraph; where paragraphs stand inside already, each in its turn."""
    head, *rest = html.split("<p>", 1)
    return f"<p>{head}</p>" + (f"<p>{rest[0]}" if rest else "")


def _title(newsletter: Newsletter, front: list[Paragraph], on: date, notes: list[str]) -> tuple[str, list[Paragraph]]:
    """The issue's title, and the words before the first section without it."""
    rest = list(front)
    title = ""
    for each in front[:6]:
        if "newsletter" in each.text.lower() and len(each.text) <= MOST_IN_HEADING and not each.text.endswith("."):
            title = each.text
            rest.remove(each)
            break
    for each in front[:3]:
        if re.fullmatch(r"(\w+\s){0,4}logo", each.text, re.IGNORECASE) and each in rest:
            rest.remove(each)
            notes.append(f"“{each.text}” stood for a picture and was left out.")
    told = newsletter.title if "newsletter" in newsletter.title.lower() else ""
    title = title or newsletter.subject or told or f"DSCP newsletter: {on:%B %Y}"
    return " ".join(title.split())[:255], rest


def _look_for_lost_links(paragraphs: list[Paragraph], notes: list[str]) -> None:
    """Where words promise a link or a list that the file doesn't have."""
    here = [each.text for each in paragraphs if re.search(r"\bhere\b", each.text, re.I) and "<a " not in each.html]
    pointing = [
        text
        for text in here
        if re.search(
            r"\b(found|accessed?|book|place|account|click|read|see|available|arrangements)\b[^.]*\bhere\b",
            text,
            re.IGNORECASE,
        )
    ]
    if pointing:
        shown = "; ".join(f"“…{text[max(0, text.lower().rfind('here') - 50) :][:60]}”" for text in pointing[:5])
        notes.append(
            f"{len(pointing)} places say “here” and lead nowhere, since the file holds no link there: {shown}."
        )
    for each, following in zip(paragraphs, [*paragraphs[1:], None], strict=True):
        promises = each.text.rstrip().endswith(":") and not each.list and not is_label(each) and not named(each.text)
        if promises and (following is None or (not following.list and following.gap and each.gap_after)):
            if not escape(each.text) == each.html or following is None or following.level == 0:
                notes.append(f"“{each.text[-90:]}” announces something that isn’t there.")
