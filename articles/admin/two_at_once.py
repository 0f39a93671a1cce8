"""Two people at one article: what both have changed in other ways is shown side by side, and each piece is chosen."""

from django.contrib import messages
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from articles import merge, versions
from articles.models import Presence

#: Names of what the page of clashes sends beside the form's own fields.
CHOICE, AGAINST = "choice:", "against"
OWN = {"csrfmiddlewaretoken", AGAINST}


def choices(request):
    """What was chosen on that page, as arguments of `workflow.change`."""
    chosen = {name.removeprefix(CHOICE): value for name, value in request.POST.items() if name.startswith(CHOICE)}
    against = request.POST.get(AGAINST, "")
    return {"choices": chosen, "against": int(against) if against.isdecimal() and len(against) < 10 else None}


def say_who_is_there(model_admin, request, article, *, is_one_of_many=False):
    """After a save or a verb: who else has the article's form open."""
    if others := Presence.objects.others(article, request.user):
        said = _("Also open with: %(names)s.") % {"names": ", ".join(others)}
        said = f"{article.headline}: {said}" if is_one_of_many else said
        model_admin.message_user(request, said, messages.WARNING)


def ask(model_admin, request, clash):
    """The page that shows each clash; what was typed is in it, and is a version already."""
    kept = versions.keep(clash.article, clash.mine, by=request.user, base=clash.base)
    sent = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in OWN and not name.startswith(CHOICE)
        for value in values
    ]
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "article": clash.article,
        "title": _("Changed by two at once: %(headline)s") % {"headline": clash.article.headline},
        "shown": clash.shown,
        "kept": kept,
        "sent": sent,
        "against": clash.shown.number,
        "clashes": [_piece(one) for one in clash.merged.clashes],
        "taken": [versions.label(name) for name in clash.merged.taken],
    }
    return TemplateResponse(request, "admin/articles/article/clash.html", context, status=409)


def _piece(clash):
    if clash.name == "body":
        rows = merge.side_by_side(clash.theirs, clash.mine)
    else:
        sides = [
            "".join(words for _name, _label, words in versions.said({clash.name: value}))
            for value in (clash.theirs, clash.mine)
        ]
        rows = [merge.words(*sides)]
    return {
        "field": f"{CHOICE}{clash.key}",
        "label": versions.label(clash.name),
        "rows": rows,
        "may_both": clash.name == "body" and clash.theirs and clash.mine,
    }
