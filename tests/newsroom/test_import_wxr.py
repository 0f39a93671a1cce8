"""`manage.py import_wxr`: what becomes of an export, once, twice, interrupted, changed, and broken."""

import io
import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count
from django.test import override_settings
from PIL import Image as Picture

from articles.models import Article, Author, AuthorListing, Category, CategoryListing, Image, Tag, TagListing
from comments.models import Comment
from newsroom.importers import save
from newsroom.importers.models import ImportedItem, ImportRun
from newsroom.pages.models import Page
from newsroom.redirects.models import Redirect
from tests.factories import make_author, make_category
from tests.newsroom.exports import corpus, export, item

FIXTURE = Path(__file__).parents[1] / "data" / "wordpress.xml"
CLOSING = re.compile(r"created (\d+), updated (\d+), skipped (\d+), refused (\d+)")

pytestmark = pytest.mark.django_db


def run(path, **options):
    """All that the command prints."""
    out = io.StringIO()
    call_command("import_wxr", str(path), stdout=out, **options)
    return out.getvalue()


def closing(output):
    """created, updated, skipped, refused"""
    return tuple(map(int, CLOSING.fullmatch(output.splitlines()[-1]).groups()))


def rows():
    """How many rows of every kind there are."""
    models = (Article, Author, Category, Comment, Image, ImportedItem, Page, Redirect, Tag, CategoryListing)
    return {model.__name__: model.objects.count() for model in models}


@pytest.fixture
def media(tmp_path):
    folder = tmp_path / "copy" / "uploads"
    (folder / "2019" / "05").mkdir(parents=True)
    Picture.new("RGB", (60, 40), "navy").save(folder / "2019" / "05" / "ferry.png")
    return folder


@pytest.fixture
def write(tmp_path):
    def write(*items, name="export.xml"):
        path = tmp_path / name
        path.write_text(export(*items), encoding="utf-8")
        return path

    return write


# What becomes of everything


def test_report_names_every_kind_and_ends_in_one_line(media):
    output = run(FIXTURE, media=media)
    assert "From harbour.example into the edition “en”:" in output
    assert "  post: created 7, skipped 1" in output
    assert closing(output) == (21, 0, 6, 0)


def test_post_becomes_an_article(media):
    run(FIXTURE, media=media)
    article = Article.objects.get(slug="night-ferry")
    assert article.headline == "The night ferry & the fog"
    assert article.language == "en"
    assert article.state == Article.State.PUBLISHED
    assert article.publish_at == datetime(2019, 5, 14, 18, 30, tzinfo=UTC)
    assert article.summary == "The ferry left at nine. Nobody saw it go."
    assert article.comments_open
    assert article.featured_slot == Article.Slot.SECONDARY
    assert [author.name for author in article.authors.all()] == ["Mara Lind"]
    assert article.category.name == "Boats & ferries"
    assert [category.name for category in article.categories.all()] == ["Weather"]
    assert list(article.tags.names()) == ["Fog"]
    assert article.lead_image == Image.objects.get()
    assert article in Article.objects.public()


def test_excerpt_becomes_the_summary(media):
    run(FIXTURE)
    article = Article.objects.get(slug="lighthouse")
    assert article.summary == "A lamp, two keepers & a cat."
    assert not article.comments_open


def test_body_is_clean_html(media):
    run(FIXTURE, media=media)
    body = Article.objects.get(slug="night-ferry").body
    image = Image.objects.get()
    assert "<p>The ferry left at <strong>nine</strong>.<br>\nNobody saw it go.</p>" in body
    assert f'<img src="{image.file.url}" alt="The ferry at the pier"' in body
    assert "<figcaption>Waiting for <em>sight</em></figcaption>" in body
    assert "<p>https://www.youtube.com/watch?v=aqz-KE-bpKQ</p>" in body
    assert 'He said "[sic]".' in body
    for gone in ("elsewhere.example", "alert(", "contact-form", "caption id", "<!--", "wp-content", "300x200"):
        assert gone not in body


def test_links_between_imported_stories_lead_to_their_old_paths_here(media):
    run(FIXTURE, media=media)
    body = Article.objects.get(slug="night-ferry").body
    assert 'href="/2019/06/lighthouse/#lamp"' in body
    assert 'href="/?p=11"' in body
    assert 'href="https://harbour.example/2001/gone/"' in body


def test_without_media_the_body_keeps_no_broken_picture():
    output = run(FIXTURE)
    assert not Image.objects.exists()
    assert "<img" not in Article.objects.get(slug="night-ferry").body
    assert "<figure" not in Article.objects.get(slug="lighthouse").body
    assert "skipped: picture “ferry”: no --media directory was given" in output
    assert "note: post “The night ferry & the fog”: pictures without a file, left out of the body: 2" in output


def test_picture_brings_its_words_and_a_name_of_ours(media):
    run(FIXTURE, media=media)
    image = Image.objects.get()
    assert (image.title, image.alternative_text, image.caption) == ("ferry", "A ferry", "The ferry in May")
    assert "ferry" not in image.file.name


@pytest.mark.parametrize("folder", ["", "..", "../.."])
def test_media_directory_may_be_uploads_or_what_holds_it(media, folder):
    if folder == "../..":
        content = media.parent.parent / "wp-content"
        content.mkdir()
        media.rename(content / "uploads")
        media = content / "uploads"
    run(FIXTURE, media=media / folder)
    assert Image.objects.count() == 1


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("publish", "published"),
        ("future", "published"),
        ("draft", "draft"),
        ("auto-draft", "draft"),
        ("private", "draft"),
        ("pending", "in_review"),
        ("unheard-of", "draft"),
    ],
)
def test_states(write, status, state):
    run(write(item(1, status=status)))
    assert Article.objects.get().state == state


def test_what_wordpress_hid_is_not_public():
    """S12"""
    run(FIXTURE)
    assert {article.headline for article in Article.objects.public()} == {
        "The night ferry & the fog",
        "The lighthouse",
    }
    assert not Redirect.objects.filter(old_path__contains="locked").exists()
    assert not Article.objects.filter(headline="Thrown away").exists()


def test_scheduled_post_keeps_its_time():
    run(FIXTURE)
    article = Article.objects.get(slug="next-century")
    assert article.is_scheduled
    assert article.publish_at.year == 2119


@override_settings(TIME_ZONE="Asia/Tehran")
def test_local_time_is_read_in_the_zone_of_the_site(write):
    run(write(item(1, post_date_gmt="0000-00-00 00:00:00", post_date="2024-01-01 03:30:00")))
    assert Article.objects.get().publish_at == datetime(2024, 1, 1, tzinfo=UTC)


def test_undated_post_is_published_now_and_stays(write):
    path = write(item(1, post_date_gmt="0000-00-00 00:00:00"))
    run(path)
    first = Article.objects.get().publish_at
    assert closing(run(path)) == (0, 0, 1, 0)
    assert Article.objects.get().publish_at == first


def test_categories_form_a_tree():
    run(FIXTURE)
    boats = Category.objects.get(slug="boats")
    assert boats.parent == Category.objects.get(slug="harbour")
    assert boats.parent.description == "All that floats."


def test_lists_know_the_article():
    run(FIXTURE)
    article = Article.objects.get(slug="night-ferry")
    assert CategoryListing.objects.filter(article=article, category__slug="harbour").exists()  # the parent's
    assert TagListing.objects.filter(article=article).count() == 1
    assert AuthorListing.objects.filter(article=article).count() == 1


def test_author_without_a_name_is_no_email_address():
    run(FIXTURE)
    assert set(Author.objects.values_list("name", flat=True)) == {"Mara Lind", "tom"}


def test_pages():
    run(FIXTURE)
    about, history = Page.objects.order_by("title")
    assert (about.title, about.slug, about.is_published, about.position) == ("About these notes", "about", True, 3)
    assert about.body == "<p>We write by the sea.</p>"
    assert not history.is_published


def test_old_addresses_are_redirected():
    run(FIXTURE)
    article = Article.objects.get(slug="night-ferry")
    assert Redirect.objects.get(old_path="/2019/05/night-ferry/").article == article
    assert Redirect.objects.get(old_path="/?p=10").article == article
    assert Redirect.objects.get(old_path="/about/").new_path == Page.objects.get(slug="about").get_absolute_url()


def test_comments_keep_thread_state_and_time():
    run(FIXTURE)
    piet = Comment.objects.get(name="Piet")
    oda = Comment.objects.get(name="Oda")
    assert piet.body == "Did anybody hear it?"
    assert (piet.state, piet.depth, piet.email) == (Comment.State.APPROVED, 0, "")
    assert (oda.parent, oda.root, oda.depth) == (piet, piet, 1)
    assert oda.body == "I heard it.\n\nSee the horn (https://example.org/horn)."
    assert oda.created_at == datetime(2019, 5, 15, 7, tzinfo=UTC)
    assert oda.network == ""
    assert Comment.objects.get(name="Anonymous").state == Comment.State.PENDING
    assert Comment.objects.get(name="Pills").state == Comment.State.SPAM
    assert Comment.objects.get(name="Somebody").state == Comment.State.TRASH
    assert Comment.objects.count() == 5  # neither the pingback nor that of a page


def test_deep_thread_is_flattened_and_a_circle_broken(write, settings):
    def comment(number, parent):
        return (
            f"<wp:comment><wp:comment_id>{number}</wp:comment_id><wp:comment_author>A</wp:comment_author>"
            f"<wp:comment_content>c{number}</wp:comment_content><wp:comment_approved>1</wp:comment_approved>"
            f"<wp:comment_parent>{parent}</wp:comment_parent></wp:comment>"
        )

    chain = "".join(comment(number, number - 1) for number in range(9, 0, -1))
    circle = comment(20, 21) + comment(21, 20) + comment(22, 22)
    run(write(item(1, inner=chain + circle)))
    assert Comment.objects.count() == 12
    assert max(Comment.objects.values_list("depth", flat=True)) == settings.COMMENT_MAX_DEPTH
    assert Comment.objects.get(body="c9").root == Comment.objects.get(body="c1")


# Odd things


def test_odd_titles_slugs_and_names(write):
    run(
        write(
            item(1, title=""),
            item(2, title="word " * 70),
            item(3, title="Same", post_name="same"),
            item(4, title="Same", post_name="same"),
            item(5, title="سلام", post_name="%d8%b3%d9%84%d8%a7%d9%85"),
            item(6, title="<em>Tags</em> & a <![x b \U0001f600"),
            item(7, title="!!!", post_name="!!!"),
        )
    )
    headlines = list(Article.objects.order_by("pk").values_list("headline", flat=True))
    assert headlines[0] == "Untitled"
    assert len(headlines[1]) <= 300
    assert headlines[1].endswith("word…")
    assert headlines[5] == "Tags & a <![x b \U0001f600"
    slugs = list(Article.objects.order_by("pk").values_list("slug", flat=True))
    assert slugs[2:5] == ["same", "same", "سلام"]
    assert all(slugs)


def test_pages_of_one_slug_get_addresses_of_their_own(write):
    run(write(item(1, type="page", post_name="team"), item(2, type="page", post_name="team", post_parent=9)))
    assert set(Page.objects.values_list("slug", flat=True)) == {"team", "team-2"}


def test_category_that_is_only_named_by_a_post_is_made(write):
    run(write(item(1, inner='<category domain="category" nicename="sea"><![CDATA[The sea]]></category>')))
    assert Article.objects.get().category.name == "The sea"


def test_circle_of_categories_and_a_deep_tree(write):
    def category(slug, parent):
        return (
            f"<wp:category><wp:category_nicename>{slug}</wp:category_nicename>"
            f"<wp:category_parent>{parent}</wp:category_parent><wp:cat_name>{slug}</wp:cat_name></wp:category>"
        )

    chain = [category(f"c{number}", f"c{number - 1}") for number in range(100, 0, -1)]
    output = run(write(category("a", "b"), category("b", "a"), category("self", "self"), *chain))
    assert closing(output)[3] == 0
    assert Category.objects.count() == 103
    assert max(len(node.lineage()) for node in Category.objects.all()) <= Category.MAX_DEPTH


def test_names_that_are_here_already_are_used(write):
    mine, tree = make_author("Mara Lind"), make_category("Harbour", slug="harbour")
    Tag.objects.create(name="fog", slug="fog")
    run(FIXTURE)
    assert Author.objects.filter(name="Mara Lind").get() == mine
    assert Category.objects.get(slug="harbour") == tree
    assert Tag.objects.count() == 1


def test_two_people_of_one_name_stay_two(write):
    inner = "<wp:author_login>{}</wp:author_login><wp:author_display_name>Jo</wp:author_display_name>"
    person = f"<wp:author>{inner}</wp:author>"
    run(write(person.format("jo1"), person.format("jo2")))
    assert Author.objects.count() == 2


def test_edition_is_that_of_the_export_or_the_one_that_is_named(write, tmp_path):
    path = tmp_path / "fr.xml"
    path.write_text(export(item(1)).replace("<wp:wxr_version>", "<language>fr-FR</language><wp:wxr_version>"))
    assert "into the edition “fr”" in run(path, dry_run=True)
    run(path, language="ar")
    assert Article.objects.get().language == "ar"


def test_custom_kinds_are_skipped_and_counted(write):
    assert closing(run(write(item(1, type="product"), item(2, type="revision")))) == (0, 0, 2, 0)


# Once more


def test_second_run_changes_nothing(media):
    run(FIXTURE, media=media)
    before, stamps = rows(), list(Article.objects.values_list("modified_at", flat=True))
    assert closing(run(FIXTURE, media=media)) == (0, 0, 26, 0)
    assert rows() == before
    assert list(Article.objects.values_list("modified_at", flat=True)) == stamps


def test_dry_run_says_the_same_and_writes_nothing(media):
    before = rows()
    dry = closing(run(FIXTURE, media=media, dry_run=True))
    assert rows() == before
    assert not ImportRun.objects.exists()
    assert dry == closing(run(FIXTURE, media=media))
    assert closing(run(FIXTURE, media=media, dry_run=True))[:2] == (0, 0)


def test_run_is_written_down_with_its_counts(media):
    created = closing(run(FIXTURE, media=media))[0]
    done = ImportRun.objects.get()
    assert (done.created, done.source, done.file) == (created, "harbour.example", "wordpress.xml")
    assert done.finished_at


@pytest.mark.parametrize("stop_after", range(1, 11))
def test_killed_run_is_finished_by_the_next(media, monkeypatch, stop_after):
    """F12: killed between any two commits; the row and what it is remembered by are one commit."""
    run(FIXTURE, media=media)
    whole = rows()
    for model in (ImportRun, Comment, Redirect, Article, Page, Author, Category, Tag, Image):
        if model is Category:
            Category.objects.update(parent=None)
        model.objects.all().delete()

    class Killed(BaseException):
        pass

    left = stop_after * 2
    remember = save._remember

    def die(*args):
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed
        remember(*args)

    monkeypatch.setattr(save, "_remember", die)
    with pytest.raises(Killed):
        run(FIXTURE, media=media)
    monkeypatch.undo()
    run(FIXTURE, media=media)
    assert rows() == whole
    assert closing(run(FIXTURE, media=media))[:2] == (0, 0)


def test_pictures_that_come_later_are_put_into_the_bodies(media):
    run(FIXTURE)
    assert closing(run(FIXTURE, media=media))[:2] == (1, 2)
    assert "<img" in Article.objects.get(slug="lighthouse").body


def test_partial_export_without_its_pictures_takes_none_away(media, write):
    run(FIXTURE, media=media)
    text = FIXTURE.read_text(encoding="utf-8")
    items = re.findall(r"\t<item>.*?</item>\n", text, re.DOTALL)
    path = write(name="part.xml")
    path.write_text(text[: text.index("\t<item>")] + items[0] + "</channel></rss>", encoding="utf-8")
    assert closing(run(path))[:2] == (0, 0)


def test_later_export_updates_what_the_desk_has_not_changed(write):
    run(write(item(1, title="First"), item(2, title="Second"), item(3, type="page", title="Third")))
    Article.objects.filter(headline="Second").update(headline="The desk's own")
    later = write(
        item(1, title="First, again"), item(2, title="Second, again"), item(3, type="page", title="Third, again")
    )
    output = run(later)
    assert closing(output) == (0, 2, 1, 0)
    assert "skipped: post “Second, again”: changed at the desk, left as it is" in output
    assert set(Article.objects.values_list("headline", flat=True)) == {"First, again", "The desk's own"}
    assert Page.objects.get().title == "Third, again"


def test_new_comments_come_in_although_the_desk_changed_the_article(write):
    run(write(item(1)))
    Article.objects.update(headline="The desk's own")
    comment = "<wp:comment><wp:comment_id>5</wp:comment_id><wp:comment_content>Hi</wp:comment_content></wp:comment>"
    run(write(item(1, title="Other", inner=comment)))
    assert Comment.objects.get().article.headline == "The desk's own"


def test_what_the_desk_deleted_stays_deleted(write):
    path = write(item(1))
    run(path)
    Article.objects.all().delete()
    assert closing(run(path)) == (0, 0, 1, 0)
    assert "deleted at the desk" in run(write(item(1, title="Changed")))
    assert not Article.objects.exists()


def test_item_that_stands_twice_is_taken_once(write):
    path = write(item(1, title="One"), item(1, title="Other"))
    assert closing(run(path)) == (1, 0, 1, 0)
    assert closing(run(path))[:2] == (0, 0)


# Broken things


def test_one_bad_item_is_refused_by_name_and_the_rest_go_in(write, monkeypatch):
    clean = save.wordpress_html.clean

    def fail(html, **options):
        if "bad" in html:
            raise ValueError("no sense in it")
        return clean(html, **options)

    monkeypatch.setattr(save.wordpress_html, "clean", fail)
    comment = "<wp:comment><wp:comment_id>5</wp:comment_id><wp:comment_content>Hi</wp:comment_content></wp:comment>"
    path = write(item(1), item(2, title="Culprit", content="bad", inner=comment), item(3))
    output = run(path)
    assert closing(output) == (2, 0, 0, 1)
    assert "refused: post “Culprit”: ValueError: no sense in it" in output
    monkeypatch.undo()
    assert closing(run(path)) == (2, 0, 2, 0)  # the post and its comment


def test_broken_picture_is_refused_by_name_and_its_post_goes_in(media):
    (media / "2019" / "05" / "ferry.png").write_bytes(b"\x89PNG\r\n\x1a\n<script>")
    output = run(FIXTURE, media=media)
    assert "refused: picture “ferry”" in output
    assert "<img" not in Article.objects.get(slug="night-ferry").body
    assert Article.objects.get(slug="night-ferry").lead_image is None


@pytest.mark.parametrize("place", ["../secret.png", "/etc/secret.png", "2019/../../secret.png", "link.png", "a\0.png"])
def test_no_file_outside_the_media_directory_is_read(media, write, place):
    """S22"""
    secret = media.parent / "secret.png"
    Picture.new("RGB", (9, 9)).save(secret)
    (media / "link.png").symlink_to(secret)
    meta = (
        f"<wp:postmeta><wp:meta_key>_wp_attached_file</wp:meta_key><wp:meta_value>{place}</wp:meta_value></wp:postmeta>"
    )
    assert closing(run(write(item(1, type="attachment", inner=meta)), media=media)) == (0, 0, 1, 0)
    assert not Image.objects.exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04", b"<rss><channel></channel></rss>", export(item(1)).encode()[:-40], b"<!DOCTYPE a><rss/>"],
)
def test_file_that_cannot_be_read_writes_nothing(tmp_path, content):
    """S9: malformed or hostile, from the first byte or after good items."""
    path = tmp_path / "bad.xml"
    path.write_bytes(content)
    before = rows()
    with pytest.raises(CommandError):
        run(path)
    assert rows() == before
    assert not ImportRun.objects.exists()


def test_wrong_options_are_refused(tmp_path):
    with pytest.raises(CommandError, match="no edition"):
        run(FIXTURE, language="xx")
    with pytest.raises(CommandError, match="not a directory"):
        run(FIXTURE, media=tmp_path / "none")
    with pytest.raises(CommandError, match="cannot be read"):
        run(tmp_path / "none.xml")


# The real ones


def test_second_slash_of_an_old_address_names_no_host(write, client):
    """Of the export's own address, and of a link to it."""
    old = "https://notes.example//quay/fog/"
    run(write(item(5).replace("https://notes.example/5/", old), item(6, content=f'<p><a href="{old}">Fog</a></p>')))
    fog, other = Article.objects.order_by("pk")
    assert client.get("/quay/fog/").headers["Location"] == fog.get_absolute_url()
    assert '<a href="/quay/fog/">' in other.body_html


EXPORTS = corpus("wxr-importer/**/*.xml", "wxr-theme-unit-test/*.xml")


@pytest.mark.skipif(not EXPORTS, reason="../shared/corpora/wxr-* are not there")
@pytest.mark.parametrize("path", EXPORTS, ids=lambda path: path.name)
def test_real_exports_come_in_once_or_are_refused(path):
    try:
        first = run(path)
    except CommandError:
        assert path.name.startswith(("malformed", "crazy-cdata.", "missing-version", "invalid-version"))
        assert not ImportRun.objects.exists()
        return
    assert closing(first)[3] == 0
    before = rows()
    assert closing(run(path))[:2] == (0, 0)
    assert rows() == before
    once = ImportedItem.objects.values("source", "kind", "key").annotate(n=Count("pk"))
    assert not once.filter(n__gt=1).exists()
    for body in Article.objects.values_list("body_html", flat=True):
        assert not re.search(r"<!--|\[/?(?:caption|gallery|embed)\b(?![^<]*</code>)|<img(?![^>]*src=\"/)", body)


#: What leads on in a page or in a feed, and what a page shows of ours.
LEADS = re.compile(r"""(?:href|src)="(?:http://testserver)?(/[^"#]*)|<(?:link|id)>http://testserver(/[^<#]*)""")
#: Not of what was imported, or the same once more: narrowed lists, and the feeds of lists in two other formats.
LEFT = re.compile(r"/(?:admin|accounts|static|search)/|.*\?(?:category|reply)=|/.+/feed/(?:atom|json)/$")


def opened(client, addresses):
    """Every address that these pages and feeds lead to, and theirs, with the answer at the end of redirects."""
    answers, left = {}, list(addresses)
    while left:
        address = left.pop()
        if address in answers or LEFT.match(address):
            continue
        response = client.get(address, follow=True)
        answers[address] = response.status_code
        kind = response.get("Content-Type", "")
        if response.status_code == 200 and not response.streaming and ("html" in kind or "xml" in kind):
            left += (unescape(page or entry) for page, entry in LEADS.findall(response.content.decode()))
    return answers


@pytest.mark.skipif(not EXPORTS, reason="../shared/corpora/wxr-* are not there")
@pytest.mark.parametrize("path", EXPORTS, ids=lambda path: path.name)
def test_every_page_of_a_real_export_opens(path, client):
    try:
        run(path)
    except CommandError:
        return  # with a message, as the test above says
    rows = [*Article.objects.public(), *Page.objects.public(), *Category.objects.all()]
    shown = {row.get_absolute_url() for row in rows}
    answers = opened(client, ["/", *shown])
    assert {address: status for address, status in answers.items() if status != 200} == {}
    for old in Redirect.objects.select_related("article"):
        target = old.article.get_absolute_url() if old.article else old.new_path
        response = client.get(quote(old.old_path, safe="/?=&"))
        assert (response.status_code, response.get("Location")) == ((301, target) if target in shown else (404, None))
    found = " ".join(answers)
    for model, listing in ((Author, AuthorListing), (Tag, TagListing)):
        for row in model.objects.filter(pk__in=listing.objects.values(model._meta.model_name)):
            assert row.get_absolute_url() in found
