"""The tasks of each role from the dashboard to the end, in Chromium: they work, and take no more than the guide says.

Each press and each field is counted, and compared with the table in docs/editors/steps.md.
"""

import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone
from PIL import Image

from dscp_cms.testing.server import running_server
from resources.tests import factories as resources

pytestmark = pytest.mark.browser
GUIDE = Path(settings.BASE_DIR) / "docs" / "editors" / "steps.md"
ROLES = (
    *("Contributors", "Editors", "Moderators", "Newsletter managers", "Newsletter senders"),
    *("Training team", "Partner managers"),
)
# Each has seen where to begin; their sessions are made here, since signing in is another matter.
MAKE_PEOPLE = f"""
from django.contrib.auth.models import Group, User
from django.test import Client
from home.help_views import BEGIN
from wagtail.users.models import UserProfile
for name in {ROLES!r}:
    address = name.replace(" ", ".").lower() + ".journey@example.org"
    user = User.objects.create_user(address, address, first_name=name)
    user.groups.add(Group.objects.get(name=name))
    UserProfile.get_for_user(user)
    UserProfile.objects.filter(user=user).update(dismissibles={{BEGIN: True}})
    client = Client()
    client.force_login(user)
    print("SESSION", name, client.session.session_key, sep="|")
"""


@pytest.fixture(scope="module")
def site(example_site_data, tmp_path_factory):
    """A copy of the example site to change, and a session for somebody of each role."""
    with running_server(tmp_path_factory.mktemp("steps"), copy_of=example_site_data, workers=1) as server:
        said = server.manage("shell", "-v0", "-c", MAKE_PEOPLE).stdout
        server.sessions = dict(re.findall(r"SESSION\|([\w ]+)\|(\w+)", said))
        yield server


class Desk:
    """Somebody at the admin, whose every press and field is counted from the dashboard on."""

    def __init__(self, browser, site, role):
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": site.sessions[role], "url": site.url}
        self.site, self.problems = site, []
        self.context = browser.new_context(locale="en-GB", timezone_id="Europe/London")
        self.context.add_cookies([cookie])
        self.context.set_default_timeout(60_000)  # whatever else the machine does
        self.tab = tab = self.context.new_page()
        tab.set_viewport_size({"width": 1280, "height": 900})
        tab.on("pageerror", lambda error: self.problems.append(str(error)))
        tab.on("response", lambda r: self.problems.append(f"{r.status} {r.url}") if r.status >= 500 else None)
        tab.on("console", lambda m: self.problems.append(m.text) if "Content Security Policy" in m.text else None)
        tab.goto(f"{site.url}/admin/")
        self.clicks = self.fields = self.screens = 0
        tab.on("framenavigated", self._went)
        self.address = self._path()

    def _path(self) -> str:
        return self.tab.url.split("?")[0].split("#")[0]

    def _went(self, frame) -> None:
        # The first save of a new page changes the address and not the screen.
        if frame == self.tab.main_frame and self._path() != self.address:
            was, self.address = self.address, self._path()
            self.screens += not (was.endswith("/") and "/pages/add/" in was and self.address.endswith("/edit/"))

    def click(self, what) -> None:
        """Press what is named by its words or found by a selector."""
        self._found(what).click()
        self.clicks += 1

    def press(self, words: str) -> None:
        """Press a link or a button by its words."""
        found = self.tab.get_by_role("link", name=words).or_(self.tab.get_by_role("button", name=words))
        self.click(found.first)

    def fill(self, what, words: str) -> None:
        """Fill a field in, and close the calendar that opens beside some."""
        self._found(what).fill(words)
        if re.search(r"\d\d/\d\d/\d{4}", words):
            self._found(what).press("Tab")
        self.fields += 1

    def choose(self, what, words: str) -> None:
        """Choose from a list."""
        self._found(what).select_option(label=words)
        self.fields += 1

    def _found(self, what):
        return self.tab.locator(what).first if isinstance(what, str) else what

    def write_text(self, words: str) -> None:
        """Add a text to the body, and write it."""
        body = "#panel-child-content-body-section"
        self.click(f"{body} button.c-sf-add-button")
        self.click(self.tab.get_by_role("option", name="Text", exact=True))
        editor = self.tab.locator(f"{body} [contenteditable=true]").first
        self.click(editor)
        self.tab.keyboard.type(words)
        self.fields += 1
        self.tab.wait_for_timeout(500)  # the editor hands on what was typed when the typing pauses

    def await_form(self) -> None:
        """Wait until the page's form is ready: what it finds at first it takes for its saved state."""
        self.tab.wait_for_load_state("networkidle")
        self.tab.wait_for_timeout(3000)

    def settle(self) -> None:
        """Wait until the form has saved itself: Wagtail takes what is changed meanwhile for saved."""
        self.tab.wait_for_timeout(1000)
        self.tab.get_by_text("Saved", exact=True).first.wait_for()

    def see_preview(self, words: str) -> None:
        """Look at the preview beside the form, which is not counted, and put it away."""
        toggle = self.tab.get_by_role("button", name="Toggle preview")
        toggle.click()
        self.tab.frame_locator("iframe#w-preview-iframe").get_by_text(words).wait_for()
        toggle.click()

    def from_menu(self, name: str) -> None:
        """Choose an action from the menu at the foot."""
        self.click("footer .w-dropdown__toggle")
        self.click(self.tab.locator("footer").get_by_role("button", name=name).first)

    def said(self) -> str:
        """What the admin answered."""
        self.tab.locator(".messages .success").first.wait_for()
        return self.tab.locator(".messages").first.inner_text()

    def enter(self, what) -> None:
        """Press the Enter key in a field."""
        self._found(what).press("Enter")
        self.clicks += 1

    def attach(self, what, file: dict) -> None:
        """Choose a file."""
        self._found(what).set_input_files(file)
        self.fields += 1

    def end(self) -> tuple[int, int, int]:
        """Close the tab; return the steps, those of them that are clicks, and the screens after the dashboard."""
        self.context.close()
        assert self.problems == []
        return self.clicks + self.fields, self.clicks, self.screens


def reads(browser, site, path: str) -> str:
    """What a reader sees there; nothing where there is no such page."""
    context = browser.new_context()
    tab = context.new_page()
    found = tab.goto(site.url + path).status == 200
    text = tab.locator("main").inner_text() if found else ""
    context.close()
    return text


def told() -> dict[str, tuple[int, int, int]]:
    """What the guide says of each task: steps, clicks, screens."""
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| (\d+) \| (\d+) \| (\d+) \|$", GUIDE.read_text(), re.MULTILINE)
    return {task: (int(steps), int(clicks), int(screens)) for task, steps, clicks, screens in rows}


# The tasks. Each is played by a desk and returns what it took.


def write_news(desk: Desk, end: str) -> None:
    """From the dashboard to a news item with everything that the checks ask for, submitted or published."""
    title = f"News of the {end[:6].lower()}"
    desk.press("Write a news item")
    desk.await_form()
    desk.fill("#id_title", title)
    desk.fill("#id_summary", "What the partnership does about it.")
    desk.write_text("The partnership has a new plan. It says what each agency does.")
    desk.click(desk.tab.get_by_role("tab", name="Promote"))
    desk.settle()
    desk.click(desk.tab.locator("[name=topics]").first)
    desk.tab.get_by_role("button", name="Checks: all well").wait_for()
    desk.see_preview("The partnership has a new plan.")
    desk.from_menu(end)


@pytest.mark.scale
def test_a_contributor_sends_in_a_news_item(browser, site):
    desk = Desk(browser, site, "Contributors")
    write_news(desk, "Submit to Moderators approval")
    assert "submitted for moderation" in desk.said()
    assert desk.end() == told()["Send in a news item"]


def test_an_editor_publishes_a_news_item(browser, site):
    desk = Desk(browser, site, "Editors")
    write_news(desk, "Publish")
    assert "published" in desk.said()
    assert "The partnership has a new plan." in reads(browser, site, "/news/news-of-the-publis/")
    assert desk.end() == told()["Publish a news item"]


@pytest.mark.scale
def test_a_moderator_publishes_news_from_a_pattern(browser, site):
    desk = Desk(browser, site, "Moderators")
    desk.press("Start from a pattern")
    desk.press("News about a report")
    desk.fill("[name=title]", "What the report of the year found")
    desk.press("Make the draft")
    desk.await_form()
    desk.fill("#id_summary", "Three findings on neglect.")
    guidance = desk.tab.locator("[contenteditable=true]").filter(has_text="[Guidance:")
    while guidance.count():
        desk.click(guidance.first)
        desk.tab.keyboard.press("Control+A")
        desk.tab.keyboard.type("Neglect is seen late. Ask early, and write down what you saw.")
        desk.fields += 1
    desk.settle()
    desk.fill("#id_source_title", "The yearly report")
    desk.tab.get_by_role("button", name=re.compile("Checks: (all well|.* to look at)")).wait_for()
    desk.from_menu("Publish")
    assert "published" in desk.said()
    assert desk.end() == told()["Publish news about a report, from a pattern"]


@pytest.mark.scale  # over HTTP it is tested each time
def test_publishing_asks_once_about_a_description_that_says_nothing(browser, site):
    desk = Desk(browser, site, "Editors")
    desk.press("Write a news item")
    desk.await_form()
    desk.fill("#id_title", "A house for families")
    desk.fill("#id_summary", "It opens on Monday.")
    desk.settle()
    desk.press("Choose an image")
    upload = desk.tab.locator(".modal-content")
    desk.click(upload.get_by_role("tab", name="Upload"))
    file = BytesIO()
    Image.new("RGB", (320, 180), "tan").save(file, "PNG")
    desk.attach(upload.locator("[type=file]"), {"name": "i.png", "mimeType": "image/png", "buffer": file.getvalue()})
    # Wagtail names it after the file, unless the file comes sooner than its script.
    desk.fill(upload.locator("[name$=title]"), "House")
    desk.fill(upload.locator("[name$=description]"), "house")
    desk.choose(upload.locator("select[name$=people]"), "No people")
    desk.click(upload.get_by_role("button", name="Upload"))
    upload.wait_for(state="hidden")
    desk.settle()
    desk.from_menu("Publish")
    desk.tab.get_by_text("press the button once more").wait_for()
    assert desk.tab.locator("#id_summary").input_value() == "It opens on Monday."
    assert reads(browser, site, "/news/a-house-for-families/") == ""
    desk.await_form()
    desk.from_menu("Publish")
    assert "published" in desk.said()
    assert "It opens on Monday." in reads(browser, site, "/news/a-house-for-families/")
    desk.end()


def test_an_issue_is_made_approved_and_sent(browser, site):
    editor = Desk(browser, site, "Editors")
    editor.press("Start the next issue")
    editor.press("Draft the issue")
    editor.fill("#id_preview_text", "A new plan, two courses, and what the review found.")
    title = editor.tab.locator("#id_title").input_value()
    assert editor.tab.locator("footer button[name=action-publish]").count() == 0
    editor.from_menu("Submit to Moderators approval")
    assert "submitted for moderation" in editor.said()
    assert title not in reads(browser, site, "/newsletters/")
    assert editor.end() == told()["Make an issue and have it approved"]

    moderator = Desk(browser, site, "Moderators")
    waiting = moderator.tab.locator("section", has=moderator.tab.get_by_role("heading", name="Waiting for your review"))
    moderator.click(waiting.get_by_role("link", name=title).first)
    moderator.from_menu("Approve and publish")
    assert "updated" in moderator.said()
    assert title in reads(browser, site, "/newsletters/")
    assert moderator.end() == told()["Approve an issue"]

    sender = Desk(browser, site, "Newsletter senders")
    sender.click(sender.tab.get_by_role("link", name=re.compile("^Send (?!the)")))
    sender.press("Continue: see how many people")
    send = sender.tab.get_by_role("button", name=re.compile("^Send to [0-9]+ people"))
    send.wait_for()
    if sender.tab.locator("[name=accept]").count():
        sender.click("[name=accept]")
    sender.click(send)
    sender.tab.get_by_role("button", name=re.compile("Undo|Cancel|Don’t")).first.wait_for()
    assert sender.end() == told()["Send an issue"]


@pytest.mark.scale
def test_the_training_team_opens_a_session(browser, site):
    desk = Desk(browser, site, "Training team")
    day = timezone.localdate() + timedelta(days=30)
    desk.press("Add a session")
    desk.choose("#id_course", "Anti-Racist Practice")
    desk.choose("#id_status", "Open")
    desk.fill("#id_days-0-starts_at", f"{day:%d/%m/%Y} 09:30")
    desk.fill("#id_days-0-ends_at", f"{day:%d/%m/%Y} 16:00")
    desk.choose("#id_delivery_method", "Virtual")
    desk.press("Save")
    assert "Anti-Racist Practice" in desk.said()
    assert desk.end() == told()["Open a session for booking"]


@pytest.mark.scale
def test_an_editor_replaces_a_file(browser, site):
    desk = Desk(browser, site, "Editors")
    desk.fill("[name=q]", "first conversation about a worry")
    desk.enter("[name=q]")
    desk.press("Sample toolkit: a first conversation about a worry")
    file = {"name": "next.pdf", "mimeType": "application/pdf", "buffer": resources.PDF + b"%next"}
    desk.attach("[data-replace-file] [name=file]", file)
    desk.fill("[data-replace-file] [name=what_changed]", "Clearer questions.")
    desk.press("Replace the file")
    desk.tab.get_by_role("heading", name="Look into the file").wait_for()
    site.work()  # it reads the file
    desk.tab.reload()
    desk.click("[name=looked]")
    desk.press("Let readers have it")
    assert "eaders" in desk.said()
    assert "Clearer questions." in desk.tab.locator("tr", has_text="Readers get this one").inner_text()
    assert desk.end() == told()["Let readers have a new version of a file"]


@pytest.mark.scale
def test_a_partner_is_invited(browser, site):
    desk = Desk(browser, site, "Partner managers")
    desk.press("Invite a partner")
    desk.fill("#id_email", "delegate.journey@example.org")
    desk.fill("#id_first_name", "Delegate")
    desk.choose("#id_agency", "Example Primary School")
    desk.press("Send the invitation")
    assert "is invited" in desk.said()
    assert desk.end() == told()["Invite a partner"]


@pytest.mark.scale
def test_a_newsletter_manager_adds_somebody_and_forgets_another(browser, site):
    desk = Desk(browser, site, "Newsletter managers")
    desk.press("Add a subscriber")
    desk.fill("#id_email", "delegate.journey@example.org")
    desk.click(desk.tab.get_by_role("checkbox", name="Newsletter"))
    desk.fill("#id_how", "Ticked the sheet at the conference on 15 May 2025")
    desk.press("Save")
    assert "delegate.journey@example.org is saved" in desk.said()
    assert desk.end() == told()["Add a subscriber who signed a sheet"]

    desk = Desk(browser, site, "Newsletter managers")
    desk.press("Subscribers in full")
    desk.fill("[name=q]", "delegate.journey")
    desk.enter("[name=q]")
    desk.press("Erase")
    assert "It can't be undone" in desk.tab.locator("main").inner_text()
    desk.press("Yes")
    assert "deleted" in desk.said()
    desk.tab.goto(f"{site.url}/admin/news/subscriber/?q=delegate.journey")
    assert "delegate.journey@" not in desk.tab.locator("main").inner_text()
    assert desk.end() == told()["Forget a subscriber who asks for it"]
