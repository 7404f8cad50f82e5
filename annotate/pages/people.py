"""The people of a project: members, their roles and invitations."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from annotate.forms import InviteForm, RoleForm
from annotate.models import Project
from annotate.pages.access import project_page, refusals_told
from annotate.services import people


@project_page("people.view")
def members(request: HttpRequest, project: Project) -> HttpResponse:
    """Who is in the project, and who is invited."""
    return show_members(request, project, InviteForm())


def show_members(request: HttpRequest, project: Project, form: InviteForm, **extra: object) -> HttpResponse:
    """The page with members, open invitations and the invitation form."""
    page = {
        "project": project,
        "form": form,
        "members": project.memberships.select_related("user").order_by("user__username"),
        "invitations": project.invitations.open().select_related("invited_by").order_by("-id"),
    }
    return render(request, "annotate/people.html", page | extra)


@require_POST
@never_cache
@project_page("people.change")
def invite(request: HttpRequest, project: Project) -> HttpResponse:
    """Make an invitation link and show it this once."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return show_members(request, project, form)
    invitation, token = people.create_invitation(project, role=form.cleaned_data["role"], by=request.user)
    link = request.build_absolute_uri(reverse("pages:join", args=[token]))
    return show_members(request, project, InviteForm(), invitation=invitation, link=link)


@require_POST
@project_page("people.change")
def revoke_invitation(request: HttpRequest, project: Project, invitation: int) -> HttpResponse:
    """Close an invitation that nobody has used."""
    row = get_object_or_404(project.invitations, pk=invitation)
    with refusals_told(request):
        people.revoke_invitation(row, by=request.user)
        messages.success(request, _("The invitation no longer works."))
    return redirect("pages:people", project.pk)


@require_POST
@project_page("people.change")
def change_role(request: HttpRequest, project: Project, member: int) -> HttpResponse:
    """Give a member another role."""
    row = get_object_or_404(project.memberships.select_related("user"), pk=member)
    form = RoleForm(request.POST)
    if form.is_valid():
        with refusals_told(request):
            changed = people.change_role(row, form.cleaned_data["role"], by=request.user)
            messages.success(
                request,
                _("%(name)s is %(role)s now.")
                % {"name": row.user.username, "role": changed.get_role_display().lower()},
            )
    return redirect("pages:people", project.pk)


@require_POST
@project_page("people.change")
def remove_member(request: HttpRequest, project: Project, member: int) -> HttpResponse:
    """Take somebody out of the project."""
    row = get_object_or_404(project.memberships.select_related("user"), pk=member)
    with refusals_told(request):
        people.remove_member(row, by=request.user)
        messages.success(
            request, _("%(name)s is no longer in the project. What they labelled stays.") % {"name": row.user.username}
        )
        if row.user == request.user:
            return redirect("pages:home")
    return redirect("pages:people", project.pk)
