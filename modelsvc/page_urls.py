"""Where modelsvc's pages are."""

from django.urls import path

from modelsvc import pages

app_name = "model-pages"

urlpatterns = [
    path("projects/<int:project>/models/", pages.models, name="models"),
    path("projects/<int:project>/models/runs/<int:run>/", pages.run, name="run"),
    path("projects/<int:project>/models/<int:version>/promote/", pages.promote, name="promote"),
]
