"""Where annotate's pages are."""

from django.contrib.auth.views import LogoutView, PasswordChangeView
from django.urls import path, reverse_lazy

from annotate.pages import (
    account,
    batches,
    home,
    levels,
    maps,
    people,
    photos,
    projects,
    ranking,
    releases,
    remarks,
    settling,
    skills,
)

app_name = "pages"
change_password = PasswordChangeView.as_view(
    template_name="registration/password.html", success_url=reverse_lazy("pages:account")
)

urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in/", account.SignIn.as_view(), name="sign-in"),
    path("language/", account.choose_language, name="language"),
    path("sign-out/", LogoutView.as_view(), name="sign-out"),
    path("join/<str:token>/", account.join, name="join"),
    path("account/", account.account, name="account"),
    path("account/settings/", account.settings, name="preferences"),
    path("account/password/", change_password, name="password-change"),
    path("account/tokens/<int:token>/revoke/", account.revoke_token, name="token-revoke"),
    path("projects/<int:project>/", photos.photos, name="photos"),
    path("projects/<int:project>/upload/", photos.upload, name="photos-upload"),
    path("projects/<int:project>/photos/<int:image>/", photos.photo, name="photo"),
    path("projects/<int:project>/photos/<int:image>/settle/", settling.settle, name="photo-settle"),
    path("projects/<int:project>/photos/<int:image>/edit/", settling.edit, name="photo-edit"),
    path("projects/<int:project>/photos/<int:image>/edit/discard/", settling.discard, name="photo-edit-discard"),
    path("projects/<int:project>/photos/<int:image>/map.png", maps.consensus_map, name="photo-map"),
    path("projects/<int:project>/photos/<int:image>/model.png", maps.model_map, name="model-map"),
    path(
        "projects/<int:project>/photos/<int:image>/maps/<int:annotation>.png",
        maps.annotation_map,
        name="annotation-map",
    ),
    path("projects/<int:project>/remarks/", remarks.remarks, name="remarks"),
    path("projects/<int:project>/remarks/seen/", remarks.seen, name="remarks-seen"),
    path("projects/<int:project>/remarks/<int:remark>/close/", remarks.close, name="remark-close"),
    path("projects/<int:project>/remarks/<int:remark>/reopen/", remarks.reopen, name="remark-reopen"),
    path("projects/<int:project>/settle/", settling.stream, name="stream"),
    path("projects/<int:project>/settle/borders/", settling.borders, name="borders"),
    path("projects/<int:project>/settle/borders/accept/", settling.accept_borders, name="borders-accept"),
    path("projects/<int:project>/settle/borders/<uuid:act>/undo/", settling.undo_borders, name="borders-undo"),
    path("projects/<int:project>/queue/", home.queue, name="queue"),
    path("projects/<int:project>/queue/why/", ranking.why_next, name="why-next"),
    path("projects/<int:project>/label/", projects.workbench, name="workbench"),
    path("projects/<int:project>/vote/", projects.vote, name="vote"),
    path("projects/<int:project>/guide/", projects.guide, name="guide"),
    path("projects/<int:project>/settings/", projects.settings, name="settings"),
    path("projects/<int:project>/archive/", projects.archive, name="project-archive"),
    path("projects/<int:project>/copy/", projects.copy, name="project-copy"),
    path("projects/<int:project>/levels/", levels.levels, name="levels"),
    path("projects/<int:project>/people/", people.members, name="people"),
    path("projects/<int:project>/people/invite/", people.invite, name="people-invite"),
    path("projects/<int:project>/people/invite/many/", people.invite_many, name="people-invite-many"),
    path("projects/<int:project>/people/people.csv", skills.people_csv, name="people-csv"),
    path("projects/<int:project>/people/<int:person>/", skills.person, name="person"),
    path("projects/<int:project>/people/<int:person>/erase/", people.erase, name="person-erase"),
    path("projects/<int:project>/card/", skills.my_card, name="my-card"),
    path("projects/<int:project>/people/<int:member>/role/", people.change_role, name="member-role"),
    path("projects/<int:project>/people/<int:member>/remove/", people.remove_member, name="member-remove"),
    path(
        "projects/<int:project>/invitations/<int:invitation>/revoke/",
        people.revoke_invitation,
        name="invitation-revoke",
    ),
    path("projects/<int:project>/batches/", batches.batches, name="batches"),
    path("projects/<int:project>/batches/new/", batches.new_batch, name="batch-new"),
    path("projects/<int:project>/batches/<int:batch>/", batches.batch, name="batch"),
    path("projects/<int:project>/batches/<int:batch>/close/", batches.close_batch, name="batch-close"),
    path("projects/<int:project>/releases/", releases.releases, name="releases"),
    path("projects/<int:project>/releases/new/", releases.new_release, name="release-new"),
    path("projects/<int:project>/releases/<int:release>/", releases.release, name="release"),
]
