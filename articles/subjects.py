"""Categories and tags put in order: moved in the tree, merged away, renamed; all that names them follows.

Addresses belong to the site: it hears of each that goes by the signal `replaced`, within the transaction.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, ManyToOneRel, Model, OuterRef, Q
from django.dispatch import Signal
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from articles import listing, scope, stale
from articles.history import Log, Shown, say
from articles.models import (
    Article,
    ArticleRevision,
    Category,
    CategoryListing,
    Tag,
    TaggedArticle,
    TagSynonym,
    folded,
)

#: Sent with `gone` and `into`, two rows of the sender's model (`into` may be None), before `gone` is deleted.
replaced = Signal()


# The tree


def below(category: Category) -> set[int]:
    """Numbers of the category and of all below it. One query a level."""
    found, level = {category.pk}, {category.pk}
    while level:
        level = set(Category.objects.filter(parent__in=level).values_list("pk", flat=True)) - found
        found |= level
    return found


def arrangement(rows: Iterable[Category]) -> dict[str, str]:
    """How the tree stands, so that a form which began from another one is known."""
    return {str(row.pk): f"{row.parent_id}:{row.position}" for row in rows}


@transaction.atomic
def arrange(language: str, places: Mapping[int, tuple[int | None, int]], *, by: Any, seen: Shown) -> list[Category]:
    """Move categories of an edition: `places` says parent and position by number. Returns those that changed.

    Raises ValidationError, and changes nothing, where one would stand below itself, too deep, in another edition or
    beyond the categories that the person is limited to, and where the tree is no longer the one that was `seen`.
    """
    rows = {row.pk: row for row in Category.objects.select_for_update().filter(language=language).order_by("pk")}
    now = arrangement(rows.values())
    if not seen.stands(now):
        raise ValidationError(_moved_by(seen.differing(now), seen))
    changed, moved = [], []
    for pk, (parent, position) in places.items():
        row = rows.get(pk)
        if row is None or (parent is not None and parent not in rows):
            raise ValidationError(_("One of the categories is gone, or belongs to another edition."))
        if (row.parent_id, row.position) != (parent, position):
            changed.append(row)
        if row.parent_id != parent:
            _check_scope(by, row, parent)
            moved.append(row)
        row.parent_id, row.position = parent, position
    for row in moved:
        _check_depth(row, rows)
    for row in changed:
        _check_scope(by, row, row.pk)
        row.save(update_fields=["parent", "position"])
    for row in moved:
        listing.refresh_category(row)
    if changed:
        LogEntry.objects.log_actions(by.pk, changed, CHANGE, change_message=_("moved in the tree"))
    return changed


def _moved_by(others: Collection[str], seen: Shown) -> str:
    labels = [capfirst(getattr(Category, name).field.verbose_name) for name in ("parent", "position")]
    known = _("%(who)s has changed the tree at %(when)s. Look at it again, then save yours.")
    unknown = _("Somebody has changed the tree meanwhile. Look at it again, then save yours.")
    return say(Log(seen.at, [(Category, others)]).of_any(labels), known, unknown)


def _check_scope(by: Any, row: Category, place: int | None) -> None:
    limits = scope.categories_of(by)
    if limits is not None and not {row.pk, place} <= limits:
        raise ValidationError(
            _("You are limited to categories among which “%(name)s” cannot be moved.") % {"name": row}
        )


def _check_depth(row: Category, rows: Mapping[int, Category]) -> None:
    for start in rows.values():
        line: list[int] = []
        node: Category | None = start
        while node is not None:
            if node.pk in line:
                if row.pk in line:
                    raise ValidationError(_("“%(name)s” cannot stand below itself.") % {"name": row})
                break
            line.append(node.pk)
            node = rows.get(node.parent_id or 0)
        if row.pk in line and len(line) > Category.MAX_DEPTH:
            raise ValidationError(
                _("“%(name)s” would stand too deep: the tree may be %(count)d levels deep.")
                % {"name": start, "count": Category.MAX_DEPTH}
            )


# Merging


@transaction.atomic
def merge_category(gone: Category, into: Category | None, *, by: Any) -> int:
    """End a category: what belongs to it, stands below it or is limited to it goes to `into`, with its address.

    Returns the number of articles that moved. Without `into` it must be empty. Raises ValidationError.
    """
    rows = {row.pk: row for row in Category.objects.select_for_update().filter(language=gone.language).order_by("pk")}
    if gone.pk not in rows or (into is not None and into.pk not in rows):
        raise ValidationError(_("One of the categories is gone, or belongs to another edition."))
    gone, into = rows[gone.pk], rows[into.pk] if into else None
    if gone == into:
        raise ValidationError(_("Choose another category than the one that goes."))
    limits = scope.categories_of(by)
    if limits is not None and not {gone.pk, *([into.pk] if into else [])} <= limits:
        raise ValidationError(_("You are limited to other categories."))
    articles = list(
        Article.objects.filter(Q(category__in=below(gone)) | Q(categories__in=below(gone)))
        .order_by("pk")
        .values_list("pk", flat=True)
        .distinct()
    )
    own = Article.objects.filter(Q(category=gone) | Q(categories=gone)).distinct().count()
    name, pk = str(gone), gone.pk
    if into is None:
        if own or _is_named(gone):
            raise ValidationError(_("“%(name)s” is not empty: say where its articles go.") % {"name": name})
    else:
        _adopt(gone, into, rows)
        _hand_over(Category, gone, into, apart={Category, CategoryListing})
        # The primary category is not named again among the further ones.
        Article.categories.through.objects.filter(category=into, article__category=into).delete()
        _rename_in_pending(gone, into)
    replaced.send(sender=Category, gone=gone, into=into)
    # Rows of the lists go with the category; each article's are written anew, with the ancestors that are right now.
    gone.delete()
    for article in Article.objects.filter(pk__in=articles).iterator(chunk_size=500):
        listing.refresh(article)
    said = _("merged into “%(name)s”") % {"name": into} if into else _("deleted")
    gone.pk = pk
    LogEntry.objects.log_actions(by.pk, [gone], DELETION, change_message=said, single_object=True)
    if into:
        said = _("took in “%(name)s”: %(count)d articles") % {"name": name, "count": own}
        LogEntry.objects.log_actions(by.pk, [into], CHANGE, change_message=said, single_object=True)
    return own


def _is_named(category: Category) -> bool:
    """Whether anything but the rows of its lists names the category."""
    return any(
        model is not CategoryListing and model._default_manager.filter(**{name: category}).exists()
        for model, name in _links(Category)
    )


def _adopt(gone: Category, into: Category, rows: dict[int, Category]) -> None:
    """Children of the one stand below the other, which takes its place first where it stood below it."""
    line: list[Category] = []
    node: Category | None = into
    while node and node.pk not in {row.pk for row in line}:
        line.append(node)
        node = rows.get(node.parent_id or 0)
    if gone in line:
        into.parent_id = gone.parent_id
    children = [row for row in rows.values() if row.parent_id == gone.pk and row.pk != into.pk]
    for row in children:
        row.parent_id = into.pk
    for row in children:
        _check_depth(row, rows)
    for row in [into, *children]:
        row.save(update_fields=["parent"])


def _links(target: type[Model]) -> Iterable[tuple[type[Model], str]]:
    """Every model and field that names rows of `target`, those of many-to-many relations included."""
    for relation in target._meta.get_fields(include_hidden=True):
        if isinstance(relation, ManyToOneRel) and not relation.one_to_one:
            yield relation.related_model, relation.field.name


def _hand_over(target: type[Model], gone: Model, into: Model, apart: Iterable[type[Model]] = ()) -> None:
    """Let every row that names the one name the other; where it does already, the first naming ends."""
    for model, name in _links(target):
        if model in apart:
            continue
        rows = model._default_manager.filter(**{name: gone})
        groups = [tuple(group) for group in model._meta.unique_together]
        groups += [tuple(constraint.fields) for constraint in model._meta.total_unique_constraints]
        for group in groups:
            if name in group:
                same = {field: OuterRef(field) for field in group if field != name}
                rows.filter(Exists(model._default_manager.filter(**{name: into}, **same))).delete()
        rows.update(**{name: into})


def _rename_in_pending(gone: Category, into: Category) -> None:
    """Versions that wait beside a live article name categories by number."""
    waiting = ArticleRevision.objects.pending().filter(article__language=gone.language)
    for revision in waiting.select_for_update(of=("self",)):
        content = revision.content
        named = {into.pk if pk == gone.pk else pk for pk in content.get("categories", [])}
        primary = into.pk if content.get("category") == gone.pk else content.get("category")
        revision.content = {**content, "category": primary, "categories": sorted(named - {primary})}
        revision.save(update_fields=["content"])


@transaction.atomic
def merge_tags(into: Tag, gone: Iterable[Tag], *, by: Any) -> int:
    """End tags: their articles, synonyms and names become those of `into`. Returns how many articles changed."""
    gone = [tag for tag in Tag.objects.select_for_update().filter(pk__in=[tag.pk for tag in gone]) if tag != into]
    number = TaggedArticle.objects.filter(tag__in=gone).values("content_object").distinct().count()
    for tag in gone:
        pk, name = tag.pk, tag.name
        # The lists say for each article and tag the same: they are handed over like all else.
        _hand_over(Tag, tag, into)
        replaced.send(sender=Tag, gone=tag, into=into)
        tag.delete()
        add_synonym(into, name, slug=tag.slug)
        tag.pk = pk
        said = _("merged into “%(name)s”") % {"name": into}
        LogEntry.objects.log_actions(by.pk, [tag], DELETION, change_message=said, single_object=True)
    if gone:
        names = ", ".join(tag.name for tag in gone)
        said = _("took in “%(name)s”: %(count)d articles") % {"name": names, "count": number}
        LogEntry.objects.log_actions(by.pk, [into], CHANGE, change_message=said, single_object=True)
        stale.mark(stale.EVERYTHING)
    return number


def add_synonym(tag: Tag, name: str, slug: str = "") -> None:
    """Keep another name of a tag, where it is free: typed anew it gives the tag, and its address leads there."""
    if folded(name) == folded(tag.name) or Tag.objects.filter(name__iexact=name).exists():
        return
    synonym = TagSynonym(tag=tag, name=name, key=folded(name), slug=slug)
    if not TagSynonym.objects.filter(Q(key=synonym.key) | Q(slug=slug or "-")).exists():
        synonym.save()


def rename_tag(tag: Tag, old_name: str) -> None:
    """After a tag has got another name: the old one stays as a synonym, the new one is none any more."""
    tag.synonyms.filter(key=folded(tag.name)).delete()
    add_synonym(tag, old_name)
