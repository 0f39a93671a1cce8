"""A small newsroom with one of everything, for looking at pages."""

from datetime import timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image as Picture
from PIL import ImageDraw

from articles import previews, readership, versions
from articles.calendars import PERSIAN
from articles.library import add_image
from articles.models import Edition, PreviewLink
from articles.uploads import clean_image
from comments import letters, status
from comments.models import Follow
from tests.factories import (
    make_appeal,
    make_article,
    make_author,
    make_category,
    make_comment,
    make_correction,
    make_draft,
    make_page,
    make_rating,
)

LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft and the rest of a headline"
BODY = """
<p>At three minutes to nine the <em>engine</em> runs. <a href="https://elsewhere.example/">Somebody else</a> knew.</p>
<h2>A note</h2>
<blockquote class="pull"><p>Four minutes is nothing to a boat.</p><footer><cite>The driver</cite></footer></blockquote>
<p>The count fits on one page.</p>
<table><caption>Passengers left on the quay</caption>
<thead><tr><th scope="col">Evening</th><th scope="col">Boats</th></tr></thead>
<tbody><tr><th scope="row">Friday</th><td>6</td></tr></tbody></table>
<h3>Rules</h3><ol><li>The boat waits.</li><li>The bus flashes.</li></ol><ul><li>Soup</li></ul>
<blockquote><p>“I know the crew by name.”</p></blockquote>
<p>https://www.youtube.com/watch?v=aaaaaaaaaaa</p>
"""


def picture_file(name="ferry.png", colour="#0a5a61", size=(1600, 1067)):
    picture = Picture.new("RGB", size, colour)
    ImageDraw.Draw(picture).ellipse((size[0] // 3, size[1] // 3, size[0] // 2, size[1] // 2), fill="#ffc133")
    file = ContentFile(b"", name=name)
    picture.save(file, "PNG")
    file.seek(0)
    return file


def make_newsroom():
    """Returns the addresses worth looking at, by what they show."""
    for language, name in (("en", "Alder Bay Courier"), ("fa", "پیک خلیج"), ("ar", "بريد الخليج")):
        calendar = {"fa": "persian", "ar": "hijri"}.get(language, "gregorian")
        Edition.objects.create(
            language=language, name=name, tagline="Local news from the bay", archive_calendar=calendar
        )
    image, _ = add_image(
        clean_image(picture_file()),
        title="Ferry",
        alternative_text="A ferry on the bay",
        caption="The evening crossing",
        credit="Lena Voss",
    )
    harbour = make_category("Harbour", on_front=True, description="Boats and tides.")
    ferries = make_category("Ferries", parent=harbour)
    town = make_category("Town", on_front=True)
    writers = [
        make_author("Ines Marlow", role="Harbour reporter", bio="She writes."),
        make_author("Leo Quist", is_guest=True),
    ]
    stories = [
        make_article(
            f"Story number {number}" if number else LONG,
            hours_ago=5 + number * 20,
            category=(harbour, ferries, town)[number % 3],
            authors=writers[: 1 + number % 2],
            lead_image=image if number % 2 else None,
            summary="What happened, in one sentence.",
            tags=["Boats", "North quay"],
        )
        for number in range(9)
    ]
    story = make_article(
        "The small ferry that taught a town to wait",
        hours_ago=3,
        subtitle="The last boat leaves when the night bus has come.",
        summary="The last boat waits.",
        body=BODY,
        category=ferries,
        categories=[town],
        authors=writers,
        lead_image=image,
        tags=["Boats", "Night bus"],
        source_name="Bay Review",
        source_url="https://review.example/ferry",
        updated_at=timezone.now() - timedelta(hours=1),
        featured_slot="lead",
        featured_until=timezone.now() + timedelta(days=1),
    )
    versions.mark_published(versions.record(story), story.publish_at)
    story.body = BODY.replace("Four minutes", "Five minutes")
    story.save()
    versions.mark_published(versions.record(story), timezone.now())
    story.revisions.update(opened_at=timezone.now())
    draft = versions.record(make_draft("Not yet published", body=BODY, category=town))
    link = PreviewLink.objects.create(revision=draft, expires_at=timezone.now() + timedelta(days=1))
    make_correction(story, "The bus has nineteen seats, not twenty.")
    first = make_comment(story, "I was on the late boat.\n\nIt waited: https://boat.example/", name="Oda Fenwick")
    reply = make_comment(
        story,
        "Was there tea?",
        name="A very long name without any need for it at all, as people have",
        parent=first,
    )
    make_comment(story, "There was.", parent=reply)
    refused = make_comment(story, "Nonsense.", state="rejected")
    make_comment(story, "قارب جميل", name="نور")
    for stars in (5, 4, 4):
        make_rating(story, stars)
    persian = make_article(
        "قایق کوچکی که منتظر ماند",
        language="fa",
        hours_ago=2,
        body="<p>سه دقیقه به نُه مانده بود.</p><h2>یادداشت</h2><p>چهار دقیقه برای قایق چیزی نیست.</p>",
        category=make_category("بندر", language="fa", on_front=True),
        authors=writers,
        lead_image=image,
        version_group=story.version_group,
        tags=["قایق"],
    )
    appeal = make_appeal(
        "Keep the old lamp turning",
        goal=20000,
        raised=12480,
        as_of=timezone.localdate(),
        picture=image,
        links=2,
        supporters=312,
        body="<p>The lens needs bearings.</p>",
    )
    ended = make_appeal(
        "A warm reading room",
        ends_at=timezone.now() - timedelta(hours=1),
        thank_you="Thank you all.",
        position=2,
    )
    asked = Follow.objects.create(comment=first)
    page = make_page("House rules", in_menu=True)
    readership.ReadingHour.objects.create(article=story, hour=timezone.now() - timedelta(hours=2), readings=4218)
    readership.ReadingTotal.objects.create(article=story, readings=4218)
    readership.rebuild_rankings()
    day = timezone.localtime(story.publish_at)
    return {
        "front": "/",
        "front in Persian": "/fa/",
        "empty front": "/ar/",
        "article": story.get_absolute_url(),
        "plain article": stories[0].get_absolute_url(),
        "Persian article": persian.get_absolute_url(),
        "thread": f"{story.get_absolute_url()}comments/",
        "report": f"{story.get_absolute_url()}comments/{first.pk}/report/",
        "Persian thread": f"{persian.get_absolute_url()}comments/",
        "word of answers": letters.link("answers", asked.pk).removeprefix(settings.SITE_URL),
        "what became of a comment": status.address(refused),
        "what is stored": "/comments/data/",
        "decisions on comments": "/comments/decisions/",
        "what changed": story.get_changes_url(),
        "shared preview": previews.address(link).removeprefix(settings.SITE_URL),
        "rating": story.get_rating_url(),
        "categories": "/categories/",
        "category": harbour.get_absolute_url(),
        "authors": "/authors/",
        "author": writers[0].get_absolute_url(),
        "tags": "/tags/",
        "tag": "/tags/boats/",
        "search": "/search/?q=ferry",
        "search that finds nothing": "/search/?q=feryy",
        "search without a question": "/search/",
        "Persian search": "/fa/search/?q=قایق",
        "archive": "/archive/",
        "year": f"/archive/{day:%Y}/",
        "month": f"/archive/{day:%Y/%m}/",
        "day": f"/archive/{day:%Y/%m/%d}/",
        "empty day": "/archive/2001/01/01/",
        "Persian archive": "/fa/archive/",
        "Persian month": f"/fa{PERSIAN.month_of(day.date()).url}",
        "Persian day": f"/fa/archive/{day:%Y/%m/%d}/",
        "corrections": "/corrections/",
        "appeals": "/appeals/",
        "appeal": appeal.get_absolute_url(),
        "ended appeal": ended.get_absolute_url(),
        "page": page.get_absolute_url(),
        "sign-in": "/accounts/login/",
        "password reset": "/accounts/password/reset/",
        "not found": "/no-such-page/",
    }
