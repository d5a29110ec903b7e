"""What Word, PowerPoint, Excel and OpenDocument files share: a zip of XML parts."""

import re
import zipfile
from collections.abc import Iterator
from posixpath import dirname, join, normpath
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import iterparse

from dscp_cms.reading.facts import CannotRead, Reading

MOST_OF_A_PART = 200_000_000  # bytes of one part, unpacked
NAMES = {
    "creator": "Author",
    "initial-creator": "Author",
    "lastModifiedBy": "Last changed by",
    "Company": "Company",
    "Manager": "Manager",
    "title": "Title",
    "subject": "Subject",
    "keywords": "Keywords",
    "keyword": "Keywords",
    "description": "Description",
    "category": "Category",
    "created": "Made on",
    "creation-date": "Made on",
    "modified": "Changed on",
    "date": "Changed on",
    "Application": "Made with",
    "generator": "Made with",
    "Template": "Template",
}


def local(tag: str) -> str:
    """An element's name without its namespace."""
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def attribute(element: Element, name: str) -> str:
    """An attribute by its name without its namespace."""
    for key, value in element.attrib.items():
        if local(key) == name:
            return value
    return ""


class Package(zipfile.ZipFile):
    """A file that is a zip of parts."""

    def __init__(self, path: str):
        super().__init__(path)
        self.parts = set(self.namelist())
        if any(info.flag_bits & 1 for info in self.infolist()):
            raise CannotRead("The file is protected by a password.")

    def events(self, part: str, ends_only: bool = False) -> Iterator[tuple[str, Element]]:
        """Walk through a part's XML as it is read: ("start" or "end", element)."""
        if self.getinfo(part).file_size > MOST_OF_A_PART:
            raise CannotRead("The file unpacks to more than can be read.")
        with self.open(part) as stream:
            yield from iterparse(stream, events=("end",) if ends_only else ("start", "end"), forbid_dtd=True)

    def elements(self, part: str) -> Iterator[Element]:
        """Each element of a part when it is complete; the caller clears what it is done with."""
        for _event, element in self.events(part, ends_only=True):
            yield element

    def related(self, part: str) -> dict[str, tuple[str, str]]:
        """What a part refers to: {id: (kind, name of the other part)}."""
        rels = join(dirname(part), "_rels", part.rsplit("/", 1)[-1] + ".rels")
        found = {}
        if rels in self.parts:
            for element in self.elements(rels):
                if local(element.tag) == "Relationship" and element.get("TargetMode") != "External":
                    target = element.get("Target", "")
                    name = target.lstrip("/") if target.startswith("/") else normpath(join(dirname(part), target))
                    found[element.get("Id", "")] = (element.get("Type", "").rsplit("/", 1)[-1], name)
        return found

    def numbered(self, pattern: str) -> list[str]:
        """Parts whose name matches, by their number."""
        return sorted(
            (name for name in self.parts if re.fullmatch(pattern, name)),
            key=lambda name: [int(n) for n in re.findall(r"\d+", name)] or [0],
        )

    def properties(self, reading: Reading, *parts: str) -> None:
        """Note author, title, language and the rest."""
        for part in parts:
            if part not in self.parts:
                continue
            for element in self.elements(part):
                name, text = local(element.tag), (element.text or "").strip()
                if not text or len(element):
                    continue
                if name in NAMES:
                    reading.properties.setdefault(NAMES[name], text)
                elif name == "Pages" and text.isdecimal():
                    reading.pages = reading.pages or int(text)
                elif name == "language":
                    reading.language = reading.language or text
        reading.title = reading.title or reading.properties.get("Title", "")
        reading.author = reading.author or reading.properties.get("Author", "")

    def remarks(self, reading: Reading, part: str, where: str, unit: str = "comment") -> None:
        """Note every comment of a part that holds comments."""
        words: list[str] = []
        for event, element in self.events(part):
            name = local(element.tag)
            if event == "start" and name in {unit, "cm"}:
                words = []
            elif event == "end":
                if name in {"t", "text", "delText"} and element.text:
                    words.append(element.text)
                if name in {unit, "cm"}:
                    by = attribute(element, "author")
                    reading.hide("comment", where, f"{by + ': ' if by and not by.isdigit() else ''}{' '.join(words)}")
                    element.clear()
