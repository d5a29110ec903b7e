"""Checks a page: gathers what the rules find, what must be put right first."""

from dscp_cms import glossary
from dscp_cms.checking import wording
from dscp_cms.checking.findings import Finding, block, warn
from dscp_cms.checking.parts import TELEPHONE, Parts, parts_of
from dscp_cms.models import SiteImage
from dscp_cms.readability import reading_age
from dscp_cms.rich_text import choices_looked_up

FOR_THE_PUBLIC, FOR_PRACTITIONERS = 12, 14  # years of age at which a text should read easily
PUBLIC_AUDIENCES = {"parents-and-carers", "children-and-young-people"}
PAGE = "The page"
ASKED_ABOUT = {"alt", "table"}  # style and wording are advice


def check_page(page) -> list[Finding]:
    """Return what should be put right on a page, what keeps it from being published first; each thing once.

    Works on an unsaved page, on a revision's object and on the live page, and changes nothing. Addresses
    aren't visited; the report of links does that.
    """
    with choices_looked_up(page):
        parts = parts_of(page)
    known = glossary.abbreviations()
    findings = [
        *_guidance(parts),
        *_unconverted(parts),
        *_pictures(parts),
        *_tables(parts),
        *_links(parts),
        *_headings(parts),
        *_lines(parts, known),
        *_abbreviations(parts, known),
        *_reading(page, parts),
        *_about(page),
    ]
    return sorted(dict.fromkeys(findings), key=lambda finding: finding.level != "block")


def what_blocks(page) -> list[Finding]:
    """Only what keeps the page from being published."""
    parts = parts_of(page)
    return [
        finding for finding in (*_guidance(parts), *_unconverted(parts), *_pictures(parts)) if finding.level == "block"
    ]


def what_asks(page) -> list[Finding]:
    """Only the warnings that are asked about before the page is published, since they shut somebody out."""
    with choices_looked_up(page):
        parts = parts_of(page)
    return [
        finding
        for finding in (*_pictures(parts), *_tables(parts))
        if finding.level == "warn" and finding.kind in ASKED_ABOUT
    ]


def reading_limit(page) -> int:
    """The age for whom the page should be easy: younger where it speaks to children, parents and carers."""
    public = page.exit_this_page or any(audience.slug in PUBLIC_AUDIENCES for audience in page.audiences.all())
    return FOR_THE_PUBLIC if public else FOR_PRACTITIONERS


def _guidance(parts: Parts) -> list[Finding]:
    return [
        block(
            "Guidance left in the text. Write your own words over “[Guidance: …]”, or take it out.", place, "guidance"
        )
        for place in dict.fromkeys(line.where for line in parts.lines if wording.GUIDANCE.search(line.text))
    ]


def _unconverted(parts: Parts) -> list[Finding]:
    sentence = "Something from the old site that couldn't be converted. Write it anew, or take it out."
    return [block(sentence, where, "unconverted") for where in parts.unconverted]


def consent_sentence(image: SiteImage) -> str:
    """The sentence that an editor reads when a picture keeps a page from being published."""
    if image.people == SiteImage.People.UNKNOWN:
        return (
            f"Nobody has looked yet who can be recognised in “{image.title}”. Open the picture and say so, or take it "
            "off the page, before you publish."
        )
    return (
        f"“{image.title}” shows people without a consent that still stands. Open the picture and record their "
        "consent, or take it off the page, before you publish."
    )


def _pictures(parts: Parts) -> list[Finding]:
    findings = []
    for image, where in parts.images:
        words = image.default_alt_text.strip()
        if not image.consent_stands:
            findings.append(block(consent_sentence(image), where, "consent"))
        if not words and not image.is_decorative:
            sentence = (
                f"“{image.title}” has no description for people who can't see it. Open the picture and write one, "
                "or tick that it is decorative."
            )
            findings.append(block(sentence, where, "alt"))
        elif words and (" " not in words or words.lower().endswith((".jpg", ".jpeg", ".png", ".webp"))):
            sentence = f"The description of “{image.title}” is “{words}”. Say in a sentence what is to be seen."
            findings.append(warn(sentence, where, "alt"))
    return findings


def _tables(parts: Parts) -> list[Finding]:
    findings = []
    for table, where in parts.tables:
        if any(not (column["heading"] or "").strip() for column in table.columns):
            sentence = "A column of the table has no heading. Say on top of each column what stands in it."
            findings.append(warn(sentence, where, "table"))
        if not (table.caption or "").strip():
            findings.append(warn("The table has no caption. Say in a few words what it shows.", where, "caption"))
    return findings


def _links(parts: Parts) -> list[Finding]:
    findings = []
    for link in parts.links:
        if wording.is_bare_address(link.words):
            sentence = f"The link “{link.words}” is a bare address. Say in words where it leads."
            findings.append(warn(sentence, link.where, "link"))
        elif wording.is_vague(link.words) and not link.address.startswith("mailto:"):
            sentence = f"The link “{link.words}” doesn't say where it leads. Name what people will find."
            findings.append(warn(sentence, link.where, "link"))
        if link.to_file:
            sentence = (
                f"“{link.words}” leads to a file. A page is easier to read on a phone and for screen readers. If it "
                "must be a file, make it a resource and link to that."
            )
            findings.append(warn(sentence, link.where, "pdf"))
    return findings


def _headings(parts: Parts) -> list[Finding]:
    findings, before = [], 1
    for level, words, where in parts.headings:
        if words and level > before + 1:
            sentence = f"The heading “{words}” skips a level: a larger heading is missing above it."
            findings.append(warn(sentence, where, "heading"))
        before = level
    return findings


def _lines(parts: Parts, known: dict[str, str]) -> list[Finding]:
    findings = []
    linked = {link.words for link in parts.links}
    for line in parts.lines:
        found = [("capitals", f"“{words}” is in capitals, which is hard to read. Use ordinary letters; make it bold "
                  "if it matters.") for words in wording.shouting(line.text, known)[:1]]  # fmt: skip
        found += [("date", f"“{words}” has no year. Readers of old pages need it.")
                  for words in wording.dates_without_year(line.text)]  # fmt: skip
        numbers = (
            [line.text] if line.role == TELEPHONE and not wording.is_uk_telephone(line.text.strip())
            else wording.odd_telephones(line.text)
        )  # fmt: skip
        found += [("telephone", f"“{number}” isn't written as a UK telephone number. Write it with its area code and "
                   "spaces, such as 0191 498 0000.") for number in numbers]  # fmt: skip
        found += [("link", f"“{match[0]}” is an address in the text. Make it a link with words that say where it "
                   "leads.") for match in wording.ADDRESS_IN_TEXT.finditer(line.text)
                  if not any(match[0] in words for words in linked)]  # fmt: skip
        if wording.CLICK_HERE.search(line.text) and not any(wording.is_vague(link.words) for link in parts.links):
            found.append(
                ("link", "“Click here” means nothing to people who don't use a mouse. Say where the link leads.")
            )
        if line.role == "false heading":
            found.append(("heading", f"“{line.text}” is bold like a heading but isn't one. Use a “Heading” block."))
        count = len(line.text.split())
        if line.role == "paragraph" and count > wording.LONG_PARAGRAPH:
            found.append(
                ("paragraph", f"A paragraph has {count} words. Break it up: one thought, three or four sentences.")
            )
        findings += [warn(sentence, line.where, kind) for kind, sentence in found]
    return findings


def _abbreviations(parts: Parts, known: dict[str, str]) -> list[Finding]:
    text = "\n".join(line.text for line in parts.lines)
    return [
        warn(
            f"“{abbreviation}” isn't explained. Write it out the first time, or add it to the Glossary, which then "
            "explains it on every page.",
            next((line.where for line in parts.lines if abbreviation in line.text), PAGE),
            "abbreviation",
        )
        for abbreviation in wording.unexplained(text, known)
    ]


def _reading(page, parts: Parts) -> list[Finding]:
    limit, age = reading_limit(page), reading_age(parts.prose())
    if age is None or age <= limit:
        return []
    sentence = f"It reads like a text for people of {age}; this page should be easy at {limit}. Shorter sentences and "
    return [warn(f"{sentence}everyday words help everybody.", PAGE, "reading")]


def _about(page) -> list[Finding]:
    findings = []
    if not page.summary.strip():
        sentence = "The summary is missing. Lists, search results and e-mails show it under the title."
        findings.append(warn(sentence, "Summary", "summary"))
    gathered = type(page).newsletter_section is not None or page.gathers_topics
    if gathered and not page.topics.all():
        sentence = "It has no topics, so no priority and no filter finds it. Choose one or two under “Promote”."
        findings.append(warn(sentence, "Topics", "topics"))
    return findings
