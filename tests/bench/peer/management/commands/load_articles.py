import json
import uuid
from pathlib import Path

from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection, transaction
from taggit.models import Tag
from wagtail.models import Page, Site

from tests.bench.peer.models import ArticleIndexPage, ArticlePage, ArticleTag, Category, HomePage


class Command(BaseCommand):
    help = "Make the database and its pages out of a file with one article a line, as JSON."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *, file, **options):
        facts = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
        call_command("migrate", verbosity=0)
        with transaction.atomic():
            load(facts)
        call_command("update_index", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def load(facts: list[dict]) -> None:
    Page.objects.filter(depth=2).delete()
    root = Page.objects.get(depth=1)
    home = root.add_child(instance=HomePage(title="Peer", slug="peer"))
    index = home.add_child(instance=ArticleIndexPage(title="News", slug="news"))
    Site.objects.all().delete()
    Site.objects.create(hostname="127.0.0.1", root_page=home, is_default_site=True)
    categories = {}
    for name, slug, parent, on_front in {tuple(line) for fact in facts for line in fact["categories"]}:
        categories[slug] = Category.objects.create(name=name, slug=slug, on_front=on_front), parent
    for category, parent in categories.values():
        if parent:
            category.parent = categories[parent][0]
            category.save()
    numbers = {slug: category.pk for slug, (category, _parent) in categories.items()}
    names = sorted({name for fact in facts for name in fact["tags"]})
    Tag.objects.bulk_create([Tag(name=name, slug=f"tag-{number}") for number, name in enumerate(names)])
    tags = dict(Tag.objects.values_list("name", "pk"))
    kind = ContentType.objects.get_for_model(ArticlePage)
    # Wagtail has no way to make pages by the thousand: their rows are written as its `add_child` would.
    pages = [
        Page(
            title=fact["headline"],
            draft_title=fact["headline"],
            slug=f"{fact['slug'][:200]}-{number}",
            url_path=f"{index.url_path}{fact['slug'][:200]}-{number}/",
            path=Page._get_path(index.path, index.depth + 1, number),
            depth=index.depth + 1,
            content_type=kind,
            locale=index.locale,
            translation_key=uuid.uuid4(),
            search_description=fact["summary"],
            live=True,
            first_published_at=fact["publish_at"],
            last_published_at=fact["publish_at"],
        )
        for number, fact in enumerate(facts, 1)
    ]
    Page.objects.bulk_create(pages, batch_size=500)
    Page.objects.filter(pk=index.pk).update(numchild=len(pages))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {ArticlePage._meta.db_table} (page_ptr_id, date, category_id, author, summary, body)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [
                (
                    page.pk,
                    fact["publish_at"],
                    numbers[fact["category"]],
                    fact["author"],
                    fact["summary"],
                    fact["body"],
                )
                for page, fact in zip(pages, facts, strict=True)
            ],
        )
    tagged = [
        ArticleTag(content_object_id=page.pk, tag_id=tags[name])
        for page, fact in zip(pages, facts, strict=True)
        for name in fact["tags"]
    ]
    ArticleTag.objects.bulk_create(tagged, batch_size=500)
