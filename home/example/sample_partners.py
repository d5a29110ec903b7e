"""Sample partners: two people of two agencies, a page for all partners, and a file for one agency."""

from io import BytesIO

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.files import File
from django.db import models
from wagtail.models import Collection, CollectionViewRestriction, Page, PageViewRestriction
from wagtail.models.view_restrictions import BaseViewRestriction

from dscp_cms.accounts import partners
from dscp_cms.models import Agency, SiteDocument
from home.example.markup import rich
from home.example.pdf import pdf
from home.models import StandardPage
from home.sample import LABEL

PEOPLE = (("Delegate", "One", "Example Primary School"), ("Delegate", "Two", "Example Health Trust"))
SLUG = "sample-notes-for-partners"
SUMMARY = "Sample page: what only people of partner agencies read, after they signed in."
WORDS = """
This is sample activity, made to show the partner pages at work. Only partners and staff can open it, and no
list, search or feed names it to anybody else.

Here might stand the notes of a meeting, a draft on which partners are asked for their view, or the contact details
of the leads in each agency.
"""
COLLECTION = f"{LABEL}: for {PEOPLE[0][2]}"
FILE = f"{LABEL}: an action plan for one school"


def add_sample_partners(parent: Page) -> list[models.Model]:
    """Make what is missing, and return it in the order of making. Nobody is written to."""
    made: list[models.Model] = []
    for first, last, agency in PEOPLE:
        made += _person(first, last, Agency.objects.get(name=agency))
    if not parent.get_children().filter(slug=SLUG).exists():
        page = StandardPage(title=f"{LABEL}: notes for partner agencies", slug=SLUG, summary=SUMMARY, live=False)
        page.body = [("text", rich(WORDS))]
        parent.add_child(instance=page)
        # Closed before it is published, so that it was never open.
        PageViewRestriction.objects.create(page=page, restriction_type=BaseViewRestriction.LOGIN)
        page.save_revision().publish()
        made.append(page)
    return made + _file()


def _person(first: str, last: str, agency: Agency) -> list[models.Model]:
    email = f"{first}.{last}@example.org".lower()
    if get_user_model().objects.filter(username=email).exists():
        return []
    had_group = hasattr(agency, "partner_group")
    profile = partners.invite(email=email, first_name=first, last_name=last, agency=agency, tell=False)
    group: list[models.Model] = [] if had_group else [Group.objects.get(partner_group__agency=agency)]
    return [*group, profile.user, profile]


def _file() -> list[models.Model]:
    if Collection.objects.filter(name=COLLECTION).exists():
        return []
    agency = Agency.objects.get(name=PEOPLE[0][2])
    collection = Collection.get_first_root_node().add_child(name=COLLECTION)
    restriction = CollectionViewRestriction.objects.create(
        collection=collection, restriction_type=BaseViewRestriction.GROUPS
    )
    restriction.groups.set([partners.group_of(agency)])
    leaves = [["An action plan", "This is sample activity: a file for one agency only.", "Who does what, and by when?"]]
    document = SiteDocument(title=FILE, collection=collection, pages=1)
    document.file = File(BytesIO(pdf(FILE, leaves)), name="sample-action-plan.pdf")
    document.save()
    return [collection, document]
