"""The training catalogue: three courses in full, nine in short, and the eLearning platform."""

from home.example.blocks import At, accordion, callout, contact, key_facts, links, table
from home.example.markup import rich, story
from home.example.structure import PageWords
from home.models import StandardPage
from training.models import CoursePage, TrainingIndexPage

TRAINING_EMAIL = "dscptraining@durham.gov.uk"
LIVE = {"is_face_to_face": True, "is_virtual": True}

CATALOGUE = PageWords(
    address="/training/",
    model=TrainingIndexPage,
    title="Training",
    menu=True,
    summary="Courses for everyone who works with children and families in County Durham: in a room, online, or "
    "whenever it suits you.",
    fields={
        "charging_policy": At("/training/charging-policy/"),
        "search_description": "Safeguarding training in County Durham: face to face, virtual, eLearning and recorded "
        "briefings for 2025/26.",
        "body": story(
            """
            The programme for 2025/26 follows what learning reviews, our own and the nation’s, keep asking for. The
            Workforce Learning and Development Group chooses the courses.
            """,
            key_facts(
                "",
                ("12", "courses face to face, or on MS Teams or Zoom"),
                ("46", "eLearning sessions and recorded briefings"),
            ),
        ),
    },
)

CHARGING_POLICY = PageWords(
    address="/training/charging-policy/",
    model=StandardPage,
    title="Charging policy",
    summary="Please read this before you book a course or open an eLearning account.",
    audiences=("everyone-working-with-children",),
    fields={
        "search_description": "The charging policy for training of the Durham Safeguarding Children Partnership.",
        "body": story(
            callout(
                "important",
                "",
                """
                **To be completed by the partnership.** The partnership has a charging policy for its training. Its rules and amounts are not on this page yet,
                and nothing on this page is an offer or a promise of a free place.
                """,
            ),
            """
            ## What this page will tell you

            - whether your agency pays for a place, and how much
            - what happens if you cancel, or if nobody comes to the place that you booked
            - whether somebody else may come instead of you
            - how an invoice reaches the right person

            ## Ask before you book

            If you are not sure what applies to you, ask the training team first.
            """,
            contact("Training team", "Charges, bookings and eLearning accounts", email=TRAINING_EMAIL),
        ),
    },
)

ANTI_RACIST_PRACTICE = PageWords(
    address="/training/anti-racist-practice/",
    model=CoursePage,
    title="Anti-Racist Practice",
    summary="A course that challenges, in a room that is safe: on being anti-racist, and on working well with all of "
    "Durham’s communities.",
    topics=("race-and-racism", "culture-and-identity"),
    audiences=("everyone-working-with-children",),
    fields={
        **LIVE,
        "search_description": "Anti-Racist Practice: a course for everyone who works with children and families in "
        "County Durham.",
        "body": story(
            """
            Not being racist is one thing. Being anti-racist is another. This course asks you to think hard about the
            difference, and about your own part: the privileges you have, and the power that comes with your job.

            You will be challenged, and you will be safe. The facilitator makes room for honest talk, so that you can
            look at how you meet people of other backgrounds than your own without anyone feeling oppressed by it.

            ## What you will talk about

            - **Terms of address:** which words to use for people, and how to ask
            - **Unconscious bias:** what we assume before we have looked
            - **Language:** what our words do
            """,
            accordion(
                (
                    "Why now, and why in Durham?",
                    """
                    Parts of the county are changing, and more of our families have roots in other cultures. At the same
                    time public debate has hardened; the riots and unrest in the summer of 2024 showed how far. Children
                    and families may need another kind of support from us than we are used to giving. We can only offer
                    it if our practice is sensitive and leaves nobody out.
                    """,
                ),
            ),
        ),
        "learning_outcomes": rich(
            """
            - explain what sets anti-racist apart from non-racist practice
            - think critically about your own privilege and position
            - talk with more confidence to people from all our communities
            - adapt the support you give to what a child and family need
            """
        ),
        "who_should_attend": rich(
            "Practitioners of every agency who work with children and families in County Durham."
        ),
        "take_another": rich(
            """
            There is a separate course on working with Gypsy, Roma and Traveller families:
            [Gypsy, Roma Traveller Cultural Awareness](/training/gypsy-roma-traveller-cultural-awareness/).
            """
        ),
        "related_courses": (
            At("/training/gypsy-roma-traveller-cultural-awareness/"),
            At("/training/lgbtqia-awareness/"),
        ),
    },
)

TEAM_AROUND_THE_FAMILY = PageWords(
    address="/training/being-part-of-a-taf/",
    model=CoursePage,
    title="Being Part of a TAF (Team Around the Family)",
    summary="What a lead practitioner is expected to do, who else is in the team, and how to make it work for the family.",
    topics=("early-help", "information-sharing"),
    audiences=("everyone-working-with-children", "schools-and-colleges", "early-years", "health"),
    fields={
        **LIVE,
        "search_description": "Being Part of a TAF: a course for lead practitioners and members of a team around the "
        "family in County Durham.",
        "body": story(
            """
            A team around the family (TAF) can turn things round for a family, if everyone in it knows their part. This
            course is about those parts, and first of all about the **lead practitioner**.

            You will look at what is expected of you when you take the lead, and clear up some things that people often
            get wrong about it. You will see what good practice looks like: help that arrives in time, suits the family,
            and brings them closer to goals of their own.
            """,
            table(
                "What the course looks at",
                ("Theme", "What it covers"),
                ("The lead practitioner", "What is expected, and what is only believed to be"),
                ("Roles in the team", "Who does what in a TAF"),
                ("Working together", "Why a team that shares the work gets further"),
                ("Responsibilities", "Yours and everybody else’s, for a good outcome"),
            ),
        ),
        "learning_outcomes": rich(
            """
            - say what a lead practitioner has to do, and what not
            - describe the roles in a team around the family
            - work with the others so that the team achieves more
            - make sure that support for the family is timely and fits its goals
            """
        ),
        "who_should_attend": rich(
            "Anyone who is about to be the lead practitioner of a team around the family, and anyone who is part of one."
        ),
        "take_another": rich(
            """
            If you are new to safeguarding, begin with
            [Safeguarding Children Level 1 and 2](/training/safeguarding-children-level-1-and-2/).
            """
        ),
        "related_courses": (At("/training/neglect-basics-and-toolkit/"), At("/training/neglect-and-poverty/")),
    },
)

SAFEGUARDING_ONE_AND_TWO = PageWords(
    address="/training/safeguarding-children-level-1-and-2/",
    model=CoursePage,
    title="Safeguarding Children Level 1 and 2",
    summary="The first course for anyone whose work brings them near children or families, taught live rather than on a "
    "screen by yourself.",
    topics=("safeguarding-basics", "information-sharing"),
    audiences=("everyone-working-with-children", "early-years", "schools-and-colleges", "voluntary-and-community"),
    fields={
        "level": "1-2",
        **LIVE,
        "search_description": "Safeguarding Children Level 1 and 2: live training on the signs of abuse and neglect and how "
        "to respond, in County Durham.",
        "body": story(
            """
            You drive a taxi, run a reception desk, look after toddlers. Sooner or later you will see or hear something
            that makes you wonder. This course tells you what it might be and what to do.

            It is taught by a person, in a room or on MS Teams or Zoom, and stands in for the level 1 or level 2 course
            on [Me-Learning](/training/me-learning/). Choose it if you would rather learn with others than by eLearning.
            """
        ),
        "learning_outcomes": rich(
            """
            By the end you will:

            - be able to say what abuse and neglect of children are, and which signs may point to them
            - be able to act when a child or young person worries you
            - know of other forms that abuse takes, and how they show
            - understand why a child’s own voice and lived experience matter so much
            - see why good communication and the sharing of information keep children safe
            - see why it matters to challenge, and to stay professionally curious
            - know how allegations are handled
            - know what private fostering is
            """
        ),
        "who_should_attend": rich(
            """
            Anyone who works with families and young people, or near them, and needs to understand
            safeguarding in order to protect a child. Taxi drivers, staff in early years and people in administration
            are examples.
            """
        ),
        "take_another": rich(
            """
            Managers, designated leads and everyone else with a responsibility for safeguarding in their job need
            [Safeguarding Children for Managers and Designated Leads](/training/safeguarding-children-level-3-4/)
            (levels 3 and 4) instead.

            If you prefer to learn by yourself and in your own time, take level 1 or 2 on
            [Me-Learning](/training/me-learning/).
            """
        ),
        "related_courses": (
            At("/training/safeguarding-children-level-3-4/"),
            At("/training/neglect-basics-and-toolkit/"),
        ),
    },
)

ME_LEARNING = PageWords(
    address="/training/me-learning/",
    model=CoursePage,
    title="Me-Learning: eLearning and recorded briefings",
    summary="46 short sessions on special subjects, to take at any time on our eLearning platform.",
    topics=("safeguarding-basics", "learning-from-reviews"),
    audiences=("everyone-working-with-children",),
    fields={
        "is_elearning": True,
        "is_briefing": True,
        "search_description": "46 eLearning sessions and recorded briefings on the Me-Learning platform of the Durham "
        "Safeguarding Children Partnership.",
        "body": story(
            key_facts("", ("46", "eLearning sessions and recorded briefings")),
            """
            Not every gap in what we know needs a day in a training room. On Me-Learning you find short sessions on
            specialist subjects, picked because the same themes surface in review after review, in Durham and elsewhere.
            Level 1 and level 2 of Safeguarding Children are among them.

            ## How to get in

            You need an account on the platform. Before you open one, read the
            [charging policy](/training/charging-policy/).
            """,
            callout(
                "information",
                "The link to the platform",
                """
                The address of Me-Learning is to be added by the partnership. Until then the training team will tell you
                how to register or sign in: write to [dscptraining@durham.gov.uk](mailto:dscptraining@durham.gov.uk).
                """,
            ),
            links(
                "Rather with others?",
                ("/training/safeguarding-children-level-1-and-2/", "The same levels, taught live."),
            ),
        ),
        "who_should_attend": rich("Anyone who works with children and families and learns best in their own time."),
    },
)

IN_FULL = (ME_LEARNING, ANTI_RACIST_PRACTICE, TEAM_AROUND_THE_FAMILY, SAFEGUARDING_ONE_AND_TWO)
