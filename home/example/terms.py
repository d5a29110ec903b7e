"""Topics and audiences to filter by, and the glossary: only meanings that are common knowledge."""

from dscp_cms.models import GlossaryTerm

TOPICS = {
    "safeguarding-basics": {
        "name": "Safeguarding basics",
        "description": "What everyone needs: the signs of harm, and what to do about them.",
    },
    "harm-outside-the-home": {
        "name": "Harm outside the home",
        "description": "Harm in streets, parks, schools and online, beyond the family.",
    },
    "exploitation": {"name": "Exploitation", "description": "Criminal and sexual exploitation, gangs, and disruption."},
    "missing-children": {"name": "Missing children", "description": "Children who go missing, and finding out why."},
    "early-help": {
        "name": "Early help",
        "description": "Seeing a need early, thresholds, assessments and plans, the team around the family.",
    },
    "neglect": {"name": "Neglect", "description": "Children whose basic needs go unmet."},
    "poverty": {"name": "Poverty", "description": "Families under money pressure, and what it means for safeguarding."},
    "parental-substance-misuse": {
        "name": "Parental substance misuse",
        "description": "Children who live with a parent’s or carer’s use of alcohol or drugs.",
    },
    "parental-mental-health": {
        "name": "Parental mental health",
        "description": "Children who live with a parent’s or carer’s mental ill health.",
    },
    "trauma": {"name": "Trauma", "description": "Trauma informed practice and adverse childhood experiences."},
    "mental-health": {
        "name": "Mental health",
        "description": "The mental health and wellbeing of children and adults.",
    },
    "race-and-racism": {
        "name": "Race and racism",
        "description": "Race, ethnicity and racism in safeguarding practice.",
    },
    "culture-and-identity": {
        "name": "Culture and identity",
        "description": "Communities, cultures, gender and sexuality, and practice that includes them.",
    },
    "working-together": {
        "name": "Working together",
        "description": "Statutory guidance, local arrangements and national reform.",
    },
    "learning-from-reviews": {
        "name": "Learning from reviews",
        "description": "What local and national reviews teach us.",
    },
    "information-sharing": {"name": "Information sharing", "description": "Sharing what others need to know, in time."},
}

AUDIENCES = {
    "everyone-working-with-children": {"name": "Everyone working with children", "order": 10},
    "schools-and-colleges": {"name": "Schools and colleges", "order": 20},
    "early-years": {"name": "Early years", "order": 30},
    "health": {"name": "Health", "order": 40},
    "police": {"name": "Police", "order": 50},
    "social-care": {"name": "Social care", "order": 60},
    "voluntary-and-community": {"name": "Voluntary and community groups", "order": 70},
    "managers-and-leads": {"name": "Managers and designated leads", "order": 80},
    "parents-and-carers": {"name": "Parents and carers", "order": 90},
    "children-and-young-people": {"name": "Children and young people", "order": 95},
}

# term, what it stands for, meaning
GLOSSARY = (
    (
        "ACEs",
        "Adverse childhood experiences",
        "Stressful or frightening things that happen to a child, such as abuse, neglect, or a parent’s violence, "
        "addiction or imprisonment, and that can affect health and relationships for life.",
    ),
    (
        "CSPR",
        "Child safeguarding practice review",
        "A review held after a child has died or been seriously harmed and abuse or neglect is known or suspected. "
        "It asks what agencies can learn, not who is to blame.",
    ),
    (
        "Designated safeguarding lead",
        "",
        "The person in a school or other organisation who leads on safeguarding and whom colleagues go to with a concern.",
    ),
    (
        "Disruption",
        "",
        "Lawful action by police, councils and others that makes it harder for people to exploit children.",
    ),
    (
        "DSCP",
        "Durham Safeguarding Children Partnership",
        "The agencies that work together so that children in County Durham grow up safe.",
    ),
    (
        "Early help",
        "",
        "Support for a family as soon as a need shows, at any age of the child, so that things don’t get worse.",
    ),
    (
        "HOtH",
        "Harm outside the home",
        "Harm that comes to children from outside their family: in the street, at school, among friends or online.",
    ),
    (
        "LADO",
        "Local authority designated officer",
        "The officer in a council who oversees what is done when someone who works with children is accused of harm.",
    ),
    (
        "Lead practitioner",
        "",
        "The worker who holds a family’s plan together and is the family’s first contact.",
    ),
    (
        "Lived experience",
        "",
        "What daily life is really like for a child: what they see, hear, feel and go without.",
    ),
    (
        "MASA",
        "Multi-agency safeguarding arrangements",
        "The published document in which the safeguarding partners of an area say how they work together.",
    ),
    (
        "PAMIC",
        "Impact of parental or carer mental ill health on children",
        "A short name for the ways in which a parent’s or carer’s mental health can touch a child’s life.",
    ),
    (
        "Private fostering",
        "",
        "When a child under 16 (under 18 if disabled) lives for 28 days or more with someone who is not a close "
        "relative, by private agreement. The council must be told.",
    ),
    (
        "Professional curiosity",
        "",
        "Looking, listening and asking further, rather than taking what one is told or shown at face value.",
    ),
    (
        "Rapid review",
        "",
        "The quick first look at a serious incident, which decides whether a full practice review is needed.",
    ),
    (
        "TAF",
        "Team around the family",
        "The workers from different agencies, with the family, who agree one plan and review it together.",
    ),
    (
        "Threshold",
        "",
        "The level of need at which a particular kind of help, from early help to child protection, is right.",
    ),
    (
        "Trauma informed practice",
        "",
        "Working in a way that recognises what trauma does to people, and that does not harm them again.",
    ),
    (
        "Yearly report",
        "",
        "The report in which safeguarding partners say each year what they did and what difference it made.",
    ),
)


def load_glossary() -> int:
    """Fill the glossary if nobody has begun one; return how many terms were added."""
    if GlossaryTerm.objects.exists():
        return 0
    made = GlossaryTerm.objects.bulk_create(
        GlossaryTerm(term=term, stands_for=stands_for, meaning=meaning) for term, stands_for, meaning in GLOSSARY
    )
    return len(made)
