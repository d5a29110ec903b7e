"""What of the foundations readers see on pages (dscp_cms/page_cache_editions.py)."""

from wagtail.models import Collection, CollectionViewRestriction, PageViewRestriction, Site

from dscp_cms.models import Audience, GlossaryTerm, SiteAlert, SiteDocument, SiteImage, SiteSettings, Topic
from dscp_cms.page_cache_editions import began, boundary, shown

shown(Site, SiteSettings, SiteAlert, GlossaryTerm, Topic, Audience, PageViewRestriction, CollectionViewRestriction)
shown(SiteImage, SiteDocument, Collection, new=False)


@boundary
def alerts(after, until):
    """Whether an alert began or ended."""
    return began(SiteAlert.objects.filter(live=True), after, until, "go_live_at", "expire_at")
