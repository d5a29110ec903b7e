"""What is asked about once before a page goes to readers: findings that shut somebody out, and yet may be meant."""

import hashlib

from django.core.cache import cache

from dscp_cms.checking.findings import Finding
from dscp_cms.checking.run import what_asks

REMEMBERED = 60 * 60  # seconds in which a second press means the same
AGAIN = "Put that right, or press the button once more: then it goes out as it is."


def asks_first(page, user) -> list[Finding]:
    """What this person must be asked about; nothing once they have been asked about just that.

    Asking is remembered for an hour. Where the cache forgets sooner, they are asked again.
    """
    found = what_asks(page)
    said = "\n".join(
        [
            str(getattr(user, "pk", "")),
            str(page.pk or page.title),
            *(f"{each.where}: {each.sentence}" for each in found),
        ]
    )
    key = f"asked-before-publishing-{hashlib.sha256(said.encode()).hexdigest()}"
    return found if found and cache.add(key, True, REMEMBERED) else []
