"""The categories that a member of staff is limited to, and which articles lie within them."""

from typing import Any

from django.db.models import Q

from articles.models import Article, Category, CategoryScope


def categories_of(user: Any) -> set[int] | None:
    """Numbers of the categories, those below them included; None for a person without limits.

    At most two queries, once for each user instance, so that a request asks only the first time.
    """
    if user.is_superuser:
        return None
    if not hasattr(user, "_categories_in_scope"):
        user._categories_in_scope = _read(user)
    return user._categories_in_scope


def _read(user: Any) -> set[int] | None:
    found = set(CategoryScope.objects.filter(user_id=user.pk).values_list("category_id", flat=True))
    if not found:
        return None
    level, parents = found, list(Category.objects.filter(parent__isnull=False).values_list("pk", "parent_id"))
    while level:
        level = {pk for pk, parent in parents if parent in level} - found
        found = found | level
    return found


def holds(article: Article, user: Any) -> bool:
    """Whether the person's limits allow this article: by its primary category; one without belongs to who began it."""
    limits = categories_of(user)
    if limits is None:
        return True
    if article.category_id is None:
        return article.created_by_id == user.pk
    return article.category_id in limits


def articles_of(user: Any) -> Q:
    """The same as a condition on articles."""
    limits = categories_of(user)
    if limits is None:
        return Q()
    return Q(category__in=limits) | Q(category__isnull=True, created_by_id=user.pk)
