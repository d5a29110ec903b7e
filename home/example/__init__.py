"""The example site: the facts of the April 2025 newsletter, in words of our own.

``structure`` puts pages where they belong; the ``words_*`` modules say what stands on them;
``sample`` makes activity dated from today, labelled as a sample.
"""
