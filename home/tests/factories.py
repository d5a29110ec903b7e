"""Makes one page of every type, for tests that walk the whole site."""

from wagtail.models import Page

from dscp_cms.testing.pages import STORY, TEXT, audience, front_page, make, topic
from home.models import (
    ContactFormField,
    ContactPage,
    ParentsPage,
    PriorityIndexPage,
    PriorityPage,
    StandardPage,
    WorriedPage,
    YoungPeoplePage,
)
from news.tests import factories as news
from resources.tests import factories as resources
from training.tests import factories as training


def standard(title: str = "About", **fields) -> StandardPage:
    """A standard page long enough to have contents."""
    return make(StandardPage, front_page(), title, **{"body": STORY, **fields})


def priority_index() -> PriorityIndexPage:
    """The priorities, once."""
    return PriorityIndexPage.objects.first() or make(
        PriorityIndexPage, front_page(), "Priorities", slug="priorities", show_in_menus=True
    )


def priority(title: str = "Harm outside the home", **fields) -> PriorityPage:
    """A priority of a period that runs long enough for any test."""
    return make(
        PriorityPage,
        priority_index(),
        title,
        **{
            "number": 1,
            "period_start": 2025,
            "period_end": 2035,
            "why": STORY,
            "outcomes": "<ul><li>Risk is known early</li></ul>",
            **fields,
        },
    )


def contact_page(**fields) -> ContactPage:
    """The contact page with three questions."""
    page = ContactPage(title="Contact us", slug="contact", summary="How to reach the office.", thank_you=TEXT, **fields)
    page.form_fields = [
        ContactFormField(
            label="Your name", field_type="singleline", clean_name="your_name", sort_order=1, required=False
        ),
        ContactFormField(label="Your e-mail", field_type="email", clean_name="your_e_mail", sort_order=2),
        ContactFormField(label="Your message", field_type="multiline", clean_name="your_message", sort_order=3),
    ]
    front_page().add_child(instance=page)
    page.save_revision().publish()
    return page


def every_page_type() -> dict[str, Page]:
    """One page of every type, with words, topics and neighbours; by model name."""
    about, readers = [topic()], [audience()]
    item = news.news_item(topics=about, audiences=readers)
    event = news.event(topics=about)
    course = training.course(topics=about, audiences=readers)
    resource = resources.resource(topics=about, audiences=readers)
    resources.version(resource)
    first = priority(topics=about)
    pages = [
        front_page(),
        standard(),
        priority_index(),
        first,
        make(WorriedPage, front_page(), "Worried about a child?", slug="worried-about-a-child", body=STORY),
        make(YoungPeoplePage, front_page(), "Children and young people", slug="children-and-young-people", body=STORY),
        make(ParentsPage, front_page(), "Parents and carers", slug="parents-and-carers", body=STORY),
        contact_page(),
        news.news_index(),
        item,
        news.event_index(),
        event,
        news.newsletter_index(),
        news.issue(pages=[item, event, course, resource]),
        training.catalogue(),
        course,
        resources.resource_index(),
        resources.library(),
        resource,
        resources.publication_index(),
        resources.publication(pages=[first]),
        resources.review(points=[("Ask where the baby sleeps", resource, course)], topics=about),
    ]
    return {page._meta.model_name: page for page in pages}
