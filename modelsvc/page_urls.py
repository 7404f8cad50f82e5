"""Where modelsvc's pages are."""

from django.urls import path

from modelsvc import compare_pages, pages, trial_pages, worker_pages

app_name = "model-pages"

urlpatterns = [
    path("projects/<int:project>/models/", pages.models, name="models"),
    path("projects/<int:project>/models/runs/<int:run>/", pages.run, name="run"),
    path("workers/", worker_pages.all_workers, name="all-workers"),
    path("projects/<int:project>/models/workers/", worker_pages.workers, name="workers"),
    path("projects/<int:project>/models/compare/", compare_pages.compare, name="compare"),
    path("projects/<int:project>/models/measure/", compare_pages.measure, name="measure"),
    path("projects/<int:project>/models/<int:version>/stage/", compare_pages.stage, name="stage"),
    path("projects/<int:project>/models/worst/<int:evaluation>/", compare_pages.send_worst, name="send-worst"),
    path("projects/<int:project>/models/<int:version>/try/", trial_pages.try_version, name="try"),
    path("projects/<int:project>/models/trials/<int:trial>/", trial_pages.trial, name="trial"),
    path("projects/<int:project>/models/trials/<int:trial>/sheet.csv", trial_pages.sheet, name="trial-sheet"),
    path("projects/<int:project>/models/trials/<int:trial>/delete/", trial_pages.delete, name="trial-delete"),
    path(
        "projects/<int:project>/models/trials/<int:trial>/<int:number>/<str:picture>/",
        trial_pages.picture,
        name="trial-picture",
    ),
    path("projects/<int:project>/models/<int:version>/promote/", pages.promote, name="promote"),
]
