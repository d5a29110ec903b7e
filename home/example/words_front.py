"""The front page, the pages about the partnership, the contact page, and the site settings."""

from dscp_cms.models import SiteSettings
from home.example.blocks import Drawn, accordion, callout, cards, links
from home.example.markup import rich, story
from home.example.structure import PageWords
from home.models import ContactFormField, ContactPage, HomePage, StandardPage

FRONT = PageWords(
    address="/",
    model=HomePage,
    title="Durham Safeguarding Children Partnership",
    summary="We bring the council, police, health, schools and voluntary agencies together, so that children and "
    "young people in County Durham grow up safe.",
    fields={
        "headline": "Keeping children safe is everyone’s responsibility",
        "image": Drawn("bridge"),
        "search_description": "What to do if you are worried about a child in County Durham, and news, training and "
        "resources for everyone who works with children.",
        "body": story(
            """
            ## Who we are

            No single agency sees the whole of a child’s life. A teacher notices one thing, a nurse another, a
            neighbour a third. The Durham Safeguarding Children Partnership is where the pieces come together: we agree
            what matters most, train people to see the signs, learn when things go wrong, and ask each other hard
            questions.
            """,
            cards("Find your way", "/about/", "/parents-and-carers/", "/children-and-young-people/"),
        ),
    },
)


def _questions(page: ContactPage) -> None:
    page.form_fields = [
        ContactFormField(label="Name", field_type="singleline", required=True, sort_order=0),
        ContactFormField(
            label="E-mail",
            field_type="email",
            required=True,
            sort_order=1,
            help_text="So that we can answer you.",
        ),
        ContactFormField(
            label="Message",
            field_type="multiline",
            required=True,
            sort_order=2,
            help_text="Please don’t name a child or describe a family here.",
        ),
    ]


ABOUT = PageWords(
    address="/about/",
    model=StandardPage,
    title="About us",
    menu=True,
    summary="Who we are, what the agencies of the partnership do together, and what guides us.",
    fields={
        "search_description": "About the Durham Safeguarding Children Partnership: its vision, values, priorities and "
        "how agencies in County Durham work together.",
        "body": story(
            """
            The Durham Safeguarding Children Partnership joins up the people whose work can keep a child safe: the
            council, the police, health services, schools and voluntary agencies across County Durham. Our own
            task is to make sure that they all pull in the same direction.

            ## Our vision

            **Keeping Children Safe.** Three words, and they cover everything we do. They rest on a simple belief:
            safeguarding belongs to all of us, whatever our job.

            ## Our values

            - **Tenacity:** we don’t let go of a worry about a child because it is hard to solve.
            - **Curiosity:** we look again, ask again, and wonder what life is like for this child.
            - **Openness:** we share what others need to know, and say so when we got something wrong.

            ## What we do together
            """,
            accordion(
                (
                    "We agree what matters most",
                    """
                    Our [business plan](/plans/business-plan-2025-2027/) sets four [priorities](/priorities/) for the
                    years 2025 to 2027. Each says what should be different for children at the end.
                    """,
                ),
                (
                    "We train people",
                    """
                    Our [training programme](/training/) is open to people from every agency, from a first course on
                    safeguarding to courses for designated leads.
                    """,
                ),
                (
                    "We learn",
                    """
                    When a child has been seriously harmed, we ask what can be learned, and bring it into practice and
                    into our courses. [Learning from reviews](/resources/learning-from-reviews/) gathers what we and
                    others have found.
                    """,
                ),
                (
                    "We hold each other to account",
                    """
                    Partners ask each other for evidence, not for reassurance. How we do it is set out in our
                    [multi-agency safeguarding arrangements](/resources/local-resources/safeguarding-arrangements/).
                    """,
                ),
            ),
            callout(
                "information",
                "Named as good practice",
                """
                A national analysis of safeguarding partners’ yearly reports for 2023 to 2024 names us three times for
                the way we measure what our work achieves. [Read the news](/news/yearly-reports-good-practice/).
                """,
            ),
            links(
                "Read more",
                ("/plans/business-plan-2025-2027/", "What we set out to do, in chapters."),
                ("/resources/local-resources/safeguarding-arrangements/", "How the agencies work together."),
                ("/contact/", "How to reach the partnership’s office."),
            ),
        ),
    },
)

CONTACT = PageWords(
    address="/contact/",
    model=ContactPage,
    title="Contact us",
    summary="How to reach the partnership’s office with a question, a comment or an idea for the newsletter.",
    finish=_questions,
    fields={
        "search_description": "Contact the office of the Durham Safeguarding Children Partnership. Not for reporting a "
        "concern about a child.",
        "body": story(
            """
            ## What we can help with

            - questions about the partnership, its plans and its documents
            - comments and suggestions for the newsletter
            - resources that you can’t open, or need in another format
            """,
            links(
                "",
                ("/training/", "The catalogue names the training team’s own address.", "Questions about a course"),
                ("/accessibility/", "Tell us what gets in your way.", "Trouble using this site"),
            ),
        ),
        "thank_you": rich(
            """
            Your message has reached the partnership’s office. We answer to the e-mail address that you gave.

            If you wrote to us because you are worried about a child, please don’t wait for an answer:
            [find out whom to call now](/worried-about-a-child/).
            """
        ),
    },
)

FRONT_PAGES = (ABOUT, CONTACT)

SETTINGS = {
    "address": "Council Offices\nGreen Lane\nSpennymoor\nDL16 6JQ",
    "telephone": "03000 265770",
    "email": "DSCPSecure@durham.gov.uk",
    "training_email": "dscptraining@durham.gov.uk",
    "website": "www.durham-scp.org.uk",
    "footer_text": "The agencies of County Durham, working together so that every child grows up safe.",
}


def fill_settings(site) -> list[str]:
    """Fill in what is still empty, unless somebody has saved the settings; return the names of what was filled.

    The local referral number is never among them: it must be rung before it is shown.
    """
    from wagtail.models import ModelLogEntry

    settings = SiteSettings.for_site(site)
    if ModelLogEntry.objects.for_instance(settings).exists():
        return []
    filled = [name for name, value in SETTINGS.items() if not getattr(settings, name)]
    for name in filled:
        setattr(settings, name, SETTINGS[name])
    if filled:
        settings.save(update_fields=filled)
    return filled
