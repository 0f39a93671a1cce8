from .comment import Comment, CommentQuerySet
from .decision import Decision, LogIsKept
from .desk import Claim, WatchedArticle
from .letters import DeskDigest, Follow, Letter
from .words import WordList

__all__ = [
    "Claim",
    "Comment",
    "CommentQuerySet",
    "Decision",
    "DeskDigest",
    "Follow",
    "Letter",
    "LogIsKept",
    "WatchedArticle",
    "WordList",
]
