"""Every page type for everybody: axe, small screens, keyboard, no JavaScript."""

import pytest

from dscp_cms.testing.axe import WIDTHS, scrolls_sideways, violations
from dscp_cms.testing.pages import front_page, make
from home.models import PriorityIndexPage, StandardPage, WorriedPage
from home.tests import factories
from news.tests import factories as news
from resources.tests import factories as resources
from training.tests import factories as training

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True, serialized_rollback=True)]

STATES = [
    "/no-such-page/",
    "/search/",
    "/search/?q=safeguarding",
    "/search/?q=zzzzz",
    "/search/?q=%22",
    "/news/?topic=neglect",
    "/news/?year=1",
    "/events/past/",
    "/training/?q=zzzzz",
    "/plans/a-plan/our-vision/",
    "/plans/a-plan/whole/",
]
EVERY_BLOCK = [
    ("heading", {"text": "Every block", "level": "h2"}),
    ("text", "<p>Words with a <a href='https://example.org/'>link to an example</a>.</p><ul><li>one</li></ul>"),
    ("callout", {"kind": "important", "title": "Before you book", "text": "<p>Read this.</p>"}),
    ("quotation", {"text": "Words", "attribution": "Somebody"}),
    ("accordion", {"sections": [{"title": "A question?", "text": "<p>An answer.</p>"}]}),
    ("key_facts", {"title": "In figures", "facts": [{"figure": "53", "label": "children"}]}),
    ("contact_card", {"name": "The team", "role": "", "email": "t@example.org", "telephone": "0800 1111", "hours": ""}),
    (
        "video",
        {"title": "A film", "url": "https://vimeo.com/76979871", "length": "4 minutes", "transcript": "<p>Said.</p>"},
    ),
    ("button", {"text": "Read it", "page": None, "url": "https://example.org/", "style": "primary"}),
    (
        "link_list",
        {
            "title": "Read more",
            "links": [{"title": "A report", "page": None, "url": "https://example.org/", "description": "x"}],
        },
    ),
]


def make_empty_sections() -> list:
    """Every index page with nothing in it."""
    return [
        front_page(),
        news.news_index(),
        news.event_index(),
        news.newsletter_index(),
        training.catalogue(),
        resources.resource_index(),
        resources.library(),
        resources.publication_index(),
        make(PriorityIndexPage, front_page(), "Priorities", slug="priorities"),
        make(StandardPage, front_page(), "Nothing yet", slug="nothing-yet", summary=""),
    ]


def walk(live_server, page, addresses, widths=WIDTHS) -> list[str]:
    found = []
    for address in addresses:
        page.goto(f"{live_server.url}{address}")
        found += violations(page, widths)
        page.set_viewport_size({"width": 320, "height": 800})
        if scrolls_sideways(page):
            found.append(f"{address} scrolls sideways at 320 px")
    return found


@pytest.mark.parametrize("widths", [(320,), pytest.param(WIDTHS, marks=pytest.mark.scale)], ids=["small", "all"])
def test_every_page_type_and_state_passes_axe(live_server, page, widths):
    pages = factories.every_page_type()
    everything = factories.standard("Every block", body=EVERY_BLOCK)
    addresses = [kind.url for kind in pages.values()] + [everything.url] + STATES
    assert walk(live_server, page, addresses, widths) == []


def test_empty_pages_pass_axe_too(live_server, page):
    assert walk(live_server, page, [kind.url for kind in make_empty_sections()]) == []


def test_the_contact_form_with_errors_and_after(live_server, page):
    address = f"{live_server.url}{factories.contact_page().url}"
    page.goto(address)
    page.get_by_label("Your message").fill("Kept as typed")
    page.get_by_label("Your e-mail").fill("not an address")
    page.get_by_role("button", name="Send the message").click()
    assert page.get_by_label("Your message").input_value() == "Kept as typed"
    assert page.locator(".error-summary").is_visible()
    page.wait_for_function("document.activeElement.classList.contains('error-summary')")
    assert violations(page) == []
    page.get_by_label("Your e-mail").fill("somebody@example.org")
    page.get_by_role("button", name="Send the message").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Your message was sent"
    assert page.get_by_role("main").get_by_role("link", name="999").count() >= 1
    assert violations(page) == []


def test_by_keyboard_alone(live_server, page):
    factories.every_page_type()
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{live_server.url}/worried-about-a-child/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the main content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.get_by_role("button", name="Menu").focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("navigation", name="Main").is_visible()
    page.goto(f"{live_server.url}/news/")
    page.locator(".filters summary").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Topic").select_option("neglect")
    page.get_by_role("button", name="Filter", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/news/?*topic=neglect*")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{live_server.url}/")
    page.get_by_role("searchbox").first.focus()
    page.keyboard.type("plan")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=plan")


def test_shift_three_times_leaves_the_page(live_server, page):
    make(WorriedPage, front_page(), "Worried about a child?", slug="worried-about-a-child")
    asked = []
    page.route(
        "https://www.bbc.co.uk/**", lambda route: (asked.append(route.request.url), route.fulfill(body="weather"))
    )
    page.goto(f"{live_server.url}/worried-about-a-child/")
    for _ in range(3):
        page.keyboard.press("Shift")
    page.wait_for_url("https://www.bbc.co.uk/**")
    assert asked


def test_without_javascript(live_server, browser):
    factories.every_page_type()
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(f"{live_server.url}/")
    page.get_by_role("link", name="Menu").click()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="News", exact=True).click()
    assert page.url.endswith("/news/")
    page.locator(".filters summary").click()
    page.get_by_label("Topic").select_option("neglect")
    page.get_by_role("button", name="Filter", exact=True).click()
    assert "topic=neglect" in page.url
    page.goto(f"{live_server.url}/worried-about-a-child/")
    assert (
        page.get_by_role("link", name="Exit this page").first.get_attribute("href").startswith("https://www.bbc.co.uk")
    )
    context.close()


def test_at_400_percent(live_server, page):
    pages = factories.every_page_type()
    page.set_viewport_size({"width": 320, "height": 225})  # 1280 by 900 at 400%
    for kind in pages.values():
        page.goto(f"{live_server.url}{kind.url}")
        assert not scrolls_sideways(page), kind.url


@pytest.mark.scale
def test_nothing_moves_and_nothing_comes_from_elsewhere(live_server, page):
    pages = factories.every_page_type()
    factories.standard("Every block", slug="blocks", body=EVERY_BLOCK)
    foreign, refused = [], []
    page.on(
        "request",
        lambda request: foreign.append(request.url) if not request.url.startswith((live_server.url, "data:")) else None,
    )
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    page.add_init_script(
        "window.moved = 0; new PerformanceObserver(list => list.getEntries().forEach(e => window.moved += e.value))"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    for address in [*(kind.url for kind in pages.values()), "/blocks/"]:
        page.goto(f"{live_server.url}{address}", wait_until="networkidle")
        assert page.evaluate("window.moved") < 0.01, address
    assert foreign == []
    assert refused == []


def test_a_film_loads_nothing_until_it_is_pressed(live_server, page):
    factories.standard("Film", slug="film", body=EVERY_BLOCK)
    asked = []
    page.route(
        "https://player.vimeo.com/**",
        lambda route: (asked.append(1), route.fulfill(body="<p>player</p>", content_type="text/html")),
    )
    page.goto(f"{live_server.url}/film/")
    assert asked == []
    page.locator(".video a, .video button").first.click()
    page.wait_for_selector("iframe[src*='player.vimeo.com']")
    assert asked
