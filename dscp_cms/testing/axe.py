"""axe-core in a browser tab, with every tag that matters."""

from axe_playwright_python.base import AXE_SCRIPT

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = (320, 1280)
# axe itself goes into a page once, and only what it finds comes out: all that passed is megabytes.
RUN = "async ([context, options]) => (await axe.run(context, options)).violations"
OPTIONS = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"], "preload": False}

# Menus slide for a moment after the window has changed; what is half covered meanwhile isn't a fault of the page.
SETTLE = """async () => {
  const moving = (each) => each.playState === "running" && Number.isFinite(each.effect.getComputedTiming().endTime);
  const boxes = () => [...document.querySelectorAll("body *")].map((element) => {
    const { x, y, width, height } = element.getBoundingClientRect();
    return [x, y, width, height].join();
  }).join(" ");
  const end = performance.now() + 5000;
  for (let before = "", same = 0; same < 2 && performance.now() < end;) {
    await new Promise((next) => { setTimeout(next, 50); });
    const now = boxes();
    same = now === before && !document.getAnimations().some(moving) ? same + 1 : 0;
    before = now;
  }
}"""


def settle(page) -> None:
    """Wait until nothing on the page moves any more, five seconds at most: some things turn for ever."""
    page.evaluate(SETTLE)


def violations(page, widths=WIDTHS, without=()) -> list[str]:
    """What axe finds on the tab's page at each width: one line a rule, with the first element it names.

    ``without`` leaves parts of the page out, by selectors, such as those that were looked at on another page.
    """
    found = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        settle(page)
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE_SCRIPT)
        for violation in page.evaluate(RUN, [{"include": ["html"], "exclude": list(without)}, OPTIONS]):
            node = violation["nodes"][0]
            found.append(f"{page.url} at {width}: {violation['id']}: {node['target']} {node['failureSummary'][:200]}")
    return found


def scrolls_sideways(page) -> bool:
    """Whether the page is wider than the window, once it has settled."""
    settle(page)
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
