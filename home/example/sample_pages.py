"""Sample news, events and resources: their words, and dates counted from today."""

from datetime import date, datetime, time, timedelta

from home.example.blocks import Drawn, callout, key_facts, links, resource, table
from home.example.markup import story
from home.example.structure import LONDON, PageWords
from news.models import EventPage, NewsItemPage
from resources.models import ResourcePage

NOTE = callout(
    "information",
    "",
    "**This is sample activity**, made to show the site at work. Nothing here has happened or will happen.",
)
TOOLKIT = "/resources/toolkits-and-briefings/sample-conversation-toolkit/"
BRIEFING = "/resources/toolkits-and-briefings/sample-briefing-information-sharing/"


def working_day(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(9, 30), LONDON)


def _news(
    slug: str, title: str, summary: str, day: date, topics: tuple[str, ...], image: str | None, *parts
) -> PageWords:
    fields = {"date": day, "body": story(NOTE, *parts)}
    if image:
        fields["image"] = Drawn(image)
    return PageWords(
        address=f"/news/{slug}/",
        model=NewsItemPage,
        title=title,
        summary=summary,
        topics=topics,
        published=_morning(day),
        fields=fields,
    )


def news(today: date) -> tuple[PageWords, ...]:
    """Three items of the last three weeks."""
    return (
        _news(
            "sample-places-and-spaces",
            "Sample: a walk through town, with open eyes",
            "Sample news: partners visit the places where young people meet, and ask them what would make these safer.",
            today - timedelta(days=19),
            ("harm-outside-the-home",),
            "lamps",
            """
            A bus station, a park, a row of shops: to adults they are places on the way. To young people they are where
            life happens. In this sample story, workers from several agencies walk through a town with a group of young
            people and listen.

            ## What they hear

            - where the light is broken, and everybody knows it
            - which corner nobody passes alone
            - who they would ask for help, and whom they would not
            """,
            links(
                "More on the subject",
                ("/priorities/harm-outside-the-home/", "Our first priority."),
                ("/training/understanding-gangs-and-exploitation/", "A course of our programme."),
            ),
        ),
        _news(
            "sample-toolkit-second-version",
            "Sample: a second version of the conversation toolkit",
            "Sample news: the toolkit for a first talk about a worry has been revised. One link always leads to the "
            "current version.",
            today - timedelta(days=10),
            ("early-help", "neglect"),
            None,
            """
            The second version is shorter, and its questions come in another order: first what is going well. If you
            have saved a copy of the first one, please replace it with the link to the page.

            ## Where to find it
            """,
            resource(TOOLKIT),
        ),
        _news(
            "sample-worry-box",
            "Sample: a box for worries at Example Primary School",
            "Sample news: at Example Primary School, children put what troubles them on paper, and somebody answers.",
            today - timedelta(days=3),
            ("early-help", "mental-health"),
            "village",
            """
            “Some things are easier to write than to say”: with this thought the invented Example Primary School set up
            a box in the corridor. Every note is read on the same day, by a person the children know.

            ## How it works
            """,
            table(
                "A day with the worry box",
                ("When", "What happens"),
                ("Morning", "The box is opened by two members of staff"),
                ("Midday", "Each child who signed a note is spoken to"),
                ("Afternoon", "The designated lead decides what needs more"),
            ),
        ),
    )


def _event(slug: str, title: str, summary: str, day: date, topics: tuple[str, ...], words: str, **fields) -> PageWords:
    published = fields.pop("published")
    return PageWords(
        address=f"/events/{slug}/",
        model=EventPage,
        title=title,
        summary=summary,
        topics=topics,
        published=_morning(published),
        fields={"start_date": day, "body": story(NOTE, words), **fields},
    )


def events(today: date) -> tuple[PageWords, ...]:
    """Four events in the next seven weeks: in a room, online, an awareness week, and two days that are both."""
    week = today + timedelta(days=28 - today.weekday())
    conference = today + timedelta(days=44 - today.weekday())
    return (
        _event(
            "sample-early-help-forum",
            "Sample: early help forum",
            "Sample event: a morning for lead practitioners to compare notes, at Example Hall.",
            working_day(today + timedelta(days=9)),
            ("early-help",),
            """
            Bring a case that you are stuck with, without names. In small groups you will look at it from the school’s
            side, the health visitor’s, the youth worker’s and the child’s.
            """,
            published=today - timedelta(days=12),
            start_time=time(9, 30),
            end_time=time(12),
            place="Example Hall",
            organiser="Example Primary School",
        ),
        _event(
            "sample-online-briefing",
            "Sample: online briefing on sharing information",
            "Sample event: three quarters of an hour, online, on what you may share, with whom, and when.",
            working_day(today + timedelta(days=16)),
            ("information-sharing",),
            """
            Short answers to the questions that keep coming up: do I need consent, whom do I ask, what do I write down?
            Ask your own, or just listen over lunch.
            """,
            published=today - timedelta(days=8),
            start_time=time(12, 30),
            end_time=time(13, 15),
            is_online=True,
            organiser="Example Health Trust",
        ),
        _event(
            "sample-kindness-week",
            "Sample: Kindness Week",
            "Sample awareness week: small things that make a child’s day, and how to do more of them.",
            week,
            ("mental-health",),
            "A greeting by name, a question with time for the answer: seven days for what costs nothing.",
            published=today - timedelta(days=6),
            kind="awareness",
            end_date=week + timedelta(days=6),
            image=Drawn("coast"),
        ),
        _event(
            "sample-conference",
            "Sample: conference on trauma informed practice",
            "Sample event: two days of talks and workshops, at Example Hall and online.",
            conference,
            ("trauma", "learning-from-reviews"),
            """
            ## The first day

            What trauma does, what helps, and what we do with the best of intentions that doesn’t.

            ## The second day

            Workshops for schools, health, police and voluntary agencies.
            """,
            published=today - timedelta(days=4),
            end_date=conference + timedelta(days=1),
            place="Example Hall",
            is_online=True,
            image=Drawn("viaduct"),
        ),
    )


def resources(today: date) -> tuple[PageWords, ...]:
    """A toolkit with several versions, and a briefing with one."""
    return (
        PageWords(
            address=TOOLKIT,
            model=ResourcePage,
            title="Sample toolkit: a first conversation about a worry",
            summary="Sample resource: questions to begin with, and words that help, when you talk with a family about a "
            "worry. Shows how versions work.",
            topics=("early-help", "neglect"),
            audiences=("everyone-working-with-children", "schools-and-colleges", "early-years"),
            published=_morning(today - timedelta(days=10)),
            fields={
                "kind": "toolkit",
                "reach": "local",
                "publisher": "Example Primary School",
                "published_on": today - timedelta(days=400),
                "body": story(
                    NOTE,
                    """
                    ## How to use it

                    Take it along, but leave it in your bag. Read the questions before, and the checklist afterwards.
                    """,
                    key_facts("", ("3", "versions, of which one is still to come")),
                ),
            },
        ),
        PageWords(
            address=BRIEFING,
            model=ResourcePage,
            title="Sample briefing: sharing information in time",
            summary="Sample resource: one page to read together in a team meeting.",
            topics=("information-sharing",),
            audiences=("everyone-working-with-children", "managers-and-leads"),
            published=_morning(today - timedelta(days=7)),
            fields={
                "kind": "briefing",
                "reach": "local",
                "publisher": "Example Health Trust",
                "published_on": today - timedelta(days=7),
                "body": story(NOTE, "Read it aloud, then ask: what would we have done?"),
            },
        ),
    )
