"""The four priorities for 2025 to 2027."""

from home.example.blocks import callout, key_facts, publications
from home.example.markup import rich, story
from home.example.structure import PageWords
from home.models import PriorityIndexPage, PriorityPage

PERIOD = {"period_start": 2025, "period_end": 2027}
PLAN = ("/plans/business-plan-2025-2027/", "How the four priorities fit together, and how partners work on them.")
ARRANGEMENTS = (
    "/resources/local-resources/safeguarding-arrangements/",
    "How the agencies in County Durham work together.",
)
WORKING_TOGETHER = ("/resources/national-guidance/working-together-2023/", "What every agency must and should do.")

INDEX = PageWords(
    address="/priorities/",
    model=PriorityIndexPage,
    title="Priorities",
    menu=True,
    summary="The four things that the partnership has agreed to put first from 2025 to 2027, and why.",
    fields={
        "search_description": "The priorities of the Durham Safeguarding Children Partnership for 2025 to 2027.",
        "body": story(
            """
            We could work on a hundred things. We have chosen four, because this is where our own learning, and the
            country’s, says that children need us most. Each page tells you why we chose it and what should be
            different by the end, and gathers the news, courses, events and resources that go with it.
            """
        ),
    },
)

HARM_OUTSIDE_THE_HOME = PageWords(
    address="/priorities/harm-outside-the-home/",
    model=PriorityPage,
    title="Harm outside the home",
    summary="Seeing the children and young people whom it is easy to miss, and making the places where they spend "
    "their time safer.",
    topics=("harm-outside-the-home", "exploitation", "missing-children"),
    fields={
        "number": 1,
        **PERIOD,
        "search_description": "Priority 1, 2025 to 2027: harm outside the home (HOtH), places and spaces, missing "
        "children and disruption in County Durham.",
        "why": story(
            """
            Harm does not stop at the front door, and it does not always start behind it. It happens in parks and
            shopping streets, on the way to school, among friends and online. The short name is HOtH. The young people whom it
            threatens most are often those whom professionals rarely get to see.

            So we are asking ourselves how the partnership can do better, and pressing each other for answers, on:

            - **awareness:** more people who know what this harm looks like
            - **places and spaces:** a better understanding of where young people are, and of what happens there
            - **missing children:** a closer look at every child who goes missing
            - **disruption:** getting in the way of those who do the harm
            """,
            callout(
                "action",
                "If you are worried",
                """
                A change of friends, unexplained money or presents, going missing, fear of a place: you don’t need to
                know what lies behind it. [Find out what to do](/worried-about-a-child/).
                """,
            ),
        ),
        "outcomes": rich(
            """
            - Young people, parents, carers, professionals and the public know more, and get the help they need to spot
              a risk for what it is.
            - Everybody knows what Durham offers. Children at risk are found, their needs are properly assessed, and
              the support they get works.
            - Work is aimed at the people who worry us and the places and spaces where they act: a map shows where to step
              in, and we put a stop to what they do.
            - Nobody falls through the gap between children’s and adult services.
            """
        ),
        "publications": publications(
            PLAN,
            ("/training/understanding-gangs-and-exploitation/", "An accredited course of our programme."),
        ),
    },
)

EARLY_IDENTIFICATION = PageWords(
    address="/priorities/early-identification-and-intervention/",
    model=PriorityPage,
    title="Safeguarding through early identification and intervention",
    summary="Noticing sooner, acting sooner: help that fits, given early, before a family reaches a crisis.",
    topics=("early-help", "neglect", "information-sharing", "poverty", "parental-substance-misuse"),
    fields={
        "number": 2,
        **PERIOD,
        "search_description": "Priority 2, 2025 to 2027: early help, thresholds and information sharing in County Durham.",
        "why": story(
            """
            Looking back over what we learned in the last two years, one thread keeps coming up: chances to step in
            that were missed when problems were still small.

            We want to change that. We are working on three things:

            - **Practice:** people who feel sure of their ground, and who understand thresholds.
            - **Processes and pathways:** clear ones, which still work when a family moves across a boundary.
            - **Families:** help that starts from what a family needs, not from what a service happens to offer.

            When information is shared early and a worry takes the right route, fewer families end up in crisis. That
            is the point of it all.
            """
        ),
        "national_picture": story(
            """
            The story is the same across England. One review and government report after another has asked for early
            support that is steadier, works better and is paid for properly. Their message: prevent what can be
            prevented, step in early, and children and families do better.
            """
        ),
        "outcomes": rich(
            """
            - Whatever their agency, people who work with children in Durham trust themselves to identify risk.
            - Everybody understands, and uses, the thresholds, the safeguarding processes and the ways into support.
            - Support is well aimed: it fits the family, and it comes when it can do most good.
            - Workers lead assessments and plans in early help with confidence.
            """
        ),
        "publications": publications(
            PLAN,
            WORKING_TOGETHER,
            ("/training/being-part-of-a-taf/", "A course for those who lead, or join, a team around a family."),
        ),
    },
)

TRAUMA_INFORMED_PRACTICE = PageWords(
    address="/priorities/trauma-informed-practice/",
    model=PriorityPage,
    title="Trauma informed practice",
    summary="Understanding what lies behind behaviour, so that children, young people and parents get help that heals.",
    topics=("trauma", "mental-health", "parental-mental-health"),
    fields={
        "number": 3,
        **PERIOD,
        "search_description": "Priority 3, 2025 to 2027: trauma informed practice and adverse childhood experiences.",
        "why": story(
            """
            We want every agency to get better at seeing trauma, in children and young people and in their parents, and
            at understanding what it does. Then we can look together for what needs to improve: in mental and emotional
            wellbeing, in behaviour and attendance at school, and in keeping young people safe as they grow into
            adults.

            ### What our reviews tell us
            """,
            callout(
                "important",
                "A thread through every review",
                """
                Each rapid review, each child safeguarding practice review (CSPR) and each piece of priority work in
                the past 12 months taught us something about complex trauma and how to assess risk.
                """,
            ),
            """
            - Distress that nobody responds to can end in family ties breaking.
            - Risk is greater for young people who will go on needing support when they are adults.
            """,
        ),
        "outcomes": rich(
            """
            - All agencies that work with children and families practise in a trauma informed way, as a matter of course.
            - People recognise what trauma does, and understand it.
            - People know what adverse childhood experiences (ACEs) are, and see them in parents as well as in children.
            - Whatever we offer, to young people or to those who bring them up, makes room for trauma to be seen and helped.
            - Support is there at the moment when something happens, not months afterwards.
            """
        ),
        "publications": publications(
            PLAN,
            ("/training/trauma-informed-approaches/", "A course of our programme."),
            ("/training/pamic/", "A course on children who live with a parent’s mental ill health."),
        ),
    },
)

WORKING_TOGETHER_AND_REFORM = PageWords(
    address="/priorities/working-together-and-reform/",
    model=PriorityPage,
    title="Working together and towards reform action plan",
    summary="Bringing the country’s new rules and ambitions for children’s social care to life in County Durham.",
    topics=("working-together", "learning-from-reviews"),
    fields={
        "number": 4,
        **PERIOD,
        "search_description": "Priority 4, 2025 to 2027: Working Together to Safeguard Children 2023, Stable Homes, "
        "Built on Love, and Durham’s revised safeguarding arrangements.",
        "why": story(
            """
            National guidance has changed, and so must we. Partnerships were asked to look afresh at the way their
            agencies work together locally. We have done so, and
            [our revised multi-agency safeguarding arrangements](/resources/local-resources/safeguarding-arrangements/)
            are published. The action plan carries the work on.
            """,
            key_facts(
                "The dates to know",
                ("15 December 2023", "the new Working Together is published"),
                ("2018", "the edition that it replaces"),
                ("2023", "the year of Stable Homes, Built on Love"),
            ),
        ),
        "national_picture": story(
            """
            [Working Together to Safeguard Children 2023](/resources/national-guidance/working-together-2023/) is
            statutory guidance. It tells organisations in England what they have to do, and what they should do, for
            everyone under 18: to help them, to protect them and to further their welfare. It came out on 15 December
            2023 and took the place of the 2018 edition.

            Behind it stands a larger ambition. In
            [Stable Homes, Built on Love](/resources/national-guidance/stable-homes-built-on-love/) (2023) the
            Government committed itself to a safe and loving home, with stability, for every child. The new edition is
            one of the main ways of getting there.
            """
        ),
        "outcomes": rich(
            """
            - Our multi-agency safeguarding arrangements have been reviewed in the light of the new guidance. The
              revised ones are published.
            - Further outcomes of the action plan: to be completed by the partnership.
            """
        ),
        "publications": publications(
            WORKING_TOGETHER,
            (
                "/resources/national-guidance/stable-homes-built-on-love/",
                "The Government’s strategy for children’s social care.",
            ),
            ARRANGEMENTS,
            ("/resources/local-resources/yearly-reports-analysis-2023-24/", "How partnerships are putting it to work."),
        ),
    },
)

PRIORITIES = (
    INDEX,
    HARM_OUTSIDE_THE_HOME,
    EARLY_IDENTIFICATION,
    TRAUMA_INFORMED_PRACTICE,
    WORKING_TOGETHER_AND_REFORM,
)
