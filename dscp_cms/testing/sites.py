"""The sites that tests of a running server begin with, each made once for many runs."""

import shutil
from pathlib import Path

from dscp_cms.testing import kept
from dscp_cms.testing.database import migrated_sqlite
from dscp_cms.testing.server import copy_site, manage, site_environment


def empty() -> Path:
    """A DATA_DIR with a migrated SQLite database and static files. Copy it, don't change it."""
    return kept.folder("empty-site", kept.state_of_the_site(), _build_empty)


def example() -> Path:
    """A DATA_DIR with the example site. Copy it, don't change it."""
    return kept.folder("example-site", kept.state_of_the_site(), _build_example)


def static() -> Path:
    """A DATA_DIR with nothing but the static files."""
    return kept.folder("static", kept.state_of_the_site(), _collect_static)


def _collect_static(data_dir: Path) -> None:
    data_dir.mkdir(parents=True)
    environment = site_environment(data_dir)
    manage(environment, "collectstatic", "--noinput", "-v0")
    # So that `serve` knows these files and doesn't collect them again.
    remember = "from dscp_cms.management.commands.serve import remember_static_files as remember; remember()"
    manage(environment, "shell", "-v0", "-c", remember)


def _build_empty(data_dir: Path) -> None:
    copy_site(static(), data_dir)
    shutil.copyfile(migrated_sqlite(), data_dir / "db.sqlite3")
    manage(site_environment(data_dir), "sync_site")


def _build_example(data_dir: Path) -> None:
    copy_site(empty(), data_dir)
    environment = site_environment(data_dir)
    for command in ("sync_roles", "load_example_site"):
        manage(environment, command)
