"""Join tables that lists are read from: they carry language and time, so that one index gives a page of any depth.

`articles/listing.py` is their only writer. A row says where a published article stands; that it is public
now is still asked of the article, so a row left behind shows nothing.
"""

from django.db import models

from .edition import LanguageField


class Listing(models.Model):
    language = LanguageField()
    publish_at = models.DateTimeField()

    class Meta:
        abstract = True


class CategoryListing(Listing):
    """One row per category of an article and per ancestor of these."""

    category = models.ForeignKey("articles.Category", models.CASCADE, related_name="listings")
    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="category_listings")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["category", "article"], name="category_listing_once")]
        indexes = [models.Index(fields=["category", "-publish_at", "-article"], name="category_listing_newest")]

    def __str__(self):
        return f"{self.category_id} › {self.article_id}"


class TagListing(Listing):
    tag = models.ForeignKey("articles.Tag", models.CASCADE, related_name="listings")
    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="tag_listings")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "article"], name="tag_listing_once")]
        indexes = [models.Index(fields=["tag", "language", "-publish_at", "-article"], name="tag_listing_newest")]

    def __str__(self):
        return f"{self.tag_id} › {self.article_id}"


class AuthorListing(Listing):
    author = models.ForeignKey("articles.Author", models.CASCADE, related_name="listings")
    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="author_listings")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["author", "article"], name="author_listing_once")]
        indexes = [models.Index(fields=["author", "language", "-publish_at", "-article"], name="author_listing_newest")]

    def __str__(self):
        return f"{self.author_id} › {self.article_id}"
