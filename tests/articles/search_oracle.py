"""What search must find, and in which order, worked out in plain Python from the articles alone."""

from datetime import UTC, datetime

from articles import search
from articles.analyser import begun
from articles.models import Article


def starts_at(term, words):
    """The places at which the term stands in a list of words."""
    length = len(term.words)
    *whole, last = term.words
    lasts = tuple(begun(last))
    return [
        place
        for place in range(len(words) - length + 1)
        if words[place : place + length - 1] == whole
        and (words[place + length - 1].startswith(lasts) if term.is_beginning else words[place + length - 1] == last)
    ]


class Oracle:
    def __init__(self):
        self.texts = {
            article.pk: (
                article,
                search.read({"headline": article.headline, "subtitle": article.subtitle, "body": article.body}),
            )
            for article in Article.objects.public()
        }

    def find(self, question, language, now):
        found = []
        for article, fields in self.texts.values():
            if article.language != language or not question:
                continue
            if not all(any(starts_at(term, words) for words in fields.values()) for term in question.terms):
                continue
            if any(starts_at(term, words) for term in question.without for words in fields.values()):
                continue
            points = 0
            for word, is_beginning in question.words:
                term = search.Term((word,), is_beginning)
                for field, worth in (("headline", 8), ("subtitle", 3), ("body", 1)):
                    points += worth if starts_at(term, fields[field]) else 0
            age = int(now.timestamp()) - int(article.publish_at.timestamp() // 1)
            points += 4 if age < 7 * 86400 else 2 if age < 30 * 86400 else 1 if age < 365 * 86400 else 0
            seconds = (article.publish_at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() // 1
            found.append((-points, -seconds, -article.pk))
        return [-number for _points, _seconds, number in sorted(found)]
