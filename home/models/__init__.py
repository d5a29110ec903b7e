"""The top of the site: front page, standard pages, priorities, the pages for help, contact."""

from home.models.contact import ContactFormField, ContactMessage, ContactPage
from home.models.front import HomePage
from home.models.help import ParentsPage, WorriedPage, YoungPeoplePage
from home.models.priorities import PriorityIndexPage, PriorityPage
from home.models.sample import SampleRecord
from home.models.standard import StandardPage

__all__ = [
    "ContactFormField",
    "ContactMessage",
    "ContactPage",
    "HomePage",
    "ParentsPage",
    "PriorityIndexPage",
    "PriorityPage",
    "SampleRecord",
    "StandardPage",
    "WorriedPage",
    "YoungPeoplePage",
]
