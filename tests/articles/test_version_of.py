"""The same story in another edition, linked on the form of an article."""

import pytest
from django.urls import reverse

from articles.models import Article
from tests.articles.desk import change, form
from tests.factories import make_draft, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    client.force_login(make_user("ed", role="Editor"))
    return client


def test_new_article_is_linked_by_the_number_of_the_other(editor):
    other = make_draft("Le quai", language="fr")
    page = editor.get(reverse("admin:articles_article_add")).content.decode()
    assert '<noscript> <label>by its number <input name="version_of" value=""' in page
    # Without a script the box sends its emptiness first, then the field beside it what was typed.
    response = editor.post(reverse("admin:articles_article_add"), form(version_of=["", str(other.pk)]))
    assert response.status_code == 302
    assert Article.objects.get(language="en").version_group == other.version_group


def test_article_that_is_there_already_is_linked_too(editor):
    article, other = make_draft("The quay"), make_draft("Le quai", language="fr")
    assert change(editor, article, version_of=["", str(other.pk)]).status_code == 302
    article.refresh_from_db()
    assert article.version_group == other.version_group


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("999999", "Select a valid choice."),
        ("quay", "Select a valid choice."),
        ("9" * 30, "Select a valid choice."),
        ("taken", "That story has a version in this language already."),
    ],
)
def test_wrong_number_is_refused_beside_the_field_and_kept(editor, typed, fault):
    other = make_draft("Le quai", language="fr")
    make_draft("The quay", version_group=other.version_group)
    article = make_draft("Another")
    typed = str(other.pk) if typed == "taken" else typed
    page = change(editor, article, version_of=["", typed]).content.decode()
    assert fault in page
    assert f'name="version_of" value="{typed}"' in page
