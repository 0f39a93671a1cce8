from django.urls import path

from articles import addresses  # noqa: F401  (registers the converters)
from newsroom.appeals import views

app_name = "appeals"

urlpatterns = [
    path("", views.appeals, name="appeals"),
    path("<uslug:slug>/", views.appeal, name="appeal"),
    path("<uslug:slug>/donate/<int:number>/", views.donate, name="donate"),
]
