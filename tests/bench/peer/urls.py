from django.contrib.syndication.views import Feed
from django.core.paginator import Paginator
from django.shortcuts import render
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.models import Page
from wagtail.rich_text import expand_db_html

from tests.bench.peer.models import frame, listed


class News(Feed):
    title = "Peer"
    link = "/"
    description = "The news"

    def items(self):
        return listed().prefetch_related("tagged_items__tag")[:30]

    def item_title(self, item):
        return item.title

    def item_description(self, item):
        return expand_db_html(item.body)

    def item_link(self, item):
        return item.get_url()

    def item_pubdate(self, item):
        return item.date

    def item_author_name(self, item):
        return item.author

    def item_categories(self, item):
        return [item.category.name, *(tagged.tag.name for tagged in item.tagged_items.all())]


def search(request):
    query = request.GET.get("query", "")
    found = Page.objects.live().search(query) if query else Page.objects.none()
    results = Paginator(found, 20).get_page(request.GET.get("page"))
    return render(request, "peer/search.html", {"search_query": query, "search_results": results, **frame()})


urlpatterns = [path("feed/", News()), path("search/", search), path("", include(wagtail_urls))]
