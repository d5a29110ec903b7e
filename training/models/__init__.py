"""The training catalogue. Sessions and bookings stand beside it, in tables."""

from training.models.catalogue import CoursePage, TrainingIndexPage

__all__ = ["CoursePage", "TrainingIndexPage"]
