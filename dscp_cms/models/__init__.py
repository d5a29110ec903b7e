"""What every other part of the site refers to."""

from dscp_cms.models.accounts import AuditEntry, PartnerGroup, PartnerProfile
from dscp_cms.models.approvals import Approval, DraftLink
from dscp_cms.models.clock import ClockRun
from dscp_cms.models.editions import Edition
from dscp_cms.models.limits import LimitCount
from dscp_cms.models.links import LinkCheck, LinkUse
from dscp_cms.models.mail import OutgoingMail, Suppression
from dscp_cms.models.media import SiteDocument, SiteImage, SiteRendition
from dscp_cms.models.pdfs import PagePdf
from dscp_cms.models.search import Passage, SearchEntry, SearchWord
from dscp_cms.models.site import SiteAlert, SiteSettings, uk_telephone
from dscp_cms.models.taxonomy import Agency, Audience, GlossaryTerm, Topic

__all__ = [
    "Agency",
    "Approval",
    "Audience",
    "AuditEntry",
    "ClockRun",
    "DraftLink",
    "Edition",
    "GlossaryTerm",
    "LimitCount",
    "LinkCheck",
    "LinkUse",
    "OutgoingMail",
    "PagePdf",
    "PartnerGroup",
    "PartnerProfile",
    "Passage",
    "SearchEntry",
    "SearchWord",
    "SiteAlert",
    "SiteDocument",
    "SiteImage",
    "SiteRendition",
    "SiteSettings",
    "Suppression",
    "Topic",
    "uk_telephone",
]
