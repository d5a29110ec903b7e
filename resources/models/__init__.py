"""Libraries of resources, their file versions, and publications read as pages."""

from resources.models.library import ResourceIndexPage, ResourceLibraryPage, ResourcePage
from resources.models.publications import PublicationIndexPage, PublicationPage
from resources.models.versions import FileVersion

__all__ = [
    "FileVersion",
    "PublicationIndexPage",
    "PublicationPage",
    "ResourceIndexPage",
    "ResourceLibraryPage",
    "ResourcePage",
]
