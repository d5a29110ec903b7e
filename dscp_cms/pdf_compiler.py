"""The program that turns one folder of Typst source into a PDF; ``dscp_cms.pdf`` starts it.

A process of its own: what it may use of time and memory is bounded, and whatever goes wrong in it
goes wrong alone. It reads its orders as JSON, writes the PDF to standard output, or what Typst
complains of to standard error, with the exit code 2.
"""

import json
import resource
import sys
from io import BytesIO

import pikepdf
import typst

COMPLAINED = 2
TABLE, HEAD, ROW, HEADER, CELL = (pikepdf.Name(f"/{name}") for name in ("Table", "THead", "TR", "TH", "TD"))


def main() -> int:
    """Compile ``main.typ`` of the folder named in the orders; nothing outside it can be read."""
    orders = json.load(sys.stdin)
    for limit, most in ((resource.RLIMIT_AS, orders["memory"]), (resource.RLIMIT_CPU, orders["seconds"])):
        resource.setrlimit(limit, (most, most))
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[orders["fonts"]])
    folder = orders["folder"]
    try:
        made = typst.compile(
            f"{folder}/main.typ",
            root=folder,
            font_paths=fonts,
            format="pdf",
            pdf_standards=["ua-1"],
            sys_inputs=orders["inputs"],
            timestamp=orders["timestamp"],
            # Neither has anything in it, so that no package is ever looked for elsewhere.
            package_path=f"{folder}/packages",
            package_cache_path=f"{folder}/packages",
        )
    except typst.TypstError as error:
        print(error.diagnostic or error.message, file=sys.stderr)
        return COMPLAINED
    sys.stdout.buffer.write(with_row_headers(made))
    return 0


def with_row_headers(made: bytes) -> bytes:
    """Mark the first cell of each row below a table's head as the header of its row (ISO 14289-1, 7.5).

    Typst marks the headers of columns, and has no stable way to say that a cell heads its row.
    """
    with pikepdf.open(BytesIO(made)) as document:
        scope = document.make_indirect(pikepdf.Dictionary(O=TABLE, Scope=pikepdf.Name.Row))
        changed = [_head_rows(table, scope) for table in _elements(document.Root.StructTreeRoot, TABLE)]
        if not any(changed):
            return made
        out = BytesIO()
        document.save(out, object_stream_mode=pikepdf.ObjectStreamMode.preserve)
        return out.getvalue()


def _head_rows(table, scope) -> int:
    """Make the first cell of each row the row's header; return how many there were."""
    if not any(child.get("/S") == HEAD for child in _children(table)):
        return 0
    count = 0
    for row in _elements(table, ROW):
        first = next(_children(row), None)
        if first is not None and first.get("/S") == CELL:
            first.S = HEADER
            # What Typst says of the cell, such as how many columns it takes, stays.
            before = first.get("/A")
            kept = [] if before is None else list(before) if isinstance(before, pikepdf.Array) else [before]
            first.A = pikepdf.Array([*kept, scope])
            count += 1
    return count


def _children(element):
    """The elements directly inside one; what it only marks on a page is left out."""
    inside = element.get("/K", [])
    for child in inside if isinstance(inside, pikepdf.Array) else [inside]:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield child


def _elements(element, kind):
    """The elements of a kind inside one, at any depth; not inside each other."""
    for child in _children(element):
        if child.S == kind:
            yield child
        else:
            yield from _elements(child, kind)


if __name__ == "__main__":
    sys.exit(main())
