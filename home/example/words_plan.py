"""The business plan 2025 to 2027, in chapters."""

from datetime import date

from home.example.blocks import callout, cards, chapter, in_full
from home.example.structure import PageWords
from resources.models import PublicationIndexPage, PublicationPage

INDEX = PageWords(
    address="/plans/",
    model=PublicationIndexPage,
    title="Plans",
    summary="What the partnership sets out to do, published as pages that you can read on any screen or print.",
)

BUSINESS_PLAN = PageWords(
    address="/plans/business-plan-2025-2027/",
    model=PublicationPage,
    title="Strategic Business Plan 2025–2027",
    summary="Our vision, our values, our four priorities, and how partners work on them together.",
    topics=("working-together",),
    fields={
        "published_on": date(2025, 4, 1),
        "search_description": "Strategic Business Plan 2025–2027 of the Durham Safeguarding Children Partnership.",
        "chapters": [
            chapter(
                "Our vision",
                """
                **Keeping Children Safe.** It could not be said more simply, and simple is what we want: a vision that
                everyone remembers, in a classroom, on a ward, in a patrol car or at a kitchen table.

                It stands on one conviction: safeguarding is the business of every one of us. Like an umbrella, it
                covers each thing that we do.
                """,
            ),
            chapter(
                "Our values",
                """
                A vision needs people who act on it. Three values carry ours.

                ## Tenacity

                A worry about a child is not passed on and forgotten. We follow it until we know that the child is safe,
                and if one way is blocked, we try another.

                ## Curiosity

                We don’t stop at the first explanation. We ask what a child sees, hears and feels, and we wonder about
                whom we are not seeing at all.

                ## Openness

                We tell each other what others need to know, we welcome a challenge, and we look honestly at our own
                mistakes.
                """,
            ),
            chapter(
                "What the plan sets out",
                """
                The plan shows the way in which the partnership works towards its vision. It says:

                - what our priorities and themes are, so that children and young people stay safe and are protected
                  from harm
                - how partners combine their work to arrive at the same goals
                - how agencies hold each other to account, and mean it
                - how what we learn is passed on and takes root
                - how information reaches those who need it
                """,
            ),
            chapter(
                "Our priorities",
                """
                Four priorities guide our work from 2025 to 2027. This chapter prints them as they stand on their own
                pages, where you also find the news, courses and resources that go with each.
                """,
                in_full(
                    "/priorities/harm-outside-the-home/",
                    "/priorities/early-identification-and-intervention/",
                    "/priorities/trauma-informed-practice/",
                    "/priorities/working-together-and-reform/",
                ),
            ),
            chapter(
                "How we work together",
                """
                ## The same goals

                Agencies have their own tasks, budgets and pressures. In the partnership they agree what they want to
                achieve for children, and each asks what it can bring.

                ## Accountability

                Partners call one another to account. That takes trust, and it takes evidence: what did we do, and what
                difference did it make?

                ## Learning

                Learning is only worth something if it changes practice. We promote it, and we go back to see whether it
                has stuck.

                ## Information

                Many reviews turn on something that one agency knew and another did not. Sharing information well is
                part of the plan, and of [nearly all our training](/training/).
                """,
                callout(
                    "information",
                    "An example to others",
                    """
                    A national analysis of yearly reports names us three times for measuring the
                    [impact of our work](/news/yearly-reports-good-practice/).
                    """,
                ),
            ),
            chapter(
                "Your part",
                """
                A plan on a shelf protects nobody. Take the priority that is closest to your work, talk about it in your
                team, and choose one thing to do differently.
                """,
                cards("Where to go next", "/training/", "/resources/", "/newsletters/"),
            ),
        ],
    },
)

PLANS = (INDEX, BUSINESS_PLAN)
