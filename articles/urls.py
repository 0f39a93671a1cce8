from django.urls import path

from articles import (
    addresses,  # noqa: F401  (registers the converters)
    feeds,
    sitemaps,
)
from articles.feed_forms import paths
from articles.views import archive, articles, changes, corrections, lists, ratings, readership, search

app_name = "articles"

urlpatterns = [
    path("", articles.front, name="front"),
    path("articles/<int:pk>/rating/", ratings.rating, name="rating"),
    path("articles/<int:pk>/read/", readership.read, name="read"),
    path("articles/<int:pk>/", articles.article, name="article-number"),
    path("articles/<int:pk>/<str:slug>/", articles.article, name="article"),
    path("articles/<int:pk>/<str:slug>/changes/", changes.changes, name="changes"),
    path("categories/", lists.category_index, name="category-index"),
    path("categories/<uslug:slug>/", lists.category, name="category"),
    path("authors/", lists.author_index, name="author-index"),
    path("authors/<uslug:slug>/", lists.author, name="author"),
    path("tags/", lists.tag_index, name="tag-index"),
    path("tags/<uslug:slug>/", lists.tag, name="tag"),
    path("archive/", archive.index, name="archive"),
    path("archive/<calendar:calendar>/", archive.index_by, name="archive-calendar"),
    path("archive/<calendar:calendar>/<year4:year>/", archive.year_by, name="archive-calendar-year"),
    path("archive/<calendar:calendar>/<year4:year>/<two:month>/", archive.month_by, name="archive-calendar-month"),
    path("archive/<year4:year>/", archive.year, name="archive-year"),
    path("archive/<year4:year>/<two:month>/", archive.month, name="archive-month"),
    path("archive/<year4:year>/<two:month>/<two:day>/", archive.day, name="archive-day"),
    path("corrections/", corrections.corrections, name="corrections"),
    path("search/", search.search, name="search"),
    path("search/suggest/", search.suggest, name="suggest"),
    path("opensearch.xml", search.opensearch, name="opensearch"),
    path("sitemap.xml", sitemaps.index, name="sitemap"),
    path("sitemaps/<slug:name>-<int:number>.xml", sitemaps.part, name="sitemap-part"),
    path("news-sitemap.xml", sitemaps.news, name="news-sitemap"),
    *paths("", feeds.site, "feed"),
    *paths("categories/<uslug:slug>/", feeds.category, "category-feed"),
    *paths("authors/<uslug:slug>/", feeds.author, "author-feed"),
    *paths("tags/<uslug:slug>/", feeds.tag, "tag-feed"),
    *paths("corrections/", feeds.corrections, "corrections-feed"),
]
