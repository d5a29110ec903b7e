"""An old newsletter as people kept it: as text, HTML, e-mail, Word and PDF. All of it is made up."""

from email.message import EmailMessage

from resources.tests.made_files import RELS, W, line, pdf, zipped

PLAIN = """Example logo
DSCP Newsletter - June 2023
Welcome to this issue. Write to us at news@example.org if something is missing.

Latest News from DSCP

The partnership has a new plan. It sets out what we want to do together in the coming two years.
The plan says.
  • What we want to change
  • How we check it

Priorities (2023-2025)

Priority One: Bicycles Outside The Home

Why is it a Priority for DSCP?
Bicycles are often out of sight, so the partnership wants to look at how they are kept safe by everybody.

Outcomes:
  • Bicycles are seen
  • Bicycles are locked

Priority Two: Listening Early

Why is this a priority for the DSCP?
Listening early saves everybody a great deal of later work, and people say that it makes the difference.

National Picture:
Several reports say the same about the whole country.

Outcomes:
  • Everybody listens

What's New

Resources can be found here.

Events

Bicycle Safety Week (12-18 June)
Every year one bicycle in four is not as safe as it looks.
Read more at https://example.org/bicycles?a=1&b=2.

Training

The programme is now live.

Book now as places are limited and fill up quickly
Kinder Practice
A course on being kind at work.

Being Part of a Team (Team Around the Bicycle)
This course says who does what in a team.

Learning Outcomes:
By the end of the session, participants will:
  • Know who does what
  • Know whom to ask
Other courses available to book are:
  • Punctures, Chains and Brakes
  • Lights
eLearning
Register for an account HERE.

Voices of Cyclists

“We like to be asked.” A group of cyclists told us so in May.

Spotlight On

‘It’s Quiet’: bells, and how to ring them

A panel published a report about bells.

The key findings include:
  • Few bells: most bicycles have none.
  • Fewer rings: nobody dares.
The lead recommendations include:
  • Ring: do it.

Local Resources

Bell toolkit

National Guidance and Useful Resources

Contact us:

Example Offices, Example Lane, Durham, DH1 1AA
Tel: 01632 960000

Subscriptions

To leave, click the link below.
"""

HTML = """<!doctype html><html><head><title>June</title><style>p{}</style></head><body>
<div style="display:none">What June brings</div>
<table><tr><td><img src="x.png" alt="Example logo"><h1>DSCP Newsletter - June 2023</h1><p>Welcome to this <b>issue</b>.</p>
<h2>Latest News</h2><p>Read <a href="https://example.org/plan?a=1&amp;b=2">the plan</a> now.<br><br>It is new.</p>
<h2>Events</h2><h3>Bicycle Week</h3><p>In <i>June</i>. <a href="javascript:alert(1)">Press</a></p>
<h2>Voices of Cyclists</h2><ul><li>We like to be asked</li></ul>
<h2>Subscriptions</h2><p><a href="https://example.org/?mailpoet_router&endpoint=x&data=abc">Unsubscribe</a> here</p>
<script>alert(1)</script></td></tr></table></body></html>"""


def as_mail() -> bytes:
    """The HTML as it was sent, with a text beside it."""
    message = EmailMessage()
    message["Subject"] = "DSCP newsletter"
    message["From"] = "news@example.org"
    message["Date"] = "Thu, 01 Jun 2023 10:00:00 +0100"
    message.set_content("Only the text")
    message.add_alternative(HTML.replace(" - June 2023", ""), subtype="html")
    return message.as_bytes()


def as_word() -> bytes:
    """A Word file with headings, a list and a link."""

    def p(words: str, style: str = "", extra: str = "") -> str:
        look = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
        return f"<w:p>{look}<w:r><w:t>{words}</w:t></w:r>{extra}</w:p>"

    link = '<w:hyperlink r:id="rId9"><w:r><w:t>the plan</w:t></w:r></w:hyperlink>'
    body = [
        p("DSCP Newsletter - June 2023", "Title"),
        p("Latest News", "Heading1"),
        p("Read ", extra=link),
        p("Training", "Heading1"),
        p("Kinder Practice", "Heading2"),
        p("A course on being kind."),
        p("Know who does what", "ListParagraph"),
        p("Voices of Cyclists", "Heading1"),
        p("We like to be asked."),
    ]
    r = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
    return zipped(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            'wordprocessingml.document.main+xml"/></Types>',
            "word/document.xml": f"<w:document {W} {r}><w:body>{''.join(body)}</w:body></w:document>",
            "word/_rels/document.xml.rels": f'<Relationships {RELS}><Relationship Id="rId9" Type="{kind}" '
            'Target="https://example.org/plan" TargetMode="External"/></Relationships>',
        }
    )


def as_pdf() -> bytes:
    """A page of lines, one of them with a link over it."""
    lines = [
        "DSCP Newsletter - June 2023",
        "Latest News",
        "The partnership has a new plan, which sets out in a good number of words what we",
        "want to do together in the coming two years. Read the plan.",
        "Training",
        "Kinder Practice",
        "A course on being kind at work, and everywhere else where people meet each other.",
        "Contact us",
        "Example Offices",
    ]
    page = b"".join(line(words, y=760 - 16 * number) for number, words in enumerate(lines))
    link = (
        "<< /Type /Annot /Subtype /Link /Rect [72 708 420 722] /Border [0 0 0] "
        "/A << /S /URI /URI (https://example.org/plan) >> >>"
    )
    return pdf(page, annotations=link)
