"""A comment as a browser sends it."""

import re
from datetime import timedelta

import time_machine
from django.utils import timezone

from comments import threads
from comments.forms import make_token

WORDS = "I was on the late boat."


def filled(article, *, age=timedelta(minutes=1), **fields):
    """The form's fields, `age` after the form was shown."""
    with time_machine.travel(timezone.now() - age, tick=False):
        token = make_token(article)
    form = {"name": "Oda", "email": "oda@post.example", "body": WORDS, "parent": "", "token": token, "website": ""}
    return form | fields


def send(client, article, *, age=timedelta(minutes=1), follow=False, **fields):
    return client.post(threads.address(article), filled(article, age=age, **fields), follow=follow)


def hidden(html, name):
    """The value of a hidden field of a page."""
    return re.search(rf'<input type="hidden" name="{name}" value="([^"]*)">', html)[1]
