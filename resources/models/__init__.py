"""Libraries of resources, their file versions, reviews, and publications read as pages."""

from resources.models.changes import Change, Watch
from resources.models.downloads import DownloadCount
from resources.models.facts import FileFacts, FileText
from resources.models.library import ResourceIndexPage, ResourceLibraryPage, ResourcePage
from resources.models.publications import PublicationIndexPage, PublicationPage
from resources.models.reviews import LearningReviewPage
from resources.models.versions import CurrentFile, FileVersion, Removal

__all__ = [
    "Change",
    "CurrentFile",
    "DownloadCount",
    "FileFacts",
    "FileText",
    "FileVersion",
    "LearningReviewPage",
    "PublicationIndexPage",
    "PublicationPage",
    "Removal",
    "ResourceIndexPage",
    "ResourceLibraryPage",
    "ResourcePage",
    "Watch",
]
