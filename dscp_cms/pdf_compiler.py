"""The program that turns one folder of Typst source into a PDF; ``dscp_cms.pdf`` starts it.

A process of its own: what it may use of time and memory is bounded, and whatever goes wrong in it
goes wrong alone. It reads its orders as JSON, writes the PDF to standard output, or what Typst
complains of to standard error, with the exit code 2.
"""

import json
import resource
import sys

import typst

COMPLAINED = 2


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
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
