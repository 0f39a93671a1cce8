from django.urls import path

from articles import addresses  # noqa: F401  (registers the converters)
from newsroom.pages import views

app_name = "pages"

urlpatterns = [
    path("<uslug:slug>/", views.page, name="page"),
]
