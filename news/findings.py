"""What a check of an issue says; the same as of any page."""

from dscp_cms.checking.findings import Finding, block, warn

__all__ = ["Finding", "block", "warn"]
