"""Comments at the desk: read, found and decided on here, and changed by nobody."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.validators import validate_email
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import linebreaksbr
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, ngettext_lazy
from django.views.decorators.http import require_POST, require_safe

from articles import scope
from articles.admin.at_once import AtOnceMixin
from articles.admin.lists import BoundedList
from articles.spreadsheets import csv_answer
from articles.templatetags.articles import moment
from comments import bans, desk, log, moderation
from comments.models import Ban, Comment, Decision, WordList
from comments.people import normalized

#: Each decision with its function, its label and what is said of the comments that it changed.
VERBS = {
    "approve": (
        moderation.approve,
        _("Approve"),
        ngettext_lazy("%(count)d comment approved.", "%(count)d comments approved.", "count"),
    ),
    "reject": (
        moderation.reject,
        _("Reject"),
        ngettext_lazy("%(count)d comment rejected.", "%(count)d comments rejected.", "count"),
    ),
    "mark_spam": (
        moderation.mark_spam,
        _("Mark as spam"),
        ngettext_lazy("%(count)d comment marked as spam.", "%(count)d comments marked as spam.", "count"),
    ),
    "trash": (
        moderation.trash,
        _("Move to trash"),
        ngettext_lazy("%(count)d comment moved to trash.", "%(count)d comments moved to trash.", "count"),
    ),
}


def _bulk(verb: str):
    def action(modeladmin, request, queryset):
        is_all = request.POST.get("select_across") == "1"
        _decide(modeladmin, request, verb, queryset if is_all else _as_seen(queryset, request.POST))

    action.__name__ = verb
    return admin.action(description=VERBS[verb][1], permissions=["moderate"])(action)


def _as_seen(queryset, posted: QueryDict) -> list[Comment]:
    """The comments as the list showed them, so that a decision made meanwhile is not overruled unseen."""
    comments = list(queryset.order_by("pk"))
    for comment in comments:
        comment.as_seen = posted.get(f"seen-{comment.pk}")
    return comments


def _decide(modeladmin, request: HttpRequest, verb: str, comments) -> None:
    do, _label, said = VERBS[verb]
    outcome = do(comments, by=request.user, reason=request.POST.get("reason", "").replace("\x00", ""))
    if outcome.changed:
        modeladmin.message_user(request, said % {"count": len(outcome.changed)}, messages.SUCCESS)
    for words in outcome.refusals:
        modeladmin.message_user(request, words, messages.WARNING)


class DecisionInline(admin.TabularInline):
    model = Decision
    extra = 0
    can_delete = False
    fields = readonly_fields = ("decided_at", "what", "before", "after", "by", "ground", "reason")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("by")

    def has_view_permission(self, request, obj=None):
        return True  # whoever may open the comment

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(Comment)
class CommentAdmin(BoundedList):
    list_display = ("shown_state", "excerpt", "shown_name", "article", "why", "age")
    list_display_links = ("excerpt",)
    list_filter = ("state",)
    list_select_related = ("article",)
    show_facets = admin.ShowFacets.NEVER  # they count all there is
    search_fields = ("body", "name", "email", "article__headline")
    ordering = ("-pk",)  # what waits has the queue; to have it first here, all comments would be sorted
    actions = [_bulk(verb) for verb in VERBS]
    inlines = (DecisionInline,)
    fields = readonly_fields = (
        *("state", "words", "why", "name", "email", "user", "article", "parent"),
        *("created_at", "decided_at", "decided_by"),
    )
    change_form_template = "admin/comments/comment/change_form.html"
    change_list_template = "admin/comments/comment/change_list.html"

    # Who may. Nobody changes a comment by a form; decisions have their own permission.

    def has_moderate_permission(self, request):
        return request.user.has_perm(moderation.PERMISSION)

    def has_view_permission(self, request, obj=None):
        return self.has_moderate_permission(request) or super().has_view_permission(request, obj)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        """Not even a superuser: a comment goes to the trash or is erased, and either has its line in the log."""
        return False

    def get_queryset(self, request):
        return moderation.comments_of(request.user).order_by("pk")

    # Columns and fields. Everything here was written by strangers.

    @admin.display(description=_("state"), ordering="state")
    def shown_state(self, comment):
        seen = format_html('<input type="hidden" name="seen-{}" value="{}">', comment.pk, comment.version)
        return format_html("{}{}", seen, comment.get_state_display())

    @admin.display(description=_("comment"))
    def excerpt(self, comment):
        return format_html("<bdi>{}</bdi>", Truncator(" ".join(comment.body.split())).chars(120) or "–")

    @admin.display(description=_("name"), ordering="name")
    def shown_name(self, comment):
        return format_html("<bdi>{}</bdi>", comment.name)

    @admin.display(description=_("comment"))
    def words(self, comment):
        return format_html('<div dir="auto">{}</div>', linebreaksbr(comment.body, autoescape=True))

    @admin.display(description=_("held because"))
    def why(self, comment):
        return format_html_join(" ", "{}", ((row.get("reason", ""),) for row in comment.reasons)) or "–"

    @admin.display(description=_("age"), ordering="created_at")
    def age(self, comment):
        return timesince(comment.created_at, depth=1)

    # The decision on one comment

    def get_urls(self):
        view = self.admin_site.admin_view(require_POST(self.decide))
        return [
            path("<int:pk>/decide/", view, name="comments_comment_decide"),
            path("queue/", self.admin_site.admin_view(desk.show), name="comments_comment_queue"),
            path("queue/claims/", self.admin_site.admin_view(desk.claim), name="comments_comment_claim"),
            *super().get_urls(),
        ]

    def render_change_form(self, request, context, *args, **kwargs):
        if self.has_moderate_permission(request):
            context["verbs"] = [(verb, label) for verb, (_do, label, _said) in VERBS.items()]
        return super().render_change_form(request, context, *args, **kwargs)

    def decide(self, request, pk):
        verb = request.POST.get("verb")
        if verb not in VERBS:
            raise Http404("No such decision.")
        comment = get_object_or_404(self.get_queryset(request), pk=pk)
        comment.as_seen = request.POST.get("seen")
        _decide(self, request, verb, [comment])
        filters = self.get_preserved_filters(request)
        address = reverse("admin:comments_comment_changelist")
        query = QueryDict(filters).get("_changelist_filters", "")
        return HttpResponseRedirect(f"{address}?{query}" if query else address)


class OfWriter(admin.SimpleListFilter):
    """The lines about one person's comments and bans, named by one of these; the address of a mailbox is in no link."""

    title = _("writer")
    parameter_name = "writer"

    def lookups(self, request, model_admin):
        return [(self.number, _("the writer of comment %(number)s") % {"number": self.number})] if self.number else []

    @property
    def number(self):
        number = str(self.used_parameters.get(self.parameter_name, ""))
        return number if number.isascii() and number.isdigit() and len(number) < 19 else ""

    def has_output(self):
        return True

    def queryset(self, request, queryset):
        if not self.number:
            return queryset
        writer = Comment.objects.filter(pk=self.number).only("person", "network").first()
        banned = list(Ban.objects.filter(bans.names(writer)).values_list("pk", flat=True)) if writer else []
        person = writer.person if writer else ""
        written = Q(comment__person=person) if person else Q(comment=self.number)
        return queryset.filter(written | Q(ban__in=banned) if banned else written)


@admin.register(Decision)
class DecisionAdmin(BoundedList):
    """The log of moderation: read, filtered and taken away as CSV; changed by nobody, whatever their rights are."""

    list_display = ("decided_at", "number", "what", "before", "after", "by", "ground", "shown_reason")
    list_display_links = None
    list_filter = (("decided_at", admin.DateFieldListFilter), "what", "after", "ground", OfWriter)
    list_select_related = ("by", "ban")
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("=comment__id", "by__username", "reason")
    actions = None
    ordering = ("-pk",)
    change_list_template = "admin/comments/decision/change_list.html"

    def has_module_permission(self, request):
        return request.user.has_perm(moderation.PERMISSION)

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm(moderation.PERMISSION)

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    def get_queryset(self, request):
        rows = super().get_queryset(request)
        if scope.categories_of(request.user) is None:
            return rows
        inside = moderation.comments_of(request.user).order_by()
        return rows.filter(Q(comment__in=inside) | Q(ban__isnull=False))

    @admin.display(description=_("comment or ban"), ordering="comment_id")
    def number(self, row):
        if row.ban:
            return format_html('<a href="{}">{}</a>', reverse("admin:comments_ban_change", args=[row.ban_id]), row.ban)
        if row.comment_id is None:
            return "–"
        address = reverse("admin:comments_comment_change", args=[row.comment_id])
        return format_html('<a href="{}">{}</a>', address, row.comment_id)

    @admin.display(description=_("reason"))
    def shown_reason(self, row):
        return format_html("<bdi>{}</bdi>", row.reason or "–")

    def get_urls(self):
        view = self.admin_site.admin_view(require_safe(self.export))
        return [path("csv/", view, name="comments_decision_csv"), *super().get_urls()]

    def export(self, request):
        """The lines that the list's filters leave, as CSV, row by row however many there are."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            rows = self.get_changelist_instance(request).get_queryset(request).order_by("pk")
        except IncorrectLookupParameters as error:
            raise BadRequest("No such filter.") from error
        table = log.table(rows)
        return csv_answer("moderation-log", next(table), table)


class ForModerators:
    """A ModelAdmin that those who moderate may use whole."""

    def has_module_permission(self, request):
        return request.user.has_perm(moderation.PERMISSION)

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm(moderation.PERMISSION)

    def has_add_permission(self, request):
        return self.has_view_permission(request)

    has_change_permission = has_delete_permission = has_view_permission


@admin.register(WordList)
class WordListAdmin(AtOnceMixin, ForModerators, admin.ModelAdmin):
    list_display = ("kind", "count", "changed_at")
    fields = ("kind", "terms", "changed_at")
    readonly_fields = ("changed_at",)

    @admin.display(description=_("words"))
    def count(self, listed):
        return len(listed.terms.splitlines())


class BanForm(forms.ModelForm):
    """A ban of a mailbox; those of networks come from the queue, since nobody knows a network by sight."""

    class Meta:
        model = Ban
        fields = ("effect", "person", "reason", "notes", "ends_at")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.known_until:
            words = _("This network can be told again until %(moment)s: a ban of it ends by then.")
            self.fields["ends_at"].help_text = words % {"moment": moment(self.instance.known_until)}

    def clean_person(self):
        address = self.cleaned_data["person"].strip()
        validate_email(address)
        return normalized(address)


@admin.register(Ban)
class BanAdmin(AtOnceMixin, ForModerators, BoundedList):
    """Whoever is banned stays on the list after the end, until `manage.py purge_personal_data` drops it."""

    form = BanForm
    list_display = ("__str__", "effect", "reason", "begun_at", "ends_at", "by")
    list_filter = ("effect",)
    list_select_related = ("by",)
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("=person", "reason", "notes")
    actions = ("end_now",)

    def has_delete_permission(self, request, obj=None):
        return False

    def get_readonly_fields(self, request, obj=None):
        return ("person", "begun_at", "by") if obj else ("begun_at", "by")

    def save_model(self, request, obj, form, change):
        if not change or form.changed_data:
            bans.save(obj, by=request.user)

    @admin.action(description=_("End now"), permissions=["change"])
    def end_now(self, request, queryset):
        count = bans.end(queryset, by=request.user)
        said = ngettext("%(count)d ban ended.", "%(count)d bans ended.", count)
        self.message_user(request, said % {"count": count}, messages.SUCCESS)
