"""What an old newsletter is read into, whatever file it came as: paragraphs with what is known of each."""

import re
from dataclasses import dataclass, field

from django.utils.html import escape

BOLD = 7  # the level of a short paragraph that is all in bold; h1 to h6 are 1 to 6, plain words are 0
BULLET = re.compile(r"^\s*(?:[•·▪●◦‣∙]\s*|[*\-–]\s+)(?=\S)")
NUMBER = re.compile(r"^\s*\d{1,2}[.)]\s+(?=\S)")
ADDRESS = re.compile(
    r"(?P<url>(?:https?://|www\.)[^\s<>\"“”]+[^\s<>\"“”.,;:!?)\]’'])|(?P<email>[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+)",
    re.IGNORECASE,
)
WRAPPED_AT = 90  # characters: what is broken into shorter lines throughout was broken by a program


@dataclass
class Paragraph:
    """A paragraph or an item of a list. ``html`` is safe rich text with links, ``text`` its words alone."""

    text: str
    html: str
    level: int = 0
    list: str = ""  # ul or ol, for an item
    gap: bool = True  # whether an empty line (or the end of an element) stands before it
    gap_after: bool = True
    drawn: bool = False  # underlined or in capitals, as headings are in plain text


@dataclass
class Newsletter:
    """A file, read: its paragraphs, and what else it told."""

    paragraphs: list[Paragraph]
    title: str = ""
    subject: str = ""
    preview: str = ""
    date_hint: str = ""  # a date that the file carries, as text
    notes: list[str] = field(default_factory=list)  # what to check


class NotANewsletterError(Exception):
    """A file that isn't read; says why in a sentence for people."""


def linked(text: str) -> str:
    """Plain words as rich text, with the addresses in them as links."""
    out, last = [], 0
    for found in ADDRESS.finditer(text):
        words = found[0]
        if found["email"]:
            href = f"mailto:{words}"
        else:
            href = words if words.lower().startswith("http") else f"https://{words}"
        out += [escape(text[last : found.start()]), f'<a href="{escape(href)}">{escape(words)}</a>']
        last = found.end()
    return "".join([*out, escape(text[last:])])


def from_lines(text: str, *, no_gaps: bool = False) -> list[Paragraph]:
    """Paragraphs of plain text. Lines that a program broke are put together again.

    ``no_gaps`` says that empty lines were lost, as in a PDF, so that short lines end a paragraph.
    """
    lines = [line.rstrip().expandtabs(4) for line in text.splitlines()]
    joined = _unwrapped(lines) if no_gaps or _is_wrapped(lines) else lines
    found: list[Paragraph] = []
    gap = True
    for line in joined:
        bare = line.strip()
        if not bare:
            gap = True
            if found:
                found[-1].gap_after = True
            continue
        if re.fullmatch(r"[=\-_*~#]{3,}", bare):  # a rule, or the line under a heading
            if found and not gap and not found[-1].list:
                found[-1].drawn = True
            gap = True
            continue
        found.append(_line(line, gap=gap or no_gaps))
        found[-1].gap_after = no_gaps
        gap = False
    if found:
        found[-1].gap_after = True
    return found


def _line(line: str, *, gap: bool) -> Paragraph:
    kind = "ul" if BULLET.match(line) else "ol" if NUMBER.match(line) else ""
    words = (BULLET if kind == "ul" else NUMBER).sub("", line, count=1) if kind else line
    words = words.strip()
    marked = re.fullmatch(r"#{1,4}\s+(.+?)\s*#*", words)
    if marked:
        words = marked[1]
    drawn = bool(marked) or (not kind and words.isupper() and len(words) > 3 and len(words.split()) < 9)
    return Paragraph(words, linked(words), list=kind, gap=gap, drawn=drawn)


def _is_wrapped(lines: list[str]) -> bool:
    """Whether no line is longer than a program breaks them, and many come near."""
    filled = [len(line) for line in lines if line.strip()]
    return bool(filled) and max(filled) <= WRAPPED_AT and sum(length > 55 for length in filled) >= 0.4 * len(filled)


def _unwrapped(lines: list[str]) -> list[str]:
    """Join a line to the one before where that one is full and isn't finished."""
    longest = max((len(line) for line in lines), default=0)
    out: list[str] = []
    for line in lines:
        before = out[-1] if out else ""
        starts = not line.strip() or BULLET.match(line) or NUMBER.match(line)
        full = len(before) >= 0.6 * longest or (before[-1:] == "," and line.strip()[:1].islower())
        if before.strip() and not starts and full and not re.search(r"[.:?!]$", before):
            out[-1] = f"{before} {line.strip()}"
        elif before.strip() and not starts and len(before) >= 0.8 * longest:
            out[-1] = f"{before} {line.strip()}"
        else:
            out.append(line)
    return out
