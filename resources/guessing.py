"""What a file's name, folder and properties let one guess about the resource that it should become.

Guesses are for a table that somebody corrects; what isn't sure is left empty or said.
"""

import re
from dataclasses import dataclass, field
from datetime import date

from dscp_cms.models import Topic
from resources.models import ResourcePage

Kind = ResourcePage.Kind
# The first that fits decides, so the telling words stand before the vague ones.
KINDS = (
    (Kind.TOOLKIT, r"tool ?kits?"),
    (Kind.LEAFLET, r"leaflets?|posters?|flyers?|infographics?|z ?cards?"),
    (Kind.FORM, r"forms?|templates?|referral form|checklists?"),
    (Kind.REVIEW, r"cspr|rapid review|learning reviews?|serious case|scr|practice review"),
    (Kind.BRIEFING, r"briefings?|7 ?minute|seven minute|bulletin"),
    (Kind.PROCEDURE, r"procedures?|polic(?:y|ies)|protocols?|pathways?|process"),
    (Kind.GUIDANCE, r"guidance|guides?|guidelines?|framework|handbook|thresholds?"),
    (Kind.REPORT, r"reports?|yearly|annual|strategy|plans?|audit"),
)
MONTHS = "january february march april may june july august september october november december".split()
SHORT = "|".join(month[:3] for month in MONTHS)
IN_WORDS = re.compile(
    rf"(?<![a-z])(?:(\d{{1,2}})(?:st|nd|rd|th)?\s*)?(({SHORT})[a-z]*)\.?\s*(20\d\d)(?!\d)", re.IGNORECASE
)
YEAR_FIRST = re.compile(r"(?<!\d)(20\d\d)[-_. ]?(0[1-9]|1[0-2])(?:[-_. ]?([0-2]\d|3[01]))?(?!\d)")
DAY_FIRST = re.compile(r"(?<!\d)([0-2]?\d|3[01])[-_. ](0?[1-9]|1[0-2])[-_. ](20\d\d|\d\d)(?!\d)")
MADE_UP = re.compile(r"^(microsoft |untitled|document\d*$|presentation\d*$|slide \d|book\d*$|\W*$)", re.IGNORECASE)
EXTENSION = re.compile(r"\.(docx?|pptx?|xlsx?|pdf|rtf|od[tps]|indd|pub)\b", re.IGNORECASE)


@dataclass
class Guess:
    """What was guessed, and what somebody should look at."""

    title: str
    kind: str = Kind.BRIEFING
    published_on: date | None = None
    topics: list[Topic] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def guess(name: str, folders: str = "", *, title: str = "", made_on: str = "", topics: list[Topic]) -> Guess:
    """Guess from a file's name and its folders, and from the title and date that it says of itself."""
    found = Guess(_title(name))
    own = " ".join(EXTENSION.sub("", title).split())
    if len(own.split()) > 1 and len(own) <= 200 and not MADE_UP.match(own) and own.lower() != found.title.lower():
        if len(re.findall(r"[^\W\d_]{3,}", found.title)) > 1:
            found.notes.append(f"The file calls itself “{own}”.")
        else:  # such as “scan 0012” or “final v2”
            found.title = own
    words = " ".join(re.sub(r"[_\-.,/\\+]+", " ", f"{name.rsplit('.', 1)[0]} {found.title}").lower().split())
    around = " ".join(re.sub(r"[_\-.,/\\+]+", " ", folders).lower().split())
    kind = kind_from(words) or kind_from(around)
    found.kind = kind or Kind.BRIEFING
    if kind is None:
        found.notes.append("The type is not known.")
    found.published_on = date_from(name) or _written(made_on)
    if found.published_on and date_from(name) is None:
        found.notes.append("The date is when the file was made.")
    found.topics = [topic for topic in topics if _has(topic.name, f"{words} {around}")]
    return found


def title_from(name: str) -> str:
    """A first title from a file's name: “neglect_toolkit-v2 (final).pdf” gives “Neglect toolkit v2”."""
    stem = name.rsplit(".", 1)[0]
    words = " ".join(re.sub(r"[_\-+.]+", " ", re.sub(r"\((final|copy|\d+)\)", " ", stem, flags=re.IGNORECASE)).split())
    return (words[:1].upper() + words[1:])[:200] or "Untitled"


def _title(name: str) -> str:
    """A title from the name without its date, where words are left."""
    without = name
    for pattern in (IN_WORDS, DAY_FIRST, YEAR_FIRST):
        without = pattern.sub(" ", without.replace("_", " "), count=1)
    return title_from(without if re.search(r"[^\W\d_]{3,}", without.rsplit(".", 1)[0]) else name)


def kind_from(words: str) -> str | None:
    """The type that some words name, or None."""
    return next((kind for kind, pattern in KINDS if re.search(rf"\b(?:{pattern})\b", words)), None)


def date_from(name: str) -> date | None:
    """The date in a file's name; a month stands for its first day. A year alone isn't a date."""
    text = name.replace("_", " ")
    if found := IN_WORDS.search(text.replace("-", " ")):
        month = [each[:3] for each in MONTHS].index(found[3].lower()) + 1
        return _day(int(found[4]), month, int(found[1] or 1))
    if found := DAY_FIRST.search(text):
        year = int(found[3]) if len(found[3]) == 4 else 2000 + int(found[3])
        return _day(year, int(found[2]), int(found[1]))
    if found := YEAR_FIRST.search(text):
        return _day(int(found[1]), int(found[2]), int(found[3] or 1))
    return None


def _written(text: str) -> date | None:
    """A date as PDFs and Office files carry it."""
    found = re.match(r"(?:D:)?(20\d\d)-?(\d\d)-?(\d\d)", text)
    return _day(int(found[1]), int(found[2]), int(found[3])) if found else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _has(name: str, words: str) -> bool:
    return re.search(rf"\b{re.escape(name.lower())}\b", words) is not None
