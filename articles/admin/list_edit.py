"""Fields edited in the list of articles itself: each row as a change of its own, from what the list showed of it.

Django's own saving writes every row that differs from the database, also where that is only because another has
saved meanwhile. Here the page says what it showed, and the workflow merges or refuses.
"""

from django import forms
from django.contrib import messages
from django.contrib.admin.views.main import ChangeList
from django.forms.utils import ErrorList, flatatt
from django.http import HttpResponseRedirect
from django.utils.choices import BaseChoiceIterator
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles import scope, versions, workflow
from articles.admin import two_at_once
from articles.admin.lists import PlainInput, is_number
from articles.models import Article
from articles.taxonomy import trees

CATEGORY, COMMENTS = (Article._meta.get_field(name).verbose_name for name in ("category", "comments_open"))


#: In the address of a list whose rows carry every choice, for who has no scripts.
WHOLE = "edit"


class Choices(BaseChoiceIterator):
    """The categories of an edition that a person may choose, as HTML made once for the whole list."""

    def __init__(self, language, pairs):
        self.language, self.pairs = language, pairs

    def __iter__(self):
        return iter(self.pairs)

    @cached_property
    def labels(self):
        return {str(value): label for value, label in self.pairs}

    @cached_property
    def options(self):
        return {str(value): format_html('<option value="{}">{}</option>', value, label) for value, label in self.pairs}

    def html(self):
        return _joined(self.options)

    def chosen(self, value):
        """The chosen option; one that is none of them says so, and stays what it is unless another is chosen."""
        return format_html('<option value="{}" selected>{}</option>', value, self.labels.get(value, "–"))

    def whole(self, value):
        first = {} if value in self.options else {value: ""}
        return _joined({**first, **self.options, value: self.chosen(value)})


def _joined(options):
    return format_html_join("", "{}", ((option,) for option in options.values()))


class CategorySelect(forms.Select):
    """With the one option that is chosen: a script puts the others in before it opens (static/js/desk.js)."""

    is_whole = False

    def render(self, name, value, attrs=None, renderer=None):
        attrs, chosen = self.build_attrs(self.attrs, attrs), "" if value is None else str(value)
        if self.is_whole:
            options = self.choices.whole(chosen)
        else:
            options = self.choices.chosen(chosen)
            attrs |= {} if attrs.get("disabled") else {"data-choices": self.choices.language}
        return format_html('<select name="{}"{}>{}</select>', name, flatatt(attrs), options)


class PlainHidden(PlainInput, forms.HiddenInput):
    pass


class PlainBox(PlainInput, forms.CheckboxInput):
    pass


class PlainErrors(ErrorList):
    def __str__(self):
        return super().__str__() if self else ""


class RowForm(forms.ModelForm):
    """One row. The workflow writes what it says; the article at hand is left as it was read.

    Its widgets need no template each: a list has some hundreds of them.
    """

    category = forms.TypedChoiceField(
        label=CATEGORY,
        coerce=int,
        empty_value=None,
        required=False,
        show_hidden_initial=True,
        widget=CategorySelect,
    )
    comments_open = forms.BooleanField(label=COMMENTS, required=False, show_hidden_initial=True, widget=PlainBox)

    class Meta:
        widgets = {"id": PlainHidden}

    #: Who edits, the categories that they may choose in each edition, and whether each row carries them all.
    user, choices, is_whole = None, {}, False

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"error_class": PlainErrors, **kwargs})
        article = self.instance
        category, none = self.fields["category"], Choices(article.language, [("", "–")])
        category.choices = self.choices.get(article.language, none)
        category.widget.is_whole = self.is_whole
        may = workflow.may_change(article, self.user)
        # What is in force at once on a public page is not an author's to change there.
        may_switch = may and (not workflow.waits(article) or self.user.has_perm("articles.publish_article"))
        for name, field in self.fields.items():
            field.hidden_widget = PlainHidden
            field.disabled = not (may_switch if name in versions.SWITCHES else may)
            field.widget.attrs["aria-label"] = f"{field.label}: {article.headline}"

    def _post_clean(self):
        pass

    def was(self):
        """What the page showed of the fields that were changed in it; nothing for what it does not say."""
        found = {}
        for name in self.changed_data:
            sent = self.data.get(self[name].html_initial_name) or ""
            if name == "category":
                found[name] = int(sent) if is_number(sent) else None
            else:
                found[name] = self.fields[name].to_python(sent)
        return found


class EditedList(ChangeList):
    def get_filters_params(self, params=None):
        found = super().get_filters_params(params)
        found.pop(WHOLE, None)
        return found


class ListEditMixin:
    """For the ModelAdmin of articles."""

    list_editable = ("category", "comments_open")

    def get_changelist(self, request, **kwargs):
        return EditedList

    def get_changelist_form(self, request, **kwargs):
        limits, choices = scope.categories_of(request.user), {}
        for language, tree in trees().items():
            pairs = [("", "–")] if limits is None else []
            for depth, category in tree.flat():
                if limits is None or category.pk in limits:
                    pairs.append((category.pk, f"{'– ' * depth}{category.name}"))
            choices[language] = Choices(language, pairs)
        return type("RowForm", (RowForm,), {"user": request.user, "choices": choices, "is_whole": WHOLE in request.GET})

    def changelist_view(self, request, extra_context=None):
        if request.method == "POST" and "_save" in request.POST and self.has_change_permission(request):
            formset = self.get_changelist_formset(request)
            rows = self._get_list_editable_queryset(request, formset.get_default_prefix())
            changed = [form for form in formset(request.POST, queryset=rows).forms if form.has_changed()]
            if all(form.is_valid() for form in changed):
                self._save_rows(request, changed)
                return HttpResponseRedirect(request.get_full_path())
        answer = super().changelist_view(request, extra_context)
        cl = getattr(answer, "context_data", {}).get("cl")
        if cl and cl.formset and WHOLE not in request.GET:
            used = {form.instance.language: form for form in cl.formset.forms}
            answer.context_data["row_choices"] = [form.fields["category"].choices for form in used.values()]
            answer.context_data["whole_list"] = cl.get_query_string({WHOLE: 1})
        return answer

    def _save_rows(self, request, rows):
        done = 0
        for form in rows:
            article = form.instance
            mine = {name: form.cleaned_data[name] for name in form.changed_data}
            try:
                saved = workflow.change(article, mine, by=request.user, was=form.was())
            except workflow.Clashing as clash:
                names = ", ".join(versions.label(one.name) for one in clash.merged.clashes)
                said = _("“%(headline)s”: somebody has changed it meanwhile (%(names)s). Look at it again.")
                self.message_user(request, said % {"headline": article.headline, "names": names}, messages.ERROR)
            except workflow.WorkflowError as error:
                self.message_user(request, " ".join(error.messages), messages.ERROR)
            else:
                done += 1
                self.log_change(request, article, self.construct_change_message(request, form, None))
                two_at_once.say_who_is_there(self, request, article, is_one_of_many=True)
                if saved.is_waiting:
                    said = _("The changes wait as version %(number)s beside the published text, which readers keep.")
                    self.message_user(request, f"{article.headline}: {said % {'number': saved.revision.number}}")
        if done:
            said = ngettext("%(count)d article was changed.", "%(count)d articles were changed.", done)
            self.message_user(request, said % {"count": done}, messages.SUCCESS)
