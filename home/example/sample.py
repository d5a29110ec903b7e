"""Makes the sample activity: pages, agencies, files with versions and downloads, all dated from today."""

from datetime import date, timedelta
from io import BytesIO

from django.core.files import File
from django.db import models, transaction
from django.utils import timezone

from dscp_cms.models import Agency, SiteDocument
from home.example import sample_contributions, sample_pages
from home.example.pdf import pdf
from home.example.sample_partners import add_sample_partners
from home.example.structure import Builder
from home.sample import remember
from news.sample import load_sample_subscribers
from news.sample_campaign import load_sample_campaign, sample_campaigns
from resources.models import FileVersion, ResourcePage
from resources.sample import load_sample_downloads, load_sample_watch
from training.sample import load_sample_sessions

AGENCIES = (
    ("Example Primary School", Agency.Kind.SCHOOL),
    ("Example Secondary School", Agency.Kind.SCHOOL),
    ("Example Nursery", Agency.Kind.EARLY_YEARS),
    ("Example Health Trust", Agency.Kind.HEALTH),
    ("Example Youth Charity", Agency.Kind.VOLUNTARY),
)

# For each resource: label, days from today, what changed, and the pages of the file.
VERSIONS = {
    sample_pages.TOOLKIT: (
        (
            "1.0",
            -400,
            "",
            [
                [
                    "Sample toolkit: a first conversation",
                    "This is sample activity, made to show the site at work.",
                    "Begin with the worry: what have you seen, and when?",
                    "Then ask what the family thinks about it.",
                ],
                ["Afterwards", "Write down what was said. Agree who does what, and when you talk again."],
            ],
        ),
        (
            "2.0",
            -10,
            "The questions come in another order, and it is shorter.",
            [
                [
                    "Sample toolkit: a first conversation",
                    "This is sample activity, made to show the site at work.",
                    "Begin with what is going well, and say so.",
                    "Then the worry: what have you seen, and when? What does the family think about it?",
                    "End with one thing that each of you will do.",
                ],
            ],
        ),
        (
            "3.0",
            21,
            "A page for talks with a translator.",
            [
                [
                    "Sample toolkit: a first conversation",
                    "This is sample activity, made to show the site at work.",
                    "Begin with what is going well, and say so.",
                ],
                ["With a translator", "Speak to the family, not to the translator. Allow twice the time."],
            ],
        ),
    ),
    sample_pages.BRIEFING: (
        (
            "1.0",
            -7,
            "",
            [
                [
                    "Sample briefing: sharing information in time",
                    "This is sample activity, made to show the site at work.",
                    "One agency knew of the missed appointments, another of the bruises, a third of the new partner.",
                    "Who should have called whom, and when?",
                ]
            ],
        ),
    ),
}


@transaction.atomic
def add_sample(builder: Builder, today: date | None = None) -> list[models.Model]:
    """Make the sample activity that is missing, note each piece as such, and return what was made."""
    today = today or timezone.localdate()
    made: list[models.Model] = []
    for name, kind in AGENCIES:
        agency, created = Agency.objects.get_or_create(name=name, defaults={"kind": kind})
        made += [agency] if created else []
    # Resources first, since news links to them.
    pages = [*sample_pages.resources(today), *sample_pages.news(today), *sample_pages.events(today)]
    new = builder.build(pages)
    made += new
    for page in new:
        if isinstance(page, ResourcePage):
            made += _versions(page, today)
            load_sample_downloads(page, today)
            if page.kind == ResourcePage.Kind.TOOLKIT:
                made += load_sample_watch(page)
    made += load_sample_sessions(today)
    made += add_sample_partners(builder.home)
    made += sample_contributions.add(today)
    remember(*made)
    # These are known, and removed, by their labels.
    if not sample_campaigns().exists():
        made += load_sample_subscribers()
        campaign = load_sample_campaign()
        made += [campaign] if campaign else []
    return made


def _versions(page: ResourcePage, today: date) -> list[models.Model]:
    """The page's documents and versions; the last one's day is still to come where there are three."""
    made: list[models.Model] = []
    address = next(address for address in VERSIONS if address.rstrip("/").endswith(f"/{page.slug}"))
    for label, days, changed, leaves in VERSIONS[address]:
        title = f"{page.title}, version {label}"
        name = f"{page.slug}-{label.replace('.', '-')}.pdf"
        document = SiteDocument(title=title, file=File(BytesIO(pdf(title, leaves)), name=name), pages=len(leaves))
        document.save()
        document.get_file_size()
        document.get_file_hash()
        version = FileVersion.objects.create(
            resource=page,
            document=document,
            label=label,
            published_on=today + timedelta(days=days),
            what_changed=changed,
            checked_at=timezone.now(),
        )
        made += [document, version]
    return made
