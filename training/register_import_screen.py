"""The screen on which an attendance file from Teams or Zoom is read, corrected and saved."""

from dataclasses import replace

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone
from django.views.generic import TemplateView

from training import attendance_files, attendance_import
from training.attendance import closed_because, on_register
from training.attendance_import import IGNORE, WALKED_IN, Line
from training.models import Attendance
from training.people import Refused
from training.register_forms import FileForm
from training.register_screens import DayScreen


class ImportFile(DayScreen, TemplateView):
    """First the file, then a table of what it says, and only then is anything saved."""

    page_title = "Read a file from Teams or Zoom"
    template_name = "training/admin/register_file.html"

    def get_context_data(self, **kwargs):
        form = kwargs.pop("form", None) or FileForm()
        own = {"form": form, "closed": closed_because(self.day), "back": self.register_address()}
        return {**super().get_context_data(**kwargs), **own}

    def post(self, request, *args, **kwargs):
        return self._save() if "people" in request.POST else self._read()

    def _read(self):
        form = FileForm(self.request.POST, self.request.FILES)
        if form.is_valid():
            on = timezone.localtime(self.day.starts_at).date()
            try:
                report = attendance_files.read(form.cleaned_data["file"].read(), on=on)
            except Refused as refused:
                form.add_error("file", str(refused))
            else:
                lines = attendance_import.match(report, self.day, on_register(self.day))
                other_day = report.day if report.day and report.day != on else None
                return self._table(report, lines, other_day=other_day)
        return self.render_to_response(self.get_context_data(form=form))

    def _save(self):
        data = self.request.POST
        try:
            report = attendance_import.brought_back(data["people"])
        except Refused as refused:
            form = FileForm()
            messages.error(self.request, str(refused))
            return self.render_to_response(self.get_context_data(form=form))
        people = on_register(self.day)
        lines = [
            replace(line, who=_one_of(data.get(f"who-{row}", ""), _whose(people)),
                    mark=_one_of(data.get(f"mark-{row}", ""), dict(Attendance.Mark.choices), line.mark))
            for row, line in enumerate(attendance_import.match(report, self.day, []))
        ]  # fmt: skip
        try:
            saved = attendance_import.save(
                self.day.pk, report.source, lines, by=self.request.user, others_were_away="others" in data
            )
        except Refused as refused:
            return self._table(report, lines, problem=str(refused), row=refused.row)
        words = "1 mark" if saved.changed == 1 else f"{saved.changed} marks"
        messages.success(self.request, f"The file is in the register: {words} changed.")
        return redirect(self.register_address())

    def _table(self, report: attendance_files.Report, lines: list[Line], **more):
        people = on_register(self.day)
        in_file = {line.who for line in lines}
        missing = [each for each in people if str(each.pk) not in in_file]
        return self.render_to_response(
            self.get_context_data(
                lines=list(enumerate(lines)),
                people=attendance_import.carried(report),
                choices=list(_whose(people).items()),
                marks=Attendance.Mark.choices,
                missing=missing,
                unmatched=sum(1 for line in lines if line.who == IGNORE),
                source=Attendance.Source(report.source).label,
                **more,
            )
        )


def _whose(people) -> dict[str, str]:
    own = {str(each.pk): f"{each.name}{f', {each.agency_label}' if each.agency_label else ''}" for each in people}
    return {IGNORE: "Nobody’s: leave out", WALKED_IN: "Came without a booking: add", **own}


def _one_of(text: str, known: dict, otherwise: str = "") -> str:
    return text if text in known else otherwise
