"""The nine courses of which the programme gives only the title: what each is about, and whom to ask for more."""

from home.example.blocks import At, callout
from home.example.markup import rich, story
from home.example.structure import PageWords
from home.example.words_training import LIVE
from training.models import CoursePage

ASK = callout(
    "information",
    "",
    """
    **Would you like to know more?** A full description and the learning outcomes are to be added by the training team. Until then, ask:
    [dscptraining@durham.gov.uk](mailto:dscptraining@durham.gov.uk).
    """,
)


def _short(slug: str, title: str, summary: str, words: str, topics: tuple[str, ...], **more) -> PageWords:
    """A course with a few words on its subject and no claim about what is taught."""
    audiences = more.pop("audiences", ("everyone-working-with-children",))
    return PageWords(
        address=f"/training/{slug}/",
        model=CoursePage,
        title=title,
        summary=summary,
        topics=topics,
        audiences=audiences,
        fields={**LIVE, "body": story(words, ASK), **more},
    )


IN_SHORT = (
    _short(
        "gypsy-roma-traveller-cultural-awareness",
        "Gypsy, Roma Traveller Cultural Awareness",
        "On working with Gypsy, Roma and Traveller children and families.",
        """
        Trust grows where people feel understood. This course is about the cultures of Gypsy, Roma and Traveller
        communities, and about meeting their families with knowledge instead of assumptions.
        """,
        ("culture-and-identity", "race-and-racism"),
        related_courses=(At("/training/anti-racist-practice/"),),
    ),
    _short(
        "pamic",
        "Impact of Parental/Carer Mental Ill Health on Children (PAMIC)",
        "On children who live with a parent’s or carer’s mental ill health.",
        """
        Most parents who are ill love their children and do their best. Still, a child may be worried, alone with too
        much, or at risk. This course is about seeing the child when all eyes are on the adult.
        """,
        ("parental-mental-health", "trauma", "mental-health"),
        audiences=("everyone-working-with-children", "health"),
    ),
    _short(
        "lgbtqia-awareness",
        "LGBTQIA+ Awareness",
        "On lesbian, gay, bisexual, trans, queer, intersex and asexual children, young people and families.",
        """
        A young person decides within seconds whether it is safe to be themselves with you. This course is about
        becoming somebody with whom it is.
        """,
        ("culture-and-identity",),
        related_courses=(At("/training/anti-racist-practice/"),),
    ),
    _short(
        "neglect-and-poverty",
        "Neglect and Poverty",
        "On telling neglect and poverty apart, and on families who live with both.",
        """
        Being poor is not neglect, and neglect is found in families with money. Yet poverty makes everything harder.
        This course is about looking closely at the two, and being fair.
        """,
        ("neglect", "poverty"),
        related_courses=(At("/training/neglect-basics-and-toolkit/"),),
    ),
    _short(
        "neglect-basics-and-toolkit",
        "Neglect Basics and Toolkit",
        "On recognising neglect, and on the toolkit that helps to put it into words.",
        """
        Neglect rarely shows in a single moment. It builds up, and one gets used to it. This course is about the basics
        of neglect and about the toolkit that helps you to describe what you see.
        """,
        ("neglect", "early-help"),
        related_courses=(At("/training/neglect-and-poverty/"),),
    ),
    _short(
        "parental-substance-misuse",
        "Parental Substance Misuse",
        "On children who live with a parent’s use of alcohol or drugs.",
        """
        Children often know more about a parent’s drinking or drug use than anybody thinks, and keep it to themselves.
        This course is about what it means for them.
        """,
        ("parental-substance-misuse",),
    ),
    _short(
        "safeguarding-children-level-3-4",
        "Safeguarding Children for Managers and Designated Leads (Level 3-4)",
        "For designated safeguarding leads, managers and everyone else with a responsibility for safeguarding in their job.",
        """
        Others bring their worries to you, and look to you for the next step. This course is for people in that
        position.
        """,
        ("safeguarding-basics", "working-together"),
        audiences=("managers-and-leads", "schools-and-colleges"),
        level="3-4",
        who_should_attend=rich(
            "Designated safeguarding leads, managers, and people whose job gives them responsibility for safeguarding."
        ),
        take_another=rich(
            """
            If safeguarding is part of your work but you don’t lead on it, take
            [Safeguarding Children Level 1 and 2](/training/safeguarding-children-level-1-and-2/).
            """
        ),
        related_courses=(At("/training/safeguarding-children-level-1-and-2/"),),
    ),
    _short(
        "trauma-informed-approaches",
        "Trauma Informed Approaches",
        "On what trauma does to children and adults, and on working in a way that doesn’t add to it.",
        """
        “What is wrong with you?” closes a door. “What happened to you?” may open one. This course is about approaches
        that keep trauma in mind, and goes with our
        [third priority](/priorities/trauma-informed-practice/).
        """,
        ("trauma", "mental-health"),
    ),
    _short(
        "understanding-gangs-and-exploitation",
        "Understanding Gangs and Exploitation from a Child’s Perspective (Accredited)",
        "On gangs and exploitation, seen through the eyes of the child. An accredited course.",
        """
        To us it is a crime and a risk. To the child it may look like friendship, money, or the only place to belong.
        This course begins with how things look from there, and goes with our
        [first priority](/priorities/harm-outside-the-home/).
        """,
        ("exploitation", "harm-outside-the-home", "missing-children"),
        audiences=("everyone-working-with-children", "police", "social-care"),
        accreditation="Accredited; ask the training team by whom",
    ),
)
