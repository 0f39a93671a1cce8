"""Changes of a published article wait beside it: readers keep the old text until somebody publishes the new one."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from articles import versions, workflow
from articles.models import Article
from articles.versions import Kind
from articles.workflow import WorkflowError
from tests.articles.desk import change, opened
from tests.factories import make_article, make_author, make_category, make_draft, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    client.editor = make_user("ed", role="Editor")
    client.force_login(client.editor)
    return client


def do(client, article, verb, **data):
    return client.post(reverse("admin:articles_verb", args=[article.pk, verb]), data, follow=True)


def test_saved_changes_of_a_public_article_wait_and_readers_keep_the_old(editor, reader):
    author, other = make_author("Ines Marlow"), make_author("Oda Lund")
    article = make_article("Before", tags=["Sea"], authors=[author])
    row = {"bylines-0-author": other.pk}
    response = change(editor, article, headline="After", tags="Boats", **row)
    assert response.status_code == 302
    page = reader.get(article.get_absolute_url()).content.decode()
    assert "Before" in page
    assert "Ines Marlow" in page
    assert "After" not in page
    waiting = versions.pending(article)
    assert (waiting.content["headline"], waiting.content["tags"]) == ("After", ["Boats"])
    assert waiting.content["byline"] == [{"author": other.pk, "alias": ""}]


def test_form_shows_what_waits_and_goes_on_from_there(editor):
    one, two = make_category("Harbour"), make_category("Sport")
    article = make_article("Before", tags=["Sea"], authors=[make_author()], categories=[one])
    change(editor, article, headline="After", tags="Boats", categories=[two.pk])
    sent = opened(editor, article)
    assert (sent["headline"], sent["tags"], sent["categories"]) == ("After", "Boats", [two.pk])
    change(editor, article, subtitle="And more")
    waiting = versions.pending(article)
    assert (waiting.content["headline"], waiting.content["subtitle"]) == ("After", "And more")
    assert waiting.content["categories"] == [two.pk]
    assert article.revisions.filter(kind=Kind.REPLACED).count() == 1


def test_switches_are_in_force_at_once(editor):
    article = make_article("Before")
    sent = opened(editor, article)
    del sent["comments_open"]
    editor.post(reverse("admin:articles_article_change", args=[article.pk]), {**sent, "headline": "After"})
    article.refresh_from_db()
    assert (article.comments_open, article.headline) == (False, "Before")
    assert versions.pending(article).content["headline"] == "After"


def test_changes_are_published(editor, reader):
    article = make_article("Before")
    change(editor, article, headline="After", body="<p>New words.</p>")
    do(editor, article, "publish_changes")
    page = reader.get(Article.objects.get().get_absolute_url()).content.decode()
    assert "After" in page
    assert "New words." in page
    assert versions.pending(article) is None
    assert versions.standing(article).published_at


def test_changes_are_dropped_and_stay_in_the_list(editor):
    article = make_article("Before")
    change(editor, article, headline="After")
    do(editor, article, "drop_changes", note="Wrong")
    assert opened(editor, article)["headline"] == "Before"
    assert article.revisions.get(kind=Kind.DROPPED).content["headline"] == "After"


def test_changes_are_scheduled_for_a_time_to_come(editor):
    article = make_article("Before")
    change(editor, article, headline="After")
    assert "still to come" in do(editor, article, "schedule_changes").content.decode()
    page = do(editor, article, "schedule_changes", at="2031-07-14T09:30").content.decode()
    assert "It is to be published on" in page
    assert versions.pending(article).apply_at.isoformat() == "2031-07-14T09:30:00+00:00"
    change(editor, article, subtitle="More")
    assert versions.pending(article).apply_at.isoformat() == "2031-07-14T09:30:00+00:00"


def test_save_for_readers_at_once_does_not_wait(editor):
    article = make_article("Before")
    change(editor, article, headline="Between")
    change(editor, article, headline="After", _at_once="1")
    article.refresh_from_db()
    assert article.headline == "After"
    assert versions.pending(article) is None


def test_words_that_are_those_of_the_live_one_do_not_wait(editor):
    article = make_article("Before")
    change(editor, article, headline="After")
    change(editor, article, headline="Before")
    assert versions.pending(article) is None
    assert change(editor, article).status_code == 302
    assert versions.pending(article) is None


def test_scheduled_article_is_changed_itself(editor):
    article = make_draft("Before", state="published", publish_at=timezone.now() + timedelta(days=1))
    change(editor, article, headline="After")
    article.refresh_from_db()
    assert article.headline == "After"


def test_published_article_keeps_its_edition(editor):
    article = make_article()
    change(editor, article, language="fr")
    article.refresh_from_db()
    assert article.language == "en"


def test_what_a_command_changed_meanwhile_is_in_the_published_changes(editor):
    article = make_article("Before", subtitle="Old")
    change(editor, article, headline="After")
    Article.objects.filter(pk=article.pk).update(subtitle="New")
    do(editor, article, "publish_changes")
    article.refresh_from_db()
    assert (article.headline, article.subtitle) == ("After", "New")


def test_what_a_command_changed_in_the_same_piece_is_asked_about(editor):
    article = make_article("Before")
    change(editor, article, headline="After")
    Article.objects.filter(pk=article.pk).update(headline="By command")
    assert "open the form and save" in do(editor, article, "publish_changes").content.decode()
    response = change(editor, article)
    assert response.status_code == 409
    assert "By command" in response.content.decode()


def test_nothing_waiting_is_said_so(editor):
    article = make_article("Live")
    page = do(editor, article, "publish_changes").content.decode()
    assert "No changes wait beside “Live”." in page
    assert "publish_changes" not in workflow.may(article, editor.editor)


# The switch that asks for approval


def test_with_approval_nobody_publishes_own_changes(editor, settings):
    settings.CHANGES_NEED_APPROVAL = True
    article = make_article("Before")
    change(editor, article, headline="After", _at_once="1")
    article.refresh_from_db()
    assert article.headline == "Before"
    assert "somebody else approves them" in do(editor, article, "publish_changes").content.decode()
    workflow.publish_changes(article, by=make_user(role="Editor"))
    article.refresh_from_db()
    assert article.headline == "After"


def test_with_approval_authors_write_changes_of_their_own_published_articles(client, settings):
    author = make_user(role="Author")
    article = make_article("Before", created_by=author)
    client.force_login(author)
    address = reverse("admin:articles_article_change", args=[article.pk])
    assert client.post(address, {"headline": "After"}).status_code == 403
    settings.CHANGES_NEED_APPROVAL = True
    change(client, article, headline="After", expire_at_0="2031-01-01", expire_at_1="00:00")
    article.refresh_from_db()
    assert (article.headline, article.expire_at) == ("Before", None)
    shown = client.get(address).context["adminform"].form.fields.keys()
    assert "subtitle" in shown
    assert not shown & set(versions.SWITCHES)  # in force at once, so shown as words
    assert versions.pending(article).content["headline"] == "After"
    assert workflow.may(article, author) == ["drop_changes"]
    with pytest.raises(WorkflowError, match="Your role does not allow it"):
        workflow.publish_changes(article, by=author)


def test_queries_of_the_form_do_not_grow(editor, django_assert_max_num_queries):
    article = make_article("Before", authors=[make_author() for _ in range(3)], tags=["a", "b", "c"])
    change(editor, article, headline="After")
    with django_assert_max_num_queries(30):
        editor.get(reverse("admin:articles_article_change", args=[article.pk]))
