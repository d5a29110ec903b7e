"""Which reader is for which kind of file, and what they have in common at the end."""

import re
import zipfile
import zlib

from defusedxml.common import DefusedXmlException

from dscp_cms.reading.facts import CannotRead, Reading

BROKEN = "The file is broken: it could not be opened."


def read_kind(path: str, extension: str, pages: int, text: int) -> Reading:
    """Read a file by its extension; raise CannotRead with a sentence."""
    try:
        reading = _reader(extension)(path, pages)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, OSError) as error:
        raise CannotRead(BROKEN) from error
    except DefusedXmlException as error:
        raise CannotRead("The file holds instructions of a kind that documents don't have. It wasn't read.") from error
    except SyntaxError as error:  # what ElementTree's ParseError is
        raise CannotRead(BROKEN) from error
    return _tidy(reading, text)


def _reader(extension: str):
    if extension == "pdf":
        from dscp_cms.reading.pdf import read_pdf as reader
    elif extension == "docx":
        from dscp_cms.reading.word import read_docx as reader
    elif extension == "pptx":
        from dscp_cms.reading.slides import read_pptx as reader
    elif extension == "xlsx":
        from dscp_cms.reading.sheets import read_xlsx as reader
    elif extension in {"odt", "odp", "ods"}:
        from dscp_cms.reading.opendocument import read_opendocument as reader
    elif extension in {"txt", "csv"}:
        from dscp_cms.reading.plain import read_plain as reader
    else:
        raise CannotRead("Files of this kind aren't read.")
    return reader


def _tidy(reading: Reading, most: int) -> Reading:
    """Take out what no database keeps, and cut what is too much."""
    left, texts = most, []
    for text in reading.texts:
        text = clean(text)
        reading.cut = reading.cut or len(text) > left
        texts.append(text[:left])
        left = max(0, left - len(text))
    while texts and not texts[-1]:
        texts.pop()
    reading.texts = texts
    for name in ("title", "author", "language"):
        setattr(reading, name, " ".join(clean(getattr(reading, name)).split())[: 20 if name == "language" else 300])
    properties = {key: " ".join(clean(value).split())[:300] for key, value in reading.properties.items()}
    reading.properties = {key: value for key, value in properties.items() if value}
    for one in reading.hidden:
        one.text, one.where = clean(one.text), clean(one.where)[:100]
    return reading


def clean(text: str) -> str:
    """Text without control characters and halves of characters."""
    text = text.encode("utf-8", "ignore").decode("utf-8")
    return re.sub(r"[^\S\n]+", " ", re.sub(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]", " ", text)).strip()
