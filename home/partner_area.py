"""The partners' own page: what is there for them and for their agency, and nothing of it for anybody else."""

from django.contrib.auth.views import redirect_to_login
from django.db import models
from django.db.models.functions import Length, Substr
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from wagtail.models import CollectionViewRestriction, Page, PageViewRestriction
from wagtail.models.view_restrictions import BaseViewRestriction

from dscp_cms.listing import numbered_page
from dscp_cms.models import PartnerProfile, SiteDocument
from dscp_cms.tree import specific_pages
from dscp_cms.visibility import Reader, keep_private, visible

SIZE = 20
FOR_PARTNERS = (BaseViewRestriction.LOGIN, BaseViewRestriction.GROUPS)


def pages_for(reader: Reader):
    """Pages for partners that this reader may open, the newest first. Shared passwords are another matter."""
    beginning = Substr(models.OuterRef("path"), 1, Length("path"))
    closed = PageViewRestriction.objects.filter(restriction_type__in=FOR_PARTNERS).values("page")
    above = Page.objects.filter(pk__in=closed, path=beginning)
    pages = visible(Page.objects.filter(models.Exists(above)), reader)
    return pages.order_by(models.F("first_published_at").desc(nulls_last=True), "-pk")


def files_for(reader: Reader):
    """Documents in collections for partners that this reader may open; those of resources stand on their pages."""
    restrictions = list(
        CollectionViewRestriction.objects.filter(restriction_type__in=FOR_PARTNERS)
        .select_related("collection")
        .prefetch_related("groups")
    )
    opened, closed = models.Q(pk__in=[]), models.Q(pk__in=[])
    for restriction in restrictions:
        below = models.Q(collection__path__startswith=restriction.collection.path)
        if reader.passes(restriction):
            opened |= below
        else:
            closed |= below
    return SiteDocument.objects.filter(opened).exclude(closed).filter(versions=None).order_by("title", "pk")


@require_safe
def partner_area(request):
    """The page after signing in. Whoever isn't a partner or staff is asked to sign in."""
    reader = Reader.of(request)
    if not (reader.staff or reader.partner):
        return keep_private(redirect_to_login(request.get_full_path(), reverse("account_request_login_code")))
    profile = PartnerProfile.objects.select_related("agency").filter(user=request.user).first()
    page_obj = numbered_page(request, pages_for(reader), size=SIZE)
    specific = specific_pages(page_obj.object_list)
    context = {
        "profile": profile,
        "page_obj": page_obj,
        "items": [specific[page.pk] for page in page_obj.object_list if page.pk in specific],
        "files": files_for(reader)[:100] if page_obj.number == 1 else [],
        "noindex": True,
    }
    return keep_private(render(request, "home/partner_area.html", context))
