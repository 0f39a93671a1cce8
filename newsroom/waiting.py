"""What the desk opens on: the things that wait for this person, each kind one bounded query."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.management import get_commands
from django.db.models import Case, Exists, OuterRef, QuerySet, When
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from articles import scope, workflow
from articles.archive import start_of
from articles.models import Article, ArticleRevision, Image, Outcome, Upkeep
from articles.templatetags.articles import clock, day, moment
from comments.models import Comment
from newsroom.appeals.models import Appeal, DonationLink

State = Article.State
#: Rows named in a tile, and rows counted for its number; beyond that it says “20+”.
NAMED, COUNTED = 5, 20
#: How long the desk tells what became of a person's articles.
NEWS = timedelta(days=7)
#: Commands that an operator runs by a timer; those of them that this site has and nobody ran are named as well.
UPKEEP = (
    *("publish_due", "send_letters", "purge_personal_data", "empty_trash", "check_donation_links"),
    *("recount_readings", "rebuild_search", "render_images", "resanitize", "fetch_feeds", "backup"),
)


@dataclass(frozen=True)
class Row:
    text: str
    url: str
    note: str = ""


@dataclass(frozen=True)
class Tile:
    heading: Any
    empty: Any
    rows: list[Row] = field(default_factory=list)
    number: int = 0
    url: str = ""

    @property
    def named(self) -> list[Row]:
        return self.rows[:NAMED]

    @property
    def shown_number(self) -> str:
        return f"{COUNTED}+" if self.number > COUNTED else str(self.number)


def tiles(user: Any) -> list[Tile]:
    """What waits, in the order of the desk; kinds that are none of this person's business are left out."""
    found = []
    if user.has_perm("articles.publish_article"):
        found += [_to_review(user), _approved(user), _changes(user)]
    if user.has_perm("articles.submit_article"):
        found += [_sent_back(user), _outcomes(user), _drafts(user)]
    if user.has_perm("articles.change_article"):
        found.append(_scheduled_today(user))
    if user.has_perm("comments.moderate_comment"):
        found.append(_held_comments())
    if user.has_perm("appeals.change_appeal"):
        found += [_ended_appeals(), _donation_links(), _old_figures()]
    if user.has_perm("articles.change_image"):
        found.append(_images_without_words())
    return found


def _tile(heading: Any, empty: Any, rows: QuerySet, show: Callable[[Any], Row], url: str) -> Tile:
    found = [show(row) for row in rows[: COUNTED + 1]]
    return Tile(heading, empty, found, len(found), url)


def _changelist(model: str, **filters: Any) -> str:
    address = reverse(f"admin:{model}_changelist")
    return f"{address}?{urlencode(filters)}" if filters else address


def _articles(user: Any) -> QuerySet[Article]:
    """As the list of articles has them: an author's own, an editor's within the limits."""
    rows = Article.objects.filter(scope.articles_of(user))
    rows = rows if user.has_perm("articles.change_any_article") else rows.filter(created_by=user)
    return rows.only("headline", "language", "state", "publish_at", "modified_at", "sent_back_note")


def _article(article: Article, note: str = "") -> Row:
    return Row(
        article.headline or _("(no headline)"), reverse("admin:articles_article_change", args=[article.pk]), note
    )


def _saved(article: Article) -> Row:
    return _article(article, _("saved %(moment)s") % {"moment": moment(article.modified_at)})


def _to_review(user: Any) -> Tile:
    rows = _articles(user).filter(state=State.IN_REVIEW).order_by("modified_at", "pk")
    url = _changelist("articles_article", waiting="review")
    return _tile(gettext_lazy("To review"), gettext_lazy("Nothing waits for review."), rows, _saved, url)


def _approved(user: Any) -> Tile:
    rows = _articles(user).filter(state=State.APPROVED).order_by("modified_at", "pk")
    url = _changelist("articles_article", waiting="approved")
    return _tile(gettext_lazy("Approved, to be published"), gettext_lazy("Nothing is left lying."), rows, _saved, url)


def _changes(user: Any) -> Tile:
    """Versions that wait beside a published text, with no time set for them."""
    articles = _articles(user).filter(state=State.PUBLISHED).values("pk")
    rows = ArticleRevision.objects.pending().filter(apply_at__isnull=True, article__in=articles)
    rows = rows.select_related("article", "created_by").order_by("created_at", "pk")
    rows = rows.only("number", "created_at", "article__headline", "created_by__username")

    def show(revision):
        who = revision.created_by.get_username() if revision.created_by else ""
        return _article(revision.article, " · ".join(filter(None, [str(revision), who, moment(revision.created_at)])))

    url = _changelist("articles_article", state__exact=State.PUBLISHED.value)
    heading, empty = gettext_lazy("Changes of published articles"), gettext_lazy("No change waits.")
    return _tile(heading, empty, rows, show, url)


def _sent_back(user: Any) -> Tile:
    rows = _articles(user).filter(state=State.DRAFT, created_by=user).exclude(sent_back_note="")
    return _tile(
        gettext_lazy("Sent back to me"),
        gettext_lazy("Nothing has come back."),
        rows.order_by("-modified_at", "-pk"),
        lambda article: _article(article, article.sent_back_note),
        _changelist("articles_article", waiting="mine"),
    )


def _outcomes(user: Any) -> Tile:
    """What others have done with this person's articles in the last week, the last of it for each."""
    rows = Outcome.objects.filter(person=user, at__gte=timezone.now() - NEWS, article__in=_articles(user).values("pk"))
    rows = rows.select_related("article", "by").order_by("-at", "-pk")
    rows = rows.only("verb", "note", "at", "article__headline", "article__publish_at", "by__username")

    def show(outcome):
        said = str(workflow.VERBS[outcome.verb].said) if outcome.verb in workflow.VERBS else ""
        if outcome.verb == "schedule":
            said = f"{said}: {moment(outcome.article.publish_at)}"
        who = outcome.by.get_username() if outcome.by else ""
        return _article(outcome.article, " · ".join(filter(None, [said, who, moment(outcome.at), outcome.note])))

    heading, empty = gettext_lazy("News of my articles"), gettext_lazy("Nothing in the last seven days.")
    return _tile(heading, empty, rows, show, _changelist("articles_article"))


def _drafts(user: Any) -> Tile:
    rows = _articles(user).filter(state=State.DRAFT, created_by=user, sent_back_note="")
    url = _changelist("articles_article", waiting="mine")
    heading, empty = gettext_lazy("My drafts"), gettext_lazy("You have no drafts.")
    return _tile(heading, empty, rows.order_by("-modified_at", "-pk"), _saved, url)


def _scheduled_today(user: Any) -> Tile:
    """Articles and versions of articles that readers will see before midnight, by the newsroom's clock."""
    now = timezone.now()
    midnight = start_of(timezone.localdate(now) + timedelta(days=1))
    articles = _articles(user).filter(state=State.PUBLISHED, publish_at__gt=now, publish_at__lt=midnight)
    coming = [(article.publish_at, article, "") for article in articles.order_by("publish_at", "pk")[: COUNTED + 1]]
    versions = ArticleRevision.objects.pending().filter(apply_at__gt=now, apply_at__lt=midnight)
    versions = versions.filter(article__in=_articles(user).values("pk")).select_related("article")
    versions = versions.only("apply_at", "number", "article__headline").order_by("apply_at", "pk")
    coming += [(row.apply_at, row.article, str(row)) for row in versions[: COUNTED + 1]]
    rows = [
        _article(article, " · ".join(filter(None, [clock(at) if at else "", version])))
        for at, article, version in sorted(coming, key=lambda row: (row[0], row[1].pk))
    ]
    url = _changelist("articles_article", state__exact=State.PUBLISHED.value)
    heading, empty = gettext_lazy("Scheduled today"), gettext_lazy("Nothing is scheduled for today.")
    return Tile(heading, empty, rows, len(rows), url)


def _held_comments() -> Tile:
    rows = Comment.objects.waiting().select_related("article").order_by("pk")
    rows = rows.only("name", "body", "article__headline")

    url = reverse("admin:comments_comment_queue")

    def show(comment):
        words = " ".join(comment.body.split())[:90] or "–"
        return Row(words, f"{url}?comment={comment.pk}#review", comment.article.headline)

    return _tile(gettext_lazy("Held comments"), gettext_lazy("No comment waits."), rows, show, url)


def _ended_appeals() -> Tile:
    """Appeals whose time is over, or whose links are gone, and that somebody should look after."""
    lost = Appeal.objects.lost().filter(pk=OuterRef("pk"))
    rows = Appeal.objects.undone().annotate(is_lost=Exists(lost)).order_by("-ends_at", "-pk")

    def show(appeal):
        missing = [
            *([_("ended because no link leads anywhere")] if appeal.is_lost else []),
            *([] if appeal.thank_you else [_("no thank-you yet")]),
            *([_("still in the sidebar")] if appeal.is_featured else []),
        ]
        return Row(appeal.title, reverse("admin:appeals_appeal_change", args=[appeal.pk]), " · ".join(missing))

    url = _changelist("appeals_appeal", care="ended")
    return _tile(gettext_lazy("Ended appeals"), gettext_lazy("No ended appeal needs care."), rows, show, url)


def _donation_links() -> Tile:
    """Links that the last check found gone, moved or silent; those that keep givers away come first."""
    worst = Case(*(When(state=state, then=place) for place, state in enumerate(("gone", "silent"))), default=2)
    rows = DonationLink.objects.troubled().select_related("appeal")
    rows = rows.order_by(worst, "appeal", "position", "number")

    def show(link):
        url = reverse("admin:appeals_appeal_change", args=[link.appeal_id])
        return Row(f"{link.appeal}: {link}", url, link.finding_words[:200])

    url = _changelist("appeals_appeal", care="links")
    empty = gettext_lazy("Every link leads where it should.")
    if DonationLink.objects.filter(checked_at=None, appeal__in=Appeal.objects.current()).exists():
        empty = gettext_lazy("Not every link has been looked at yet.")
    return _tile(gettext_lazy("Donation links in trouble"), empty, rows, show, url)


def _old_figures() -> Tile:
    rows = Appeal.objects.outdated().order_by("as_of", "pk")

    def show(appeal):
        url = reverse("admin:appeals_appeal_change", args=[appeal.pk])
        return Row(appeal.title, url, _("as of %(day)s") % {"day": day(appeal.as_of)})

    url = _changelist("appeals_appeal", care="sums")
    heading, empty = gettext_lazy("Old sums of appeals"), gettext_lazy("Every sum is recent.")
    return _tile(heading, empty, rows, show, url)


def _images_without_words() -> Tile:
    rows = Image.objects.filter(alternative_text="").order_by("-pk").only("title", "file")

    def show(image):
        return Row(image.title or image.file.name, reverse("admin:articles_image_change", args=[image.pk]))

    return _tile(
        gettext_lazy("Images without alternative text"),
        gettext_lazy("Every image has its words."),
        rows,
        show,
        _changelist("articles_image", alternative="none"),
    )


@dataclass(frozen=True)
class Run:
    name: str
    started_at: Any
    state: str
    note: str


def last_runs() -> list[Run]:
    """Of each command the last run; one of the upkeep that nobody ever ran says so."""
    commands = set(get_commands())
    rows = Upkeep.objects.filter(name__in=commands)
    runs = {row.name: Run(row.name, row.started_at, _ended(row), row.note) for row in rows}
    for name in (commands & set(UPKEEP)) - runs.keys():
        runs[name] = Run(name, None, pgettext("a command", "never run"), "")
    return [runs[name] for name in sorted(runs)]


def _ended(row: Upkeep) -> str:
    if row.started_at is None:
        return pgettext("a command", "never run")
    return _("not finished") if row.finished_at is None else _("finished")
