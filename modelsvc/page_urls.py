"""Where modelsvc's pages are."""

from django.urls import path

from modelsvc.pages import alike, compare, culling, models, promotion, runs, starting, trials, workers

app_name = "model-pages"

urlpatterns = [
    path("projects/<int:project>/photos/<int:image>/alike/", alike.alike, name="alike"),
    path("projects/<int:project>/models/", models.models, name="models"),
    path("projects/<int:project>/models/runs/", runs.overlay, name="runs"),
    path("projects/<int:project>/models/runs/curves/", runs.curves, name="run-curves"),
    path("projects/<int:project>/models/runs/<int:run>/", runs.run, name="run"),
    path("projects/<int:project>/models/start/", starting.start, name="start"),
    path("projects/<int:project>/models/plan/", starting.plan, name="plan"),
    path("projects/<int:project>/models/first/", starting.first_network, name="first-network"),
    path("workers/", workers.all_workers, name="all-workers"),
    path("workers/again/", workers.again_anywhere, name="again-anywhere"),
    path("projects/<int:project>/models/workers/", workers.workers, name="workers"),
    path("projects/<int:project>/models/workers/again/", workers.again, name="again"),
    path("projects/<int:project>/models/compare/", compare.compare, name="compare"),
    path("projects/<int:project>/models/measure/", compare.measure, name="measure"),
    path("projects/<int:project>/models/<int:version>/stage/", compare.stage, name="stage"),
    path("projects/<int:project>/models/worst/<int:evaluation>/", compare.send_worst, name="send-worst"),
    path("projects/<int:project>/models/worst/<uuid:act>/undo/", compare.lower_worst, name="lower-worst"),
    path("projects/<int:project>/models/<int:version>/try/", trials.try_version, name="try"),
    path("projects/<int:project>/models/trials/<int:trial>/", trials.trial, name="trial"),
    path("projects/<int:project>/models/trials/<int:trial>/sheet.csv", trials.sheet, name="trial-sheet"),
    path("projects/<int:project>/models/trials/<int:trial>/cull/", culling.cull, name="cull"),
    path("projects/<int:project>/models/trials/<int:trial>/sorted.csv", culling.table, name="cull-table"),
    path("projects/<int:project>/models/trials/<int:trial>/stars.zip", culling.sidecars, name="cull-sidecars"),
    path("projects/<int:project>/models/trials/<int:trial>/delete/", trials.delete, name="trial-delete"),
    path(
        "projects/<int:project>/models/trials/<int:trial>/<int:number>/<str:picture>/",
        trials.picture,
        name="trial-picture",
    ),
    path("projects/<int:project>/models/<int:version>/promote/", promotion.promote, name="promote"),
    path("projects/<int:project>/models/<int:version>/undo/", promotion.undo, name="undo-promotion"),
]
