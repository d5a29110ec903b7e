"""Runs the tests as ``make test`` and ``make test-scale`` do.

First on SQLite, then, without the browser's part and what no database touches, on PostgreSQL. The last
lines say what was left out because this machine lacks a program; where CI is set, that is a failure.
"""

import os
import subprocess
import sys

from dscp_cms.testing import postgres, programs

NO_TESTS = 5  # pytest's exit code when nothing was selected


def main(arguments: list[str]) -> int:
    """Run what is asked for; return the exit code."""
    scale = "--scale" in arguments
    rest = [argument for argument in arguments if argument != "--scale"]
    if scale:
        os.environ["SCALE"] = "1"
    left_out = []
    if not programs.chromium():
        left_out.append("Left out, because Chromium is missing: the tests in a browser.")
    if not programs.java():
        left_out.append("Left out, because Java is missing: the check of the pages' HTML.")
    codes = [_run("SQLite", ["-m", "scale"] if scale else [], rest, os.environ.get("SQLITE_WORKERS", "2"))]
    database_url = os.environ.get("TEST_DATABASE_URL")
    if database_url:
        codes.append(_on_postgres(database_url, scale, rest))
    elif postgres.server_programs():
        with postgres.temporary_server() as database_url:
            codes.append(_on_postgres(database_url, scale, rest))
    else:
        left_out.append("Left out, because PostgreSQL is missing: the whole run on PostgreSQL.")
    print(*left_out, sep="\n", flush=True)
    if scale and all(code == NO_TESTS for code in codes):
        print("There is no test of scale yet.")
        return 0
    failed = any(code not in {0, NO_TESTS if scale else 0} for code in codes)
    return 1 if failed or (left_out and os.environ.get("CI")) else 0


def _on_postgres(database_url: str, scale: bool, rest: list[str]) -> int:
    marks = f"{'scale' if scale else 'not scale'} and not browser and not once"
    return _run("PostgreSQL", ["-m", marks], rest, "2", TEST_DATABASE_URL=database_url)


def _run(name: str, marks: list[str], rest: list[str], workers: str, **more: str) -> int:
    print(f"\nTests on {name}\n", flush=True)
    environment = {key: value for key, value in os.environ.items() if key != "TEST_DATABASE_URL"} | more
    # Tests of scale measure: one at a time.
    spread = [] if "SCALE" in environment else ["-n", workers, "--dist", "loadfile"]
    return subprocess.run([sys.executable, "-m", "pytest", *spread, *marks, *rest], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
