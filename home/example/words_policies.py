"""Privacy and accessibility: what the software does, and what the partnership has still to say."""

from home.example.blocks import callout, links, table
from home.example.markup import story
from home.example.structure import PageWords
from home.models import StandardPage

TO_COMPLETE = "To be completed by the partnership"

PRIVACY = PageWords(
    address="/privacy/",
    model=StandardPage,
    title="Privacy",
    summary="What this site knows of you, what it doesn’t, and what becomes of a message that you send.",
    fields={
        "search_description": "How this site treats personal data: no tracking, no requests to other companies.",
        "body": story(
            """
            ## When you read

            You can read every public page without telling us anything about yourself.

            - No page counts or follows you. There are no tracking pixels and no advertising.
            - No page fetches anything from another company: no fonts, maps, pictures or scripts. A film from YouTube or
              Vimeo is only fetched when you press play; from then on that company’s own rules apply.
            - Pages that you only read set no cookie.

            ## When you write to us

            The [contact form](/contact/) sets a cookie that protects the form from misuse. It holds a random value and
            nothing about you.

            Your name, e-mail address and message are kept on this site, where authorised staff read them. Staff are
            told by e-mail that a message has come; what you wrote is not in that e-mail. The software marks a message as
            urgent if it contains words that may mean that somebody is being harmed. You get no copy.

            ## When you ask for the newsletter

            You give an e-mail address and, if you like, your name, where you work and what interests you. Nothing is
            sent before you confirm from that address. Every e-mail has a link with which you leave, and another with
            which you see, change or erase what is held about you. A record that you agreed, and when, is kept; after
            an erasure it no longer holds your address. Newsletters tell us nothing about whether you open them or
            which links you follow.

            ## When you sign in

            Only staff sign in. A cookie then keeps them signed in until they sign out, or for a working day. What
            they change is recorded under their name.
            """,
            table(
                "Cookies of this site",
                ("When", "Cookie", "What for"),
                ("Reading", "None", "Nothing to keep"),
                ("Writing to us, or asking for the newsletter", "csrftoken", "Protects the form from misuse"),
                ("Signing in, staff only", "sessionid", "Keeps a member of staff signed in"),
            ),
            """
            ## Logs

            The software’s own log says what it did, by number. It holds no names, messages or e-mail addresses.

            ## What is still to be said here
            """,
            callout(
                "important",
                TO_COMPLETE,
                """
                - who is responsible for personal data on this site, and how to reach the data protection officer
                - the lawful basis for each use
                - how long messages and records of consent are kept (to be confirmed)
                - who else receives data, such as the company that hosts the site
                - your rights, and how to use them
                """,
            ),
        ),
    },
)

ACCESSIBILITY = PageWords(
    address="/accessibility/",
    model=StandardPage,
    title="Accessibility",
    summary="How this site is built so that everyone can use it, what hasn’t been checked yet, and how to tell us what gets "
    "in your way.",
    fields={
        "search_description": "How accessible the site of the Durham Safeguarding Children Partnership is, and how to "
        "report a problem.",
        "body": story(
            """
            We want you to be able to use this site whatever you see, hear or use: also on an old phone, in bad light, or
            on a bad day. The aim is the Web Content Accessibility Guidelines (WCAG) 2.2 at level AA.

            ## How the site is built

            - Everything works by keyboard, and you always see where you are.
            - Text can be enlarged to 400% without scrolling from side to side.
            - Pages have headings, landmarks and labels that a screen reader can announce.
            - Pages work without JavaScript, and print without clutter.
            - The site follows your device when you prefer a dark screen or stronger contrast.
            - Pictures have a description, unless they are only there to please the eye.
            - A form that was filled in wrongly says what to do, beside the field and at the top, and keeps what you
              typed.

            ## How it is tested

            The software comes with automated tests. They open each kind of page in a browser and check it with a
            recognised tool (axe-core), by keyboard, and on a narrow screen. Automated tests find a part of all problems
            only; they don’t replace people.

            ## What hasn’t been checked yet
            """,
            callout(
                "important",
                TO_COMPLETE,
                """
                - the result of an audit by people, some of them with disabilities
                - how far the site complies, and what is known not to work
                - which documents on the site are not accessible, and by when they will be
                - the formal accessibility statement, with its date and the way to enforce it
                """,
            ),
            """
            ## Tell us

            Is there something that you can’t read or use, or that you need in another format? Please tell us, with the
            address of the page if you can.
            """,
            links("", ("/contact/", "We answer to the e-mail address that you give.")),
        ),
    },
)

POLICIES = (PRIVACY, ACCESSIBILITY)
