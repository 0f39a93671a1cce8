from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommentsConfig(AppConfig):
    name = "comments"
    verbose_name = _("Comments")

    def ready(self):
        from articles import stale
        from comments.models import Comment

        def seen_below(comment, is_new):
            # One that waits is new to nobody, so writing comments cannot keep a page out of the caches.
            if is_new and comment.state != Comment.State.APPROVED:
                return []
            return [f"article:{comment.article_id}"]

        stale.watch(Comment, seen_below)
