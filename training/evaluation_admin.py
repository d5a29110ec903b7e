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
    list_display = ("text", "kind", "moments", "state")
    list_select_related = ("course",)
    search_fields = ("text",)
    ordering = ("order", "pk")

    def moments(self, obj):
        """When it is asked, and of which course if not of all."""
        when = ", ".join(words for moment, words in WHEN.items() if getattr(obj, moment))
        return f"{when} (only {obj.course.title})" if obj.course else when

    moments.short_description = "asked"

    def state(self, obj):
        """Whether it is asked, and must be answered."""
        if not obj.active:
            return "No longer asked"
        return "Required" if obj.required else "Optional"
