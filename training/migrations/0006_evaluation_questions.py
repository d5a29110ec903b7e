"""A first set of questions, for staff to change."""

from django.db import migrations

AGREE = {"kind": "scale", "lowest": "Not at all", "highest": "Very"}
MUCH = {"kind": "scale", "lowest": "Not at all", "highest": "Very much"}
QUESTIONS = (
    {
        **AGREE,
        "text": "How confident are you in recognising the concerns that this course is about?",
        "before": True,
        "after": True,
        "later": True,
        "required": True,
    },
    {
        **AGREE,
        "text": "How sure are you what to do, and whom to turn to, when you are worried about a child?",
        "before": True,
        "after": True,
        "later": True,
        "required": True,
    },
    {"kind": "text", "text": "What do you hope to take away from this course?", "before": True, "after": False},
    {**MUCH, "text": "How useful was the course for your work?", "required": True},
    {
        "kind": "choice",
        "text": "How was the pace?",
        "choices": "Too slow\nAbout right\nToo fast",
    },
    {"kind": "yes_no", "text": "Would you recommend it to a colleague?"},
    {"kind": "text", "text": "What will you do differently at work?"},
    {"kind": "text", "text": "What should we change?"},
    {
        "kind": "yes_no",
        "text": "Have you used what you learned at work since?",
        "after": False,
        "later": True,
    },
    {
        "kind": "text",
        "text": "What did it change for children and families, or what stood in the way? Please name nobody.",
        "after": False,
        "later": True,
    },
)


def add(apps, schema_editor):
    """Add them where there are none."""
    model = apps.get_model("training", "EvaluationQuestion")
    if not model.objects.exists():
        model.objects.bulk_create(model(order=10 * place, **fields) for place, fields in enumerate(QUESTIONS, 1))


class Migration(migrations.Migration):
    dependencies = [("training", "0005_evaluations")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
