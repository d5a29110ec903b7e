"""A large export is imported without its size in memory: a process of its own, its own database, its own peak."""

import json
import shutil
import subprocess
import sys

import pytest

from dscp_cms.testing import scale
from dscp_cms.testing.server import ROOT, site_environment
from home.tests.wxr import HEAD, TAIL, item

MEGABYTES = scale.size(200, quick=20)
EXTRA = 150  # MB

IMPORT = """
import json, re, sys
import django
django.setup()
from django.core.management import call_command
from dscp_cms.testing.pages import front_page, make
from news.models import NewsIndexPage, NewsItemPage

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read()).group(1)) / 1024

make(NewsIndexPage, front_page(), "News", slug="news")
call_command("import_wordpress", sys.argv[1], stdout=open("/dev/null", "w"))
before = peak()
call_command("import_wordpress", sys.argv[2], stdout=open("/dev/null", "w"))
print(json.dumps([peak() - before, NewsItemPage.objects.count()]))
"""


@pytest.mark.scale
@pytest.mark.once
def test_a_large_export_takes_little_memory(empty_site_data, tmp_path):
    shutil.copytree(empty_site_data, tmp_path / "site")
    words = (
        "<!-- wp:paragraph -->\n<p>"
        + "Safeguarding is a job that everybody shares. " * 220
        + "</p>\n<!-- /wp:paragraph -->\n"
    )
    paths = [tmp_path / "small.xml", tmp_path / "large.xml"]
    paths[0].write_text(HEAD + item(1, "Small", words) + TAIL)
    with paths[1].open("w") as file:
        file.write(HEAD)
        number = 1
        while file.tell() < MEGABYTES * 1024 * 1024:
            number += 1
            file.write(item(number, f"Post {number}", words * 20))  # 200 kB
        file.write(TAIL)
    done = subprocess.run(
        [sys.executable, "-c", IMPORT, *map(str, paths)],
        env=site_environment(tmp_path / "site", DJANGO_SETTINGS_MODULE="dscp_cms.settings"),
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    extra, pages = json.loads(done.stdout.splitlines()[-1])
    assert pages == number
    assert extra < EXTRA
