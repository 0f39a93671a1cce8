from django.db import models


class SearchEntry(models.Model):
    """What search knows of an article beside its words; `articles/search.py` is its only writer.

    The words stand in the same table on PostgreSQL, as `words` and `title`, and in an FTS5 table with the same row
    numbers on SQLite; a migration makes both, and models do not see them.
    """

    #: Order by time of publication, then by number: the index yields the newest first, without sorting.
    place = models.BigIntegerField(primary_key=True)
    article = models.OneToOneField("articles.Article", models.CASCADE, related_name="search_entry")
    #: Seconds since 1970 from which on it is not shown.
    ends = models.BigIntegerField(null=True)
    #: Edition, state, categories with their ancestors, authors and tags, each as one word of the index.
    facets = models.TextField()
    #: Of the words and the way they were read, so that what has not changed is not read again.
    digest = models.CharField(max_length=32)

    class Meta:
        indexes = [models.Index(fields=["ends"], name="search_ends", condition=models.Q(ends__isnull=False))]

    def __str__(self):
        return f"{self.article_id}"
