"""Excel workbooks (.xlsx): sheets; hidden sheets, rows and columns, and comments kept apart."""

import re

from dscp_cms.reading.facts import CannotRead, Reading
from dscp_cms.reading.package import Package, attribute, local

MAIN = "xl/workbook.xml"
MOST_CELLS = 200_000


def read_xlsx(path: str, pages: int) -> Reading:
    """Read a workbook; each sheet is a page, its name the first line."""
    reading = Reading()
    with Package(path) as package:
        if MAIN not in package.parts:
            raise CannotRead("The file is no workbook that can be read.")
        package.properties(reading, "docProps/core.xml", "docProps/app.xml")
        related = package.related(MAIN)
        strings = _strings(package, reading)
        sheets = [e for e in package.elements(MAIN) if local(e.tag) == "sheet"]
        reading.pages, reading.cut = len(sheets), len(sheets) > pages
        for sheet in sheets[:pages]:
            part = related.get(_relation(sheet), ("", ""))[1]
            if part in package.parts:
                _read_sheet(package, reading, sheet, part, strings)
    return reading


def _relation(element) -> str:
    return next((value for key, value in element.attrib.items() if key.endswith("}id")), "")


def _strings(package: Package, reading: Reading) -> list[str]:
    found, words = [], []
    if "xl/sharedStrings.xml" in package.parts:
        for element in package.elements("xl/sharedStrings.xml"):
            if local(element.tag) == "t":
                words.append(element.text or "")
            elif local(element.tag) == "si":
                found.append("".join(words))
                words = []
                element.clear()
                if len(found) >= MOST_CELLS:
                    reading.cut = True
                    break
    return found


def _read_sheet(package: Package, reading: Reading, sheet, part: str, strings: list[str]) -> None:
    name = attribute(sheet, "name")
    where = f"sheet “{name}”"
    shown, secret = _cells(package, reading, part, strings)
    if attribute(sheet, "state") in {"hidden", "veryHidden"}:
        reading.texts.append("")
        reading.hide("hidden sheet", where, " · ".join([*shown, *secret]) or "(empty)")
    else:
        reading.texts.append("\n".join([name, *shown]))
        reading.hide("hidden rows or columns", where, " · ".join(secret))
    for kind, other in package.related(part).values():
        if other in package.parts and kind == "comments":
            package.remarks(reading, other, where)
        elif other in package.parts and kind == "threadedComment":
            package.remarks(reading, other, where, "threadedComment")


def _cells(package: Package, reading: Reading, part: str, strings: list[str]) -> tuple[list[str], list[str]]:
    """The lines of text that are shown, and those in hidden rows and columns. Numbers aren't looked for."""
    shown, secret, count = [], [], 0
    hidden_columns: list[tuple[int, int]] = []
    row_hidden, line = False, []
    for event, element in package.events(part):
        name = local(element.tag)
        if event == "start" and name == "row":
            row_hidden, line = attribute(element, "hidden") in {"1", "true"}, []
        elif event == "end" and name == "col" and attribute(element, "hidden") in {"1", "true"}:
            hidden_columns.append((_number(element, "min"), _number(element, "max")))
        elif event == "end" and name == "c":
            count += 1
            text = _cell(element, strings)
            column = _column(attribute(element, "r"))
            if text:
                away = row_hidden or any(first <= column <= last for first, last in hidden_columns)
                (secret if away else line).append(text)
        elif event == "end" and name == "row":
            if line:
                shown.append(" · ".join(line))
            element.clear()
        if count > MOST_CELLS:
            reading.cut = True
            break
    return shown, secret


def _cell(element, strings: list[str]) -> str:
    kind = attribute(element, "t")
    if kind == "inlineStr":
        return "".join(one.text or "" for one in element.iter() if local(one.tag) == "t").strip()
    value = next((one.text or "" for one in element if local(one.tag) == "v"), "")
    if kind == "s":
        return strings[int(value)].strip() if value.isdecimal() and int(value) < len(strings) else ""
    return value.strip() if kind == "str" else ""


def _number(element, name: str) -> int:
    text = attribute(element, name)
    return int(text) if text.isdecimal() and len(text) < 8 else 0


def _column(reference: str) -> int:
    """The number of a column from a cell's name, such as 28 for “AB7”."""
    number = 0
    for letter in re.match(r"[A-Z]{0,3}", reference.upper())[0]:
        number = number * 26 + ord(letter) - 64
    return number
