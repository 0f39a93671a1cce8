from .comment import Comment, CommentQuerySet
from .decision import Decision, LogIsKept
from .letters import DeskDigest, Follow, Letter
from .words import WordList

__all__ = ["Comment", "CommentQuerySet", "Decision", "DeskDigest", "Follow", "Letter", "LogIsKept", "WordList"]
