"""Categories and tags put in order: the tree, merging, synonyms; every old address answers."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from articles import scope, subjects, versions
from articles.models import (
    Article,
    ArticleRevision,
    Category,
    CategoryListing,
    CategoryScope,
    Tag,
    TagListing,
    TagSynonym,
)
from newsroom.redirects.models import Redirect
from tests.articles.desk import change
from tests.factories import make_appeal, make_article, make_category, make_draft, make_user
from tests.newsroom.test_at_once import opened

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor():
    return make_user(role="Editor")


@pytest.fixture
def desk(client, editor):
    client.force_login(editor)
    return client


def delete(client, category, into=None):
    address = reverse("admin:articles_category_delete", args=[category.pk])
    return client.post(address, {"into": into.pk if into else ""})


def listed(category):
    return set(CategoryListing.objects.filter(category=category).values_list("article_id", flat=True))


# Deleting and merging


def test_deleted_category_hands_its_articles_and_its_address_on(desk):
    harbour, town = make_category("Harbour"), make_category("Town")
    first = make_article(category=harbour)
    second = make_article(category=town, categories=[harbour])
    page = desk.get(reverse("admin:articles_category_delete", args=[harbour.pk]))
    assert "2 articles stand in it." in page.content.decode()
    assert delete(desk, harbour, town).status_code == 302
    assert not Category.objects.filter(name="Harbour").exists()
    assert listed(town) == {first.pk, second.pk}
    assert list(second.categories.all()) == []
    for ending in ("", "feed/", "feed/atom/", "feed/json/"):
        response = desk.get(f"/categories/harbour/{ending}")
        assert (response.status_code, response["Location"]) == (301, f"/categories/town/{ending}")
    archive = desk.get("/archive/?category=harbour")
    assert (archive.status_code, archive["Location"]) == (301, "/archive/?category=town")
    assert set(LogEntry.objects.values_list("object_repr", flat=True)) == {"Harbour", "Town"}


def test_deleting_asks_where_the_articles_go(desk):
    harbour = make_category("Harbour")
    make_draft(category=harbour)
    response = delete(desk, harbour)
    assert "“Harbour” is not empty: say where its articles go." in response.content.decode()
    assert Category.objects.filter(pk=harbour.pk).exists()


def test_empty_category_goes_alone_and_its_address_says_so(desk):
    assert delete(desk, make_category("Harbour")).status_code == 302
    assert desk.get("/categories/harbour/").status_code == 410


def test_category_that_only_an_appeal_names_is_not_empty(desk):
    """Without its category the appeal would be shown everywhere."""
    harbour, town = make_category("Harbour"), make_category("Town")
    appeal = make_appeal()
    appeal.categories.add(harbour)
    assert delete(desk, harbour).status_code == 200
    assert delete(desk, harbour, town).status_code == 302
    assert list(appeal.categories.all()) == [town]


def test_second_merge_makes_no_chain(desk):
    one, two, three = (make_category(name) for name in ("One", "Two", "Three"))
    make_article(category=one)
    delete(desk, one, two)
    delete(desk, two, three)
    assert set(Redirect.objects.values_list("old_path", "new_path")) == {
        ("/categories/one/", "/categories/three/"),
        ("/categories/two/", "/categories/three/"),
    }


def test_categories_below_follow_and_lists_show_the_new_ancestors(desk):
    news, harbour, town = make_category("News"), make_category("Harbour"), make_category("Town")
    ferries = make_category("Ferries", parent=harbour)
    harbour.parent = news
    harbour.save()
    article = make_article(category=ferries)
    assert listed(news) == {article.pk}
    delete(desk, harbour, town)
    ferries.refresh_from_db()
    assert ferries.parent == town
    assert (listed(news), listed(town), listed(ferries)) == (set(), {article.pk}, {article.pk})


def test_category_merged_into_one_below_it_leaves_no_loop(desk):
    news = make_category("News")
    harbour = make_category("Harbour", parent=news)
    ferries, boats = make_category("Ferries", parent=harbour), make_category("Boats", parent=harbour)
    delete(desk, harbour, ferries)
    ferries.refresh_from_db()
    boats.refresh_from_db()
    assert (ferries.parent, boats.parent) == (news, ferries)


def test_merge_that_would_make_the_tree_too_deep_changes_nothing(editor):
    line = [make_category("1")]
    for number in range(2, 6):
        line.append(make_category(str(number), parent=line[-1]))
    gone = make_category("Gone")
    make_category("Below", parent=gone)
    with pytest.raises(ValidationError, match="too deep"):
        subjects.merge_category(gone, line[-1], by=editor)
    assert Category.objects.filter(pk=gone.pk).exists()


def test_account_limited_to_a_merged_category_is_limited_to_the_other(desk):
    """Without a row it would be limited to nothing."""
    harbour, town = make_category("Harbour"), make_category("Town")
    for both in (False, True):
        person = make_user(role="Author")
        CategoryScope.objects.create(user=person, category=harbour)
        if both:
            CategoryScope.objects.create(user=person, category=town)
    delete(desk, harbour, town)
    assert list(CategoryScope.objects.values_list("category", flat=True)) == [town.pk, town.pk]


def test_waiting_version_names_the_category_that_took_the_old_one_in(editor):
    harbour, town = make_category("Harbour"), make_category("Town")
    article = make_article(category=harbour)
    content = {**versions.stored(article), "headline": "To come", "categories": [harbour.pk, town.pk]}
    revision = versions.add(article, content, kind=ArticleRevision.Kind.PENDING)
    subjects.merge_category(harbour, town, by=editor)
    revision.refresh_from_db()
    assert (revision.content["category"], revision.content["categories"]) == (town.pk, [])


def test_person_limited_to_a_category_neither_takes_others_in_nor_moves_them(client):
    """S13: a category merged into one's own, or moved below it, would bring its articles within reach."""
    own, other = make_category("Own"), make_category("Other")
    make_article(category=other)
    person = make_user(role="Editor")
    CategoryScope.objects.create(user=person, category=own)
    client.force_login(person)
    assert delete(client, other, own).status_code == 403
    assert "Select a valid choice" in delete(client, own, other).content.decode()
    address = reverse("admin:articles_category_tree")
    page = client.post(address, sent_tree(client, other=("own", "0"))).content.decode()
    assert "You are limited to categories" in page
    other.refresh_from_db()
    assert other.parent is None
    assert client.get(reverse("admin:articles_category_add")).status_code == 403
    assert scope.categories_of(type(person).objects.get(pk=person.pk)) == {own.pk}


# The tree


def sent_tree(client, **typed):
    """What the form of the tree sends with these rows typed, as parent and position by the category's slug."""
    sent = {"seen": client.get(f"{reverse('admin:articles_category_tree')}?language=en").context["seen"]}
    for name, (parent, position) in typed.items():
        pk = Category.objects.get(slug=name).pk
        sent |= {f"parent-{pk}": parent, f"position-{pk}": position}
    return sent


def test_tree_is_moved_by_parents_and_positions(desk):
    harbour, town = make_category("Harbour"), make_category("Town")
    article = make_article(category=harbour)
    address = reverse("admin:articles_category_tree")
    assert "Harbour" in desk.get(address).content.decode()
    response = desk.post(f"{address}?language=en", sent_tree(desk, harbour=("town", "1"), town=("", "2")))
    assert response.status_code == 302
    harbour.refresh_from_db()
    assert (harbour.parent, harbour.position) == (town, 1)
    assert listed(town) == {article.pk}


def test_tree_opens_with_the_sites_first_edition(desk):
    for language in ("ar", "en", "fr"):
        make_category(language=language)
    assert desk.get(reverse("admin:articles_category_tree")).context["language"] == "en"


def test_form_of_a_category_begins_with_the_category(desk):
    page = desk.get(reverse("admin:articles_category_add")).content.decode()
    assert page.index('name="name"') < page.index('name="comment_mode"')


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"harbour": ("town", "1"), "town": ("harbour", "1")}, "cannot stand below itself"),
        ({"harbour": ("harbour", "1")}, "cannot stand below itself"),
        ({"harbour": ("nowhere", "1")}, "there is no category “nowhere”"),
        ({"harbour": ("", "first")}, "the position is a number"),
        ({"harbour": ("", "-1")}, "the position is a number"),
        ({"harbour": ("", "99999")}, "the position is a number"),
    ],
)
def test_wrong_tree_is_refused_whole_with_what_was_typed(desk, typed, fault):
    make_category("Harbour")
    make_category("Town")
    response = desk.post(f"{reverse('admin:articles_category_tree')}?language=en", sent_tree(desk, **typed))
    page = response.content.decode()
    assert fault in page
    assert f'value="{typed["harbour"][0]}"' in page
    assert not Category.objects.filter(parent__isnull=False).exists()
    assert LogEntry.objects.count() == 0


def test_who_has_moved_a_category_is_named_and_not_who_has_renamed_it(desk):
    """F6"""
    harbour, town = make_category("Harbour"), make_category("Town")
    address = f"{reverse('admin:articles_category_tree')}?language=en"
    mine = sent_tree(desk, harbour=("", "5"), town=("", "6"))
    anna, bo = Client(), Client()
    for client, name in ((anna, "Anna"), (bo, "Bo")):
        client.force_login(make_user(name.lower(), role="Publisher", first_name=name, last_name="K."))
    form = reverse("admin:articles_category_change", args=[harbour.pk])
    anna.post(form, {**opened(anna, harbour), "parent": town.pk})
    bo.post(form, {**opened(bo, harbour), "name": "Port"})
    page = desk.post(address, mine).content.decode()
    assert "Anna K. has changed the tree at" in page
    Category.objects.filter(pk=harbour.pk).update(parent=None)
    anew = sent_tree(desk, town=("", "6"))
    Category.objects.filter(pk=town.pk).update(position=9)
    assert "Somebody has changed the tree meanwhile." in desk.post(address, anew).content.decode()


def test_second_editor_does_not_move_the_tree_back_unseen(desk):
    """F6"""
    harbour, town = make_category("Harbour"), make_category("Town")
    address = f"{reverse('admin:articles_category_tree')}?language=en"
    mine = sent_tree(desk, harbour=("", "5"), town=("", "6"))
    desk.post(address, sent_tree(desk, harbour=("town", "1"), town=("", "2")))
    page = desk.post(address, mine).content.decode()
    assert re.search("has changed the tree at [0-9]+:[0-9]+. Look at it again", page)
    assert 'value="6"' in page
    harbour.refresh_from_db()
    assert (harbour.parent, harbour.position) == (town, 1)
    desk.post(address, sent_tree(desk, harbour=("", "5"), town=("", "6")))
    harbour.refresh_from_db()
    assert (harbour.parent, harbour.position) == (None, 5)


def test_tree_costs_the_same_at_any_size(desk, django_assert_num_queries):
    for _ in range(3):
        make_category()
        with django_assert_num_queries(8):
            desk.get(reverse("admin:articles_category_tree"))


# Tags


def test_merged_tags_leave_their_names_and_addresses_as_synonyms(desk):
    ferry, boat = Tag.objects.create(name="Ferry"), Tag.objects.create(name="Boat")
    one, both = make_article(tags=["Boat"]), make_article(tags=["Ferry", "Boat"])
    response = desk.post(
        reverse("admin:articles_tag_changelist"), {"action": "merge", "_selected_action": [ferry.pk, boat.pk]}
    )
    assert response["Location"].endswith(f"?tags={ferry.pk}%2C{boat.pk}")
    assert "2 articles" in desk.get(response["Location"]).content.decode()
    assert desk.post(response["Location"], {"into": ferry.pk}).status_code == 302
    assert list(Tag.objects.all()) == [ferry]
    assert set(TagListing.objects.values_list("tag", "article")) == {(ferry.pk, one.pk), (ferry.pk, both.pk)}
    assert list(TagSynonym.objects.values_list("tag", "name")) == [(ferry.pk, "Boat")]
    for ending in ("", "feed/"):
        assert desk.get(f"/tags/boat/{ending}")["Location"] == f"/tags/ferry/{ending}"


def test_typed_synonym_gives_the_tag(desk):
    ferry = Tag.objects.create(name="Ferry")
    TagSynonym.objects.create(tag=ferry, name="Étagère Boat")
    article = make_draft()
    assert change(desk, article, tags="étagère  BOAT, Quay").status_code == 302
    assert set(article.tags.names()) == {"Ferry", "Quay"}


def test_synonym_typed_by_hand_has_an_address_and_loses_it_when_it_goes(desk):
    ferry = Tag.objects.create(name="Ferry")
    make_article(tags=["Ferry"])
    synonym = TagSynonym.objects.create(tag=ferry, name="Boat")
    assert desk.get("/tags/boat/")["Location"] == "/tags/ferry/"
    synonym.delete()
    assert desk.get("/tags/boat/").status_code == 404


def sent(tag, **fields):
    rows = list(tag.synonyms.all())
    data = {"name": tag.name, "slug": tag.slug, "synonyms-TOTAL_FORMS": len(rows) + 1}
    data |= {"synonyms-INITIAL_FORMS": len(rows), "synonyms-0-name": "", "synonyms-0-tag": tag.pk}
    for place, row in enumerate(rows):
        data |= {f"synonyms-{place}-id": row.pk, f"synonyms-{place}-tag": tag.pk, f"synonyms-{place}-name": row.name}
    return {**data, **fields}


def test_renamed_tag_keeps_its_old_name_as_a_synonym(desk):
    tag = Tag.objects.create(name="Boat")
    make_article(tags=["Boat"])
    address = reverse("admin:articles_tag_change", args=[tag.pk])
    assert desk.post(address, sent(tag, name="Ferry", slug="ferry")).status_code == 302
    assert desk.get("/tags/boat/")["Location"] == "/tags/ferry/"
    assert TagSynonym.objects.get().name == "Boat"
    tag.refresh_from_db()
    assert desk.post(address, sent(tag, name="Boat", slug="boat")).status_code == 302
    assert list(TagSynonym.objects.values_list("name", flat=True)) == ["Ferry"]
    assert desk.get("/tags/boat/").status_code == 200


def test_name_that_is_taken_is_refused_with_who_has_it(desk):
    tag, other = Tag.objects.create(name="Boat"), Tag.objects.create(name="Ferry")
    TagSynonym.objects.create(tag=other, name="Ship")
    address = reverse("admin:articles_tag_change", args=[tag.pk])
    for fields, fault in (
        ({"name": "ferry"}, "“Ferry” is a tag already"),
        ({"name": "SHIP"}, "“Ship” is a synonym of “Ferry” already."),
        ({"synonyms-0-name": "Ferry"}, "“Ferry” is a tag: merge the two instead."),
        ({"synonyms-0-name": "ship"}, "“Ship” is a synonym of “Ferry” already."),
    ):
        assert fault in desk.post(address, sent(tag, **fields)).content.decode()


def test_merging_needs_two_tags(desk):
    tag = Tag.objects.create(name="Boat")
    for tags in ("", str(tag.pk), f"{tag.pk},999999", "x,²", "9" * 40):
        response = desk.post(f"{reverse('admin:articles_tag_merge')}?tags={tags}", {"into": tag.pk})
        assert response["Location"] == reverse("admin:articles_tag_changelist")


def test_list_of_tags_counts_articles_at_the_same_price(desk, django_assert_num_queries):
    for number in range(1, 4):
        make_draft(tags=[f"Tag {number}"])
        with django_assert_num_queries(9):
            page = desk.get(reverse("admin:articles_tag_changelist"))
    assert page.content.decode().count('<td class="field-article_count">1</td>') == 3
    assert Article.objects.count() == 3
