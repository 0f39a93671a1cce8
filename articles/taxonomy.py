"""The category tree of an edition, kept between requests: menus, breadcrumbs and lists take their names from it."""

from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import get_language

from articles import stale
from articles.kept import kept
from articles.models import Category


@dataclass
class Tree:
    by_pk: dict[int, Category]
    children: dict[int | None, list[Category]] = field(default_factory=dict)

    @property
    def roots(self) -> list[Category]:
        return self.children.get(None, [])

    def below(self, category: Category) -> list[Category]:
        return self.children.get(category.pk, [])

    def lineage(self, category: Category | None) -> list[Category]:
        """The category and its ancestors, root first, without a query."""
        line: list[Category] = []
        while category and category not in line:
            line.append(category)
            category = self.by_pk.get(category.parent_id or 0)
        return line[::-1]

    def named(self, slug: str) -> Category | None:
        return next((category for category in self.by_pk.values() if category.slug == slug), None)

    def flat(self, parent: int | None = None, depth: int = 0) -> list[tuple[int, Category]]:
        """Every category with its depth, in the order of a printed tree."""
        found = []
        for category in self.children.get(parent, []):
            found.append((depth, category))
            if depth < Category.MAX_DEPTH:
                found += self.flat(category.pk, depth + 1)
        return found


def trees() -> dict[str, Tree]:
    """The trees of all editions by language; one query."""
    return _grown(Category.objects.all())


def tree_of(language: str) -> Tree:
    """The tree of an edition as the database has it now; one query."""
    return _grown(Category.objects.filter(language=language)).get(language, Tree({}))


def _grown(rows: QuerySet) -> dict[str, Tree]:
    found: dict[str, Tree] = {}
    categories = list(rows.order_by("position", "name", "pk"))
    for category in categories:
        found.setdefault(category.language, Tree({})).by_pk[category.pk] = category
    for category in categories:
        tree = found[category.language]
        parent = category.parent_id if category.parent_id in tree.by_pk else None
        tree.children.setdefault(parent, []).append(category)
    return found


def tree(request: HttpRequest) -> Tree:
    """The tree of the request's edition, which is kept from one request to the next and is not to be changed."""
    language = get_language()
    found: Tree = getattr(request, "category_tree", None) or kept(
        request, ("tree", language), lambda: tree_of(language), stale.edition(language)
    )
    return found
