"""What evaluations ask, kept by the training team."""

from dscp_cms.admin import FactAdmin
from training.models import EvaluationQuestion, Moment


class EvaluationQuestionAdmin(FactAdmin):
    """The questions, in the order in which they are asked."""

    model = EvaluationQuestion
    menu_label = "Evaluation questions"
    menu_icon = "help"
    inspect_view_enabled = False
    list_display = ("text", "kind", "moments", "for_course", "state")
    list_filter = ("kind",)
    list_select_related = ("course",)
    search_fields = ("text",)
    ordering = ("order", "pk")

    def moments(self, obj):
        """When it is asked."""
        return ", ".join(moment.label.lower() for moment in Moment if getattr(obj, moment)) or "never"

    moments.short_description = "asked"

    def for_course(self, obj):
        """Of which course."""
        return obj.course.title if obj.course else "every course"

    for_course.short_description = "of"

    def state(self, obj):
        """Whether it is asked, and must be answered."""
        if not obj.active:
            return "No longer asked"
        return "Must be answered" if obj.required else "May be left out"
