"""Makes pages for tests: each helper takes a parent and says only what a test cares about."""

from wagtail.models import Page, Site

from dscp_cms.models import Audience, Topic

TEXT = "<p>Safeguarding is a job that everybody shares, and this paragraph stands for the words of an editor.</p>"
STORY = [
    ("heading", {"text": "What this is about", "level": "h2"}),
    ("text", TEXT),
    ("heading", {"text": "What to do next", "level": "h2"}),
    ("text", TEXT),
    ("heading", {"text": "Whom to ask", "level": "h2"}),
    ("callout", {"kind": "information", "title": "Good to know", "text": TEXT}),
]


def add_page(parent: Page, page: Page, *, live: bool = True) -> Page:
    """Add the page below its parent, as published as an editor's press of the button makes it."""
    page.live = False
    parent.add_child(instance=page)
    revision = page.save_revision()
    if live:
        revision.publish()
        page.refresh_from_db()
    return page


def make(model: type[Page], parent: Page, title: str = "A page", *, live: bool = True, **fields) -> Page:
    """Make a page of any type with what that type asks for."""
    topics, audiences = fields.pop("topics", []), fields.pop("audiences", [])
    page = model(title=title, **{"summary": f"What {title} is about.", **fields})
    page.topics, page.audiences = topics, audiences
    return add_page(parent, page, live=live)


def front_page() -> Page:
    """The front page that the migrations make."""
    return Site.objects.get(is_default_site=True).root_page.specific


def topic(name: str = "Neglect") -> Topic:
    """A topic by its name."""
    return Topic.objects.get_or_create(name=name, defaults={"slug": name.lower().replace(" ", "-")})[0]


def audience(name: str = "Schools") -> Audience:
    """An audience by its name."""
    return Audience.objects.get_or_create(name=name, defaults={"slug": name.lower().replace(" ", "-")})[0]
