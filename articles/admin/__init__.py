"""The desk's pages for what belongs to articles."""

from articles.admin import article, image, taxonomy

__all__ = ["article", "image", "taxonomy"]
