"""S26: every form of the desk, sent with what no field expects: an answer, never a fault, and no text lost.

The forms are found by opening every address of the desk, so a new one is sent as well. What the database refuses
only at the end of a transaction counts too; then everything is undone.
"""

import itertools
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client

from tests.newsroom.test_permissions import ROUTES, World

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

HOSTILE = [
    "",
    "\x00",
    "a\x00b",
    "9" * 40,
    "9223372036854775808",
    "-1",
    "0",
    "1e400",
    "NaN",
    "２",
    "9999-12-31",
    "0001-01-01",
    "9999-12-31T23:59",
    "2026-02-30",
    "23:59:60",
    "[]",
    '{"a": [',
    "null",
    "x" * 5000,
    "<script>alert(1)</script>",
    "javascript:alert(1)",
    "http://[",
    "https://xn--/",
    "%s{0}{{ x }}",
    "‮ضوء‏\u200b",
    "\r\nX: 1",
    ",",
    "../../x",
]
#: Each field is sent every n-th of these alone: with as many as there are, one, and each field another one.
STEP = 28
#: What addresses of the desk read beside their path; those of lists stand alone in the address where no row is named.
OF_LISTS = ("q", "o", "e", "id__exact", "tags")
OF_ANY = ("p", "_popup", "_to_field", "next", "left", "right", "days")
#: How many rows a form says that it sends.
NUMBERS = ("-TOTAL_FORMS", "-INITIAL_FORMS")
OTHERS = {"hidden", "file", "checkbox", "radio", "password"}


@dataclass
class Form:
    """A form of a page: where it goes, what it would send untouched, which fields there are, and what sends it."""

    action: str
    sent: dict = field(default_factory=dict)
    fields: dict = field(default_factory=dict)
    buttons: list = field(default_factory=list)
    actions: list = field(default_factory=list)


class Reader(HTMLParser):
    """The forms of a page that are sent by POST, without those around it."""

    def __init__(self, path):
        super().__init__()
        self.path, self.forms, self.named = path, [], {}
        self.form = self.select = self.text = None

    def handle_starttag(self, tag, attrs):
        node = dict(attrs)
        if tag == "form":
            self.form = None
            goes = node.get("action") or self.path
            if (node.get("method") or "").lower() == "post" and not goes.endswith("/logout/"):
                self.form = Form(self.path if goes.startswith("?") else goes)
                self.forms.append(self.form)
                if "id" in node:
                    self.named[node["id"]] = self.form
            return
        form, name = self.named[node["form"]] if node.get("form") in self.named else self.form, node.get("name")
        if form is None or "__prefix__" in (name or ""):  # the row that scripts add is none that is sent
            return
        if tag == "button" or (tag == "input" and node.get("type") == "submit"):
            form.buttons.append(({name: node.get("value") or ""} if name else {}, node.get("formaction")))
        elif tag == "option" and self.select:
            value = node.get("value") or ""
            if self.select == "action" and value:
                form.actions.append(value)
            if "selected" in node and isinstance(form.sent[self.select], list):
                form.sent[self.select].append(value)
            elif "selected" in node:
                form.sent[self.select] = value
        elif name and tag == "select":
            self.select, form.fields[name] = name, "select"
            form.sent[name] = [] if "multiple" in node else ""
        elif name and tag == "textarea":
            self.text, form.fields[name], form.sent[name] = (form, name), "text", ""
        elif name and tag == "input" and name not in form.fields:
            kind = "hidden" if node.get("class") == "hidden" else node.get("type")
            form.fields[name] = kind if kind in OTHERS else "text"
            if kind != "file" and (kind not in {"checkbox", "radio"} or "checked" in node):
                form.sent[name] = node.get("value") or ("on" if kind == "checkbox" else "")

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = None
        elif tag == "textarea":
            self.text = None

    def handle_data(self, data):
        if self.text:
            form, name = self.text
            form.sent[name] += data


def forms_of(response, path):
    reader = Reader(path)
    reader.feed(response.content.decode())
    return reader.forms


class Walk:
    """Sends forms as one person, writes down what fails and undoes what succeeds."""

    def __init__(self, person):
        self.client = Client()
        self.client.force_login(person)
        self.failed, self.asked = [], 0

    def ask(self, method, path, data=None, what="", **extra):
        self.asked += 1
        try:
            with transaction.atomic():
                response = getattr(self.client, method)(path, data, **extra)
                if method == "post" and response.status_code < 400:
                    connection.check_constraints()
                transaction.set_rollback(True)
        except Exception as error:  # whatever it is, a visitor would see the page of a fault
            self.failed.append((method, path, what, f"{type(error).__name__}: {error}"[:300]))
            return None
        if response.status_code >= 500:
            self.failed.append((method, path, what, response.status_code))
        return response

    def send(self, path, data, what):
        response = self.ask("post", path, data, what)
        if response is None or response.status_code >= 300 or "text/html" not in response.get("Content-Type", ""):
            return
        shown = {}
        for form in forms_of(response, path):
            shown |= {name: form.sent.get(name) for name, kind in form.fields.items() if kind == "text"}
        for name, value in data.items():
            if name in shown and isinstance(value, str) and plain(shown[name]) != plain(value):
                self.failed.append(("lost", path, what, name, value[:80], str(shown[name])[:80]))


def plain(text):
    """Text as it survives a page: a browser shows no NUL, and ends of lines are alike."""
    return " ".join(re.sub(r"[\x00\ufffd]", "", text or "").split())


def paths(world, group):
    for route in (route for route, its_group in ROUTES.items() if its_group == group):
        if route.startswith("admin/") and not route.endswith(("logout/", "jsi18n/")):
            yield route, world.path(route, "publisher")


def garbage(value):
    return SimpleUploadedFile("x.png", value.encode() or b"\x89PNG")


def ask_oddly(walked, world, group):
    count = itertools.count()
    for route, path in paths(world, group):
        for parameter in re.findall(r"<(?:\w+:)?\w+>", route):
            for value in ("0", "987654321", "9" * 30, "x", "%00", "1_0A"):
                odd = world.path(route.replace(parameter, value), "publisher")
                walked.ask("get", odd)
                walked.ask("post", odd)
        for data, kind in (({}, None), ({"x": "\x00"}, None), ('{"a": [', "application/json"), (b"--x", "multipart/x")):
            walked.ask("post", path, data, what="nothing", **({"content_type": kind} if kind else {}))
        value = HOSTILE[next(count) % STEP]
        walked.ask("get", path, dict.fromkeys((*OF_ANY, *OF_LISTS), value), what=f"all {value[:20]!r}")
        for name in OF_ANY if "<" in route else (*OF_ANY, *OF_LISTS):
            for value in HOSTILE[next(count) % STEP :: STEP]:
                walked.ask("get", path, {name: value}, what=f"{name} {value[:20]!r}")


def forms_of_group(walked, world, group):
    """Every form of these pages once, wherever it stands."""
    forms = {}
    for _route, path in paths(world, group):
        page = walked.ask("get", path)
        if page is not None and page.status_code == 200 and "text/html" in page.get("Content-Type", ""):
            for form in forms_of(page, path):
                forms.setdefault((form.action, tuple(form.fields)), form)
    return list(forms.values())


def send_oddly(walked, form, count, most):
    """`most` is the number of rows that a form claims to have sent and has not."""
    buttons = form.buttons or [({}, None)]
    names = [name for name, kind in form.fields.items() if name != "csrfmiddlewaretoken" and kind != "file"]
    # Without the right number of rows no row would be looked at; the numbers are sent oddly alone.
    in_rows = [name for name in names if not name.endswith(NUMBERS)]
    files = [name for name, kind in form.fields.items() if kind == "file"]
    for pressed, formaction in buttons:
        path = formaction or form.action
        walked.send(path, pressed, "only the button")
        walked.send(path, form.sent | pressed, "untouched")
        place = next(count) % STEP
        for value in HOSTILE[place::STEP]:
            walked.send(path, form.sent | dict.fromkeys(in_rows, value) | pressed, f"all {value[:20]!r}")
    pressed, formaction = buttons[0]
    path = formaction or form.action
    for name in names:
        for value in HOSTILE[next(count) % STEP :: STEP]:
            walked.send(path, form.sent | {name: value} | pressed, f"{name} {value[:20]!r}")
    for name in files:
        walked.send(path, form.sent | {name: garbage("x")} | pressed, f"{name}, no file of its kind")
    for name in names:
        if name.endswith(NUMBERS):
            for value in (most, "1"):
                walked.send(path, form.sent | {name: value} | pressed, f"{name} {value}")
    for action in form.actions:
        for rows in (["987654321"], ["x"], ["9" * 30], ["\x00"], []):
            data = form.sent | {"action": action, "_selected_action": rows, "index": "0"}
            walked.ask("post", path, data, what=f"{action} of {rows}")
            walked.ask("post", path, data | {"post": "yes"}, what=f"{action} of {rows}, confirmed")
        rows = walked.client.get(path).context["cl"].result_list
        data = form.sent | {"action": action, "_selected_action": [row.pk for row in rows], "index": "0"}
        walked.ask("post", path, data, what=action)
        walked.ask("post", path, data | {"select_across": "1", "post": "yes"}, what=f"{action} of all, confirmed")


GROUPS = sorted({group for route, group in ROUTES.items() if route.startswith("admin/")})


@pytest.mark.parametrize("group", GROUPS)
def test_no_address_of_the_desk_answers_a_fault(group):
    """S26"""
    world = World()
    walked = Walk(world.people["superuser"])
    ask_oddly(walked, world, group)
    assert walked.failed == []


@pytest.mark.parametrize("group", GROUPS)
def test_no_form_of_the_desk_answers_a_fault_or_loses_a_text(group):
    """S26"""
    world, count = World(), itertools.count()
    walked = Walk(world.people["superuser"])
    for number, form in enumerate(forms_of_group(walked, world, group)):
        # Each row is a form to be made and shown: a thousand in the first form of a kind, as many as tell after it.
        send_oddly(walked, form, count, most="30" if number else "1000")
    assert walked.failed == []
