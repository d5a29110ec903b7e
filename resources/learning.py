"""The learning loop: a review's learning points, the briefing that explains each, the course that teaches it."""

from dataclasses import dataclass

from wagtail.models import Page

from resources.models import LearningReviewPage


@dataclass(frozen=True)
class OpenPoint:
    """A learning point of a published review that nothing answers yet, or not altogether."""

    review: LearningReviewPage
    number: int  # its place in the review, from 1
    point: str
    briefing: Page | None
    course: Page | None
    missing: tuple[str, ...]  # of “briefing” and “course”: not chosen, or not published


@dataclass(frozen=True)
class Loop:
    """How far the learning of all published reviews has come."""

    points: int
    answered: int
    open: list[OpenPoint]


def learning_loop() -> Loop:
    """Every learning point of published reviews, and which of them lack a briefing or a course.

    The latest review comes first. A fixed number of queries.
    """
    reviews = list(LearningReviewPage.objects.live().latest())
    keys = {value.get(name) for review in reviews for value in _stored(review) for name in NAMES} - {None, ""}
    live = Page.objects.live().in_bulk(keys)
    found, total = [], 0
    for review in reviews:
        for number, value in enumerate(_stored(review), start=1):
            total += 1
            answers = {name: live.get(value.get(name)) for name in NAMES}
            missing = tuple(name for name in NAMES if answers[name] is None)
            if missing:
                found.append(OpenPoint(review, number, value.get("point", ""), **answers, missing=missing))
    return Loop(points=total, answered=total - len(found), open=found)


def open_learning_points() -> list[OpenPoint]:
    """The learning points of published reviews that have no published briefing, or no published course, yet."""
    return learning_loop().open


NAMES = ("briefing", "course")


def _stored(review: LearningReviewPage) -> list[dict]:
    """The points as they are stored, with keys in place of pages, which would be fetched review by review."""
    return [block["value"] for block in review.learning_points.raw_data]
