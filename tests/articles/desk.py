"""The change form of an article as a browser sends it."""

from django.urls import reverse


def form(**fields):
    """What the form of a new article sends, with `fields` over it."""
    sent = {"language": "en", "headline": "The quay", "body": "<p>Words of the story.</p>", "comment_later": "closed"}
    sent |= {"comments_open": "on", "ratings_open": "on"}
    for inline in ("bylines", "corrections"):
        sent |= {f"{inline}-TOTAL_FORMS": 0, f"{inline}-INITIAL_FORMS": 0}
    return {**sent, **fields}


def opened(client, article):
    """What the form of an article sends if nothing is changed in it: what its page says."""
    response = client.get(reverse("admin:articles_article_change", args=[article.pk]))
    assert response.status_code == 200
    sent = {}
    forms = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for one in forms:
        for bound in one:
            sent |= _sent(bound)
    return sent


def _sent(bound):
    value = bound.value()
    widgets = getattr(bound.field.widget, "widgets", None)
    if widgets:
        parts = bound.field.widget.decompress(value)
        return {
            f"{bound.html_name}_{place}": widget.format_value(part) or ""
            for place, (widget, part) in enumerate(zip(widgets, parts, strict=True))
        }
    if value is None or value is False:
        return {}
    if bound.name == "tags":
        return {bound.html_name: bound.field.widget.format_value(value) or ""}
    if isinstance(value, list):
        return {bound.html_name: [getattr(row, "pk", row) for row in value]}
    return {bound.html_name: "on" if value is True else value}


def change(client, article, **fields):
    """Open the form of an article, change these fields and save."""
    return client.post(
        reverse("admin:articles_article_change", args=[article.pk]), {**opened(client, article), **fields}
    )
