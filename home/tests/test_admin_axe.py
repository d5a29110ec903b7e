"""Each screen that the project adds to the admin, with the example site on it: axe, and the width of a phone.

axe looks at them by turns as on a phone and as on a desk; both would take twice the time and have found the same.
"""

import re

import pytest
from django.conf import settings

from dscp_cms.testing.axe import scrolls_sideways, violations
from dscp_cms.testing.server import running_server
from home.tests.test_admin_accessibility import ours

pytestmark = [pytest.mark.browser, pytest.mark.scale]
MENU = "#wagtail-sidebar"  # half of every screen, and the same on each
# The screens that answer an administrator with a page, one for each address; histories and questions before deleting,
# which are Wagtail's and alike, once.
NAME_SCREENS = """
import logging, re
from django.contrib.auth.models import User
from django.test import Client
from home import bench_admin
logging.disable(logging.WARNING)
client = Client(SERVER_NAME="localhost")
client.force_login(User.objects.filter(is_superuser=True).order_by("pk").first())
seen = {}
for url in bench_admin.screens():
    alike = re.search("history|delete", url)
    kind = alike[0] if alike else re.sub("[0-9]+", "0", url)
    answer = client.get(url) if kind not in seen else None
    if answer is not None and answer.status_code == 200 and b"<html" in answer.content[:200]:  # not a part of one
        seen[kind] = url
        print("SCREEN", url, sep="|")
print("SESSION", client.session.session_key, sep="|")
"""


def test_every_screen_of_ours_passes_axe_and_fits_a_phone(page, example_site_data, tmp_path):
    with running_server(tmp_path / "site", copy_of=example_site_data, workers=1) as site:
        said = site.manage("shell", "-v0", "-c", NAME_SCREENS).stdout
        screens = re.findall(r"^SCREEN\|(\S+)$", said, re.MULTILINE)
        key = re.search(r"^SESSION\|(\w+)$", said, re.MULTILINE)[1]
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": site.url}])
        found, wide = [], []
        for number, address in enumerate(screens):
            assert page.goto(f"{site.url}{address}").status == 200, address
            found += violations(page, widths=[(390, 1280)[number % 2]], without=[MENU] if number else [])
            page.set_viewport_size({"width": 390, "height": 900})
            wide += [address] if scrolls_sideways(page) else []
    assert len(screens) > 100
    assert "\n".join(ours(found)) == ""
    assert wide == []
