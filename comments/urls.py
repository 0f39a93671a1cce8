from django.urls import path

from articles.feed_forms import paths
from comments import feeds, own_data, status, transparency, views

app_name = "comments"

urlpatterns = [
    path("articles/<int:pk>/<str:slug>/comments/", views.thread, name="thread"),
    path("articles/<int:pk>/<str:slug>/comments/<int:number>/", views.comment, name="comment"),
    path("articles/<int:pk>/<str:slug>/comments/<int:number>/report/", views.report, name="report"),
    path("articles/<int:pk>/<str:slug>/comments/<int:number>/edit/", views.own_comment, name="own"),
    path("comments/decisions/", transparency.page, name="decisions"),
    path("comments/decisions/<int:year>/<int:month>/", transparency.page, name="decisions-month"),
    path("comments/data/", own_data.page, name="own-data"),
    path("comments/data/<str:token>/", own_data.link, name="own-data-link"),
    path("comments/status/<str:token>/", status.page, name="status"),
    path("comments/word/<str:token>/", views.word, name="word"),
    *paths("comments/", feeds.site, "site-feed"),
    *paths("articles/<int:pk>/<str:slug>/comments/", feeds.article, "thread-feed"),
]
