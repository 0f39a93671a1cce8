"""Two people at one form of anything but an article, which has versions for that (articles/admin/two_at_once.py).

The page says by a digest what it showed of each field. Fields that only the other has changed are taken over; one that
both have changed is refused with what stands there now, and what was typed is kept: saved again, it wins knowingly.
"""

import json
from datetime import UTC, datetime
from hashlib import blake2s
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Manager, Model, QuerySet
from django.utils.translation import gettext as _

FIELD = "as_shown"


def digest(value: Any) -> str:
    """The same for what a row holds and for what its form says if nothing is changed in it."""
    if isinstance(value, Manager):
        value = value.all()
    if isinstance(value, QuerySet | list | tuple):
        value = sorted(str(getattr(row, "pk", row)) for row in value)
    elif isinstance(value, Model):
        value = value.pk
    elif isinstance(value, datetime):
        value = value.astimezone(UTC).replace(microsecond=0).isoformat()
    elif isinstance(value, str):
        value = value.replace("\r\n", "\n").strip()
    said = "" if value is None else str(value)
    return blake2s(said.encode(), digest_size=8).hexdigest()


def _value(row: Model, name: str) -> Any:
    value = getattr(row, name)
    return list(value.all()) if isinstance(value, Manager) else value


def _words(value: Any) -> str:
    return (", ".join(str(row) for row in value) if isinstance(value, list) else str(value or "–"))[:300]


class Merging:
    """For the form of a row that was shown with these digests."""

    shown: dict[str, str] = {}

    def clean(self):
        super().clean()
        row = type(self.instance)._default_manager.select_for_update(of=("self",)).get(pk=self.instance.pk)
        for name, was in list(self.shown.items()):
            if name not in self.fields or name not in self.cleaned_data:
                continue
            now = _value(row, name)
            if digest(now) == was:
                continue
            mine = digest(self.cleaned_data[name])
            if mine == was:
                self.cleaned_data[name] = now
            elif mine != digest(now):
                self.shown[name] = digest(now)
                fault = _("Somebody has changed this meanwhile, to: %(value)s. Saved again, yours takes its place.")
                self.add_error(name, ValidationError(fault, params={"value": _words(now)}))
        return self.cleaned_data


class AtOnceMixin:
    """For ModelAdmins whose rows several people may have open."""

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        if request.method != "POST" or not change or not (shown := _read(request.POST.get(FIELD, ""))):
            return form
        return type(form.__name__, (Merging, form), {"shown": shown})

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        if obj and obj.pk:
            form = context["adminform"].form
            shown = getattr(form, "shown", None) or {
                name: digest(_value(obj, name)) for name in form.fields if hasattr(obj, name)
            }
            context[FIELD] = json.dumps(shown)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)


def _read(sent: str) -> dict[str, str]:
    try:
        shown = json.loads(sent)
    except ValueError:
        return {}
    return {str(name): str(known) for name, known in shown.items()} if isinstance(shown, dict) else {}
