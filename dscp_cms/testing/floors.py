"""Whether every pinned package is at least as new as security-floors.txt asks for."""

import sys
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent.parent


def complaints(pins: str, floors: str) -> list[str]:
    """A sentence for each package that is pinned below its floor."""
    pinned = {}
    for line in pins.splitlines():
        if line and line[0] not in "# -":
            requirement = Requirement(line.split(" #")[0])
            pinned[canonicalize_name(requirement.name)] = Version(str(requirement.specifier).removeprefix("=="))
    found = []
    for line in floors.splitlines():
        if not line or line.startswith("#"):
            continue
        name, floor = line.split()
        version = pinned.get(canonicalize_name(name))
        if version is not None and version < Version(floor):
            found.append(f"{name} {version} is pinned, and versions below {floor} have a known weakness.")
    return found


def main() -> int:
    """Print what is too old; return the exit code."""
    found = complaints((ROOT / "requirements.txt").read_text(), (ROOT / "security-floors.txt").read_text())
    print(*found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
