"""Reads what stands inside files: text by page, properties, and what a reader isn't meant to see.

Files come from anywhere, so each is read by a program of its own (``worker``) that knows nothing of the site
and has limits on time, memory and output; whatever happens to it, the site goes on. The readers of the single
kinds import nothing of Django.
"""

from dscp_cms.reading.facts import Hidden, Reading
from dscp_cms.reading.run import READABLE, Limits, Unreadable, read

__all__ = ["READABLE", "Hidden", "Limits", "Reading", "Unreadable", "read"]
