from . import constant, moment  # noqa: F401  (register lookups)
from .article import Article, ArticleQuerySet, is_listed, is_public
from .author import Author, AuthorName, Byline
from .category import Category
from .comment_rules import CommentMode
from .correction import Correction
from .edition import Edition
from .image import Image
from .listing import AuthorListing, CategoryListing, TagListing
from .outcome import Outcome
from .presence import Presence
from .preview import PreviewLink
from .rating import Rating
from .readership import Ranking, Reading, ReadingHour, ReadingTotal
from .revision import ArticleRevision
from .scope import CategoryScope
from .search import SearchEntry
from .tag import Tag, TaggedArticle, TagSynonym, folded
from .upkeep import RateLimit, StaleTag, Upkeep

__all__ = [
    "Article",
    "ArticleQuerySet",
    "ArticleRevision",
    "Author",
    "AuthorListing",
    "AuthorName",
    "Byline",
    "Category",
    "CategoryListing",
    "CategoryScope",
    "CommentMode",
    "Correction",
    "Edition",
    "Image",
    "Outcome",
    "Presence",
    "PreviewLink",
    "Ranking",
    "RateLimit",
    "Rating",
    "Reading",
    "ReadingHour",
    "ReadingTotal",
    "SearchEntry",
    "StaleTag",
    "Tag",
    "TagListing",
    "TagSynonym",
    "TaggedArticle",
    "Upkeep",
    "folded",
    "is_listed",
    "is_public",
]
