"""Old newsletters as files: HTML, e-mail, Word, PDF and plain text, each read into paragraphs."""

import email
import email.policy
import re
import zipfile
import zlib
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError  # noqa: S405 - names only; the package's reader parses

from defusedxml import DefusedXmlException
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.utils.html import escape

from dscp_cms import reading
from dscp_cms.reading.facts import CannotRead
from dscp_cms.reading.package import Package, attribute, local
from dscp_cms.reading.plain import read_plain
from dscp_cms.upload_checks import check_content
from home.imports.newsletter_html import PERSONAL, read_html, urlsplit_scheme
from home.imports.newsletter_parts import BOLD, Newsletter, NotANewsletterError, Paragraph, from_lines

LARGEST = 20 * 1024 * 1024  # bytes of a file
LONGEST = 2_000_000  # characters of words; a newsletter has some ten thousand
LARGEST_PART = 50 * 1024 * 1024  # bytes of a Word file's text, unpacked
KINDS = {".html", ".htm", ".eml", ".docx", ".pdf", ".txt", ".text", ".md"}
DOCUMENT = "word/document.xml"
BROKEN = "The file is broken or incomplete: it can’t be opened."


def read(path: Path) -> Newsletter:
    """Read a file by its extension. Raises NotANewsletterError with a sentence."""
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise NotANewsletterError(
            f"Files ending in “{kind or path.name}” aren’t read. Save it as .html, .eml, .docx, .pdf or .txt."
        )
    try:
        size = path.stat().st_size
    except OSError as error:
        raise NotANewsletterError("There is no such file.") from error
    if not size:
        raise NotANewsletterError("The file is empty.")
    if size > LARGEST:
        raise NotANewsletterError("The file is larger than 20 MB. Save it without its pictures.")
    found = _reader(kind)(path)
    if not any(each.text for each in found.paragraphs):
        raise NotANewsletterError("The file has no words in it.")
    if sum(len(each.html) for each in found.paragraphs) > LONGEST:
        raise NotANewsletterError("The file is far longer than a newsletter. Is it the right one?")
    return found


def _reader(kind: str):
    if kind in {".html", ".htm"}:
        return lambda path: read_html(_text(path))
    return {".eml": _read_mail, ".docx": _read_word, ".pdf": _read_pdf}.get(kind, _read_text)


def _text(path: Path) -> str:
    """The file as text in whatever encoding, without characters that no page keeps."""
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = path.read_bytes().decode("utf-16", "replace")
    elif b"\x00" in head or head.startswith(
        (b"%PDF-", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x89PNG", b"\xff\xd8\xff")
    ):
        raise NotANewsletterError(f"The name ends in “{path.suffix}”, but the file is something else.")
    else:
        try:
            text = read_plain(str(path), 1).texts[0]
        except CannotRead as error:
            raise NotANewsletterError("The file isn’t text in any encoding that is known.") from error
    return _clean(text)


def _clean(text: str) -> str:
    text = text.encode("utf-8", "ignore").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\ufeff\ufffe\uffff]", "", text)


def _read_text(path: Path) -> Newsletter:
    text = _text(path)
    if re.match(r"\s*<(!doctype html|html|body)\b", text, re.IGNORECASE):
        return read_html(text)
    return Newsletter(from_lines(text))


def _read_mail(path: Path) -> Newsletter:
    """An e-mail as it was sent: its HTML, or its text where it has none; date and subject from its head."""
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    try:
        body = message.get_body(("html", "plain"))
        content = body.get_content() if body is not None else ""
        subject, sent = str(message["subject"] or ""), str(message["date"] or "")
    except Exception as error:  # whatever the parser stumbles over in a broken message
        raise NotANewsletterError(BROKEN) from error
    if not isinstance(content, str) or not content.strip() or not (subject or sent or message["from"]):
        raise NotANewsletterError("This isn’t an e-mail with words in it. In the mail program, save it as .eml.")
    if content.count("\ufffd") > 0.05 * len(content):
        raise NotANewsletterError("The e-mail’s words can’t be read in the encoding that it names.")
    is_html = body.get_content_type() == "text/html"
    found = read_html(_clean(content)) if is_html else Newsletter(from_lines(_clean(content)))
    found.subject, found.date_hint = " ".join(_clean(subject).split())[:150], sent
    return found


def _read_pdf(path: Path) -> Newsletter:
    _check(path)
    try:
        inside, _picture = reading.read(str(path), "pdf", reading.Limits(pages=100, text=LONGEST))
    except reading.Unreadable as error:
        raise NotANewsletterError(str(error)) from error
    if inside.scanned or not any(inside.texts):
        raise NotANewsletterError("The PDF holds pictures of pages and no words. Recognise its text first (OCR).")
    paragraphs = from_lines("\n".join(inside.texts), no_gaps=True)
    lost = []
    for words, address in inside.links:
        if PERSONAL.search(address) or urlsplit_scheme(address) not in {"http", "https", "mailto"}:
            continue
        if not _put_link(paragraphs, " ".join(words.split()), address):
            lost.append(address)
    made = inside.properties.get("Made on", "")
    found = Newsletter(paragraphs, title=inside.title, date_hint=made)
    found.notes.append("A PDF doesn’t say where its paragraphs end. Read it through.")
    if lost:
        listed = "".join(f"<p>{_anchor(address, escape(address))}</p>" for address in dict.fromkeys(lost))
        found.paragraphs.append(Paragraph("Links of the PDF", f"<b>Links of the PDF</b>{listed}"))
        found.notes.append(f"{len(set(lost))} links of the PDF stand at the end, since their place wasn’t found.")
    return found


def _anchor(address: str, words: str) -> str:
    return f'<a href="{escape(address)}">{words}</a>'


def _put_link(paragraphs: list[Paragraph], words: str, address: str) -> bool:
    """Make the first such words that aren't a link yet into one; say if they were found."""
    wanted = escape(words)
    for each in paragraphs if len(words) > 1 else ():
        outside = re.split(r"(<a [^>]*>.*?</a>)", each.html)
        for number in range(0, len(outside), 2):
            if wanted in outside[number]:
                outside[number] = outside[number].replace(wanted, _anchor(address, wanted), 1)
                each.html = "".join(outside)
                return True
        if words in each.text and wanted in re.sub("<[^>]*>", "", each.html):
            return True  # it was an address written out, which is a link already
    return False


def _check(path: Path) -> None:
    """What is true of every upload: it is what its name says, and does no harm."""
    with path.open("rb") as file:
        try:
            check_content(File(file, name=path.name))
        except ValidationError as error:
            raise NotANewsletterError(" ".join(error.messages)) from error


def _read_word(path: Path) -> Newsletter:
    _check(path)
    try:
        with Package(str(path)) as package:
            if DOCUMENT not in package.parts or package.getinfo(DOCUMENT).file_size > LARGEST_PART:
                raise NotANewsletterError(BROKEN)
            facts = reading.Reading()
            package.properties(facts, "docProps/core.xml")
            paragraphs = _Word(package).read()
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError, ParseError, DefusedXmlException) as error:
        raise NotANewsletterError(BROKEN) from error
    except CannotRead as error:
        raise NotANewsletterError(str(error)) from error
    found = Newsletter(paragraphs, title=facts.title, date_hint=facts.properties.get("Made on", ""))
    return found


class _Word:
    """Paragraphs of a Word file with their links; what tracked changes took away stays away."""

    def __init__(self, package: Package):
        self.package = package
        self.links = _targets(package)

    def read(self) -> list[Paragraph]:
        found = []
        for element in self.package.elements(DOCUMENT):
            if local(element.tag) != "p":
                continue
            self.pieces: list[tuple[str, bool, str]] = []
            self._gather(element, "")
            style = next((attribute(e, "val") for e in element.iter() if local(e.tag) == "pStyle"), "")
            listed = any(local(e.tag) == "numPr" for e in element.iter()) or "List" in style
            found += self._paragraphs(style, listed)
            element.clear()
        return found

    def _gather(self, element: Element, address: str) -> None:
        for child in element:
            name = local(child.tag)
            if name in {"del", "moveFrom", "pPr", "Fallback"}:
                continue
            if name == "hyperlink":
                self._gather(child, self.links.get(attribute(child, "id"), ""))
            elif name == "r":
                bold = any(
                    local(e.tag) == "b" and attribute(e, "val") not in {"0", "false"}
                    for rpr in child
                    if local(rpr.tag) == "rPr"
                    for e in rpr
                )
                words = "".join(
                    {"t": e.text or "", "tab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}.get(local(e.tag), "")
                    for e in child
                )
                self.pieces.append((words, bold, address))
                self._gather(child, address)  # a text box stands inside a run
            elif name not in {"p", "t"}:
                self._gather(child, address)

    def _paragraphs(self, style: str, listed: bool) -> list[Paragraph]:
        text = _clean("".join(words for words, _bold, _address in self.pieces))
        words = " ".join(text.split())
        if not words:
            return []
        heading = re.fullmatch(r"[Hh]eading\s?([1-6])", style)
        all_bold = all(bold for part, bold, _address in self.pieces if part.strip())
        level = int(heading[1]) if heading else 1 if style == "Title" else 0
        if not level and not listed and all_bold and len(words) <= 100:
            level = BOLD
        html = "".join(self._piece(*piece, emphasise=not all_bold) for piece in self.pieces)
        html = re.sub(r"</b><b>", "", html).strip().replace("\n", "<br/>")
        return [Paragraph(words, html, level=level, list="ul" if listed else "")]

    def _piece(self, words: str, bold: bool, address: str, *, emphasise: bool) -> str:
        words = escape(_clean(words))
        if bold and emphasise and words.strip():
            words = f"<b>{words}</b>"
        return _anchor(address, words) if address and words.strip() else words


def _targets(package: Package) -> dict[str, str]:
    """Where the links of a Word file lead, by their number; only what a page may link to."""
    found, part = {}, "word/_rels/document.xml.rels"
    for element in package.elements(part) if part in package.parts else ():
        address = element.get("Target", "")
        if local(element.tag) == "Relationship" and element.get("TargetMode") == "External":
            if urlsplit_scheme(address) in {"http", "https", "mailto"} and not PERSONAL.search(address):
                found[element.get("Id", "")] = address
    return found
