"""Checks the code as ``make lint`` does; with ``--format`` puts it into form instead."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DJANGO = "5.2"

# What a public site on https would set; `check --deploy` must find nothing to say about it.
HTTPS = {
    "SITE_URL": "https://www.example.org",
    "SECRET_KEY": "a-long-key-of-many-different-characters-0123456789-ABCDEFGHIJ",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
    "MAIL_FROM": "The partnership <noreply@example.org>",
}


def main(arguments: list[str]) -> int:
    """Run every check, also after one that fails; return the exit code."""
    python = [sys.executable, "-m"]
    manage = [sys.executable, "manage.py"]
    programs = Path(sys.executable).parent
    if "--format" in arguments:
        steps = [
            ("ruff", [*python, "ruff", "check", "--fix", "--quiet", "."]),
            ("ruff format", [*python, "ruff", "format", "--quiet", "."]),
            ("templates", [str(programs / "djade"), "--target-version", DJANGO, *templates()]),
        ]
        # djade ends with 1 when it has changed a file.
        return max([subprocess.run(command, cwd=ROOT).returncode for _name, command in steps][:2])
    with tempfile.TemporaryDirectory(prefix="dscp-lint-") as folder:
        settings = {"DJANGO_SETTINGS_MODULE": "dscp_cms.settings", "DATA_DIR": folder, "DATABASE_URL": ""}
        steps = [
            ("ruff", [*python, "ruff", "check", "."], {}),
            ("ruff format", [*python, "ruff", "format", "--check", "."], {}),
            ("templates", [str(programs / "djade"), "--check", "--target-version", DJANGO, *templates()], {}),
            ("imports", [str(programs / "lint-imports"), "--no-cache", "--no-logo"], settings),
            ("migrations", [*manage, "makemigrations", "--check", "--dry-run"], settings),
            ("old code on new tables", [*python, "dscp_cms.testing.migrations"], settings),
            ("security floors", [*python, "dscp_cms.testing.floors"], {}),
            ("deployment", [*manage, "check", "--deploy", "--fail-level", "WARNING"], settings | HTTPS),
        ]
        failed = [name for name, command, variables in steps if not _passes(name, command, variables)]
    print(f"\nLint: {', '.join(failed)} failed." if failed else "\nLint: all is well.")
    return 1 if failed else 0


def templates() -> list[str]:
    """Every template of the project, as paths from its top."""
    found = (path for app in ROOT.glob("*/templates") for path in app.rglob("*.html"))
    return sorted(str(path.relative_to(ROOT)) for path in found)


def _passes(name: str, command: list[str], variables: dict[str, str]) -> bool:
    inherited = {key: value for key, value in os.environ.items() if key not in HTTPS}
    done = subprocess.run(command, cwd=ROOT, env=inherited | variables, capture_output=True, text=True)
    print(f"{'ok    ' if done.returncode == 0 else 'FAILED'} {name}", flush=True)
    if done.returncode:
        print(f"{done.stdout}{done.stderr}".rstrip(), flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
