"""The body editor, and what it needs of an admin page: a nonce, our sanitiser and the image library."""

from django.urls import reverse_lazy
from django.utils.text import capfirst
from django_prose_editor.fields import ProseEditorFormField
from django_prose_editor.widgets import AdminProseEditorWidget
from js_asset import Media

from articles import body

EXTENSIONS = {
    "Bold": True,
    "Italic": True,
    "Strike": True,
    "Subscript": True,
    "Superscript": True,
    "Code": True,
    "Heading": {"levels": [2, 3, 4]},
    "BulletList": True,
    "OrderedList": True,
    "ListItem": True,
    "Blockquote": True,
    "CodeBlock": True,
    "HorizontalRule": True,
    "HardBreak": True,
    "Link": {"enableTarget": False},
    "Image": True,
    "Caption": True,
    "Figure": {"pickerUrl": reverse_lazy("admin:articles_image_pick")},
    "Table": True,
    "TableRow": True,
    "TableHeader": True,
    "TableCell": True,
    "NodeClass": {"cssClasses": {"blockquote": ["pull"]}},
    "History": True,
}


class BodyEditorMixin:
    """For every ModelAdmin whose form has a `body`: the editor, under the page's Content-Security-Policy."""

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "body":
            return ProseEditorFormField(
                label=capfirst(db_field.verbose_name),
                required=False,
                widget=AdminProseEditorWidget,
                config={"extensions": EXTENSIONS},
                sanitize=body.sanitize,
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def render_change_form(self, request, context, *args, **kwargs):
        context["media"] = Media.from_media(context["media"], nonce=str(request.csp_nonce))
        return super().render_change_form(request, context, *args, **kwargs)
