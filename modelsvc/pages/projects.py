"""Making a project: its rules, and the network that its first photos are shown to."""

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from annotate.core.errors import SmartBlurError
from annotate.forms import add_refusal
from annotate.pages.notices import tell
from annotate.services.teams import projects
from modelsvc import tasks
from modelsvc.forms import NewProjectForm
from modelsvc.services.shipped import adopt


@login_required
def new_project(request: HttpRequest) -> HttpResponse:
    """Make a project; its maker owns it, and the network that they chose pre-annotates it."""
    form = NewProjectForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                project = projects.create_project(by=request.user, **form.fields_of_project())
                adopt(form.cleaned_data["network"], project, by=request.user)
        except SmartBlurError as refusal:
            add_refusal(form, refusal)
        else:
            tasks.sweep.delay_on_commit()
            tell(request, _("%(name)s is made. Bring some photos in.") % {"name": project.name})
            return redirect("pages:photos", project.pk)
    return render(request, "modelsvc/project_new.html", {"form": form})
