"""Sample activity (to come)."""


def add_sample(builder):
    return []
