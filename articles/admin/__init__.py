"""The desk's pages for what belongs to articles."""

from articles.admin import article, correction, image, taxonomy

__all__ = ["article", "correction", "image", "taxonomy"]
