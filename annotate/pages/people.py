"""The people of a project: members, their roles and invitations, and who is erased."""

from datetime import UTC, datetime, time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from annotate.core.skills import FEWEST_PHOTOS
from annotate.forms.people import EraseForm, InviteForm, InviteManyForm, RoleForm
from annotate.models import Invitation, Project, User
from annotate.pages import skills
from annotate.pages.access import project_page, refusals_told
from annotate.pages.notices import Link, Undo, tell
from annotate.services.accounts import erasure
from annotate.services.teams import people
from annotate.templatetags.studio import within


@project_page("people.view")
def members(request: HttpRequest, project: Project) -> HttpResponse:
    """Who labels how, how far all agree, and who is invited."""
    return show_members(request, project)


def show_members(request: HttpRequest, project: Project, **extra: object) -> HttpResponse:
    """The page of everybody; `extra` holds a form that was refused, or links just made."""
    order = request.GET.get("by", "")
    order = order if order in skills.ORDERS else "name"
    rows = skills.people_of(project, order)
    page = {
        "project": project,
        "form": InviteForm(),
        "many_form": InviteManyForm(auto_id="many_%s"),
        "people": rows,
        "order": order,
        "agreement": skills.agreement_of(project),
        "fewest": FEWEST_PHOTOS,
        "paused": [each.user.username for each in rows if each.member and each.member.paused_at],
        "invitations": project.invitations.open().select_related("invited_by").order_by("-id"),
    }
    return render(request, "annotate/people.html", page | extra)


@never_cache
@project_page("people.change")
def invite(request: HttpRequest, project: Project) -> HttpResponse:
    """Make a link for each name, or one without a name, and show them this once; their address alone shows none."""
    if request.method != "POST":
        return redirect("pages:people", project.pk)
    form = InviteForm(request.POST)
    if not form.is_valid():
        return show_members(request, project, form=form)
    names = form.cleaned_data["names"] or [""]
    return show_links(
        request, project, people.create_invitations(project, names, role=form.cleaned_data["role"], by=request.user)
    )


@never_cache
@project_page("people.change")
def invite_many(request: HttpRequest, project: Project) -> HttpResponse:
    """Make a link that several people may use, and show it this once; its address alone shows none."""
    if request.method != "POST":
        return redirect("pages:people", project.pk)
    form = InviteManyForm(request.POST, auto_id="many_%s")
    if not form.is_valid():
        return show_members(request, project, many_form=form)
    asked = dict(form.cleaned_data)
    until = datetime.combine(asked.pop("until"), time.max, UTC)
    return show_links(request, project, [people.create_invitation(project, by=request.user, until=until, **asked)])


def show_links(request: HttpRequest, project: Project, made: list[tuple[Invitation, str]]) -> HttpResponse:
    """The page with the links of invitations just made."""
    links = [
        {"name": invitation.name, "url": request.build_absolute_uri(reverse("pages:join", args=[token]))}
        for invitation, token in made
    ]
    whole = "\n".join("\t".join(filter(None, link.values())) for link in links)
    props = {"links": links, "all": whole}
    return show_members(request, project, links=links, links_props=props, all_links=whole, invitation=made[0][0])


@require_POST
@project_page("people.change")
def revoke_invitation(request: HttpRequest, project: Project, invitation: int) -> HttpResponse:
    """Close an invitation that somebody could still use, or let one be used again that was closed."""
    row = get_object_or_404(project.invitations, pk=invitation)
    with refusals_told(request, at=f"invitation-{invitation}"):
        if "restore" in request.POST:
            people.restore_invitation(row, by=request.user)
            tell(request, _("The invitation works again."), undo=Undo(request.path))
        else:
            people.revoke_invitation(row, by=request.user)
            tell(request, _("The invitation no longer works."), undo=Undo.by(request.path, restore=1))
    return redirect("pages:people", project.pk)


@require_POST
@project_page("people.change")
def change_role(request: HttpRequest, project: Project, member: int) -> HttpResponse:
    """Give a member another role."""
    row = get_object_or_404(project.memberships.select_related("user"), pk=member)
    form = RoleForm(request.POST)
    if form.is_valid():
        with refusals_told(request, at="role"):
            changed = people.change_role(row, form.cleaned_data["role"], by=request.user)
            said = {"name": row.user.username, "role": within(changed.get_role_display())}
            undo = None if row.user == request.user else Undo.by(request.path, role=row.role)
            tell(request, _("%(name)s is %(role)s now.") % said, undo=undo)
    return redirect("pages:person", project.pk, row.user_id)


@require_POST
@project_page("people.change")
def remove_member(request: HttpRequest, project: Project, member: int) -> HttpResponse:
    """Take somebody out of the project."""
    row = get_object_or_404(project.memberships.select_related("user"), pk=member)
    with refusals_told(request, at="remove"):
        people.remove_member(row, by=request.user)
        said = _("%(name)s is no longer in the project. What they labelled stays.") % {"name": row.user.username}
        if row.user == request.user:
            tell(request, said)
            return redirect("pages:home")
        look = Link(_("See what they labelled"), reverse("pages:person", args=[project.pk, row.user_id]))
        tell(request, said, look=look, undo=Undo(reverse("pages:person-restore", args=[project.pk, row.user_id])))
        return redirect("pages:people", project.pk)
    return redirect("pages:person", project.pk, row.user_id)


@require_POST
@project_page("people.change")
def restore_member(request: HttpRequest, project: Project, person: int) -> HttpResponse:
    """Take somebody in again who was removed, as they were."""
    user = get_object_or_404(User, pk=person)
    with refusals_told(request):
        member = people.restore_member(project, user, by=request.user)
        undo = Undo(reverse("pages:member-remove", args=[project.pk, member.pk]))
        tell(request, _("%(name)s is in the project again, as before.") % {"name": user.username}, undo=undo)
    return redirect("pages:people", project.pk)


@require_POST
@project_page("people.change")
def erase(request: HttpRequest, project: Project, person: int) -> HttpResponse:
    """Erase a person, once their name is typed."""
    row = skills.find_person(project, person)
    form = EraseForm(request.POST)
    if not form.is_valid() or form.cleaned_data["typed_name"] != row.user.username:
        form.add_error("typed_name", _("Type the name as it stands above."))
        return skills.show_person(request, project, row, form)
    with refusals_told(request):
        erased = erasure.erase_person(row.user, by=request.user, project=project)
        tell(request, _("Erased. What they labelled stays, as “%(name)s”.") % {"name": erased.username})
    return redirect("pages:people", project.pk)
