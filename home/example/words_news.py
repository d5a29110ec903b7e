"""News and events of spring 2025."""

from datetime import date

from home.example.blocks import Drawn, button, callout, cards, key_facts, links, resource
from home.example.markup import rich, story
from home.example.structure import PageWords
from news.models import EventIndexPage, EventPage, NewsIndexPage, NewsItemPage

ISSUE_DAY = date(2025, 4, 1)

NEWS_INDEX = PageWords(
    address="/news/",
    model=NewsIndexPage,
    title="News",
    menu=True,
    summary="What is new in the partnership, and what new reports mean for practice in County Durham.",
)

BUSINESS_PLAN = PageWords(
    address="/news/business-plan-launched/",
    model=NewsItemPage,
    title="Our business plan for 2025 to 2027 is here",
    summary="The partnership’s new strategic business plan says what we will do to keep children safe, and how partners "
    "will answer to each other for it.",
    topics=("working-together",),
    fields={
        "date": ISSUE_DAY,
        "image": Drawn("houses"),
        "search_description": "Durham Safeguarding Children Partnership launches its Strategic Business Plan 2025–2027.",
        "body": story(
            """
            Our Strategic Business Plan 2025–2027 has been launched. It tells everyone who works
            with children in County Durham where we are heading for the next years, and what we expect of one another on
            the way.

            ## One vision

            **Keeping Children Safe.** Like an umbrella, it reaches over all the partnership’s work. Under it stands the
            conviction that safeguarding is a task for every one of us.

            ## Three values

            - **Tenacity:** staying with a worry until the child is safe
            - **Curiosity:** asking what life is like for this child
            - **Openness:** sharing what we know, and what we got wrong

            ## What is in the plan

            - our priorities and themes: what will do most to protect children and young people from harm
            - partners who pull together towards the same goals
            - agencies that really do call each other to account
            - learning that is shared, and that stays
            - information that gets to the people who need it
            """,
            button("Read the business plan", "/plans/business-plan-2025-2027/"),
            cards(
                "The four priorities",
                "/priorities/harm-outside-the-home/",
                "/priorities/early-identification-and-intervention/",
                "/priorities/trauma-informed-practice/",
                "/priorities/working-together-and-reform/",
            ),
        ),
    },
)

SPOTLIGHT = PageWords(
    address="/news/race-racism-and-safeguarding/",
    model=NewsItemPage,
    title="“It’s Silent”: race, racism and child safeguarding",
    summary="A national report looks at 53 Black, Asian and Mixed Heritage children who died or were seriously harmed. "
    "It finds that safeguarding hardly speaks of race. What it found, and what it asks of us.",
    topics=("race-and-racism", "learning-from-reviews"),
    audiences=("everyone-working-with-children", "managers-and-leads"),
    fields={
        "kind": "spotlight",
        "date": ISSUE_DAY,
        "search_description": "Spotlight on the Child Safeguarding Practice Review Panel’s report of 11 March 2025 on "
        "race, racism and child safeguarding: findings and recommendations.",
        "body": story(
            callout(
                "information",
                "",
                "**Before you read on:** this page is about the abuse and the deaths of children. It gives no details of what was done to them.",
            ),
            "## The children in the report",
            key_facts(
                "",
                ("53", "Black, Asian and Mixed Heritage children who died or came to serious harm"),
                ("27", "of them died"),
                ("2022 to 2024", "when it happened: between January 2022 and March 2024"),
            ),
            """
            What can be learned from their cases was published on 11 March 2025, by the Child Safeguarding Practice
            Review Panel. The children had been neglected, sexually abused or fatally assaulted. The Panel wanted to know what
            children of these backgrounds need from safeguarding, and how well agencies had protected them while there
            was still time.

            Its answer is in the title. People do not talk about race and racism when they talk about the safety of
            children, and in many places nobody asks what a child’s race, ethnicity or culture has to do with the harm.

            ## Risk seen, and nothing done

            Weighing risk, and deciding what to do about it, is a weak point in safeguarding reviews of every kind. Here
            it had a pattern of its own. **In 19 reviews people had recognised the risk, at least in part, and yet
            nothing came of it.** Among them were girls of Asian and Mixed Asian heritage who had told someone of sexual
            abuse. It seems that they were not believed, or that what they said was not properly looked into.

            In another review, relatives had said out loud that they experienced the workers as racist. The review
            pointed out that the workers had considered the family’s ethnicity, called the accusation unfounded, and
            left it there. Whether anybody had looked into it, or how the conclusion was reached, it did not say.

            ## What you can do in Durham

            Talk about the report in your next team meeting. Then take it further: our course gives you a safe room
            for it.
            """,
            links(
                "",
                ("/training/anti-racist-practice/", "For everyone who wants to work well with all our communities."),
                ("/resources/learning-from-reviews/its-silent/", "The report in our library."),
            ),
        ),
        "key_findings": rich(
            """
            - **Race and ethnicity get little attention.** Practice and reviews alike pass over race, ethnicity and
              culture. So there is hardly any critical thought about what racial bias does to decisions, and to the help
              that a child is offered.
            - **Nobody names racism.** People hesitate to speak of it and of the forms it takes. What Black, Asian and
              Mixed Heritage children need in order to be safe then disappears from sight: in daily work, and in the
              reviews from which everyone is meant to learn.
            - **The chance to learn is lost.** As long as race, bias and racism go unspoken, we learn too little from
              the children who died or were gravely hurt. A child whose whole life is not seen, by people who don’t ask
              how bias shaped their choices, goes without protection and support.
            """
        ),
        "recommendations": rich(
            """
            - **Name racism, and challenge it.** Leaders see to it that their organisation has what its workers need to
              recognise racism, talk about it and stand up to it, also where it sits within the institution.
            - **Make it possible to talk.** Workers get the skills, the confidence and the conditions to raise race and
              identity with a child or a family, and safe places, in the team and in supervision, to look honestly at
              their own bias.
            - **Look at local strategy.** Safeguarding partnerships go through their strategies again: when they meet
              Black, Asian and Mixed Heritage children, how do they deal with racism, and with bias of their own?
            """
        ),
        "source_title": "“It’s Silent”: Race, racism and child safeguarding",
        "source_publisher": "Child Safeguarding Practice Review Panel",
        "source_date": date(2025, 3, 11),
    },
)

YEARLY_REPORTS = PageWords(
    address="/news/yearly-reports-good-practice/",
    model=NewsItemPage,
    title="Durham named three times as good practice",
    summary="A national analysis of safeguarding partners’ yearly reports holds up our way of measuring what our work "
    "achieves as an example.",
    topics=("working-together",),
    fields={
        "date": ISSUE_DAY,
        "image": Drawn("arches"),
        "body": story(
            """
            Every year, safeguarding partners across England report on what they did. For 2023 to 2024 all of those
            reports have been read side by side, and the findings are out. We are proud of one of them: the Durham
            Safeguarding Children Partnership is mentioned **three times** as an example of good practice, each time for
            measuring the impact of what we do.

            That is the work of a great many people. To everyone in the partnership who gave time, thought and support
            over the past year: thank you.

            ## What the analysis is for

            - It shows how partnerships have developed the way they work.
            - It compares their steps towards the arrangements that Working Together 2023 asks for.
            - It collects case studies and examples that others can learn from.
            - It suggests a template for the yearly reports to come.
            """,
            resource("/resources/local-resources/yearly-reports-analysis-2023-24/"),
        ),
    },
)

PROGRAMME = PageWords(
    address="/news/training-programme-2025-26/",
    model=NewsItemPage,
    title="The training programme for 2025/26 is open",
    summary="Twelve courses in a room or online, and 46 sessions to take whenever it suits you. Places are limited, so "
    "it pays to be early.",
    topics=("safeguarding-basics",),
    audiences=("everyone-working-with-children",),
    fields={
        "date": ISSUE_DAY,
        "image": Drawn("hills"),
        "body": story(
            """
            Some of us learn best in a room with others, some from home, some in half an hour between two visits. The
            programme for 2025/26 has something for each: courses face to face, courses by video call, and
            eLearning with recorded briefings.

            The Workforce Learning and Development Group put it together. It has taken up what reviews keep telling us,
            here in Durham and across the country.
            """,
            key_facts(
                "",
                ("12", "named courses, face to face or virtual"),
                ("46", "eLearning sessions and recorded briefings on Me-Learning"),
            ),
            callout(
                "action",
                "",
                "**Before you book:** read the [charging policy](/training/charging-policy/). Courses fill up fast.",
            ),
            button("Find a course", "/training/"),
        ),
    },
)

EVENT_INDEX = PageWords(
    address="/events/",
    model=EventIndexPage,
    title="Events",
    menu=True,
    summary="Days, weeks and meetings to know about. Dates of courses stand with our training.",
)

MENTAL_HEALTH_WEEK = PageWords(
    address="/events/mental-health-awareness-week-2025/",
    model=EventPage,
    title="Mental Health Awareness Week 2025",
    summary="A week for mental health, across the UK. The theme of 2025 is community.",
    topics=("mental-health",),
    fields={
        "kind": "awareness",
        "start_date": date(2025, 5, 12),
        "end_date": date(2025, 5, 18),
        "repeats_yearly": True,
        "organiser": "Mental Health Foundation",
        "image": Drawn("village"),
        "body": story(
            """
            Once a year the Mental Health Foundation sets a week aside for mental health. It is a time to stop and
            think, to begin the conversation that keeps being put off, and to be there for someone who is struggling.

            ## The theme: community

            Each year has a theme, and for 2025 the Foundation chose **community**. Knowing people, and being known,
            does us good. A neighbour who asks how you are, a club, a choir, a school gate: they make us feel that we
            belong, they lift loneliness, and in a bad patch they are the hands that help. People who have such
            ties recover more easily, and find new sense in things.

            ## Why it matters
            """,
            key_facts(
                "The week in figures",
                ("1 in 4", "of us has a mental health problem in any year"),
                ("Over 2 million", "wait for mental health care from the NHS"),
                ("Nearly double", "as many young people are struggling as in 2017"),
            ),
            callout(
                "action",
                "If it is you, or a child you know",
                """
                Nobody has to carry this alone. Children and young people can call Childline on 0800 1111, free of
                charge. If somebody’s life is in danger, call 999.
                """,
            ),
            links(
                "On our site",
                ("/priorities/trauma-informed-practice/", "Our third priority, and all that goes with it."),
                ("/children-and-young-people/", "Where young people can turn."),
            ),
        ),
    },
)

NEWS_AND_EVENTS = (
    NEWS_INDEX,
    YEARLY_REPORTS,
    PROGRAMME,
    SPOTLIGHT,
    BUSINESS_PLAN,
    EVENT_INDEX,
    MENTAL_HEALTH_WEEK,
)
