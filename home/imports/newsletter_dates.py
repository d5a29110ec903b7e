"""The date of an old newsletter: from its title, the file's name, the e-mail's head, and at last from its words."""

import re
from datetime import date
from email.utils import parsedate_to_datetime

from home.imports.newsletter_parts import Newsletter, Paragraph

MONTHS = "january february march april may june july august september october november december".split()
MONTH = "|".join([*MONTHS, "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sept?", "oct", "nov", "dec"])
IN_WORDS = re.compile(
    rf"(?:\b(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?)?\b({MONTH})\b[\s,_\-.–]*(20\d\d)\b", re.IGNORECASE
)
IN_FIGURES = re.compile(r"(?<!\d)(20\d\d)[-_. ]?(0[1-9]|1[0-2])(?:[-_. ]?([0-2]\d|3[01]))?(?!\d)")
MONTH_FIRST = re.compile(r"(?<!\d)(0?[1-9]|1[0-2])[-_./](20\d\d)(?!\d)")
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}
SEASON = re.compile(r"\b(spring|summer|autumn|winter)[\s,\-–]+(20\d\d)\b", re.IGNORECASE)
MOST_IN_HEADING = 100  # characters


def find_date(text: str) -> date | None:
    """The first day, or month, that a text names; a month stands for its first day."""
    if found := IN_WORDS.search(text):
        month = next(number for number, name in enumerate(MONTHS, 1) if name.startswith(found[2].lower()[:3]))
        return _day(int(found[3]), month, int(found[1] or 1))
    if found := SEASON.search(text):
        return date(int(found[2]), SEASONS[found[1].lower()], 1)
    if found := IN_FIGURES.search(text):
        return _day(int(found[1]), int(found[2]), int(found[3] or 1))
    if found := MONTH_FIRST.search(text):
        return date(int(found[2]), int(found[1]), 1)
    return None


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:  # 31 April: the month is right
        return date(year, month, 1)


def date_of(newsletter: Newsletter, front: list[Paragraph], name: str, notes: list[str]) -> date | None:
    """The issue's date: from its title, the file's name, the e-mail's head, and at last from its words."""
    heads = [each.text for each in front[:6] if len(each.text) <= MOST_IN_HEADING]
    heads.sort(key=lambda text: "newsletter" not in text.lower())
    for text in (*heads, newsletter.subject, newsletter.title, name):
        if found := find_date(text):
            if SEASON.search(text) and not IN_WORDS.search(text):
                notes.append(f"“{text[:60]}” names a season: {found:%B %Y} was taken for it.")
            return found
    if found := _from_head(newsletter.date_hint):
        notes.append(
            f"No date stands in its title. {found.day} {found:%B %Y} is when the file says it was made or sent."
        )
        return found
    for each in newsletter.paragraphs:
        if found := find_date(each.text):
            notes.append(f"The date {found.day} {found:%B %Y} was taken from “{each.text[:80]}”. Is it the issue’s?")
            return found
    return None


def _from_head(text: str) -> date | None:
    """A date as e-mails, Word files and PDFs carry it."""
    try:
        return parsedate_to_datetime(text).date()
    except (ValueError, TypeError, IndexError):
        found = re.match(r"(?:D:)?(20\d\d)-?(\d\d)-?(\d\d)", text)
        return _day(int(found[1]), max(1, min(12, int(found[2]))), max(1, int(found[3]))) if found else None
