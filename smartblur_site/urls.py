"""Where each address goes: probes, words and the schema here, everything else in the two apps."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularJSONAPIView

from modelsvc.pages.projects import new_project
from smartblur_site import views
from smartblur_site.metrics import metrics

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("catalogue/<str:language>.js", views.catalogue, name="catalogue"),
    path("api/schema/", SpectacularJSONAPIView.as_view(), name="schema"),
    path("api/", include("annotate.urls")),
    path("api/", include("modelsvc.urls")),
    path("admin/login/", views.admin_sign_in),
    path("admin/", admin.site.urls),
    path("projects/new/", new_project, name="project-new"),
    path("", include("annotate.page_urls")),
    path("", include("modelsvc.page_urls")),
]

handler400 = "smartblur_site.api.bad_request"
handler403 = "smartblur_site.api.forbidden"
handler404 = "smartblur_site.api.not_found"
handler500 = "smartblur_site.api.server_error"
