"""Sending a campaign: nothing lost, nothing doubled.

``planning`` and ``campaigns`` are the jobs that people ask for; ``engine`` is the worker that
``manage.py mailer`` runs, with ``sender`` as its threads. ``claims`` is the ledger in the database,
``presence`` tells a dead worker from a slow one, ``recovery`` settles what it left. ``smtp``, ``mime``,
``dkim`` and ``rate`` carry the messages; ``outcomes`` and ``refusals`` know what an answer means.
docs/newsletter-sending.md tells the whole story on a page.
"""
