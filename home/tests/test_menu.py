"""The admin's menu: in the order of the work, everything at its place, nothing that a role can't use."""

import json
import re

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse

from home import roles
from home.tests import factories

pytestmark = pytest.mark.django_db
ORDER = ["Pages", "Newsletter", "Training", "Resources", "People", "Reports", "Settings", "Help", "View the site"]


@pytest.fixture
def tree():
    factories.every_page_type()
    roles.sync()


def sidebar(client) -> list[tuple[str, str | None, list[tuple[str, str]]]]:
    """The menu as the browser gets it: label, address, and the lines below it."""
    html = client.get(reverse("wagtailadmin_home")).content.decode()
    packed = json.loads(re.search(r'id="wagtail-sidebar-props"[^>]*>(.*?)</script>', html, re.S)[1])
    modules = packed["modules"]["_args"][0] if isinstance(packed["modules"], dict) else packed["modules"]
    main = next(one for one in modules if one["_type"] == "wagtail.sidebar.MainMenuModule")
    return [_line(item) for item in main["_args"][0]]


def _line(item):
    props = item["_args"][0]
    if item["_type"] == "wagtail.sidebar.SubMenuItem":
        return props["label"], None, [_line(inner) for inner in item["_args"][1]]
    return props["label"], props.get("url"), []


def somebody(role):
    if role == "Administrators":
        return User.objects.create_superuser("admin@example.org", "admin@example.org")
    user = User.objects.create_user(f"{role}@example.org", f"{role}@example.org")
    user.groups.add(Group.objects.get(name=role))
    return user


def test_nobody_has_a_line_in_the_menu_that_they_can_not_use(client, tree):
    for role in (*roles.GROUPS, "Administrators"):
        client.force_login(somebody(role))
        menu = sidebar(client)
        labels = [label for label, _url, _below in menu]
        assert [label for label in labels if label not in ORDER] == [], "give these their place in home/menu.py"
        assert labels == sorted(labels, key=ORDER.index)
        lines = [line for label, url, below in menu for line in ([(label, url, [])] if url else below)]
        assert [label for label, _url, below in lines if below] == [], "menus inside menus"
        addresses = {url: label for label, url, _below in lines if url and url.startswith("/admin/") and "#" not in url}
        assert len(addresses) >= 3
        if role != "Administrators":  # who may do everything
            for url, label in addresses.items():
                answer = client.get(url)
                refused = answer.status_code == 302 and answer.url == reverse("wagtailadmin_home")
                assert answer.status_code in {200, 302} and not refused, f"{role} can't use {label}"


def test_everything_is_still_there(client, tree):
    client.force_login(somebody("Administrators"))
    below = {label: [line[0] for line in lines] for label, _url, lines in sidebar(client)}
    assert list(below) == ORDER
    assert below["Newsletter"][:3] == ["New issue", "Urgent bulletin", "Alert banner"]
    assert {"Sessions", "Bookings"} <= set(below["Training"])
    assert {"Images", "Documents", "File versions", "Topics"} <= set(below["Resources"])
    assert {"Messages", "Partners", "E-mails sent", "Users", "Groups"} <= set(below["People"])
    assert below["Help"][:2] == ["Help with this screen", "All help"]
    assert not any("wagtail" in label.lower() for lines in below.values() for label in lines)
