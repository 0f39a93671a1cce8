"""The comment form: its signed token, its fields, and what it says where something is wrong."""

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from articles.body import plain_text, sanitize_comment
from articles.models import Article
from articles.templatetags.articles import numerals
from comments import threads
from comments.models import Comment, Decision

# The token

TOKEN_AGE = timedelta(days=1)
_SIGNER = signing.Signer(salt="comments.form")


@dataclass(frozen=True)
class Token:
    """What a form carries: a number of its own, under which the comment is saved, and its age."""

    submission: str
    seconds: float

    @property
    def is_expired(self) -> bool:
        return self.seconds > TOKEN_AGE.total_seconds()


def make_token(article: Article) -> str:
    made = round(timezone.now().timestamp() * 1000)
    return _SIGNER.sign_object([article.pk, secrets.token_urlsafe(18), made])


def read_token(text: str, article: Article) -> Token | None:
    """The token that we made for a form on `article`; None for any other text."""
    try:
        number, submission, made = _SIGNER.unsign_object(text)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    if number != article.pk:
        return None
    return Token(submission, timezone.now().timestamp() - made / 1000)


# Text as people send it

#: Letters and signs that show nothing: fillers of Hangul, the empty Braille cell.
BLANK = "\u115f\u1160\u3164\uffa0\u2800"
#: They would turn the words around a name, too.
OVERRIDES = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def printable(text: str) -> str:
    """Text that every database and page can hold: no control characters but line ends, no halves of characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in text if sign in "\n\t" or unicodedata.category(sign) not in {"Cc", "Cs"})


def is_blank(text: str) -> bool:
    """Whether nothing of it can be seen."""
    return not any(unicodedata.category(sign)[0] in "LNPS" and sign not in BLANK for sign in text)


class CommentForm(forms.Form):
    """Bound to an article; `account` is a member of staff, who gives no name and no address."""

    name = forms.CharField(error_messages={"required": gettext_lazy("Write the name to show.")})
    email = forms.EmailField(
        max_length=254,
        error_messages={
            "required": gettext_lazy("Write your email address. It is not shown."),
            "invalid": gettext_lazy("An address looks like name@post.example."),
            "max_length": gettext_lazy("An address looks like name@post.example."),
        },
    )
    body = forms.CharField(strip=False, error_messages={"required": gettext_lazy("Write at least one word.")})
    parent = forms.CharField(required=False)
    token = forms.CharField(required=False)
    #: Word of answers by mail (comments/replies.py).
    notify = forms.BooleanField(required=False)
    # The honeypot: machines fill it in, people do not see it.
    website = forms.CharField(required=False)
    # What a browser with scripts worked out of the token (comments/work.py).
    work = forms.CharField(required=False)

    def __init__(self, data: Any = None, *, article: Article, account: Any = None, parent: Comment | None = None):
        if data is not None:
            data = {name: printable(data.get(name, "")) for name in self.base_fields}
        super().__init__(data, initial={"parent": parent.pk if parent else ""})
        self.article = article
        self.answered = parent
        self.read: Token | None = None
        if account:
            del self.fields["name"], self.fields["email"], self.fields["notify"]

    @property
    def fresh_token(self) -> str:
        """The token for showing this form once more: the one that was sent as long as it is good, else a new one."""
        is_good = self.is_bound and self.read and "token" not in self.errors
        return self.data["token"] if is_good else make_token(self.article)

    @property
    def work_bits(self) -> int:
        return settings.COMMENT_WORK_BITS

    def clean_name(self):
        name = " ".join(self.cleaned_data["name"].translate(OVERRIDES).split())
        if is_blank(name):
            raise forms.ValidationError(_("Write the name to show."))
        most = Comment._meta.get_field("name").max_length or 0
        if len(name) > most:
            message = ngettext("A name has at most %(most)s letter.", "A name has at most %(most)s letters.", most)
            raise forms.ValidationError(message % {"most": numerals(most)})
        return name

    def clean_email(self):
        return self.cleaned_data["email"].lower()

    def clean_body(self):
        body = self.cleaned_data["body"].strip()
        most = settings.COMMENT_MAX_LENGTH
        if len(body) > most:
            message = _("A comment has at most %(most)s characters; yours has %(length)s.")
            raise forms.ValidationError(message % {"most": numerals(most), "length": numerals(len(body))})
        if is_blank(body):
            raise forms.ValidationError(_("Write at least one word."))
        if is_blank(plain_text(body)) or is_blank(plain_text(sanitize_comment(body))):
            raise forms.ValidationError(_("There is only markup here. Write at least one word."))
        return body

    def clean_parent(self):
        number = self.cleaned_data["parent"].strip()
        if not number:
            return None
        parent = threads.find(self.article, number)
        if parent is None or parent.withdrawn_at:
            raise forms.ValidationError(
                _("The comment that you answer is not here any more. Sent again, yours stands on its own.")
            )
        if parent.depth >= settings.COMMENT_MAX_DEPTH:
            raise forms.ValidationError(
                _("This thread goes no deeper. Sent again, your comment stands on its own; or answer one further up.")
            )
        self.answered = parent
        return parent

    def clean_token(self):
        self.read = read_token(self.cleaned_data["token"], self.article)
        if self.read is None:
            raise forms.ValidationError(_("This form was not made here or was damaged on its way. Send it once more."))
        if self.read.is_expired:
            raise forms.ValidationError(_("This form was open for more than a day. Send it once more."))
        return self.read


class OwnCommentForm(CommentForm):
    """Other words for a comment that stands already."""

    def __init__(self, data: Any = None, *, article: Article, comment: Comment):
        super().__init__(data, article=article, account=comment)
        del self.fields["parent"]
        self.initial["body"] = comment.body


class ReportForm(forms.Form):
    """What a reader finds wrong with a comment."""

    GROUNDS = tuple(
        (ground.value, ground.label)
        for ground in Decision.Ground
        if ground not in {Decision.Ground.CHECKS, Decision.Ground.REPEATED}
    )
    ground = forms.ChoiceField(
        choices=GROUNDS,
        error_messages={
            "required": gettext_lazy("Choose what is wrong with it."),
            "invalid_choice": gettext_lazy("Choose what is wrong with it."),
        },
    )
    words = forms.CharField(required=False)
    token = forms.CharField(required=False)
    website = forms.CharField(required=False)

    clean_token = CommentForm.clean_token
    fresh_token = CommentForm.fresh_token

    def __init__(self, data: Any = None, *, article: Article):
        if data is not None:
            data = {name: printable(data.get(name, "")) for name in self.base_fields}
        super().__init__(data)
        self.article = article
        self.read: Token | None = None

    def clean_words(self):
        words = " ".join(self.cleaned_data["words"].split())
        if len(words) > 300:
            raise forms.ValidationError(_("At most 300 characters, please."))
        return words
