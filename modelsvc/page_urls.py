"""Where modelsvc's pages are."""

from django.urls import path

from modelsvc import compare_pages, pages, worker_pages

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
    path("projects/<int:project>/models/<int:version>/promote/", pages.promote, name="promote"),
]
