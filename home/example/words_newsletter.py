"""The April 2025 issue, with all its sections."""

from datetime import date, datetime

from home.example.blocks import button, callout, item, key_facts, links, section
from home.example.markup import rich
from home.example.structure import LONDON, PageWords
from news.models import NewsletterIndexPage, NewsletterIssuePage

INDEX = PageWords(
    address="/newsletters/",
    model=NewsletterIndexPage,
    title="Newsletters",
    menu=True,
    summary="Every issue of the DSCP newsletter: news, training, learning and guidance in one place.",
)

LATEST_NEWS = section(
    "latest_news",
    item(
        "/news/business-plan-launched/",
        "The business plan 2025 to 2027 is launched",
        """
        One vision, Keeping Children Safe; three values, tenacity, curiosity and openness; and a clear idea of what
        partners expect from each other: common goals, real accountability, learning that lasts and information that
        flows.
        """,
    ),
    item(
        "/plans/business-plan-2025-2027/", "Read the plan", "In chapters, on any screen, or all on one page to print."
    ),
    item("/about/", "New to the DSCP?", "Who we are and what we do together."),
)

PRIORITIES = section(
    "priorities",
    "These are the priorities that the partnership has agreed for 2025 to 2027, and what we hope to reach with each.",
    item(
        "/priorities/harm-outside-the-home/",
        "One: harm outside the home",
        """
        For the young people whom professionals rarely see. More awareness, a better grip on places and spaces, attention
        to missing children, and disruption of those who harm them.
        """,
    ),
    item(
        "/priorities/early-identification-and-intervention/",
        "Two: early identification and intervention",
        """
        Our learning points to chances missed early on. Confident workers, thresholds that all understand, and help that
        fits the family and comes in time.
        """,
    ),
    item(
        "/priorities/trauma-informed-practice/",
        "Three: trauma informed practice",
        """
        Every review of the past 12 months touched on complex trauma. We want it recognised and understood, in children
        and in parents, and support to be there when something happens.
        """,
    ),
    item(
        "/priorities/working-together-and-reform/",
        "Four: working together and towards reform",
        """
        Working Together 2023 has replaced the 2018 edition, and serves the aims of Stable Homes, Built on Love. We have
        revised our safeguarding arrangements to match.
        """,
    ),
)

WHATS_NEW = section(
    "whats_new",
    links(
        "",
        ("/training/", "See the courses of 2025/26.", "Find and book training"),
        ("/resources/", "Guidance, reports and toolkits in four libraries.", "Find resources"),
    ),
)

EVENTS = section(
    "events",
    item(
        "/events/mental-health-awareness-week-2025/",
        "Mental Health Awareness Week, 12 to 18 May",
        """
        The Mental Health Foundation’s week has “community” as its theme. A good moment to ask someone how they really
        are, and to stay for the answer.
        """,
    ),
    key_facts(
        "", ("1 in 4", "of us has a mental health problem each year"), ("12 to 18 May", "the dates for your diary")
    ),
)

TRAINING = section(
    "training",
    """
    The programme for 2025/26 is open: face to face, virtual, eLearning and recorded briefings. Its themes come from
    reviews, local and national.
    """,
    callout(
        "action",
        "Book early",
        "Places are limited. Please read the [charging policy](/training/charging-policy/) before you book.",
    ),
    item("/training/anti-racist-practice/"),
    item("/training/being-part-of-a-taf/"),
    item("/training/safeguarding-children-level-1-and-2/"),
    """
    You can also book:

    - [Gypsy, Roma Traveller Cultural Awareness](/training/gypsy-roma-traveller-cultural-awareness/)
    - [Impact of Parental/Carer Mental Ill Health on Children (PAMIC)](/training/pamic/)
    - [LGBTQIA+ Awareness](/training/lgbtqia-awareness/)
    - [Neglect and Poverty](/training/neglect-and-poverty/)
    - [Neglect Basics and Toolkit](/training/neglect-basics-and-toolkit/)
    - [Parental Substance Misuse](/training/parental-substance-misuse/)
    - [Safeguarding Children for Managers and Designated Leads (Level 3-4)](/training/safeguarding-children-level-3-4/)
    - [Trauma Informed Approaches](/training/trauma-informed-approaches/)
    - [Understanding Gangs and Exploitation from a Child’s Perspective](/training/understanding-gangs-and-exploitation/)
      (accredited)
    """,
    item(
        "/training/me-learning/",
        "46 sessions on Me-Learning",
        "Short eLearning and recorded briefings on special subjects, whenever you have half an hour.",
    ),
    "Questions? Write to [dscptraining@durham.gov.uk](mailto:dscptraining@durham.gov.uk).",
)

SPOTLIGHT = section(
    "spotlight",
    item(
        "/news/race-racism-and-safeguarding/",
        "",
        """
        A report of 11 March 2025 on 53 Black, Asian and Mixed Heritage children, 27 of whom died. It finds silence
        where there should be talk of race and racism. Three findings, three recommendations, and what they mean for us.
        """,
    ),
    item("/training/anti-racist-practice/", "From reading to doing", "Our course on anti-racist practice."),
)

LOCAL_RESOURCES = section(
    "local_resources",
    item(
        "/resources/local-resources/yearly-reports-analysis-2023-24/",
        "",
        """
        A national look at the yearly reports of 2023 to 2024 names the DSCP three times as good practice, for the way
        we measure impact. Thank you to everyone who made that possible.
        """,
    ),
    item("/resources/local-resources/safeguarding-arrangements/", "Our revised safeguarding arrangements"),
)

NATIONAL_GUIDANCE = section(
    "national_guidance",
    item("/resources/national-guidance/working-together-2023/"),
    item("/resources/national-guidance/stable-homes-built-on-love/"),
    item("/resources/learning-from-reviews/its-silent/"),
)

APRIL = PageWords(
    address="/newsletters/april-2025/",
    model=NewsletterIssuePage,
    title="DSCP newsletter: April 2025",
    summary="A new business plan and its four priorities, Mental Health Awareness Week, the training programme, and a "
    "spotlight on race, racism and child safeguarding.",
    published=datetime(2025, 4, 1, 9, tzinfo=LONDON),
    approve=True,
    fields={
        "date": date(2025, 4, 1),
        "subject": "DSCP newsletter: April 2025",
        "preview_text": "A new business plan, four priorities, the year’s courses, and a spotlight on race and racism.",
        "search_description": "The April 2025 newsletter of the Durham Safeguarding Children Partnership.",
        "introduction": rich(
            """
            Spring brings a plan, four priorities and a full programme of courses. It also brings a report that is hard
            to read, and that we should all read. Have we missed something, or could we do better next time? Tell us:
            [DSCPSecure@durham.gov.uk](mailto:DSCPSecure@durham.gov.uk).
            """
        ),
        "sections": [
            LATEST_NEWS,
            PRIORITIES,
            WHATS_NEW,
            EVENTS,
            TRAINING,
            SPOTLIGHT,
            LOCAL_RESOURCES,
            NATIONAL_GUIDANCE,
            section("contact", button("Write to us", "/contact/", "secondary")),
            section("subscriptions"),
        ],
    },
)

NEWSLETTERS = (INDEX, APRIL)
