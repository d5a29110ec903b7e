"""Editors' journeys through the admin in Chromium, under its Content-Security-Policy: the browser complains of nothing.

What a journey does is what it must reach; a widget that wasn't started, or a style that was refused, would stop it or
be told by the browser. The first few run each time, the others with the tests of scale.
"""

import re

import pytest

from dscp_cms.testing.axe import settle
from dscp_cms.testing.server import running_server
from home.example.pictures import draw
from resources.tests import factories as resources

pytestmark = [pytest.mark.browser, pytest.mark.once]

LISTEN = """document.addEventListener("securitypolicyviolation", (event) => console.error(
  `Content Security Policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));"""


class Desk:
    """An administrator at a screen; ``problems`` is what the browser complained of, on every screen so far."""

    def __init__(self, browser, site):
        self.site, self.problems, self.policies, self.keys = site, [], set(), {}
        self.context = browser.new_context(locale="en-GB", viewport={"width": 1400, "height": 1000})
        self.context.set_default_timeout(8_000)
        self.context.add_init_script(LISTEN)
        self.tab = self.context.new_page()
        self.tab.on("pageerror", lambda error: self.problems.append(f"{self.tab.url}: {error}"))
        self.tab.on("console", self._heard)
        self.tab.on("response", self._noted)
        self.tab.on("dialog", lambda dialog: dialog.accept())
        password = re.search(r"administrator@example.org\s+(\S+)", (site.data_dir / "logins.txt").read_text())[1]
        self.go("login/")
        self.tab.fill("#id_username", "administrator@example.org")
        self.tab.fill("#id_password", password)
        self.tab.press("#id_password", "Enter")
        self.tab.wait_for_url("**/admin/")

    def _heard(self, message):
        # That a page without a title can't be saved yet is no complaint of the browser's.
        if message.type == "error" and "status of 400" not in message.text:
            self.problems.append(f"{self.tab.url}: {message.text}")

    def _noted(self, response):
        if "/admin/" in response.url and "text/html" in response.headers.get("content-type", ""):
            self.policies.add(response.headers.get("content-security-policy", f"none at {response.url}"))

    def go(self, path):
        self.tab.goto(f"{self.site.url}/admin/{path}")

    def open(self, panel):
        """Open a panel at the side, unless the editor remembers it open: its button would close it."""
        toggle = self.tab.locator(f"[data-side-panel-toggle={panel}]")
        if toggle.get_attribute("aria-expanded") != "true":
            toggle.click()
        self.tab.locator(f"[data-side-panel={panel}]:not([hidden])").wait_for()
        settle(self.tab)  # it slides in

    def key(self, label, which="first()"):
        """The key of a row."""
        if (label, which) not in self.keys:
            query = f"from django.apps import apps; print(apps.get_model('{label}').objects.{which}.pk)"
            self.keys[label, which] = self.site.manage("shell", "-v0", "-c", query).stdout.split()[-1]
        return self.keys[label, which]

    def edit(self, title):
        """Open the editor of a page, found by its title."""
        self.go(f"pages/search/?q={title}")
        self.tab.locator(".listing a", has_text=title).first.click()
        if "/edit/" not in self.tab.url:
            self.tab.get_by_role("link", name="Edit", exact=True).first.click()
        self.tab.wait_for_url("**/edit/")

    def press(self, name):
        self.tab.locator("footer .w-dropdown__toggle").first.click()
        self.tab.locator(f"footer button[name={name}]").first.click()
        self.tab.locator(".messages .success").first.wait_for()

    def save(self, words="Save"):
        self.tab.locator("main button:visible, main input[type=submit]:visible").filter(has_text=words).last.click()
        self.tab.locator(".messages .success").first.wait_for()


@pytest.fixture(scope="module")
def desk(browser, example_site_data, tmp_path_factory):
    """One sign-in for every journey."""
    with running_server(tmp_path_factory.mktemp("policy") / "data", copy_of=example_site_data, workers=1) as site:
        desk = Desk(browser, site)
        yield desk
        desk.context.close()


def a_page_with_every_block(desk):
    tab = desk.tab
    desk.go("")
    tab.get_by_role("link", name="Write a news item").click()
    tab.fill("#id_title", "Every block")
    panel = tab.locator("#panel-child-content-body-section")
    panel.locator("button.c-sf-add-button").first.click()
    names = [name for name in tab.locator("[role=option]:visible").all_inner_texts() if name.strip()]
    assert len(names) >= 10
    for number, name in enumerate(names):
        if number:
            panel.locator("button.c-sf-add-button").last.click()
        tab.locator("[role=option]:visible").get_by_text(name, exact=True).first.click()
    assert panel.locator("[data-streamfield-child]").count() >= len(names)
    tab.get_by_role("button", name="Toggle preview").click()
    tab.locator("[data-side-panel=preview]:not([hidden])").wait_for()
    tab.wait_for_timeout(1000)


def rich_text_and_a_link(desk):
    tab = desk.tab
    desk.go("")
    tab.get_by_role("link", name="Write a news item").click()
    tab.locator("#panel-child-content-body-section button.c-sf-add-button").first.click()
    tab.get_by_role("option", name="Text", exact=True).click()
    editor = tab.locator("#panel-child-content-body-section [contenteditable=true]").first
    editor.click()
    tab.keyboard.type("Some words")
    tab.keyboard.press("Control+a")
    tab.keyboard.press("Control+b")
    tab.locator(".Draftail-FloatingToolbar button[name=LINK], .Draftail-Toolbar button[name=LINK]").first.click()
    tab.locator(
        ".modal.in a.choose-page, .modal-body a[data-chooser-modal-choice], .modal-body .choose-page"
    ).first.click()
    editor.locator("a, .TooltipEntity").first.wait_for()
    assert editor.evaluate("node => getComputedStyle(node).whiteSpaceCollapse") in {"preserve", "break-spaces"}


def dates_and_times(desk):
    tab = desk.tab
    desk.go(f"pages/add/news/eventpage/{desk.key('news.EventIndexPage')}/")
    tab.click("#id_start_date")
    tab.locator(".xdsoft_datetimepicker:visible .xdsoft_date.xdsoft_day_of_week1").first.click()
    assert re.fullmatch(r"\d\d/\d\d/\d{4}", tab.input_value("#id_start_date"))
    tab.click("#id_start_time")
    tab.locator(".xdsoft_datetimepicker:visible .xdsoft_time_box").first.wait_for()
    tab.fill("#id_start_time", "09:30")
    tab.press("#id_start_time", "Tab")
    assert tab.input_value("#id_start_time") == "09:30"


def a_mail_previewed(desk):
    tab = desk.tab
    desk.go(f"pages/{desk.key('news.NewsletterIssuePage')}/edit/")
    tab.get_by_role("button", name="Toggle preview").click()
    frame = tab.frame_locator("#w-preview-iframe")
    frame.locator("h1").first.wait_for()
    for _ in range(5):
        tab.select_option("#id_preview_mode", "email")
        try:
            mail = frame.frame_locator("iframe").get_by_text("View in your browser").first
            mail.wait_for(timeout=4000)
            break
        except Exception:  # noqa: BLE001 - Wagtail was still busy with the preview before
            tab.select_option("#id_preview_mode", "")
    # Its styles stand, though no attribute of it has any.
    assert mail.evaluate("node => getComputedStyle(node).textDecorationLine") == "underline"
    assert mail.evaluate("node => getComputedStyle(node).color") != "rgb(0, 0, 238)"


def a_session_made(desk):
    tab = desk.tab
    desk.go("training/trainingsession/create/")
    tab.locator("input[name$=starts_at], input[name*=starts]").first.click()
    tab.locator(".xdsoft_datetimepicker:visible .xdsoft_date.xdsoft_day_of_week2").first.click()
    before = tab.locator("[data-inline-panel-child]:visible").count()
    tab.locator("button[id$=-ADD]").first.click()
    assert tab.locator("[data-inline-panel-child]:visible").count() == before + 1
    desk.go(f"training-session/{desk.key('training.TrainingSession')}/move/")
    tab.locator("input[name$=starts_at]").first.click()
    tab.locator(".xdsoft_datetimepicker:visible .xdsoft_date").first.wait_for()


def a_picture_cropped_and_tagged(desk):
    tab = desk.tab
    desk.go("images/1/")
    tab.locator(".jcrop-holder").first.wait_for()
    box = tab.locator(".jcrop-tracker").last.bounding_box()
    tab.mouse.move(box["x"] + 30, box["y"] + 30)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 120, box["y"] + 90)
    tab.mouse.up()
    tab.locator(".tagit-new input").first.fill("journey,")
    desk.save()


def pictures_uploaded(desk):
    tab = desk.tab
    desk.go("images/multiple/add/")
    file = {"name": "journey.jpg", "mimeType": "image/jpeg", "buffer": draw("bridge")}
    tab.set_input_files("input[type=file]", [file])
    tab.locator("#upload-list li").first.wait_for()
    tab.locator("#upload-list form, #upload-list .upload-success").first.wait_for()


def a_document_uploaded(desk):
    tab = desk.tab
    desk.go("documents/multiple/add/")
    file = {"name": "journey.pdf", "mimeType": "application/pdf", "buffer": resources.PDF}
    tab.set_input_files("input[type=file]", [file])
    tab.locator("#upload-list form, #upload-list .error-message, #upload-list .upload-success").first.wait_for()


def pictures_chosen(desk):
    tab = desk.tab
    desk.go(f"pages/add/news/newsitempage/{desk.key('news.NewsIndexPage')}/")
    tab.locator("#panel-child-content-body-section button.c-sf-add-button").first.click()
    tab.locator("[role=option]:visible").get_by_text(re.compile("^(Image|Picture)$")).first.click()
    tab.locator("#panel-child-content-body-section [data-chooser-action-choose]:visible").first.click()
    tab.locator(".modal-body [data-chooser-modal-choice], .modal-body a.image-choice").first.click()
    tab.locator("#panel-child-content-body-section .chooser img").first.wait_for()


def comments_and_checks(desk):
    tab = desk.tab
    desk.edit("Neglect")
    for panel in ("comments", "checks", "status", "preview"):
        desk.open(panel)
        tab.wait_for_timeout(1200 if panel in {"checks", "preview"} else 300)


def publishing_scheduled(desk):
    tab = desk.tab
    desk.edit("Neglect")
    desk.open("status")
    tab.get_by_role("button", name=re.compile("Set schedule|Edit schedule")).first.click()
    tab.locator("#id_go_live_at").click()
    tab.locator(".xdsoft_datetimepicker:visible .xdsoft_date").first.wait_for()
    tab.keyboard.press("Escape")


def submitted_and_approved(desk):
    tab = desk.tab
    desk.edit("Neglect")
    tab.fill("#id_title", "Neglect, submitted")
    desk.press("action-submit")
    desk.go("reports/workflow/")
    desk.go(f"workflows/edit/{desk.key('wagtailcore.Workflow')}/")
    tab.locator("[data-chooser-action-choose]:visible, button:visible:has-text('another')").first.click()
    tab.locator(".modal-body").first.wait_for()


def facts_listed_and_filtered(desk):
    tab = desk.tab
    for path in ("training/booking/", "training/trainingsession/", "news/subscriber/", "dscp_cms/outgoingmail/"):
        desk.go(path)
        filters = tab.locator(".changelist-filter a")
        if filters.count() > 1:
            filters.nth(1).click()
    desk.go("training/booking/?q=Delegate&o=1")
    desk.go("dscp_cms/suppression/create/")


def a_snippet(desk):
    tab = desk.tab
    desk.go("snippets/dscp_cms/topic/add/")
    tab.fill("#id_name", "Journeys")
    desk.save()
    desk.go("snippets/dscp_cms/topic/")
    tab.locator("table input[type=checkbox]").nth(1).check()
    tab.locator("[data-bulk-action-button]:visible").first.wait_for()


def settings_and_redirects(desk):
    tab = desk.tab
    desk.go(f"settings/dscp_cms/sitesettings/{desk.key('wagtailcore.Site')}/")
    desk.save()
    desk.go("redirects/add/")
    tab.fill("#id_old_path", "/journey")
    tab.locator("[data-chooser] button:visible, .page-chooser button:visible").first.click()
    tab.locator(".modal-body a.choose-page").first.click()
    tab.locator(".modal-body").first.wait_for(state="hidden")


def reports_and_charts(desk):
    tab = desk.tab
    paths = ("site-history", "aging-pages", "page-types-usage", "links", "downloads", "learning", "yearly", "locked")
    for path in paths:
        desk.go(f"reports/{path}/")
    desk.go("reports/site-history/")
    tab.get_by_role("button", name=re.compile("Filter|Show filters")).first.click()
    desk.go("training-reports/")
    tab.locator("svg").first.wait_for(state="attached")
    desk.go("help/")


def many_at_once(desk):
    tab = desk.tab
    desk.go(f"pages/{desk.key('news.NewsIndexPage')}/")
    boxes = tab.locator("table input[type=checkbox][data-bulk-action-checkbox]")
    for number in range(2):
        boxes.nth(number).check()
    tab.locator(".bulk-actions-choices a, [data-bulk-action-button]").filter(has_text="Publish").first.click()
    tab.get_by_role("button", name=re.compile("Yes, publish|Publish")).first.click()
    tab.locator(".messages").first.wait_for()


def moved_copied_deleted(desk):
    tab = desk.tab
    key = desk.key("news.NewsItemPage")
    desk.go(f"pages/{key}/copy/")
    tab.fill("#id_new_title", "A copy")
    tab.fill("#id_new_slug", "a-copy-of-a-journey")
    desk.save("Copy this page")
    copied = desk.key("news.NewsItemPage", 'get(slug="a-copy-of-a-journey")')
    desk.go(f"pages/{copied}/move/")
    tab.locator("main form").first.wait_for()
    desk.go(f"pages/{copied}/delete/")
    tab.get_by_role("button", name=re.compile("Yes, delete")).first.click()
    tab.locator(".messages .success").first.wait_for()


def searched(desk):
    tab = desk.tab
    desk.go("pages/search/?q=neglect")
    tab.fill("#id_q, input[name=q]", "training")
    tab.locator("#page-results, .listing").first.wait_for()
    desk.go("images/?q=bridge")
    desk.go("documents/?q=plan")
    desk.go("resources/fileversion/?q=plan")


def people_and_groups(desk):
    tab = desk.tab
    desk.go(f"users/edit/{desk.key('auth.User', 'last()')}/")
    tab.fill("#id_first_name", "Delegate")
    desk.save()
    desk.go(f"groups/edit/{desk.key('auth.Group')}/")
    tab.locator("button[id$=-ADD]").first.click()
    tab.locator("button:has-text('Choose a page')").last.click()
    tab.locator(".modal-body").first.wait_for()
    desk.go("account/")


def questions_of_a_form(desk):
    tab = desk.tab
    desk.go(f"pages/{desk.key('home.ContactPage')}/edit/")
    tab.wait_for_timeout(2000)  # until the form is ready
    before = tab.locator("#id_form_fields-FORMS > *").count()
    tab.locator("#id_form_fields-ADD").click()
    tab.locator("#id_form_fields-FORMS > *").nth(before).wait_for()
    desk.open("status")
    tab.locator("[data-a11y-dialog-show=set-privacy]:visible").first.click()
    tab.wait_for_timeout(500)


def screens_of_our_own(desk):
    day = desk.key("training.SessionDay")
    session = desk.key("training.TrainingSession")
    sent = desk.key("news.Campaign")
    for path in (
        *("", "imports/", "imports/wordpress/", "resources/upload/", "reviews/", "starters/", "newsletter/new/"),
        *(
            f"training/trainingsession/inspect/{session}/",
            f"training-day/{day}/register/",
            f"newsletter/sendings/{sent}/",
        ),
        *("newsletter/sendings/", "subscribers/import/", "training-session/1/copy/"),
    ):
        desk.go(path)
        desk.tab.locator("main").first.wait_for()


EACH_TIME = [a_session_made, a_mail_previewed]
AT_SCALE = [
    *(a_page_with_every_block, dates_and_times, rich_text_and_a_link, a_picture_cropped_and_tagged, pictures_uploaded),
    *(a_document_uploaded, pictures_chosen, comments_and_checks, publishing_scheduled, submitted_and_approved),
    *(facts_listed_and_filtered, a_snippet, settings_and_redirects, reports_and_charts, many_at_once),
    *(moved_copied_deleted, searched, people_and_groups, questions_of_a_form, screens_of_our_own),
]


@pytest.mark.parametrize(
    "journey",
    [*EACH_TIME, *(pytest.param(journey, marks=pytest.mark.scale) for journey in AT_SCALE)],
    ids=lambda journey: journey.__name__,
)
def test_a_journey_without_a_complaint(desk, journey):
    desk.problems.clear()
    desk.policies.clear()
    journey(desk)
    desk.tab.wait_for_timeout(300)
    assert desk.problems == []
    assert desk.policies
    for policy in desk.policies:
        assert (
            "unsafe" not in policy and "://" not in policy.replace(desk.site.url, "") and "default-src 'none'" in policy
        )
