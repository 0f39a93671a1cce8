"""Changelists that cost the same at any number of rows: nothing is counted beyond what a page needs."""

from django.core.paginator import Paginator
from django.utils.functional import cached_property


class BoundedPaginator(Paginator):
    """Counts up to MOST rows and no further; who looks for older ones filters or searches."""

    MOST = 10_000

    @cached_property
    def count(self):
        return self.object_list.order_by().values("pk")[: self.MOST].count()


class BoundedList:
    """For ModelAdmins of tables that grow."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
