"""The demo newsroom: from the files beside this module into the database, once or as often as one likes.

What is there already, found by its address, is left as it is, so that a second run changes nothing and an
editor's own changes stay.
"""

import json
import random
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.files.base import File
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from articles import listing, readership, versions
from articles.library import add_image
from articles.models import (
    Article,
    ArticleRevision,
    Author,
    AuthorName,
    Byline,
    Category,
    Correction,
    Edition,
    Image,
    Rating,
    ReadingHour,
    ReadingTotal,
)
from articles.uploads import clean_image
from comments.models import Comment
from newsroom.accounts import DEMO_GROUP
from newsroom.appeals.models import Appeal, Channel, DonationLink
from newsroom.pages.models import Page

HERE = Path(__file__).parent
LANGUAGES = ("en", "ar", "fa")
PASSWORD = "demo"  # noqa: S105  (printed at the start, and of use only where DEMO_ACCOUNTS is set)
ACCOUNTS = {
    "author": ("Author", "Ines", "Marlow"),
    "editor": ("Editor", "Hana", "Okell"),
    "moderator": ("Moderator", "Leo", "Quist"),
    "appeals": ("Appeals manager", "Sol", "Brandt"),
    "publisher": ("Publisher", "Tobias", "Fenn"),
}
#: The day on which the files were written, as their times have it: what comes later is scheduled.
WRITTEN = datetime(2026, 11, 22, 12, 30)


@dataclass
class Loaded:
    """What one run has made, and what later steps look up by the files' names."""

    say: Callable[[str], None]
    created: int = 0
    shift: timedelta = timedelta()
    images: dict[str, Image] = field(default_factory=dict)
    authors: dict[str, Author] = field(default_factory=dict)
    accounts: dict[str, Any] = field(default_factory=dict)
    articles: dict[tuple[str, str], Article] = field(default_factory=dict)


def load(say: Callable[[str], None] = lambda line: None) -> int:
    """Load the demo newsroom and return how many things were made; `say` gets a line a step."""
    loaded = Loaded(say)
    languages = [code for code in LANGUAGES if code in dict(settings.LANGUAGES) and (HERE / code).is_dir()]
    _accounts(loaded)
    say("Pictures …")
    _images(loaded)
    _authors(loaded)
    loaded.shift = _shift()
    for language in languages:
        say(f"Stories in {settings.LANGUAGE_NAMES[language]} …")
        with transaction.atomic():
            _edition(loaded, language)
            _articles(loaded, language)
            _comments(loaded, language)
            _appeals(loaded, language)
            _pages(loaded, language)
    readership.rebuild_rankings()
    return loaded.created


# Reading the files


def _json(name: str) -> Any:
    path = HERE / name
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def _story(path: Path) -> tuple[dict[str, Any], str]:
    _, head, text = path.read_text(encoding="utf-8").split("---\n", 2)
    return json.loads(head), text.strip()


def _stories(language: str, folder: str = "articles") -> Iterator[tuple[dict[str, Any], str]]:
    for path in sorted((HERE / language / folder).glob("*.html")):
        yield _story(path)


def _moment(text: str | None, loaded: Loaded) -> datetime | None:
    """A local time of the files as a moment, moved along with all the others."""
    if not text:
        return None
    naive = parse_datetime(text)
    if naive is None:
        day = parse_date(text)
        if day is None:
            raise ValueError(f"The demo has no time {text!r}.")
        naive = datetime(day.year, day.month, day.day, 9)
    return (naive + loaded.shift).replace(tzinfo=ZoneInfo(settings.TIME_ZONE))


def _day(text: str | None, loaded: Loaded) -> date | None:
    moment = _moment(text, loaded)
    return timezone.localdate(moment) if moment else None


def _shift() -> timedelta:
    """Whole weeks, back or forth, that bring the newest story into the last seven days of this machine's clock, so
    that “24 hours” and the calendar are not empty."""
    return timedelta(weeks=(timezone.localtime().replace(tzinfo=None) - WRITTEN) // timedelta(weeks=1))


# Making the rows


def _accounts(loaded: Loaded) -> None:
    users = get_user_model().objects
    demo, _ = Group.objects.get_or_create(name=DEMO_GROUP)
    for username, (role, first, last) in ACCOUNTS.items():
        user = users.filter(username=username).first()
        if user is None:
            user = users.create_user(
                username,
                f"{username}@demo.example",
                PASSWORD,
                first_name=first,
                last_name=last,
                is_staff=True,
            )
            user.groups.add(demo, Group.objects.get(name=role))
            loaded.created += 1
        loaded.accounts[username] = user


def _images(loaded: Loaded) -> None:
    for facts in _json("pictures.json"):
        name = facts.pop("file")
        with (HERE / "pictures" / name).open("rb") as picture:
            cleaned = clean_image(File(picture, name=name))
        image, created = add_image(cleaned, **facts)
        loaded.images[name] = image
        loaded.created += created


def _authors(loaded: Loaded) -> None:
    for facts in _json("authors.json"):
        names = facts.pop("names", {})
        author, created = Author.objects.get_or_create(slug=facts.pop("slug"), defaults=facts)
        loaded.authors[author.slug] = author
        loaded.created += created
        if created:
            for language, words in names.items():
                AuthorName.objects.create(author=author, language=language, **words)
    for username, (_role, first, last) in ACCOUNTS.items():
        Author.objects.filter(name=f"{first} {last}", user=None).update(user=loaded.accounts[username])


def _edition(loaded: Loaded, language: str) -> None:
    facts = _json(f"{language}/edition.json")
    facts.pop("language")
    loaded.created += Edition.objects.get_or_create(language=language, defaults=facts)[1]
    for facts in _json(f"{language}/categories.json"):
        facts.pop("same_as", None)
        parent = facts.pop("parent", None)
        if parent:
            facts["parent"] = Category.objects.get(language=language, slug=parent)
        slug = facts.pop("slug")
        loaded.created += Category.objects.get_or_create(language=language, slug=slug, defaults=facts)[1]


def _articles(loaded: Loaded, language: str) -> None:
    categories = {category.slug: category for category in Category.objects.filter(language=language)}
    made: list[tuple[Article, dict[str, Any], str]] = []
    for facts, text in _stories(language):
        key = (language, facts["slug"])
        article = Article.objects.filter(language=language, slug=facts["slug"]).first()
        if article is None:
            article = _article(loaded, language, facts, categories)
            made.append((article, facts, text))
            loaded.created += 1
        loaded.articles[key] = article
    # Stories name each other, so their bodies wait until all have a number.
    for article, facts, text in made:
        article.body = _resolved(loaded, language, text)
        article.save()
        related = [loaded.articles.get((language, slug)) for slug in facts.get("related", [])]
        article.related.set([other for other in related if other])
        versions.record(article, by=article.created_by, kind=ArticleRevision.Kind.IMPORTED)


def _article(loaded: Loaded, language: str, facts: dict[str, Any], categories: dict[str, Category]) -> Article:
    publish_at = _moment(facts["published"], loaded)
    featured = facts.get("featured") or ""
    group = facts.get("version_group")
    article = Article(
        language=language,
        slug=facts["slug"],
        headline=facts["headline"],
        subtitle=facts.get("subtitle") or "",
        summary=facts.get("summary") or "",
        category=categories[facts["category"]],
        lead_image=loaded.images.get(facts.get("picture") or ""),
        lead_caption=facts.get("picture_caption") or "",
        source_name=facts.get("source_name") or "",
        source_url=facts.get("source_url") or "",
        canonical_is_source=bool(facts.get("canonical_is_source")),
        comments_open=facts.get("comments_open", True),
        featured_slot=featured,
        featured_until=timezone.now() + timedelta(days=90) if featured else None,
        state=facts.get("state", "published"),
        publish_at=publish_at,
        updated_at=_moment(facts.get("updated"), loaded),
        created_by=loaded.accounts["author"],
    )
    if group:
        article.version_group = uuid.uuid5(uuid.NAMESPACE_URL, f"newsroom-demo:{group}")
    article.save()
    article.categories.set([categories[slug] for slug in facts.get("categories", [])])
    article.tags.add(*facts.get("tags", []))
    for position, signed in enumerate(facts.get("authors", [])):
        Byline.objects.create(
            article=article,
            author=loaded.authors[signed["slug"]],
            alias=signed.get("alias") or "",
            position=position,
        )
    for correction in facts.get("corrections", []):
        Correction.objects.create(
            article=article,
            kind=correction["kind"],
            text=correction["text"],
            published_at=_moment(correction["date"], loaded) or timezone.now(),
        )
    listing.refresh(article)
    if article.is_public:
        _votes(article, facts.get("ratings") or {})
        _readings(article, facts.get("readings") or 0)
    return article


def _resolved(loaded: Loaded, language: str, text: str) -> str:
    """The body with its placeholders for pictures and other stories replaced by addresses."""

    def picture(found: re.Match[str]) -> str:
        image = loaded.images.get(found[1])
        return f'src="{image.file.url}"' if image else 'src=""'

    def story(found: re.Match[str]) -> str:
        other = loaded.articles.get((language, found[1])) or loaded.articles.get(("en", found[1]))
        return f'href="{other.get_absolute_url()}"' if other else 'href="/"'

    text = re.sub(r'src="picture:([^"]+)"', picture, text)
    return re.sub(r'href="article:([^"]+)"', story, text)


def _votes(article: Article, stars: dict[str, int]) -> None:
    """Votes given in the days after publication, most of them soon."""
    chance = random.Random(article.slug)  # noqa: S311  (the same demo every time)
    votes = [int(number) for number, count in stars.items() for _ in range(count)]
    made = Rating.objects.bulk_create(
        Rating(article=article, reader=f"demo-{article.pk}-{number}", stars=vote) for number, vote in enumerate(votes)
    )
    now = timezone.now()
    begin = article.publish_at or now
    for vote in made:
        vote.created_at = vote.changed_at = begin + min(now - begin, timedelta(days=28)) * chance.random() ** 3
    Rating.objects.bulk_update(made, ["created_at", "changed_at"], batch_size=500)


def _readings(article: Article, total: int) -> None:
    """Spread `total` over the hours: most of them soon after publication, some every day until now."""
    chance = random.Random(article.slug)  # noqa: S311  (the same demo every time)
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    begin = (article.publish_at or now).replace(minute=0, second=0, microsecond=0)
    age = max(1, int((now - begin).total_seconds() // 3600))
    hours: dict[datetime, int] = {}
    parts = [chance.random() ** 3 for _ in range(24)]
    late = [1 - chance.random() * min(1.0, 24 * span / age) for span in (1, 1, 3, 7, 14, 28)]
    places = [place * min(1.0, 72 / age) for place in parts] + late
    weights = [3.0] * len(parts) + [0.6] * len(late)
    left, weight_left = total, sum(weights)
    for place, weight in zip(places, weights, strict=True):
        count = round(left * weight / weight_left) if weight_left > 0 else 0
        hour = begin + timedelta(hours=int(place * (age - 1)))
        hours[hour] = hours.get(hour, 0) + count
        left, weight_left = left - count, weight_left - weight
    ReadingHour.objects.bulk_create(
        ReadingHour(article=article, hour=hour, readings=count) for hour, count in hours.items() if count
    )
    ReadingTotal.objects.create(article=article, readings=sum(hours.values()))


def _comments(loaded: Loaded, language: str) -> None:
    for thread in _json(f"{language}/comments.json"):
        article = loaded.articles[language, thread["article"]]
        if article.is_public:
            _comment(loaded, article, thread, None)


def _comment(loaded: Loaded, article: Article, facts: dict[str, Any], parent: Comment | None) -> None:
    now = timezone.now()
    begin = parent.created_at if parent else article.publish_at or now
    written: datetime = min(begin + timedelta(minutes=facts.get("minutes_after") or 30), now)
    staff = loaded.accounts.get(facts.get("staff") or "")
    key = uuid.uuid5(
        uuid.NAMESPACE_URL, f"{article.pk}:{parent.pk if parent else 0}:{facts['name']}:{facts['body']}"
    ).hex
    comment = Comment.objects.filter(submission=key).first()
    if comment is None:
        state = facts.get("state", "approved")
        decided = state != Comment.State.PENDING
        comment = Comment(
            article=article,
            parent=parent,
            root=(parent.root or parent) if parent else None,
            depth=parent.depth + 1 if parent else 0,
            state=state,
            name=facts["name"],
            email="" if staff else facts.get("email", ""),
            user=staff or None,
            body=facts["body"],
            created_at=written,
            submission=key,
            decided_at=written + timedelta(minutes=12) if decided else None,
            decided_by=loaded.accounts["moderator"] if decided else None,
        )
        comment.save(log={"after": Comment.State.PENDING, "decided_at": written})
        if decided:
            comment.decisions.create(
                before=Comment.State.PENDING, after=state, by=comment.decided_by, decided_at=comment.decided_at or now
            )
        loaded.created += 1
    if comment.depth < settings.COMMENT_MAX_DEPTH:
        for reply in facts.get("replies", []):
            _comment(loaded, article, reply, comment)


def _appeals(loaded: Loaded, language: str) -> None:
    for facts in _json("en/channels.json"):
        picture = loaded.images.get(facts.pop("picture", "") or "")
        slug = facts.pop("slug")
        loaded.created += Channel.objects.get_or_create(slug=slug, defaults={**facts, "picture": picture})[1]
    for facts in _json(f"{language}/appeals.json"):
        if Appeal.objects.filter(language=language, slug=facts["slug"]).exists():
            continue
        appeal = Appeal.objects.create(
            language=language,
            slug=facts["slug"],
            channel=Channel.objects.get(slug=facts["channel"]),
            title=facts["title"],
            excerpt=facts["excerpt"],
            body=_resolved(loaded, language, facts["body"]),
            picture=loaded.images.get(facts.get("picture") or ""),
            is_published=True,
            is_featured=bool(facts.get("featured")),
            position=facts.get("position") or 0,
            starts_at=_moment(facts.get("starts"), loaded) or timezone.now() - timedelta(days=30),
            ends_at=_moment(facts.get("ends"), loaded),
            thank_you=facts.get("thank_you") or "",
            goal=facts.get("goal"),
            raised=facts.get("raised"),
            currency=facts.get("currency") or "EUR",
            as_of=_day(facts.get("as_of"), loaded),
            supporters=facts.get("supporters"),
        )
        for position, link in enumerate(facts.get("links", [])):
            DonationLink.objects.create(appeal=appeal, position=position, **link)
        loaded.created += 1


def _pages(loaded: Loaded, language: str) -> None:
    for facts, text in _stories(language, "pages"):
        _page, created = Page.objects.get_or_create(
            language=language,
            slug=facts["slug"],
            defaults={
                "title": facts["title"],
                "position": facts.get("position") or 0,
                "body": _resolved(loaded, language, text),
                "is_published": True,
                "in_menu": True,
            },
        )
        loaded.created += created
