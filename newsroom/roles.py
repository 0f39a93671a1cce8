"""The newsroom's roles as groups, and what each may do."""

from django.utils.translation import pgettext_lazy

AUTHOR, EDITOR, MODERATOR, APPEALS, PUBLISHER = "Author", "Editor", "Moderator", "Appeals manager", "Publisher"
#: What the desk calls them; the groups themselves keep one name in every language.
TITLES = {
    AUTHOR: pgettext_lazy("role", "Author"),
    EDITOR: pgettext_lazy("role", "Editor"),
    MODERATOR: pgettext_lazy("role", "Moderator"),
    APPEALS: pgettext_lazy("role", "Appeals manager"),
    PUBLISHER: pgettext_lazy("role", "Publisher"),
}

_ALL = ("add", "change", "delete", "view")


def _all(*models: str) -> set[str]:
    return {f"{app}.{verb}_{model}" for app, model in (name.split(".") for name in models) for verb in _ALL}


_TAXONOMY = _all("articles.category", "articles.tag", "articles.tagsynonym", "articles.author", "articles.authorname")
_WRITING = {
    *("articles.add_article", "articles.change_article", "articles.view_article", "articles.submit_article"),
    *("articles.add_image", "articles.change_image", "articles.view_image", "articles.add_tag"),
    *("articles.view_category", "articles.view_tag", "articles.view_author", "articles.view_edition"),
    *_all("articles.byline"),
}
_EDITING = {
    *_WRITING,
    *_TAXONOMY,
    *_all("articles.correction", "articles.image", "redirects.redirect"),
    *("redirects.view_notfound", "redirects.delete_notfound"),
    *("articles.delete_article", "articles.publish_article", "articles.change_any_article", "articles.view_rating"),
}
_MODERATING = {
    *("comments.view_comment", "comments.change_comment", "comments.moderate_comment", "comments.view_decision"),
    "articles.view_article",
}
_APPEALS = {
    *_all("appeals.channel", "appeals.appeal", "appeals.donationlink"),
    *("appeals.view_donationclicks", "articles.add_image", "articles.view_image", "articles.view_category"),
}
ROLES: dict[str, set[str]] = {
    AUTHOR: _WRITING,
    EDITOR: _EDITING,
    MODERATOR: _MODERATING,
    APPEALS: _APPEALS,
    PUBLISHER: {
        *_EDITING,
        *_MODERATING,
        *_APPEALS,
        *_all("articles.edition", "pages.page", "auth.user", "articles.categoryscope"),
        *("admin.view_logentry", "auth.view_group", "importers.view_importrun"),
    },
}


def apply_roles(group_model, permission_model) -> None:
    """Make the groups and give each exactly its permissions; with a migration's models or the real ones."""
    permissions = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in permission_model.objects.select_related("content_type")
    }
    for name, wanted in ROLES.items():
        group, _ = group_model.objects.get_or_create(name=name)
        group.permissions.set([permissions[label] for label in wanted])
