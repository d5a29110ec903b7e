"""What to put right before an issue is sent."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from news.models import NewsletterIssuePage


@dataclass(frozen=True)
class Finding:
    """One thing that a check found. What blocks keeps the issue from being sent; a warning asks."""

    level: Literal["block", "warn"]
    sentence: str
    where: str


def preflight(issue: NewsletterIssuePage, on: date | None = None) -> list[Finding]:
    """Return what should be put right before the issue goes out on that day, what blocks first."""
    findings = []
    if not issue.subject.strip():
        findings.append(Finding("block", "The subject is missing. Write one: it is what people read first.", "The e-mail"))
    return findings
