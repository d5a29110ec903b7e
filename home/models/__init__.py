"""The top of the site: front page, standard pages, priorities, the pages for help, contact."""

from home.models.contact import ContactFormField, ContactMessage, ContactPage
from home.models.contributions import Contribution
from home.models.front import HomePage
from home.models.help import ParentsPage, WorriedPage, YoungPeoplePage
from home.models.imports import ImportRow, ImportRun, OldNewsletter, WordPressItem, WordPressTerm
from home.models.priorities import PriorityIndexPage, PriorityPage
from home.models.retention import RetentionSettings
from home.models.sample import SampleRecord
from home.models.search import PromotedResult, ReviewDigest, SearchSighting, SearchTerm
from home.models.standard import StandardPage

__all__ = [
    "ContactFormField",
    "ContactMessage",
    "ContactPage",
    "Contribution",
    "HomePage",
    "ImportRow",
    "ImportRun",
    "OldNewsletter",
    "ParentsPage",
    "PriorityIndexPage",
    "PriorityPage",
    "PromotedResult",
    "ReviewDigest",
    "RetentionSettings",
    "SampleRecord",
    "SearchSighting",
    "SearchTerm",
    "StandardPage",
    "WordPressItem",
    "WordPressTerm",
    "WorriedPage",
    "YoungPeoplePage",
]
