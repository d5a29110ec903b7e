"""What evaluations ask, kept by the training team."""

from dscp_cms.admin import FactAdmin
from training.models import EvaluationQuestion, Moment

WHEN = {Moment.BEFORE: "before", Moment.AFTER: "after", Moment.LATER: "six weeks later"}


class EvaluationQuestionAdmin(FactAdmin):
    """The questions, in the order in which they are asked."""

    model = EvaluationQuestion
    menu_label = "Evaluation questions"
    menu_icon = "help"
    inspect_view_enabled = False
    list_display = ("text", "kind", "moments")
    list_select_related = ("course",)
    search_fields = ("text",)
    ordering = ("order", "pk")

    def moments(self, obj):
        """When it is asked, of which course if not of all, and whether it must be answered."""
        if not obj.active:
            return "no longer"
        when = ", ".join(words for moment, words in WHEN.items() if getattr(obj, moment))
        course = f" (only {obj.course.title})" if obj.course else ""
        return f"{when}{course}{'; required' if obj.required else ''}"

    moments.short_description = "asked"
