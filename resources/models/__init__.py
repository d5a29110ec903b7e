"""Libraries of resources, their file versions, and publications read as pages."""

from resources.models.facts import FileFacts, FileText
from resources.models.library import ResourceIndexPage, ResourceLibraryPage, ResourcePage
from resources.models.publications import PublicationIndexPage, PublicationPage
from resources.models.versions import CurrentFile, FileVersion

__all__ = [
    "CurrentFile",
    "FileFacts",
    "FileText",
    "FileVersion",
    "PublicationIndexPage",
    "PublicationPage",
    "ResourceIndexPage",
    "ResourceLibraryPage",
    "ResourcePage",
]
