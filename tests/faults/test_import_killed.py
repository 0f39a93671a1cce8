"""F12: an import that is killed, again and again, is whole after the run that is left alone."""

import sqlite3

from tests.newsroom.exports import export, item

POSTS = 40


def comment(number):
    return (
        f"<wp:comment><wp:comment_id>{number}</wp:comment_id><wp:comment_author>Oda</wp:comment_author>"
        f"<wp:comment_content>Word {number}</wp:comment_content><wp:comment_approved>1</wp:comment_approved>"
        "</wp:comment>"
    )


def post(number):
    labels = (
        f'<category domain="category" nicename="c{number % 5}">C {number % 5}</category>'
        f'<category domain="post_tag" nicename="t{number % 7}">T {number % 7}</category>'
        f"<dc:creator>author{number % 3}</dc:creator>"
    )
    return item(number, title=f"Story {number}", inner=labels + comment(2 * number) + comment(2 * number + 1))


def test_killed_import_is_finished_by_the_next(manage, tmp_path):
    path = tmp_path / "export.xml"
    path.write_text(export(*(post(number) for number in range(1, POSTS + 1))))
    for lines in (1, 2, 5, 9, 14, 20, 27, 35):
        process = manage("import_wxr", str(path), "--verbosity=2")
        created = 0
        for line in process.stdout:
            created += line.startswith("created:")
            if created == lines:
                process.kill()
                break
        process.communicate()
        assert process.returncode == -9
    last = manage("import_wxr", str(path), "--verbosity=0").communicate()[0]
    assert last.splitlines()[-1].endswith("refused 0"), last
    again = manage("import_wxr", str(path), "--verbosity=0").communicate()[0]
    assert again.splitlines()[-1].startswith("created 0, updated 0,"), again

    database = sqlite3.connect(tmp_path / "newsroom.sqlite3")

    def count(query):
        return database.execute(query).fetchone()[0]

    assert count("SELECT count(*) FROM articles_article") == POSTS
    assert count("SELECT count(DISTINCT headline) FROM articles_article") == POSTS
    assert count("SELECT count(*) FROM comments_comment") == 2 * POSTS
    for table in (
        "articles_taggedarticle",
        "articles_taglisting",
        "articles_authorlisting",
        "articles_categorylisting",
    ):
        assert count(f"SELECT count(*) FROM {table}") == POSTS
    assert count("SELECT count(*) FROM articles_author") == 3
    assert count("SELECT count(*) FROM redirects_redirect") == 2 * POSTS
    assert count("PRAGMA integrity_check") == "ok"
    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    database.close()
