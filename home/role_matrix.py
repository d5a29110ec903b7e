"""The matrix of roles: what may be done, by whom, and the rights that it takes. ``docs/roles.md`` shows it.

The groups are Wagtail's own, *Editors* and *Moderators*, two for the newsletter and others beside them, which somebody
may be in as well. Administrators (superusers) may do everything and have no group.
"""

from dataclasses import dataclass

EDITORS, MODERATORS = "Editors", "Moderators"
NEWSLETTER_MANAGERS, NEWSLETTER_SENDERS = "Newsletter managers", "Newsletter senders"
TRAINING_TEAM = "Training team"
CONTRIBUTORS, PARTNER_MANAGERS = "Contributors", "Partner managers"
EDITORIAL = (EDITORS, MODERATORS)
NEWSLETTER = (NEWSLETTER_MANAGERS, NEWSLETTER_SENDERS)
GROUPS = (CONTRIBUTORS, *EDITORIAL, *NEWSLETTER, TRAINING_TEAM, PARTNER_MANAGERS)
PUBLISHED_BY_EDITORS = (
    "news.NewsIndexPage",
    "news.EventIndexPage",
    "training.TrainingIndexPage",
    "resources.ResourceIndexPage",
)


@dataclass(frozen=True)
class OnPages:
    """Rights on the pages of some types and on all pages below them."""

    types: tuple[str, ...]
    rights: tuple[str, ...]


@dataclass(frozen=True)
class OnFiles:
    """Rights on pictures and documents in every collection."""

    rights: tuple[str, ...]


@dataclass(frozen=True)
class OnTables:
    """Rights of the whole site, as Django names them: ``app.action_model``."""

    rights: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """A line of the matrix: what may be done, by whom, and the rights that it takes."""

    what: str
    groups: tuple[str, ...]
    rights: tuple[OnPages | OnFiles | OnTables, ...] = ()


FRONT = ("home.HomePage",)


def _tables(actions: str, *models: str) -> OnTables:
    return OnTables(
        tuple(f"{app}.{action}_{name}" for app, name in (m.split(".") for m in models) for action in actions.split())
    )


_LISTS = ("dscp_cms.topic", "dscp_cms.audience", "dscp_cms.agency", "dscp_cms.glossaryterm")

MATRIX = (
    Row("Sign in to the admin", GROUPS, (OnTables(("wagtailadmin.access_admin",)),)),
    Row(
        "Write pages of one's own, and submit them for approval",
        (CONTRIBUTORS, *EDITORIAL),
        (OnPages(FRONT, ("add_page",)),),
    ),
    Row(
        "Add pictures and documents, and change one's own",
        (CONTRIBUTORS, *EDITORIAL),
        (
            OnFiles(
                tuple(f"wagtailimages.{action}_image" for action in ("add", "choose"))
                + tuple(f"wagtaildocs.{action}_document" for action in ("add", "choose"))
            ),
        ),
    ),
    Row(
        "Write and change any page, and submit it for approval",
        EDITORIAL,
        (OnPages(FRONT, ("add_page", "change_page")),),
    ),
    Row(
        "Publish news, events, courses and resources (and the charging policy, which stands under training)",
        EDITORIAL,
        (OnPages(PUBLISHED_BY_EDITORS, ("publish_page",)),),
    ),
    Row(
        "Publish newsletter issues, plans, priorities, “Worried about a child?” and every other page",
        (MODERATORS,),
        (OnPages(FRONT, ("publish_page",)),),
    ),
    Row("Approve or send back what was submitted", (MODERATORS,)),
    Row(
        "Lock and unlock pages, and delete a page with all below it",
        (MODERATORS,),
        (OnPages(FRONT, ("lock_page", "unlock_page", "bulk_delete_page")),),
    ),
    Row(
        "Add, change and delete pictures and documents",
        EDITORIAL,
        (
            OnFiles(
                tuple(f"wagtailimages.{action}_image" for action in ("add", "change", "choose"))
                + tuple(f"wagtaildocs.{action}_document" for action in ("add", "change", "choose"))
            ),
        ),
    ),
    Row("End consent to a picture", (MODERATORS,), (OnTables(("dscp_cms.end_consent",)),)),
    Row("Add and change topics, audiences, agencies and the glossary", EDITORIAL, (_tables("add change", *_LISTS),)),
    Row("Delete topics, audiences, agencies and words of the glossary", (MODERATORS,), (_tables("delete", *_LISTS),)),
    Row("Draft an alert banner", EDITORIAL, (_tables("add change", "dscp_cms.sitealert"),)),
    Row("Publish, end and delete an alert banner", (MODERATORS,), (_tables("publish delete", "dscp_cms.sitealert"),)),
    Row(
        "Add file versions, look into them for readers, correct their labels, withdraw them",
        EDITORIAL,
        (_tables("add change", "resources.fileversion"),),
    ),
    Row("Export the list of file versions", (MODERATORS,), (_tables("export", "resources.fileversion"),)),
    Row("Delete a file version", ()),
    Row(
        "See what is searched for, and put pages on top of the results",
        EDITORIAL,
        (_tables("add change", "home.promotedresult"), _tables("view", "home.searchterm")),
    ),
    Row(
        "Take pages off the top of the results, and export what is searched for",
        (MODERATORS,),
        (_tables("delete", "home.promotedresult"), _tables("export", "home.searchterm")),
    ),
    Row(
        "See how often files are downloaded, and which learning points lack a briefing or a course",
        (EDITORS, MODERATORS, TRAINING_TEAM),
        (_tables("view", "resources.downloadcount", "resources.learningreviewpage"),),
    ),
    Row(
        "See links to other sites that don't work, have them checked again, leave them out of the report",
        EDITORIAL,
        (_tables("view change", "dscp_cms.linkcheck"),),
    ),
    Row(
        "See who is told of changes in the libraries, and delete them",
        (NEWSLETTER_MANAGERS,),
        (_tables("view delete", "resources.watch"),),
    ),
    Row(
        "Change the site settings and how long personal data is kept",
        (MODERATORS,),
        (_tables("change", "dscp_cms.sitesettings", "home.retentionsettings"),),
    ),
    Row(
        "Read messages from the contact page and mark them as dealt with",
        (MODERATORS,),
        (_tables("view change", "home.contactmessage"),),
    ),
    Row("Export messages from the contact page", ()),
    Row(
        "See what agencies sent in, accept and decline it",
        EDITORIAL,
        (_tables("view change", "home.contribution"),),
    ),
    Row("See e-mails sent, and send held ones", (MODERATORS,), (_tables("view change", "dscp_cms.outgoingmail"),)),
    Row(
        "See to whom e-mails were sent",
        (NEWSLETTER_MANAGERS,),
        (_tables("view", "dscp_cms.outgoingmail"), OnTables(("dscp_cms.see_recipients",))),
    ),
    Row(
        "Add and change mailing lists",
        (EDITORS, MODERATORS, NEWSLETTER_MANAGERS),
        (_tables("add change", "news.mailinglist"),),
    ),
    Row("Delete a mailing list that nobody is on", (NEWSLETTER_MANAGERS,), (_tables("delete", "news.mailinglist"),)),
    Row(
        "See subscribers and their addresses, add, change and erase them",
        (NEWSLETTER_MANAGERS,),
        (_tables("view add change delete", "news.subscriber"),),
    ),
    Row("Import and export subscribers", (NEWSLETTER_MANAGERS,), (_tables("import export", "news.subscriber"),)),
    Row(
        "See and add addresses that must not be written to, and take them off again",
        (NEWSLETTER_MANAGERS,),
        (_tables("view add delete", "dscp_cms.suppression"),),
    ),
    Row("Send the newsletter", (NEWSLETTER_SENDERS,), (OnTables(("news.send_campaign",)),)),
    Row(
        "Plan sessions, open, move and cancel them; keep venues",
        (TRAINING_TEAM,),
        (_tables("view add change delete", "training.trainingsession"), _tables("view add change", "training.venue")),
    ),
    Row(
        "See bookings, add, confirm, move and cancel them, and print call lists",
        (TRAINING_TEAM,),
        (_tables("view add change", "training.booking"),),
    ),
    Row(
        "See the access and dietary needs of sessions that one is staff of",
        (TRAINING_TEAM,),
        (OnTables(("training.see_needs",)),),
    ),
    Row(
        "Export sessions and bookings",
        (TRAINING_TEAM,),
        (_tables("export", "training.trainingsession", "training.booking"),),
    ),
    Row(
        "See certificates of attendance, correct, give and revoke them",
        (TRAINING_TEAM,),
        (_tables("view change", "training.certificate"),),
    ),
    Row("Export certificates", (TRAINING_TEAM,), (_tables("export", "training.certificate"),)),
    Row(
        "Change what evaluations ask",
        (TRAINING_TEAM,),
        (_tables("add change delete", "training.evaluationquestion"),),
    ),
    Row("See the training reports and what evaluations say", (TRAINING_TEAM,), (OnTables(("training.view_reports",)),)),
    Row(
        "Add charging rules, correct and delete unused ones, and end them",
        (TRAINING_TEAM,),
        (_tables("view add change delete", "training.chargerule"),),
    ),
    Row(
        "See charges, confirm, waive, dispute and reverse them",
        (TRAINING_TEAM,),
        (_tables("view change", "training.charge"),),
    ),
    Row("Export charges for finance", (TRAINING_TEAM,), (_tables("export", "training.charge"),)),
    Row(
        "Change the training settings, and add and change agencies",
        (TRAINING_TEAM,),
        (_tables("change", "training.trainingsettings"), _tables("add change", "dscp_cms.agency")),
    ),
    Row(
        "Invite partners, end their access, and add and change agencies",
        (PARTNER_MANAGERS,),
        (_tables("view add change", "dscp_cms.partnerprofile"), _tables("add change", "dscp_cms.agency")),
    ),
    Row("Keep redirects", (MODERATORS,), (_tables("add change delete", "wagtailredirects.redirect"),)),
    Row("Bring over the old site, past newsletters and folders of documents, and see the reports of imports", ()),
    Row("Keep accounts, groups, sites, collections and workflows", ()),
    Row("See who did what, take off somebody's second step, hand over the work of somebody who left", ()),
)


def by_nobody(row: Row) -> bool:
    """Whether not even an administrator may do it."""
    return row.what == "Delete a file version"


def as_table() -> list[str]:
    """The matrix as the Markdown table that stands in docs/roles.md."""
    lines = [f"| | {' | '.join(GROUPS)} | Administrators |", "|---" * (len(GROUPS) + 2) + "|"]
    for row in MATRIX:
        marks = ["yes" if group in row.groups else "–" for group in GROUPS]
        lines.append(f"| {row.what} | {' | '.join(marks)} | {'–' if by_nobody(row) else 'yes'} |")
    return lines
