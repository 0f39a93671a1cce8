"""WordPress markup to plain HTML: paragraphs, blocks, shortcodes, pictures; and no text that stops it."""

import gc
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsroom.importers.wordpress_html import clean, plain_lines, plain_text


def picture(address, number, alternative):
    return f'<img src="/media/{number}.jpg" alt="{alternative}">'


def body(html, **options):
    return clean(html, **options).body


# Paragraphs


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("One.\n\nTwo\nlines.", "<p>One.</p>\n<p>Two<br>\nlines.</p>"),
        ("One.\r\n\r\n \r\nTwo.", "<p>One.</p>\n<p>Two.</p>"),
        ("<h2>Head</h2>\nWords", "<h2>Head</h2><p>Words</p>"),
        ("<p>Done</p>\n\nLoose", "<p>Done</p>\n<p>Loose</p>"),
        ("<p>a</p><p>&nbsp;</p><p></p>b", "<p>a</p>\n<p>b</p>"),
        ("<div>x</div>", "<div>x</div>"),
        ("<div>x\n\ny</div>", "<div><p>x</p>\n<p>y</p>\n</div>"),
        ("<blockquote>q\n\nr</blockquote>", "<blockquote><p>q</p>\n<p>r</p>\n</blockquote>"),
        ("<dl><dt><img src=a></dt></dl>x", "<p>x</p>"),
        ("<p>https://youtu.be/abcdefgh</p>", "<p>https://youtu.be/abcdefgh</p>"),
        ("<ul>\n<li>a</li>\n<li>b</li>\n</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("<pre>a\n\n  b\n</pre>", "<pre>a\n\n  b\n</pre>"),
        ("a<br />\nb", "<p>a<br>b</p>"),
        ("one <em>two\n\nthree</em>", "<p>one <em>two</p>\n<p>three</em></p>"),
        ("3 < 4 and 5 > 4", "<p>3 < 4 and 5 > 4</p>"),
        ("", ""),
    ],
)
def test_blank_lines_become_paragraphs(html, expected):
    assert body(html) == expected


def test_post_of_blocks_keeps_its_line_ends_as_white_space():
    html = "<!-- wp:paragraph -->\n<p>One\ntwo</p>\n<!-- /wp:paragraph -->\n\n<!-- wp:archives /-->"
    assert body(html) == "<p>One\ntwo</p>"


def test_scripts_and_styles_go_with_their_text():
    assert body("a<script>alert(1)\n\n</script><style>p{}</style>b") == "<p>ab</p>"


def test_tag_whose_quote_never_closes_does_not_swallow_the_rest():
    assert "after" in body('<a href="x>here</a>\n\nafter > all')


# Marks


def test_more_gives_the_summary_and_parts_paragraphs():
    cleaned = clean("The <b>first</b> words.<!--more Go on-->The rest.")
    assert cleaned.summary == "The first words."
    assert cleaned.body == "<p>The <b>first</b> words.</p>\n<p>The rest.</p>"


def test_page_breaks_are_dropped():
    assert body("One.\n\n<!--nextpage-->\n\nTwo.") == "<p>One.</p>\n<p>Two.</p>"


# Shortcodes


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('[caption id="attachment_5"]<img class="wp-image-5" src="a.jpg" alt="A"> Words <em>here</em>[/caption]',
         '<figure><img src="/media/5.jpg" alt="A"><figcaption>Words <em>here</em></figcaption></figure>'),
        ('[caption id="x" caption="Old form"]<a href="a.jpg"><img class="wp-image-5" src="a.jpg"></a>[/caption]',
         '<figure><img src="/media/5.jpg" alt=""><figcaption>Old form</figcaption></figure>'),
        ('[gallery ids="3,4"]',
         '<figure><img src="/media/3.jpg" alt=""></figure>\n<figure><img src="/media/4.jpg" alt=""></figure>'),
        ("[embed]https://youtu.be/abcdefgh[/embed]", "<p>https://youtu.be/abcdefgh</p>"),
        ("https://youtu.be/abcdefgh", "<p>https://youtu.be/abcdefgh</p>"),
        ("A\n\nhttp://vimeo.com/1234\n\nB", "<p>A</p>\n<p>https://vimeo.com/1234</p>\n<p>B</p>"),
        ("[embed]https://post.example/1[/embed]", '<p><a href="https://post.example/1">https://post.example/1</a></p>'),
        ("https://post.example/1", '<p><a href="https://post.example/1">https://post.example/1</a></p>'),
        ("[youtube https://www.youtube.com/watch?v=abcdefgh]", "<p>https://www.youtube.com/watch?v=abcdefgh</p>"),
        ('<iframe src="//www.youtube.com/embed/abcdefgh?rel=0"></iframe>', "<p>https://www.youtube.com/watch?v=abcdefgh</p>"),
        ('<iframe src="https://player.vimeo.com/video/12345"></iframe>', "<p>https://vimeo.com/12345</p>"),
        ('[audio mp3="https://e.example/a.mp3"][/audio]', '<p><a href="https://e.example/a.mp3">a.mp3</a></p>'),
        ("[audio https://e.example/a.mp3]", '<p><a href="https://e.example/a.mp3">a.mp3</a></p>'),
        ('[video width="6" mp4="https://e.example/v.mp4"]', '<p><a href="https://e.example/v.mp4">v.mp4</a></p>'),
        ('<video><source src="https://e.example/v.mp4"></video>', '<p><a href="https://e.example/v.mp4">v.mp4</a></p>'),
        ('a [box color="red"]kept[/box] b', "<p>a kept b</p>"),
        ('a [contact-form-7 id="4"]', "<p>a</p>"),
        ("He [sic] said [1] and [the editor's note].", "<p>He [sic] said [1] and [the editor's note].</p>"),
        ("Write [[gallery]] for it.", "<p>Write [gallery] for it.</p>"),
        ("<code>[gallery]</code>", "<p><code>[gallery]</code></p>"),
    ],
)  # fmt: skip
def test_shortcodes(html, expected):
    assert body(html, picture=picture) == expected


def test_bare_gallery_shows_what_is_attached():
    assert body("[gallery]", picture=picture, attached=[8]) == '<figure><img src="/media/8.jpg" alt=""></figure>'


# Pictures


def test_picture_in_the_midst_of_words_stands_between_paragraphs():
    html = 'Before <img class="wp-image-5" src="a.jpg" alt="A"> after'
    figure = '<figure><img src="/media/5.jpg" alt="A"></figure>'
    assert body(html, picture=picture) == f"<p>Before</p>\n{figure}\n<p>after</p>"


@pytest.mark.parametrize(
    "html",
    [
        '<img src="https://e.example/a.jpg">',
        '<a href="a.jpg"><img src="a.jpg"></a>',
        '<figure class="wp-block-image"><img src="a.jpg"/><figcaption>Gone</figcaption></figure>',
        '[caption id="x"]<img src="a.jpg"> Gone[/caption]',
        '[gallery ids="9"]',
    ],
)
def test_picture_that_is_not_ours_leaves_nothing_behind(html):
    cleaned = clean("Words." + html)
    assert cleaned.body == "<p>Words.</p>"
    assert len(cleaned.lost) == 1


def test_gallery_block_becomes_figures():
    html = (
        '<!-- wp:gallery --><figure class="wp-block-gallery"><ul><li><figure><img class="wp-image-1" src="a.jpg"/>'
        '<figcaption>One</figcaption></figure></li><li><figure><img class="wp-image-2" src="b.jpg"/></figure></li>'
        "</ul></figure>"
    )
    assert body(html, picture=picture) == (
        '<figure><img src="/media/1.jpg" alt=""><figcaption>One</figcaption></figure>\n'
        '<figure><img src="/media/2.jpg" alt=""></figure>'
    )


def test_embed_block_becomes_a_bare_address():
    html = (
        '<!-- wp:embed --><figure class="wp-block-embed"><div class="wp-block-embed__wrapper">\n'
        "https://youtu.be/abcdefgh?a=1&amp;b=2\n</div><figcaption>A film</figcaption></figure>"
    )
    assert body(html) == "<p>https://youtu.be/abcdefgh?a=1&amp;b=2</p>\n<p>A film</p>"


def test_figure_around_a_table_or_a_quotation_is_taken_off():
    assert body("<figure><table><tr><td>1</td></tr></table></figure>") == "<table><tr><td>1</td></tr></table>"
    assert body("<figure><blockquote><p>Q</p></blockquote></figure>").startswith("<blockquote><p>Q</p>")


def test_smileys_become_their_text():
    assert body('Hi <img class="wp-smiley" alt=":)" src="s.gif">') == "<p>Hi :)</p>"


def test_links_are_rewritten():
    html = '<a title="t" href="https://old.example/a?b&amp;c">x</a>'
    rewritten = body(html, link=lambda address: "/new?" + address[-3:])
    assert rewritten == '<p><a title="t" href="/new?b&amp;c">x</a></p>'


# Words alone


def test_plain_text_is_one_line_without_tags():
    assert plain_text("<p>A &amp; <b>b</b></p>\n<p>c<br>d</p> a <![x b\x00") == "A & b c d a <![x b"


def test_comment_keeps_its_lines_and_the_addresses_of_its_links():
    html = 'A <b>b</b><br />\nc\n\n<a href="https://e.example/x">there</a>, <a href="https://e.example">https://e.example</a>'
    assert plain_lines(html) == "A b\nc\n\nthere (https://e.example/x), https://e.example"


# Any text at all

PIECES = st.sampled_from(
    ["<p>", "</p>", "<a href='x'>", "</a>", "<figure>", "</figure>", "<img src=a>", "[caption]", "[/caption]",
     "[gallery]", "<!--more-->", "<!-- wp:x -->", "<pre>", "</pre>", "<div>", "</div>", "<li>", "\n\n", "\n", "<br>",
     "<", ">", '"', "[", "]", "[x a=1]", "[/x]", "<script>", "</script>", "<video>", "<blockquote>", "words", "&amp;",
     "\x00", "<!--", "-->", "<a b=\""]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=200))
def test_any_text_is_cleaned(html):
    cleaned = clean(html, picture=picture)
    assert "\x00" not in cleaned.body
    assert "\x01" not in cleaned.body
    assert "\n" not in plain_text(html)
    plain_lines(html)


@given(st.lists(st.text("abcdé .,!?", min_size=1).filter(str.strip), min_size=1, max_size=6))
def test_no_word_is_lost(paragraphs):
    cleaned = clean("\n\n".join(paragraphs))
    assert plain_text(cleaned.body).split() == " ".join(paragraphs).split()


HOSTILE = [
    "<", "<a ", "[a ", "[a=\"", "[caption]", "[/caption]", "[x][/x]", "<figure>", "<figcaption><br>", "<a>", '<a "',
    '<a ">"', '<a b="', "<!--", "<script>", "<svg>", "<img ", "\n \n", "<p>", "</p>", "<div>", "[[", "<pre>",
    "<li>a\n\n", "<!--more-->", "<a b='c\" ", "<audio>", "&", "a b=", "<br>\n",
]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_work_grows_with_the_length_of_the_text(unit):
    """S10: counted in calls of Python and C, which a machine's load does not change."""

    def calls(length):
        count = 0

        def tick(frame, event, arg):
            nonlocal count
            count += 1

        text = unit * (length // len(unit)) + ">"
        gc.disable()  # what other tests left behind would be counted with it
        sys.setprofile(tick)
        try:
            clean(text)
        finally:
            sys.setprofile(None)
            gc.enable()
        return count

    assert calls(20_000) <= 12 * calls(2_000) + 1000
