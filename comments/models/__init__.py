from .ban import Ban
from .comment import Comment, CommentQuerySet
from .decision import Decision, LogIsKept
from .desk import Claim, WatchedArticle
from .letters import DeskDigest, Follow, Letter
from .report import Report
from .words import WordList

__all__ = [
    "Ban",
    "Claim",
    "Comment",
    "CommentQuerySet",
    "Decision",
    "DeskDigest",
    "Follow",
    "Letter",
    "LogIsKept",
    "Report",
    "WatchedArticle",
    "WordList",
]
