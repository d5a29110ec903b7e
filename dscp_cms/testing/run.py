"""Runs the tests as ``make test`` and ``make test-scale`` do.

``make test`` runs all but the tests of scale on SQLite, then on PostgreSQL the files in which the database itself
has a say. ``make test-scale`` runs the tests of scale on both, and everything else that a database touches on
PostgreSQL. The last lines say what was left out because this machine lacks a program; where CI is set, that is
a failure.
"""

import contextlib
import os
import subprocess
import sys

from dscp_cms.testing import postgres, programs

# One more than the cores of the smallest machine: many tests wait for a browser, a server or a pause to end.
WORKERS = os.environ.get("TEST_WORKERS", "3")
NO_TESTS = 5  # pytest's exit code when nothing was selected
# Where locks, constraints, triggers, raw SQL or the order of rows matter: these run on both databases each time.
# What takes longest of that (killed mailers, orders of events) has its turn on PostgreSQL with the tests of scale.
ON_BOTH = tuple(
    f"{app}/tests/test_{name}.py"
    for app, names in {
        "dscp_cms": "clock consent limits mail search visibility",
        "home": "searching",
        "news": "campaigns claims subscribers",
        "resources": "counting versions",
        "training": "booking charges database_rules locking place_database races waiting_list",
    }.items()
    for name in names.split()
)


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
    with contextlib.ExitStack() as stack:
        database_url = os.environ.get("TEST_DATABASE_URL", "")
        if not database_url and postgres.server_programs():
            database_url = stack.enter_context(postgres.temporary_server())
        _prepare(database_url)
        codes = [_run("SQLite", ["-m", "scale"] if scale else [], rest, WORKERS)]
        if database_url:
            codes.append(_on_postgres(database_url, scale, rest))
        else:
            left_out.append("Left out, because PostgreSQL is missing: the whole run on PostgreSQL.")
    print(*left_out, sep="\n", flush=True)
    if scale and all(code == NO_TESTS for code in codes):
        print("There is no test of scale yet.")
        return 0
    failed = any(code not in {0, NO_TESTS if scale else 0} for code in codes)
    return 1 if failed or (left_out and os.environ.get("CI")) else 0


def _prepare(database_url: str) -> None:
    """Make what the tests begin with, the two databases at the same time; what fails here fails in a test as well."""
    environment = {key: value for key, value in os.environ.items() if key != "TEST_DATABASE_URL"}
    command = [sys.executable, "-m", "dscp_cms.testing.prepare"]
    wanted = [[], [database_url]] if database_url else [[]]
    for process in [subprocess.Popen([*command, *more], env=environment) for more in wanted]:
        process.wait()


def _on_postgres(database_url: str, scale: bool, rest: list[str]) -> int:
    marks = ["-m", f"{'scale' if scale else 'not scale'} and not browser and not once"]
    if not scale:
        return _run("PostgreSQL", marks, rest or list(ON_BOTH), WORKERS, TEST_DATABASE_URL=database_url)
    code = _run("PostgreSQL", marks, rest, "1", TEST_DATABASE_URL=database_url)
    if code not in {0, NO_TESTS}:
        return code
    del os.environ["SCALE"]  # the rest at its quick size
    others = ["-m", "not scale and not browser and not once", *(f"--ignore={path}" for path in ON_BOTH)]
    return _run("PostgreSQL, what `make test` leaves out", others, rest, WORKERS, TEST_DATABASE_URL=database_url)


def _run(name: str, marks: list[str], rest: list[str], workers: str, **more: str) -> int:
    print(f"\nTests on {name}\n", flush=True)
    environment = {key: value for key, value in os.environ.items() if key != "TEST_DATABASE_URL"} | more
    # Tests of scale measure: one at a time.
    spread = [] if "SCALE" in environment else ["-n", workers, "--dist", "loadfile", "--no-loadscope-reorder"]
    slowest = ["--durations=15", "--durations-min=5"]
    command = [sys.executable, "-m", "pytest", *spread, *slowest, *marks, *rest]
    return subprocess.run(command, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
