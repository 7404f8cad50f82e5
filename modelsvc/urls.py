"""modelsvc's routes under /api/."""

from django.urls import path

from modelsvc import views

urlpatterns = [
    path("projects/<int:project>/runs/", views.Runs.as_view(), name="runs"),
    path("runs/<int:run>/", views.Run.as_view(), name="run"),
    path("runs/<int:run>/metrics/", views.RunMetrics.as_view(), name="run-metrics"),
    path("runs/<int:run>/live/", views.LiveRun.as_view(), name="run-live"),
    path("runs/<int:run>/samples/<int:epoch>/", views.RunSample.as_view(), name="run-sample"),
    path("runs/<int:run>/cancel/", views.CancelRun.as_view(), name="run-cancel"),
    path("runs/<int:run>/stop/", views.StopRun.as_view(), name="run-stop"),
    path("runs/<int:run>/resume/", views.ResumeRun.as_view(), name="run-resume"),
    path("runs/<int:run>/retry/", views.ResumeRun.as_view(from_start=True), name="run-retry"),
    path("projects/<int:project>/models/", views.ModelVersions.as_view(), name="models"),
    path("models/<int:version>/preannotation/", views.Preannotation.as_view(), name="model-preannotation"),
    path("models/<int:version>/stage/", views.StageOfModelVersion.as_view(), name="model-stage"),
    path("models/<int:version>/evaluations/", views.Evaluations.as_view(), name="evaluations"),
    path("evaluations/<int:evaluation>/", views.EvaluationDetail.as_view(), name="evaluation"),
    path("evaluations/<int:evaluation>/cancel/", views.CancelEvaluation.as_view(), name="evaluation-cancel"),
    path(
        "evaluations/<int:evaluation>/pictures/<int:image>/",
        views.EvaluationPicture.as_view(),
        name="evaluation-picture",
    ),
    path("images/<int:image>/clicks/", views.Clicks.as_view(), name="image-clicks"),
    path("clicks/decoder/", views.ClickDecoder.as_view(), name="click-decoder"),
    path("trials/<int:trial>/", views.TrialProgress.as_view(), name="trial-progress"),
    path("trials/<int:trial>/decisions/", views.TrialDecisions.as_view(), name="trial-decisions"),
    path("models/<int:version>/promote/", views.PromoteModelVersion.as_view(), name="model-promote"),
]
