"""Makes catalogue pages for tests."""

from dscp_cms.testing.pages import STORY, TEXT, front_page, make
from training.models import CoursePage, TrainingIndexPage


def catalogue() -> TrainingIndexPage:
    """The catalogue, once."""
    return TrainingIndexPage.objects.first() or make(
        TrainingIndexPage, front_page(), "Training", slug="training", show_in_menus=True, body=STORY
    )


def course(title: str = "Neglect basics", **fields) -> CoursePage:
    """A course that is taken face to face."""
    return make(
        CoursePage,
        catalogue(),
        title,
        **{
            "body": STORY,
            "is_face_to_face": True,
            "level": "2",
            "duration": "half a day",
            "learning_outcomes": "<ul><li>Know the signs</li></ul>",
            "who_should_attend": TEXT,
            **fields,
        },
    )
