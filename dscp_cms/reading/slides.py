"""PowerPoint presentations (.pptx): slides; hidden ones, speaker's notes and comments kept apart."""

from dscp_cms.reading.facts import CannotRead, Reading
from dscp_cms.reading.package import Package, attribute, local

MAIN = "ppt/presentation.xml"


def read_pptx(path: str, pages: int) -> Reading:
    """Read a presentation; each slide is a page."""
    reading = Reading()
    with Package(path) as package:
        if MAIN not in package.parts:
            raise CannotRead("The file is no presentation that can be read.")
        package.properties(reading, "docProps/core.xml", "docProps/app.xml")
        slides = _slides(package)
        reading.pages, reading.cut = len(slides), len(slides) > pages
        for number, slide in enumerate(slides[:pages], 1):
            _read_slide(package, reading, slide, number)
    return reading


def _slides(package: Package) -> list[str]:
    related = package.related(MAIN)
    order = []
    for element in package.elements(MAIN):
        if local(element.tag) == "sldId":
            kind, name = related.get(_relation(element), ("", ""))
            if kind == "slide" and name in package.parts:
                order.append(name)
    return order


def _relation(element) -> str:
    """The relation's id, which has a namespace; the slide's own id has none."""
    return next((value for key, value in element.attrib.items() if key.endswith("}id")), "")


def _read_slide(package: Package, reading: Reading, slide: str, number: int) -> None:
    where = f"slide {number}"
    text, shown = _text(package, slide)
    if shown:
        reading.texts.append(text)
    else:
        reading.texts.append("")
        reading.hide("hidden slide", where, text or "(no text)")
    for kind, name in package.related(slide).values():
        if name not in package.parts:
            continue
        if kind == "notesSlide":
            reading.hide("speaker's notes", where, _text(package, name)[0])
        elif kind == "comments":
            package.remarks(reading, name, where, "cm")


def _text(package: Package, part: str) -> tuple[str, bool]:
    lines, words, shown = [], [], True
    for element in package.elements(part):
        name = local(element.tag)
        if name == "sld":
            shown = attribute(element, "show") not in {"0", "false"}
        elif name == "t":
            words.append(element.text or "")
        elif name == "br":
            words.append(" ")
        elif name == "p":
            lines.append("".join(words))
            words = []
            element.clear()
    return "\n".join(line for line in lines if line.strip()), shown
