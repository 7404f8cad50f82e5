"""annotate's routes under /api/."""

from django.urls import path

from annotate.views import images, labelling, people, projects, releases, settling

urlpatterns = [
    path("projects/", projects.ProjectList.as_view(), name="projects"),
    path("projects/<int:project>/", projects.ProjectDetail.as_view(), name="project"),
    path("projects/<int:project>/members/", people.MemberList.as_view(), name="members"),
    path("members/<int:member>/", people.MemberDetail.as_view(), name="member"),
    path("projects/<int:project>/invitations/", people.InvitationList.as_view(), name="invitations"),
    path("invitations/<int:invitation>/", people.InvitationDetail.as_view(), name="invitation"),
    path("preferences/", people.Preferences.as_view(), name="preferences"),
    path("tokens/", people.TokenList.as_view(), name="tokens"),
    path("tokens/<int:token>/", people.TokenDetail.as_view(), name="token"),
    path("projects/<int:project>/images/", images.ImageList.as_view(), name="images"),
    path("projects/<int:project>/images/ids/", images.ImageIds.as_view(), name="image-ids"),
    path("projects/<int:project>/images/acts/", images.Curation.as_view(), name="image-acts"),
    path("projects/<int:project>/images/acts/<uuid:act>/undo/", images.UndoCuration.as_view(), name="image-act-undo"),
    path("images/<int:image>/", images.ImageDetail.as_view(), name="image"),
    path("images/<int:image>/file/", images.Photo.as_view(), name="image-file"),
    path("images/<int:image>/preview/", images.Preview.as_view(), name="image-preview"),
    path("images/<int:image>/sharpness/", images.Sharpness.as_view(), name="image-sharpness"),
    path("projects/<int:project>/next/", labelling.NextImage.as_view(), name="next"),
    path("projects/<int:project>/unvoted/", labelling.Unvoted.as_view(), name="unvoted"),
    path("annotations/<int:annotation>/", labelling.AnnotationDetail.as_view(), name="annotation"),
    path("annotations/<int:annotation>/draft/", labelling.Draft.as_view(), name="draft"),
    path("annotations/<int:annotation>/notes/", labelling.Notes.as_view(), name="notes"),
    path("annotations/<int:annotation>/submit/", labelling.Submit.as_view(), name="submit"),
    path("annotations/<int:annotation>/return/", labelling.Return.as_view(), name="return"),
    path("annotations/<int:annotation>/skip/", labelling.Skip.as_view(), name="skip"),
    path("images/<int:image>/vote/", labelling.CastVote.as_view(), name="vote"),
    path("images/<int:image>/consensus/", labelling.ImageConsensus.as_view(), name="consensus"),
    path("images/<int:image>/settling/", settling.Settling.as_view(), name="settling"),
    path("images/<int:image>/settle/", settling.Settle.as_view(), name="settle"),
    path("images/<int:image>/differences/", labelling.Differences.as_view(), name="differences"),
    path("images/<int:image>/consensus/levels.png", labelling.ConsensusLevels.as_view(), name="consensus-levels"),
    path("projects/<int:project>/releases/", releases.ReleaseList.as_view(), name="releases"),
    path("releases/<int:release>/", releases.ReleaseDetail.as_view(), name="release"),
    path("releases/<int:release>/cancel/", releases.CancelRelease.as_view(), name="release-cancel"),
    path("releases/<int:release>/download/", releases.Download.as_view(), name="release-download"),
]
