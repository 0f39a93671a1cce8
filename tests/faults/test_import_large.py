"""An export of a hundred megabytes comes in whole, in the memory of a small one."""

import os
import sqlite3

from tests.newsroom.exports import HEAD, TAIL, item

SIZE = 100_000_000
#: Kilobytes at the most.
MEMORY = 200_000
PARAGRAPH = (
    "<!-- wp:paragraph --><p>The ferry left at <strong>nine</strong>, and nobody on the quay saw it go. "
    'Those who had waited <a href="https://notes.example/{number}/">since the morning</a> went home through the rain. '
    "The others asked for the next one, and were told that it was late.</p><!-- /wp:paragraph -->\n"
)
COMMENT = (
    "<wp:comment><wp:comment_id>{number}</wp:comment_id><wp:comment_author>Reader {person}</wp:comment_author>"
    "<wp:comment_author_email>reader{person}@mail.example</wp:comment_author_email>"
    "<wp:comment_date_gmt>2020-01-03 04:05:06</wp:comment_date_gmt><wp:comment_approved>1</wp:comment_approved>"
    "<wp:comment_content>{words}</wp:comment_content></wp:comment>"
)
WORDS = "I was there, and it was calmer than this reads. The figures are right, though. " * 20


def write(path):
    """How many posts and comments it takes."""
    posts = comments = 0
    with path.open("w") as file:
        file.write(HEAD)
        while file.tell() < SIZE:
            posts += 1
            said = []
            for _ in range(posts % 12):
                comments += 1
                said.append(COMMENT.format(number=comments, person=comments % 997, words=WORDS))
            labels = f'<category domain="category" nicename="c{posts % 12}">C {posts % 12}</category>'
            labels += f'<category domain="post_tag" nicename="t{posts % 300}">T {posts % 300}</category>'
            body = PARAGRAPH.format(number=posts + 1) * (40 + posts % 120)
            file.write(item(posts, title=f"Story {posts}", content=body, inner=labels + "".join(said)))
        file.write(TAIL)
    return posts, comments


def test_hundred_megabytes_come_in_within_two_hundred_of_memory(manage, tmp_path):
    path = tmp_path / "export.xml"
    posts, comments = write(path)
    process = manage("import_wxr", str(path), "--verbosity=0")
    with process.stdout as output:
        said = output.read()
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, said
    assert said.splitlines()[-1].endswith("updated 0, skipped 0, refused 0"), said
    database = sqlite3.connect(tmp_path / "newsroom.sqlite3")
    for table, count in (("articles_article", posts), ("comments_comment", comments)):
        assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (count,)
    database.close()
    assert usage.ru_maxrss < MEMORY
