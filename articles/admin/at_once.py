"""Two people at one form of anything but an article, which has versions for that (articles/admin/two_at_once.py).

The page says by a digest what it showed of each field, of the row and of those in its inlines. Fields that only the
other has changed are taken over; one that both have changed is refused with what stands there now, and what was typed
is kept: saved again, it wins knowingly. A row that another has deleted is added anew where something was typed in it.
"""

from datetime import UTC, datetime
from hashlib import blake2s
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Manager, Model, QuerySet
from django.forms.formsets import DELETION_FIELD_NAME
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from articles.history import Log, Shown, say

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


def digests(row: Model, fields: dict[str, forms.Field]) -> dict[str, str]:
    """What a form with these fields shows of the row. What nobody may type in it is not shown: it may be a secret."""
    asked = (name for name, field in fields.items() if hasattr(row, name) and not field.disabled)
    return {name: digest(_value(row, name)) for name in asked}


def held(model: type[Model], number: Any) -> Model | None:
    """The row as it is now, and nobody else's until the transaction ends."""
    return model._default_manager.select_for_update(of=("self",)).filter(pk=number).first()


def _value(row: Model, name: str) -> Any:
    value = getattr(row, name)
    return list(value.all()) if isinstance(value, Manager) else value


def _words(value: Any, field: forms.Field) -> str:
    if isinstance(value, list) and isinstance(field, forms.ModelMultipleChoiceField):
        # As the form reads them, with all that their names need.
        value = list(field.queryset.filter(pk__in=[row.pk for row in value]))
    return (", ".join(str(row) for row in value) if isinstance(value, list) else str(value or "–"))[:300]


class _Merge:
    """For the form of a row that was shown with these digests; `log` says who has changed it since."""

    shown: dict[str, str] = {}
    log: Log

    def merge(self, row, *, deletes=False) -> bool:
        """Take over what only the other has changed; refuse what both have, and all of it in a row to be deleted."""
        is_refused = False
        for name, was in list(self.shown.items()):
            if name not in self.fields or name not in self.cleaned_data:
                continue
            now = _value(row, name)
            if digest(now) == was:
                continue
            mine = digest(self.cleaned_data[name])
            if deletes or mine not in {was, digest(now)}:
                is_refused = True
                self.shown[name] = digest(now)
                self.add_error(name, self._fault(row, name, _words(now, self.fields[name]), deletes))
            elif mine == was:
                self.cleaned_data[name] = now
                self.changed_data = [changed for changed in self.changed_data if changed != name]
        return is_refused

    def _fault(self, row, name, value, deletes):
        entry = self.log.of_field(row, self.fields[name].label or name)
        if deletes:
            known = _("%(who)s has changed this at %(when)s, to: %(value)s. Saved again, it is deleted nevertheless.")
            unknown = _("Somebody has changed this meanwhile, to: %(value)s. Saved again, it is deleted nevertheless.")
        else:
            known = _("%(who)s has changed this at %(when)s, to: %(value)s. Saved again, yours takes its place.")
            unknown = _("Somebody has changed this meanwhile, to: %(value)s. Saved again, yours takes its place.")
        return say(entry, known, unknown, value=value)


class Merging(_Merge):
    def clean(self):
        super().clean()
        row = held(type(self.instance), self.instance.pk)
        if row is None:
            raise ValidationError(_("This was deleted meanwhile."))
        for field in row._meta.concrete_fields:
            if field.name not in self.fields or self.fields[field.name].disabled:
                # The form was begun before the row was held; what it does not ask stays as it is now.
                setattr(self.instance, field.attname, getattr(row, field.attname))
                self.cleaned_data.pop(field.name, None)
        self.merge(row)
        return self.cleaned_data


class MergingRow(_Merge):
    """The form of one row of an inline, which its formset has read and holds."""

    #: The row was on the page and is there no longer; whoever typed in it knows that once the page has said so.
    is_gone = is_known_gone = False
    #: What was typed in a row that is gone is to be added.
    is_anew = False
    #: The row is not deleted, since another has changed it.
    is_kept = False

    def clean(self):
        super().clean()
        if self.is_gone:
            return self._clean_gone()
        deletes = bool(self.cleaned_data.get(DELETION_FIELD_NAME))
        self.is_kept = self.merge(self.instance, deletes=deletes) and deletes
        return self.cleaned_data

    def _clean_gone(self):
        typed = (name for name in self.shown if name in self.fields)
        is_typed = any(digest(self.cleaned_data.get(name)) != self.shown[name] for name in typed)
        if self.cleaned_data.get(DELETION_FIELD_NAME) or not (is_typed or self.is_known_gone):
            return {}
        if self.is_known_gone:
            self.is_anew = True
            return self.cleaned_data
        self.is_known_gone = True
        known = _("%(who)s has deleted this at %(when)s. Saved again, what stands here is added anew.")
        unknown = _("Somebody has deleted this meanwhile. Saved again, what stands here is added anew.")
        raise ValidationError(say(self.log.of_end(self._meta.model(pk=self.number)), known, unknown))

    def _post_clean(self):
        if not self.is_gone or self.is_anew:
            super()._post_clean()


class MergingRows:
    """For the formset of an inline."""

    def __init__(self, data=None, *args, **kwargs):
        super().__init__(data, *args, **kwargs)
        self.shown = Shown.read((data or {}).get(f"{self.prefix}-{FIELD}", ""))

    @cached_property
    def management_form(self):
        form = super().management_form
        form.fields[FIELD] = forms.CharField(required=False, widget=forms.HiddenInput)
        if not self.is_bound:
            form.initial[FIELD] = str(Shown({str(row.pk): digests(row, self._asked) for row in self.get_queryset()}))
        return form

    @property
    def _asked(self):
        return {name: field for name, field in self.form.base_fields.items() if name != self.fk.name}

    @cached_property
    def _log(self):
        return Log(self.shown.at, [(type(self.instance), [self.instance.pk]), (self.model, self.shown.rows)])

    def get_queryset(self):
        """Once there are forms, one for each: the desk pairs the two by their places."""
        if not self.is_bound or "forms" not in vars(self):
            return super().get_queryset()
        gone = _("deleted meanwhile")
        return [gone if form.is_gone else form.instance for form in self.initial_forms]

    def _existing_object(self, pk):
        self._hold()
        return self._object_dict.get(pk)

    def _hold(self):
        """The rows as they are now, and nobody else's: that they belong to first, so that none is added meanwhile."""
        if hasattr(self, "_object_dict"):
            return
        rows = super().get_queryset()
        if self.instance.pk and transaction.get_connection().in_atomic_block:
            held(type(self.instance), self.instance.pk)
            rows = rows.select_for_update(of=("self",))
        self._object_dict = {row.pk: row for row in rows}

    def _construct_form(self, i, **kwargs):
        form = super()._construct_form(i, **kwargs)
        if not self.is_bound or i >= self.initial_form_count():
            return form
        key = self.model._meta.pk.name
        form.number, form.log = self.data.get(f"{self.add_prefix(i)}-{key}", ""), self._log
        if form.number in self.shown.rows:
            form.shown = self.shown.fields_of(form.number)
            form.is_gone = form.instance.pk is None
            form.is_known_gone = form.is_gone and self.shown.rows[form.number] is None
            form.fields[key] = forms.CharField(initial=form.number, required=False, widget=forms.HiddenInput)
        return form

    def full_clean(self):
        if self.is_bound:
            self._hold()
        super().full_clean()

    def clean(self):
        for form in self.initial_forms:
            if form.number in self.shown.rows:
                self.shown.rows[form.number] = None if form.is_known_gone else form.shown
        management = self.management_form
        management.data = management.data.copy()
        management.data[management.add_prefix(FIELD)] = str(self.shown)
        super().clean()
        if any(form.is_kept for form in self.initial_forms):
            raise ValidationError(_("What was to be deleted has been changed meanwhile: look at it again."))

    def save_new_objects(self, commit=True):
        super().save_new_objects(commit)
        for form in self.initial_forms:
            if form.is_anew and form.has_changed():
                self.new_objects.append(self.save_new(form, commit=commit))
                if not commit:
                    self.saved_forms.append(form)
        return self.new_objects


class AtOnceInline:
    """For inlines whose rows several people may have open."""

    def get_formset(self, request, obj=None, **kwargs):
        formset = super().get_formset(request, obj, **kwargs)
        form = type(formset.form.__name__, (MergingRow, formset.form), {})
        return type(formset.__name__, (MergingRows, formset), {"form": form})


class AtOnceMixin:
    """For ModelAdmins whose rows several people may have open."""

    #: The field that names the row on whose form this one stands among the inlines, if there is one.
    stands_with = ""

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        if request.method != "POST" or not change or obj is None:
            return form
        sent, about = Shown.read(request.POST.get(FIELD, "")), [(type(obj), [obj.pk])]
        if self.stands_with:
            other = getattr(obj, self.stands_with)
            about.append((type(other), [other.pk]))
        merging = {"shown": sent.fields_of(str(obj.pk)), "sent": sent, "log": Log(sent.at, about)}
        return type(form.__name__, (Merging, form), merging)

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        if obj and obj.pk:
            form = context["adminform"].form
            if request.method != "POST":
                context[FIELD] = str(Shown({str(obj.pk): digests(obj, form.fields)}))
            elif known := getattr(form, "shown", None):
                context[FIELD] = str(Shown({str(obj.pk): known}, form.sent.at))
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)
