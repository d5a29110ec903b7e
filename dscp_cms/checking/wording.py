"""Rules for words: links that say nothing, capitals, dates without a year, numbers, long paragraphs, abbreviations.

How telephone numbers and dates are written, and that capitals and “click here” are avoided, follows the
GOV.UK style guide; what a link must say is WCAG 2.4.4.
"""

import re
from collections.abc import Collection

# Words that say nothing to somebody who jumps from link to link.
VAGUE = re.compile(
    r"(?:please )?(?:(?:click|tap|press)(?: on)?(?: here| this| this link| the link| below| for more)?\b.*"
    r"|(?:see |look |find (?:it |out )?|go |get it |book |download |learn |read )?(?:here|this|there)"
    r"|(?:this |the |our |a )?(?:link|page|website|web ?page|site|document|file|pdf|form|article|attachment)"
    r"|(?:for |find |see |get |view )?(?:more|further|full|the)? ?(?:info|information|details)(?: here)?"
    r"|(?:read|learn|find out|see|view|show|discover|know)? ?more(?: here)?|go|open|view|download|continue|visit"
    r"|(?:please )?(?:follow|use|see|open|visit) (?:this|the)(?: link| page| website)?)\W*",
    re.IGNORECASE,
)
BARE_ADDRESS = re.compile(
    r"(?:https?://|www\.)\S+|[\w-]+(?:\.[\w-]+)*\.(?:gov|org|co|ac|nhs|police)\.uk\S*", re.IGNORECASE
)
ADDRESS_IN_TEXT = re.compile(r"(?<![\w@.])(?:https?://|www\.)[^\s)]+", re.IGNORECASE)
CLICK_HERE = re.compile(
    r"\b(?:click|tap|press) (?:on )?(?:here|the link|this link|below|the button below)\b", re.IGNORECASE
)

MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December"
    "|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec"
)
DAY = r"\d{1,2}(?:st|nd|rd|th)?"
DAY_AND_MONTH = re.compile(rf"\b(?:{DAY}(?: of)? (?:{MONTHS})|(?:{MONTHS}) {DAY})\b(?!\d)\.?")
YEAR_FOLLOWS = re.compile(r",? ?(?:19|20)\d\d\b")
RANGE_WITH_YEAR = re.compile(rf" ?(?:to|and|until|or|,|–|-|/) ?(?:\w+day )?{DAY} (?:{MONTHS}),? ?(?:19|20)\d\d\b")
EVERY_YEAR = re.compile(r"\b(?:every|each) year\b|\byearly\b|\bannual|\bevery (?:\w+day )?$", re.IGNORECASE)
SHORT_DATE = re.compile(
    r"(?<![\d/.])(?!24/7)(?:(?:1[3-9]|2\d|3[01]|0[1-9])/(?:0?[1-9]|1[0-2])|(?:[1-9]|1[0-2])/0[1-9])(?![\d/])"
)

NUMBER = re.compile(r"(?<![\w.,/-])(?:\+|00|\(?\+?44|\(?0)[\d ().–-]{6,}\d(?![\w/])")
AFTER_CALL = re.compile(
    r"\b(?:call|ring|phone|telephone|tel|text|dial|number)\b[^\d\n.]{0,25}?((?:\d[ -]?){5,8}\d)(?!\d)", re.IGNORECASE
)
UK_FORM = re.compile(r"(?:\+44 [1-9]\d{1,4}|0\d{2,5})(?: \d{2,6}){1,3}")
SHORT_NUMBERS = {"116123", "116000", "116111", "118500"}

CAPITALS = re.compile(r"\b[A-Z][A-Z'’]+(?:[\s,&/-]+(?:[A-Z][A-Z'’]*|&)){2,}[A-Z]?\b")
SHOUTED = re.compile(
    r"\b(?:MUST|NOT|NEVER|ALWAYS|IMPORTANT|URGENT|PLEASE|NOTE|WARNING|ATTENTION|FREE|NEW|NOW|ONLY|ALL|REMINDER|STOP"
    r"|CANCELLED|CHANGED|UPDATED?|IMMEDIATELY|DEADLINE|BOOK|LAST|CHANCE|LIMITED|PLACES|TODAY|DON[’']T|DO)\b"
)

LITTLE = set("THE THIS THAT YOUR YOU WE OUR OF TO FOR AND IN IS ARE HOW WHO WITH READ NOW ON AT BE".split())

ABBREVIATION = re.compile(r"(?<![\w&-])(?:[A-Z]{2,7}|[A-Z]{2,}[a-z]?[A-Z]+|[A-Z]&[A-Z])(?=s?\b)(?!\d|-\d|&)")
# What readers of a British page know by its letters, and what isn't an abbreviation.
KNOWN = set(
    "UK GB EU US USA NHS BBC PDF GP GPS TV DVD ID IT OK AM PM MP QR PC CD FAQ FAQS URL HTML HIV AIDS DNA ITV VAT"
    " NSPCC RSPCA SMS USB WIFI MS CEO HR GCSE AGM BSL DIY BST GMT CV PE RE UN UNICEF NATO DVLA HMRC II III IV VI VII"
    " DJ CCTV SIM AI VR PIN SOS RAF YMCA RNLI BBQ PR ISBN ISSN LGBT LGBTQ LGBTQIA AA AAA".split()
)
POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b")

LONG_PARAGRAPH = 100  # words; about eight lines on a computer, and more than a screen on a telephone
GUIDANCE = re.compile(r"\[\s*guidance\b", re.IGNORECASE)


def is_vague(words: str) -> bool:
    """Whether the words of a link don't say where it leads."""
    return not words.strip() or bool(VAGUE.fullmatch(words.strip()))


def is_bare_address(words: str) -> bool:
    """Whether a link's words are a web address."""
    return bool(BARE_ADDRESS.fullmatch(words.strip()))


def dates_without_year(text: str) -> list[str]:
    """Days that will be read wrongly next year; not those that come back each year, nor the first of a range."""
    found = []
    for match in DAY_AND_MONTH.finditer(text):
        before, after = text[max(0, match.start() - 40) : match.start()], text[match.end() : match.end() + 40]
        if YEAR_FOLLOWS.match(after) or RANGE_WITH_YEAR.match(after):
            continue
        if EVERY_YEAR.search(before) or EVERY_YEAR.search(after):
            continue
        found.append(match[0])
    return found + [match[0] for match in SHORT_DATE.finditer(text)]


def odd_telephones(text: str) -> list[str]:
    """Telephone numbers that aren't written as in the United Kingdom: with spaces, and with their area code."""
    found = []
    for match in NUMBER.finditer(text):
        number = match[0].strip()
        if 9 <= len(re.sub(r"\D", "", number)) <= 15 and not is_uk_telephone(number):
            found.append(number)
    for match in AFTER_CALL.finditer(text):
        number = match[1].strip()
        digits = re.sub(r"\D", "", number)
        if (
            digits not in SHORT_NUMBERS
            and not digits.startswith(("0", "44"))
            and not any(number in one for one in found)
        ):
            found.append(number)
    return found


def is_uk_telephone(number: str) -> bool:
    """Whether a whole number is written as 0191 498 0000, 03000 111 222 or +44 191 498 0000."""
    digits = re.sub(r"\D", "", number)
    if len(digits) < 5 or digits in SHORT_NUMBERS or number == "0800 1111":
        return True  # 999, 101, 111 and the like; Childline
    return bool(UK_FORM.fullmatch(number)) and (
        len(digits) in (11, 12) if number[0] == "+" else len(digits) in (10, 11)
    )


def shouting(text: str, known: Collection[str] = ()) -> list[str]:
    """Words in capitals that aren't abbreviations."""
    text = POSTCODE.sub(" ", text)
    found = [match[0] for match in CAPITALS.finditer(text) if _is_shouted(match[0], known)]
    rest = CAPITALS.sub(" ", text) if found else text
    return found + [match[0] for match in SHOUTED.finditer(rest) if match[0] not in known]


def _is_shouted(run: str, known: Collection[str]) -> bool:
    words = re.findall(r"[A-Z][A-Z'’]+", run)
    return any(word in LITTLE or (len(word) > 4 and word not in known and word not in KNOWN) for word in words)


def unexplained(text: str, known: Collection[str] = ()) -> list[str]:
    """Abbreviations that the text doesn't explain, each once. ``known`` are those that the Glossary explains."""
    quiet = POSTCODE.sub(" ", text)
    for run in shouting(quiet, known):
        quiet = quiet.replace(run, " ")
    found = []
    for abbreviation in dict.fromkeys(match[0] for match in ABBREVIATION.finditer(quiet)):
        if abbreviation in KNOWN or abbreviation in known or SHOUTED.fullmatch(abbreviation):
            continue
        # “designated safeguarding lead (DSL)”, or “DSL (designated safeguarding lead)”
        plain = re.escape(abbreviation)
        if not re.search(rf"\w+ \w+[^()]*\((?:the |or )?[“\"']?{plain}s?\b|\b{plain}s?\s*\(\w+[ -]\w+", text):
            found.append(abbreviation)
    return found
