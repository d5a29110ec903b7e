"""Finds text of a PDF page that lies under something opaque, such as the black boxes of a redaction.

A page is painted object by object, so text is covered when an opaque shape is painted later, in the same
place. What isn't seen here: shapes that only a program of Adobe's draws, text in the colour of its ground,
and text outside of the page; the person who looks into the file is told to look for themselves too.
"""

import ctypes
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as c

MOST_OBJECTS = 50_000  # of a page; more are drawings
WHOLE_PAGE = 0.6  # of the page; a larger picture is a scan, whose text was put under it for searching
SMALLEST = 4.0  # points: what is thinner is a line or a dot
BOX_SHARE = 0.7  # of its bounds that a shape must fill, to count as a box
DRAWN_OVER = {c.FPDF_ANNOT_SQUARE, c.FPDF_ANNOT_POLYGON, c.FPDF_ANNOT_REDACT}
MOST_POINTS = 2_000
DEPTH = 6
Point = tuple[float, float]


@dataclass(frozen=True)
class Cover:
    """Something opaque: its place, and when it is painted."""

    order: int
    left: float
    bottom: float
    right: float
    top: float

    def covers(self, x: float, y: float) -> bool:
        return self.left <= x <= self.right and self.bottom <= y <= self.top


def covered(page: pdfium.PdfPage, text_page: pdfium.PdfTextPage, characters: int) -> tuple[set[int], int]:
    """The numbers of the characters that are covered, and whether (1) the page has a picture."""
    covers, order_of, pictures = _covers(page)
    found: set[int] = set()
    if not covers or not characters:
        return found, pictures
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    for index in range(characters):
        if not c.FPDFText_GetCharBox(text_page.raw, index, left, right, bottom, top):
            continue
        x, y = (left.value + right.value) / 2, (bottom.value + top.value) / 2
        over = [one for one in covers if one.covers(x, y)]
        if not over:
            continue
        painted = order_of.get(_address(c.FPDFText_GetTextObject(text_page.raw, index)), -1)
        if any(one.order > painted for one in over):
            found.add(index)
    return found, pictures


def _address(handle) -> int:
    return ctypes.cast(handle, ctypes.c_void_p).value or 0


def _covers(page: pdfium.PdfPage) -> tuple[list[Cover], dict[int, int], int]:
    """Everything opaque on a page, when each text is painted, and whether there is a picture."""
    covers: list[Cover] = []
    order_of: dict[int, int] = {}
    width, height = page.get_size()
    walk = _Walk(covers, order_of, width * height)
    count = c.FPDFPage_CountObjects(page.raw)
    for index in range(min(count, MOST_OBJECTS)):
        walk.visit(c.FPDFPage_GetObject(page.raw, index), ())
    for index in range(c.FPDFPage_GetAnnotCount(page.raw)):
        annotation = c.FPDFPage_GetAnnot(page.raw, index)
        if annotation:
            if cover := _cover_of_annotation(annotation):
                covers.append(cover)
            c.FPDFPage_CloseAnnot(annotation)
    return covers, order_of, walk.pictures


class _Walk:
    """Visits a page's objects in the order in which they are painted."""

    def __init__(self, covers: list[Cover], order_of: dict[int, int], area: float):
        self.covers, self.order_of, self.area = covers, order_of, area
        self.order = self.pictures = 0

    def visit(self, item, matrices: tuple) -> None:
        """Note an object; ``matrices`` are those of the forms it stands in, the innermost first."""
        self.order += 1
        if self.order > MOST_OBJECTS:
            return
        kind = c.FPDFPageObj_GetType(item)
        if kind == c.FPDF_PAGEOBJ_TEXT:
            self.order_of[_address(item)] = self.order
        elif kind == c.FPDF_PAGEOBJ_PATH:
            if not c.FPDFPageObj_HasTransparency(item):
                for corners in _boxes(item):
                    self._cover(corners, (_matrix(item), *matrices))
        elif kind == c.FPDF_PAGEOBJ_IMAGE:
            self.pictures = 1
            if not c.FPDFPageObj_HasTransparency(item):
                self._cover(_bounds(item), matrices, most=WHOLE_PAGE)
        elif kind == c.FPDF_PAGEOBJ_FORM and len(matrices) < DEPTH:
            inner = (_matrix(item), *matrices)
            for index in range(min(c.FPDFFormObj_CountObjects(item), MOST_OBJECTS)):
                self.visit(c.FPDFFormObj_GetObject(item, index), inner)

    def _cover(self, corners: list[Point], matrices: tuple, most: float = 2.0) -> None:
        for m in matrices:
            corners = [(m.a * x + m.c * y + m.e, m.b * x + m.d * y + m.f) for x, y in corners]
        cover = Cover(self.order, *_around(corners))
        width, height = cover.right - cover.left, cover.top - cover.bottom
        if min(width, height) >= SMALLEST and width * height < most * self.area:
            self.covers.append(cover)


def _around(points: list[Point]) -> tuple[float, float, float, float]:
    xs, ys = [x for x, _y in points], [y for _x, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def _matrix(item) -> c.FS_MATRIX:
    matrix = c.FS_MATRIX(1, 0, 0, 1, 0, 0)
    c.FPDFPageObj_GetMatrix(item, matrix)
    return matrix


def _bounds(item) -> list[Point]:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    c.FPDFPageObj_GetBounds(item, left, bottom, right, top)
    return [(x, y) for x in (left.value, right.value) for y in (bottom.value, top.value)]


def _boxes(item) -> list[list[Point]]:
    """The corners of each box that a path paints: filled and about as large as its bounds, or a thick line."""
    mode, stroke = ctypes.c_int(), c.FPDF_BOOL()
    if not c.FPDFPath_GetDrawMode(item, mode, stroke):
        return []
    colour = [ctypes.c_uint() for _ in range(4)]
    if mode.value and c.FPDFPageObj_GetFillColor(item, *colour) and colour[3].value == 255:
        return [points for points in _outlines(item) if _is_box(points)]
    if stroke.value and c.FPDFPageObj_GetStrokeColor(item, *colour) and colour[3].value == 255:
        width = ctypes.c_float()
        if c.FPDFPageObj_GetStrokeWidth(item, width) and width.value >= SMALLEST:
            half = width.value / 2
            lines = [points for points in _outlines(item) if len(points) == 2]
            return [[(x + dx, y + dy) for x, y in line for dx, dy in ((-half, -half), (half, half))] for line in lines]
    return []


def _outlines(item) -> list[list[Point]]:
    """The points of a path, outline by outline; a tool may paint all boxes of a page as one path."""
    found: list[list[Point]] = []
    x, y = ctypes.c_float(), ctypes.c_float()
    for index in range(min(c.FPDFPath_CountSegments(item), MOST_POINTS)):
        segment = c.FPDFPath_GetPathSegment(item, index)
        if not c.FPDFPathSegment_GetPoint(segment, x, y):
            continue
        if not found or c.FPDFPathSegment_GetType(segment) == c.FPDF_SEGMENT_MOVETO:
            found.append([])
        found[-1].append((x.value, y.value))
    return found


def _is_box(points: list[Point]) -> bool:
    left, bottom, right, top = _around(points)
    bounds = (right - left) * (top - bottom)
    pairs = zip(points, [*points[1:], *points[:1]], strict=True)
    area = abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)) / 2  # the shoelace formula
    return bounds > 0 and area >= BOX_SHARE * bounds


def _cover_of_annotation(annotation) -> Cover | None:
    """A box drawn on top of the page; one that is only outlined covers nothing."""
    kind = c.FPDFAnnot_GetSubtype(annotation)
    if kind not in DRAWN_OVER:
        return None
    colour = [ctypes.c_uint() for _ in range(4)]
    filled = c.FPDFAnnot_GetColor(annotation, c.FPDFANNOT_COLORTYPE_InteriorColor, *colour)
    if kind != c.FPDF_ANNOT_REDACT and not (filled and colour[3].value == 255):
        return None
    rectangle = c.FS_RECTF()
    if not c.FPDFAnnot_GetRect(annotation, rectangle):
        return None
    low, high = sorted((rectangle.bottom, rectangle.top))
    return Cover(MOST_OBJECTS + 1, rectangle.left, low, rectangle.right, high)
