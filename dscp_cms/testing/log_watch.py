"""Watches every test's log for what no log may hold: addresses, names of people, tokens of links."""

import contextlib
import logging
import re

from dscp_cms import logs

OURS = ("dscp_cms", "home", "news", "training", "resources")
PERSON = re.compile(r"\bDelegate (One|Two|Three|Four|Five|Six|Seven|Eight|Nine|Ten|\d+)\b")  # of factories and samples


class Watch(logging.Handler):
    """Collects what should not have been logged."""

    def __init__(self):
        super().__init__()
        self.found: list[str] = []
        self.setFormatter(logs.JsonFormatter())

    def emit(self, record):
        """Our own code must say nothing that has to be masked; of other people's, the masked line counts."""
        own = record.name.partition(".")[0] in OURS
        text = record.getMessage() if own else self.format(record)
        if logs.mask(text) != text or PERSON.search(text) or PERSON.search(self.format(record)):
            self.found.append(f"{record.name}: {text[:300]}")


@contextlib.contextmanager
def watched():
    """Yield the list of what was found."""
    watch = Watch()
    logging.getLogger().addHandler(watch)
    try:
        yield watch.found
    finally:
        logging.getLogger().removeHandler(watch)
