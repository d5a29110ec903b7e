"""Prints a Django template whose output is Typst source as a tagged PDF (PDF/UA-1, ISO 14289-1).

The same everywhere: only the fonts that come with the project and with Typst are used, and nothing is
fetched. The template extends ``typst/base.typ`` and prints every value through a filter or tag of the
library ``typst``, since typed words must never become markup.
"""

import hashlib
import json
import logging
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone

from dscp_cms.models import SiteSettings
from dscp_cms.typst_text import Outline, Pictures, clean

logger = logging.getLogger(__name__)

HERE = Path(__file__).parent
FONTS = HERE / "fonts"
LOOK = HERE / "templates" / "typst" / "look.typ"
LOGO = settings.BASE_DIR / "static" / "img" / "logo-mark.svg"
COMPILER = HERE / "pdf_compiler.py"

SECONDS = 30  # of the processor
PATIENCE = 60  # seconds by the clock, on a busy machine
MEMORY = 3 * 2**30  # bytes of address space; what is used is far less
MOST_SOURCE = 4 * 2**20  # bytes
MOST_FILES = 80 * 2**20  # bytes
ATTEMPTS = 3

NO_GLYPH = "\N{WHITE SQUARE}"
UNPRINTABLE = re.compile(r'the text (?:`"(.+?)"` could not be displayed|contains the disallowed codepoint `"(.+?)"`)')
ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
# Letters that the project's own font surely has; the last resort if Typst's complaints can't be read.
FAMILIAR = re.compile("[^\n -~\u00a0-\u017f\u2010-\u2026]")


class PdfError(Exception):
    """A PDF couldn't be made; the message is a sentence for staff."""


@dataclass(frozen=True)
class Source:
    """A document ready to be typeset."""

    text: str
    title: str
    files: dict[str, bytes] = field(default_factory=dict)

    @property
    def fingerprint(self) -> str:
        """The same for two documents exactly when they print alike."""
        digest = hashlib.sha256(LOOK.read_bytes())
        for part in (self.title, self.text):
            digest.update(b"\0" + part.encode())
        for name, content in sorted(self.files.items()):
            digest.update(b"\0" + name.encode() + hashlib.sha256(content).digest())
        return digest.hexdigest()


def typeset(template: str, context: dict, *, title: str, files: Mapping[str, bytes] | None = None) -> bytes:
    """Return the PDF that a template and its context make; raise PdfError if there can't be one.

    ``files`` are pictures by the names that the template uses. A letter that no font has is printed as
    a square; it never keeps the document from being made.
    """
    return compile_source(render(template, context, title=title, files=files))


def render(template: str, context: dict, *, title: str, files: Mapping[str, bytes] | None = None) -> Source:
    """The Typst source that a template and its context make, with the pictures that it uses."""
    pictures = Pictures()
    site = SiteSettings.objects.first() or SiteSettings()
    given = {"conf": site, "title": title, **context, "outline": Outline(), "pictures": pictures}
    text = get_template(template).template.render(Context(given, autoescape=False))
    return Source(clean(text), clean(title), {**pictures.files, **(files or {})})


def compile_source(source: Source) -> bytes:
    """Typeset; letters that can't be printed are replaced, as Typst names them, and the rest is tried again."""
    if len(source.text.encode()) > MOST_SOURCE or sum(map(len, source.files.values())) > MOST_FILES:
        raise PdfError("The document is too long, or its pictures are too large, to be made into a PDF.")
    text = source.text
    for attempt in range(ATTEMPTS):
        made, complaint = _run(Source(text, source.title, source.files))
        if made is not None:
            return made
        unprintable = {_unescaped(one or other) for one, other in UNPRINTABLE.findall(complaint)}
        if not unprintable:
            break
        if attempt == ATTEMPTS - 2:
            text = FAMILIAR.sub(NO_GLYPH, text)
        for letters in sorted(unprintable, key=len, reverse=True):
            text = text.replace(letters, "" if letters.strip("\u200d\ufe0f") == "" else NO_GLYPH)
    logger.error("typst couldn't make a PDF: %s", complaint[:2000])
    raise PdfError("The document couldn't be made into a PDF: something in it can't be printed.")


def _run(source: Source) -> tuple[bytes | None, str]:
    with tempfile.TemporaryDirectory(prefix="dscp-pdf-") as folder:
        place = Path(folder)
        for name, content in {"look.typ": LOOK.read_bytes(), "logo.svg": LOGO.read_bytes(), **source.files}.items():
            if Path(name).name != name:
                raise PdfError(f"“{name}” can't be the name of a picture.")
            (place / name).write_bytes(content)
        (place / "main.typ").write_text(source.text, encoding="utf-8")
        orders = {
            "folder": folder,
            "fonts": str(FONTS),
            "inputs": {"title": " ".join(source.title.split()) or "Untitled"},
            "timestamp": int(timezone.now().timestamp()),
            "memory": MEMORY,
            "seconds": SECONDS,
        }
        try:
            # Two threads: enough for a document, and its memory doesn't grow with the machine.
            done = subprocess.run(  # noqa: S603 - our own program, with nothing typed in its arguments
                [sys.executable, "-I", str(COMPILER)],
                input=json.dumps(orders).encode(),
                capture_output=True,
                timeout=PATIENCE,
                env={"RAYON_NUM_THREADS": "2"},
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise PdfError("Making the PDF took too long, so it was given up.") from error
    if done.returncode == 0:
        return done.stdout, ""
    if done.returncode == 2:
        return None, done.stderr.decode(errors="replace")
    logger.error("the PDF compiler ended with %s: %s", done.returncode, done.stderr[-1000:])
    raise PdfError("Making the PDF needed too much time or memory, so it was given up.")


def _unescaped(text: str) -> str:
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
