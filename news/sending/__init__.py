"""Sending a campaign: nothing lost, nothing doubled.

``planning`` and ``campaigns`` are the jobs that people ask for; ``engine`` is the worker that
``manage.py mailer`` runs; ``claims`` is its ledger in the database; ``presence`` tells a dead worker
from a slow one; ``smtp``, ``mime``, ``dkim`` and ``rate`` carry the messages; ``refusals`` knows what
a refused address means for the address. docs/newsletter-sending.md tells the whole story on a page.
"""
