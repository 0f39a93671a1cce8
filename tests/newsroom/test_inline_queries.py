"""Forms of the desk cost the same however many rows stand in their inlines."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from articles.models import AuthorName, CategoryScope, TagSynonym
from tests.factories import (
    make_appeal,
    make_article,
    make_author,
    make_category,
    make_correction,
    make_user,
)

pytestmark = pytest.mark.django_db
LANGUAGES = ("fa", "ar", "fr", "ur")


def article(rows):
    found = make_article(authors=[make_author() for _ in range(rows)])
    for _ in range(rows):
        make_correction(found)
    return found


def account(rows):
    user = make_user(role="Author")
    for _ in range(rows):
        CategoryScope.objects.create(user=user, category=make_category())
    return user


def tag(rows):
    found = make_article(tags=[f"Boats {rows}"]).tags.get()
    for number in range(rows):
        TagSynonym.objects.create(tag=found, name=f"Ship {found.pk} {number}")
    return found


def author(rows):
    found = make_author()
    for language in LANGUAGES[:rows]:
        AuthorName.objects.create(author=found, language=language, name=language)
    return found


FORMS = {
    "article": article,
    "account": account,
    "tag": tag,
    "author": author,
    "appeal": lambda rows: make_appeal(links=rows),
}


@pytest.mark.parametrize("name", FORMS)
def test_form_asks_the_same_at_any_number_of_rows(admin_client, name):
    counts = []
    for rows in (1, 4):
        row = FORMS[name](rows)
        address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
        admin_client.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert admin_client.get(address).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert counts[0] <= 30


def test_rows_show_what_they_have_chosen(admin_client):
    user = account(2)
    html = admin_client.get(reverse("admin:auth_user_change", args=[user.pk])).content.decode()
    for scope in user.category_scope.all():
        assert f'<option value="{scope.category_id}" selected' in html
    assert User.objects.count() == 2
