"""The libraries and what is in them. No link target is known, so these resources say where they come from."""

from datetime import date

from home.example.blocks import At, accordion, callout, key_facts, links
from home.example.markup import rich, story
from home.example.structure import PageWords
from resources.models import LearningReviewPage, ResourceIndexPage, ResourceLibraryPage, ResourcePage

SUMMARY, COURSE = At("/news/race-racism-and-safeguarding/"), At("/training/anti-racist-practice/")


def _point(point: str, words: str) -> dict:
    """A learning point of the national report, with our summary of it and the course on the subject."""
    return {"type": "point", "value": {"point": point, "text": rich(words), "briefing": SUMMARY, "course": COURSE}}


INDEX = PageWords(
    address="/resources/",
    model=ResourceIndexPage,
    title="Resources",
    menu=True,
    summary="Guidance, reports, toolkits and briefings for your work with children and families, local and national.",
    fields={
        "body": story(
            """
            Each resource has a page of its own that stays where it is. Link to that page, and you will always reach the
            current version.
            """
        )
    },
)


def _library(slug: str, title: str, summary: str) -> PageWords:
    return PageWords(address=f"/resources/{slug}/", model=ResourceLibraryPage, title=title, summary=summary)


LIBRARIES = (
    _library(
        "local-resources",
        "Local resources",
        "What concerns County Durham: our arrangements, and reports in which we appear.",
    ),
    _library("national-guidance", "National guidance", "Statutory guidance, and the strategies that stand behind it."),
    _library("learning-from-reviews", "Learning from reviews", "What reviews of the hardest cases teach all of us."),
    _library(
        "toolkits-and-briefings", "Toolkits and briefings", "Short, practical things to use in a meeting or on a visit."
    ),
)

YEARLY_REPORTS = PageWords(
    address="/resources/local-resources/yearly-reports-analysis-2023-24/",
    model=ResourcePage,
    title="Safeguarding partners yearly reports analysis 2023 to 2024",
    summary="What the yearly reports of safeguarding partnerships for 2023 to 2024 show. It names the DSCP three times as an "
    "example of good practice.",
    topics=("working-together",),
    audiences=("managers-and-leads",),
    fields={
        "kind": "report",
        "reach": "local",
        "publisher": "GOV.UK",
        "body": story(
            key_facts("", ("3 times", "the DSCP is named for how it measures the impact of its work")),
            """
            ## What you will find in it

            - how partnerships have developed their ways of working
            - what they have in common, where they differ, and the progress made towards the arrangements of Working
              Together 2023
            - examples and case studies of good practice from partnerships in all parts of the country
            - a template for yearly reports, proposed for partnerships to use in future
            """,
            links("Read more", ("/news/yearly-reports-good-practice/", "Our news on the analysis.")),
        ),
    },
)

ARRANGEMENTS = PageWords(
    address="/resources/local-resources/safeguarding-arrangements/",
    model=ResourcePage,
    title="Multi-agency safeguarding arrangements (revised)",
    summary="How the agencies in County Durham work together to keep children safe, revised after Working Together 2023.",
    topics=("working-together", "information-sharing"),
    audiences=("everyone-working-with-children", "managers-and-leads"),
    fields={
        "kind": "procedure",
        "reach": "local",
        "publisher": "Durham Safeguarding Children Partnership",
        "body": story(
            """
            Every safeguarding partnership publishes how it works: its arrangements, MASA for short. When new national
            guidance appeared, partnerships were asked to review theirs. This is the result for County Durham.
            """,
            callout(
                "information",
                "",
                "**The document itself:** the file is to be added by the partnership. Until then, [ask the office](/contact/) for a copy.",
            ),
            "## Goes with it",
            links(
                "",
                ("/priorities/working-together-and-reform/", "The priority that the review is part of."),
                ("/resources/national-guidance/working-together-2023/", "The guidance that led to it."),
            ),
        ),
    },
)

WORKING_TOGETHER = PageWords(
    address="/resources/national-guidance/working-together-2023/",
    model=ResourcePage,
    title="Working Together to Safeguard Children 2023",
    summary="The statutory guidance for every organisation in England whose work touches children.",
    topics=("working-together", "safeguarding-basics"),
    audiences=("everyone-working-with-children", "managers-and-leads"),
    fields={
        "kind": "guidance",
        "reach": "national",
        "publisher": "HM Government",
        "published_on": date(2023, 12, 15),
        "body": story(
            """
            The book of rules for working together. It tells agencies of every kind what they have to do, and ought to
            do, to help and protect everyone under 18 in England and to further their welfare.

            ## Good to know
            """,
            accordion(
                ("Is it binding?", "It is statutory guidance: it says what agencies must do, and what they should do."),
                ("What does it replace?", "The edition of 2018."),
                (
                    "What does it mean for Durham?",
                    """
                    We have reviewed our own arrangements in its light. See our
                    [revised arrangements](/resources/local-resources/safeguarding-arrangements/) and our
                    [fourth priority](/priorities/working-together-and-reform/).
                    """,
                ),
            ),
        ),
    },
)

STABLE_HOMES = PageWords(
    address="/resources/national-guidance/stable-homes-built-on-love/",
    model=ResourcePage,
    title="Stable Homes, Built on Love (2023)",
    summary="The Government’s strategy for children’s social care: a safe, loving and stable home for every child.",
    topics=("working-together",),
    fields={
        "kind": "report",
        "reach": "national",
        "publisher": "HM Government",
        "body": story(
            """
            In 2023 the Government set out how it means to change children’s social care. Its promise is in the title:
            homes that last, and in which children are loved. Working Together 2023 is one of the main steps on that
            way.
            """,
            "## Goes with it",
            links("", ("/resources/national-guidance/working-together-2023/", "The guidance that followed.")),
        ),
    },
)

ITS_SILENT = PageWords(
    address="/resources/learning-from-reviews/its-silent/",
    model=LearningReviewPage,
    title="“It’s Silent”: Race, racism and child safeguarding",
    summary="A national report on 53 Black, Asian and Mixed Heritage children who died or came to serious harm "
    "between January 2022 and March 2024.",
    topics=("race-and-racism", "learning-from-reviews"),
    audiences=("everyone-working-with-children", "managers-and-leads"),
    fields={
        "kind": "national",
        "publisher": "Child Safeguarding Practice Review Panel",
        "published_on": date(2025, 3, 11),
        "body": story(
            """
            53 children, 27 of whom died. The Panel read what had been written about them, and found that race and racism
            were hardly ever spoken of. The report tells local leaders, workers and partnerships what should change.
            """,
        ),
        "learning_points": [
            _point(
                "Ask what a child’s race, ethnicity and culture have to do with the harm.",
                "Practice and reviews pass over them. Then nobody thinks about what racial bias does to decisions, and to "
                "the help that a child is offered.",
            ),
            _point(
                "Name racism, and challenge it.",
                "People hesitate to speak of it. What Black, Asian and Mixed Heritage children need in order to be safe "
                "then disappears from sight.",
            ),
            _point(
                "Talk about race and identity, and look honestly at your own bias.",
                "It takes skill, confidence and a safe place: with a child or a family, in the team, in supervision.",
            ),
        ],
    },
)

RESOURCES = (INDEX, *LIBRARIES, YEARLY_REPORTS, STABLE_HOMES, WORKING_TOGETHER, ITS_SILENT, ARRANGEMENTS)
