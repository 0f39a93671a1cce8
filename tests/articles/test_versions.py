"""Versions of articles: every save makes one, they are seen, brought back, and kept by number and age."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from articles import versions, workflow
from articles.models import Article, ArticleRevision
from articles.versions import Kind
from tests.articles.desk import change, form
from tests.factories import make_article, make_author, make_category, make_draft, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    client.editor = make_user("ed", role="Editor")
    client.force_login(client.editor)
    return client


def kinds(article):
    return list(article.revisions.order_by("number").values_list("kind", flat=True))


def test_version_holds_fields_byline_categories_tags_and_related():
    author, category, other = make_author(), make_category(), make_article()
    article = make_draft("Quay", tags=["Sea", "Boats"], authors=[author], categories=[category])
    article.related.add(other)
    content = versions.record(article).content
    assert content["headline"] == "Quay"
    assert content["byline"] == [{"author": author.pk, "alias": ""}]
    assert content["categories"] == [category.pk]
    assert content["tags"] == ["Boats", "Sea"]
    assert content["related"] == [other.pk]


def test_same_words_make_no_second_version():
    article = make_draft()
    assert versions.record(article) == versions.record(article)


def test_new_article_of_the_desk_has_a_version(editor):
    editor.post(reverse("admin:articles_article_add"), form(headline="The quay"))
    article = Article.objects.get()
    revision = article.revisions.get()
    assert (revision.number, revision.kind, revision.created_by) == (1, Kind.SAVED, editor.editor)


def test_save_keeps_what_was_there_before_and_what_is_there_now(editor):
    article = make_draft("Before", tags=["Sea"])
    change(editor, article, headline="After")
    before, after = article.revisions.order_by("number")
    assert (before.content["headline"], before.created_by) == ("Before", None)
    assert (after.content["headline"], after.created_by) == ("After", editor.editor)
    assert before.content["tags"] == ["Sea"]


def test_publishing_marks_the_version_that_readers_see():
    article, editor = make_draft(), make_user(role="Editor")
    workflow.publish(article, by=editor)
    assert versions.standing(article).published_at == article.publish_at


def test_list_says_who_when_kind_and_note(editor):
    article = make_draft("Before")
    change(editor, article, headline="After")
    page = editor.get(reverse("admin:articles_versions", args=[article.pk])).content.decode()
    assert "stored now" in page
    assert ">ed<" in page


def test_list_costs_the_same_at_one_and_three_versions(editor, django_assert_num_queries):
    article = make_draft()
    for number in range(3):
        article.subtitle = str(number)
        article.save()
        versions.record(article, by=editor.editor)
        if number in {0, 2}:
            with django_assert_num_queries(9):
                editor.get(reverse("admin:articles_versions", args=[article.pk]))


def test_older_versions_are_on_a_page_of_their_own(editor, monkeypatch):
    monkeypatch.setattr("articles.admin.versions.PER_PAGE", 1)
    article = make_draft("Before")
    change(editor, article, headline="After")
    address = reverse("admin:articles_versions", args=[article.pk])
    assert "?before=2" in editor.get(address).content.decode()
    assert reverse("admin:articles_version", args=[article.pk, 1]) in editor.get(f"{address}?before=2").content.decode()
    assert editor.get(f"{address}?before=x").status_code == 200


def test_version_shows_rows_by_their_names(editor):
    author, category = make_author("Ines Marlow"), make_category("Harbour")
    article = make_draft("Quay", authors=[author], category=category, tags=["Sea"])
    versions.record(article)
    page = editor.get(reverse("admin:articles_version", args=[article.pk, 1])).content.decode()
    for words in ("Quay", "Ines Marlow", "Harbour", "Sea"):
        assert words in page


def test_version_shows_its_body_as_text(editor):
    article = make_draft("The quay", body='<p>Words &amp; <a href="/x/">more</a>.</p><h2>Below</h2><p>End.</p>')
    versions.record(article)
    page = editor.get(reverse("admin:articles_version", args=[article.pk, 1])).content.decode()
    assert "Words &amp; more [/x/].\n\nBelow\n\nEnd." in page
    assert "&lt;p&gt;" not in page


def test_preview_of_a_version_shows_that_version(editor):
    article = make_draft("Before", body="<p>Old words.</p>", authors=[make_author("Ines Marlow")], tags=["Sea"])
    change(editor, article, headline="After", body="<p>New words.</p>")
    page = editor.get(reverse("admin:articles_version_preview", args=[article.pk, 1])).content.decode()
    assert "Old words." in page
    assert "Ines Marlow" in page
    assert ">Sea<" in page
    assert "New words." not in page
    assert "noindex" in page


def test_preview_shows_tags_that_only_a_save_would_make(editor):
    article = make_draft("Quay")
    revision = versions.record(article)
    revision.content["tags"] = ["Not yet there"]
    revision.save()
    page = editor.get(reverse("admin:articles_version_preview", args=[article.pk, 1])).content.decode()
    assert ">Not yet there<" in page


def test_draft_is_brought_back_to_an_earlier_version(editor):
    author = make_author()
    article = make_draft("Before", authors=[author], tags=["Sea"])
    versions.record(article)
    article.headline = "After"
    article.save()
    article.bylines.all().delete()
    article.tags.clear()
    editor.post(reverse("admin:articles_version_restore", args=[article.pk, 1]))
    article.refresh_from_db()
    assert article.headline == "Before"
    assert list(article.bylines.values_list("author", flat=True)) == [author.pk]
    assert list(article.tags.names()) == ["Sea"]
    assert kinds(article) == [Kind.SAVED, Kind.SAVED, Kind.RESTORED]


def test_what_is_gone_is_named_when_a_version_comes_back(editor):
    author = make_author()
    article = make_draft(authors=[author])
    versions.record(article)
    article.bylines.all().delete()
    author.delete()
    response = editor.post(reverse("admin:articles_version_restore", args=[article.pk, 1]), follow=True)
    assert "Not all of it is there any more: byline." in response.content.decode()


def test_version_of_a_public_article_comes_back_beside_the_live_one(editor):
    article = make_article("Before")
    versions.record(article)
    article.headline = "After"
    article.save()
    response = editor.post(reverse("admin:articles_version_restore", args=[article.pk, 1]), follow=True)
    assert "wait beside the published ones" in response.content.decode()
    article.refresh_from_db()
    assert article.headline == "After"
    assert versions.pending(article).content["headline"] == "Before"


def test_author_sees_no_versions_of_others(client):
    author, other = make_user(role="Author"), make_draft()
    versions.record(other)
    client.force_login(author)
    assert client.get(reverse("admin:articles_versions", args=[other.pk])).status_code == 404
    assert client.get(reverse("admin:articles_version", args=[other.pk, 1])).status_code == 404
    assert client.post(reverse("admin:articles_version_restore", args=[other.pk, 1])).status_code == 404


def test_old_versions_end_but_published_and_waiting_ones_stay(settings):
    settings.VERSIONS_KEPT, settings.VERSIONS_KEPT_DAYS = 2, 30
    article = make_draft()
    made = []
    for number in range(6):
        article.subtitle = str(number)
        article.save()
        made.append(versions.record(article))
        if number == 4:
            article.revisions.update(created_at=timezone.now() - timedelta(days=31))
            versions.mark_published(made[1], timezone.now())
            ArticleRevision.objects.filter(pk=made[2].pk).update(kind=Kind.PENDING)
    assert list(article.revisions.order_by("number").values_list("number", flat=True)) == [2, 3, 5, 6]


def test_young_versions_stay_whatever_their_number(settings):
    settings.VERSIONS_KEPT = 1
    article = make_draft()
    for number in range(4):
        article.subtitle = str(number)
        article.save()
        versions.record(article)
    assert article.revisions.count() == 4


# Side by side


def compare(client, article, left, right):
    address = reverse("admin:articles_versions_compare", args=[article.pk])
    return client.get(address, {"left": left, "right": right})


def test_two_versions_stand_side_by_side_marked_by_word(editor):
    article = make_draft("Old quay", body="<p>At nine.</p><p>The lamp.</p>", tags=["Sea"])
    change(editor, article, headline="New quay", body="<p>At ten.</p><p>The lamp.</p>", tags="Boats")
    page = compare(editor, article, 1, 2).content.decode()
    for words in ("<del>Old</del> quay", "<ins>New</ins> quay", "At <del>nine</del>.", "At <ins>ten</ins>."):
        assert words in page
    assert "<del>Sea</del>" in page
    assert "<ins>Boats</ins>" in page
    assert page.count("The lamp.") == 2


def test_body_in_a_comparison_is_text(editor):
    """S1"""
    article = make_draft(body="<p>At &lt;script&gt;alert(1)&lt;/script&gt; nine.</p>")
    versions.record(article)
    page = compare(editor, article, 1, 1).content.decode()
    assert "<script>alert" not in page


@pytest.mark.parametrize(("left", "right"), [("", ""), ("1", "9"), ("x", "1"), ("1", "99999999999999999999")])
def test_wrong_numbers_lead_back_to_the_list(editor, left, right):
    article = make_draft()
    versions.record(article)
    response = compare(editor, article, left, right)
    assert response.url == reverse("admin:articles_versions", args=[article.pk])


def test_comparison_costs_the_same_however_much_differs(editor, django_assert_num_queries):
    article = make_draft()
    versions.record(article)
    article.headline = "Other"
    article.body = "".join(f"<p>{number}</p>" for number in range(40))
    article.save()
    for author in (make_author(), make_author()):
        article.bylines.create(author=author)
    versions.record(article)
    with django_assert_num_queries(9):
        compare(editor, article, 1, 2)
