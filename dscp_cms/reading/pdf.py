"""PDF files: the text of each page without what lies under opaque shapes, and a picture of the first page."""

import ctypes

import pypdfium2 as pdfium
import pypdfium2.raw as c

from dscp_cms.reading.covers import covered
from dscp_cms.reading.facts import CannotRead, Reading

PICTURE_WIDTH = 480  # pixels
SCANNED_BELOW = 20  # characters a page, on average
MOST_OF_A_PAGE = 200_000  # characters
PROPERTIES = {
    "Title": "Title",
    "Author": "Author",
    "Subject": "Subject",
    "Keywords": "Keywords",
    "Creator": "Made with",
    "Producer": "Made with",
    "CreationDate": "Made on",
    "ModDate": "Changed on",
}
REMARKS = {c.FPDF_ANNOT_TEXT, c.FPDF_ANNOT_FREETEXT, c.FPDF_ANNOT_HIGHLIGHT, c.FPDF_ANNOT_CARET, c.FPDF_ANNOT_POPUP}
REMARKS |= {c.FPDF_ANNOT_UNDERLINE, c.FPDF_ANNOT_STRIKEOUT, c.FPDF_ANNOT_SQUARE, c.FPDF_ANNOT_INK, c.FPDF_ANNOT_LINE}


def read_pdf(path: str, pages: int) -> Reading:
    """Read a PDF; raise CannotRead for one that is broken or asks for a password."""
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        if "assword" in str(error):
            raise CannotRead("The file is protected by a password.") from error
        raise CannotRead("The file is broken: it could not be opened as a PDF.") from error
    reading = Reading(pages=len(document))
    if not reading.pages:
        raise CannotRead("The file has no pages.")
    _facts(document, reading)
    reading.cut = reading.pages > pages
    pictures = 0
    for number in range(min(reading.pages, pages)):
        try:
            page = document[number]
        except pdfium.PdfiumError:  # one broken page doesn't take the others along
            reading.texts.append("")
            continue
        pictures += _read_page(page, reading, number + 1)
        if number == 0:
            _picture(page)
        page.close()
    characters = sum(len(text) for text in reading.texts)
    reading.scanned = bool(pictures) and characters < SCANNED_BELOW * len(reading.texts)
    return reading


def _facts(document: pdfium.PdfDocument, reading: Reading) -> None:
    metadata = document.get_metadata_dict()
    for key, label in PROPERTIES.items():
        if metadata.get(key):
            reading.properties.setdefault(label, metadata[key])
    reading.title, reading.author = metadata.get("Title", ""), metadata.get("Author", "")
    reading.tagged = bool(c.FPDFCatalog_IsTagged(document.raw))
    reading.encrypted = c.FPDF_GetSecurityHandlerRevision(document.raw) != -1
    reading.language = _language(document)
    for index in range(max(0, c.FPDFDoc_GetAttachmentCount(document.raw))):
        attachment = c.FPDFDoc_GetAttachment(document.raw, index)
        name = _utf16(lambda buffer, size, a=attachment: c.FPDFAttachment_GetName(a, buffer, size))
        reading.hide("attached file", "", name or "without a name")
    if c.FPDFDoc_GetJavaScriptActionCount(document.raw) > 0:
        reading.hide("script", "", "The file holds a script (JavaScript). Most programs ask before they run it.")


def _language(document: pdfium.PdfDocument) -> str:
    if not hasattr(c, "FPDFCatalog_GetLanguage"):
        return ""
    return _utf16(lambda buffer, size: c.FPDFCatalog_GetLanguage(document.raw, buffer, size))


def _utf16(call) -> str:
    """A string of pdfium's: asked for its size, then for its bytes."""
    try:
        size = call(None, 0)
        buffer = ctypes.create_string_buffer(max(0, min(size, 4096)))
        call(ctypes.cast(buffer, ctypes.POINTER(c.FPDF_WCHAR)), len(buffer))
    except ctypes.ArgumentError:
        call(buffer, len(buffer))
    return buffer.raw.decode("utf-16-le", "ignore").split("\x00")[0]


def _read_page(page: pdfium.PdfPage, reading: Reading, number: int) -> int:
    """Add a page's text; return whether it has a picture."""
    text_page = page.get_textpage()
    characters = min(text_page.count_chars(), MOST_OF_A_PAGE)
    under, pictures = covered(page, text_page, characters)
    if under:
        visible = "".join(_character(text_page, i) for i in range(characters) if i not in under)
        hidden = "".join(_character(text_page, i) for i in sorted(under))
        reading.hide("text under an opaque shape", f"page {number}", hidden)
    else:
        visible = text_page.get_text_range(0, characters) if characters else ""
    reading.texts.append(visible.replace("\r\n", "\n").replace("\ufffe", "").replace("\u0002", ""))
    _remarks(page, reading, number)
    _links(page, text_page, reading)
    text_page.close()
    return pictures


def _character(text_page: pdfium.PdfTextPage, index: int) -> str:
    code = c.FPDFText_GetUnicode(text_page.raw, index)
    return chr(code) if 0 < code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else " "


def _remarks(page: pdfium.PdfPage, reading: Reading, number: int) -> None:
    for index in range(c.FPDFPage_GetAnnotCount(page.raw)):
        annotation = c.FPDFPage_GetAnnot(page.raw, index)
        if not annotation:
            continue
        if c.FPDFAnnot_GetSubtype(annotation) in REMARKS:
            words, by = (
                _utf16(lambda buffer, size, k=key, a=annotation: c.FPDFAnnot_GetStringValue(a, k, buffer, size))
                for key in (b"Contents", b"T")
            )
            if words:
                reading.hide("comment", f"page {number}", f"{by}: {words}" if by else words)
        c.FPDFPage_CloseAnnot(annotation)


def _links(page: pdfium.PdfPage, text_page: pdfium.PdfTextPage, reading: Reading) -> None:
    """Note the links of a page that lead out of the file, with the words under them."""
    position, link = ctypes.c_int(0), c.FPDF_LINK()
    while c.FPDFLink_Enumerate(page.raw, ctypes.byref(position), ctypes.byref(link)):
        action = c.FPDFLink_GetAction(link)
        if not action or c.FPDFAction_GetType(action) != c.PDFACTION_URI:
            continue
        size = c.FPDFAction_GetURIPath(page.pdf.raw, action, None, 0)
        buffer = ctypes.create_string_buffer(max(0, min(size, 4096)))
        c.FPDFAction_GetURIPath(page.pdf.raw, action, buffer, len(buffer))
        box = c.FS_RECTF()
        if c.FPDFLink_GetAnnotRect(link, ctypes.byref(box)):
            words = text_page.get_text_bounded(left=box.left, bottom=box.bottom, right=box.right, top=box.top)
            reading.link(" ".join(words.split()), buffer.value.decode("utf-8", "ignore"))


def _picture(page: pdfium.PdfPage) -> None:
    """Draw the page, if its shape is one that paper has."""
    width, height = page.get_size()
    if not (0 < width and 0 < height and 0.2 < width / height < 5):
        return
    try:
        bitmap = page.render(scale=PICTURE_WIDTH / width, may_draw_forms=False)
        bitmap.to_pil().convert("RGB").save("picture.webp", "WEBP", quality=80)
    except (pdfium.PdfiumError, OSError, ValueError, MemoryError):
        return
