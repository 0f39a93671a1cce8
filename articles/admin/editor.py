"""The body editor, and what it needs of an admin page: a nonce, our sanitiser and the image library."""

from django.contrib import messages
from django.urls import reverse_lazy
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_prose_editor.fields import ProseEditorFormField
from django_prose_editor.widgets import AdminProseEditorWidget
from js_asset import Media

from articles import body
from articles.admin.editor_words import editor_words

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
    "TextClass": {"cssClasses": [{"className": "credit", "title": gettext_lazy("Credit")}]},
    "Placement": {
        "words": {
            "center": gettext_lazy("Centred"),
            "end": gettext_lazy("At the end of the line"),
            "ltr": gettext_lazy("From left to right"),
            "rtl": gettext_lazy("From right to left"),
        }
    },
    "Paste": True,
    "History": True,
}

#: Where the session keeps what is said beside the body when its form is shown next.
NOTE = "body_note"


class BodyEditorMixin:
    """For every ModelAdmin whose form has a `body`: the editor, under the page's Content-Security-Policy."""

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name == "body":
            field = ProseEditorFormField(
                label=capfirst(db_field.verbose_name),
                required=False,
                widget=AdminProseEditorWidget,
                config={"extensions": EXTENSIONS},
                sanitize=body.sanitize,
            )
            field.widget.attrs["dir"] = "auto"  # as DirectedFields has it, which settles it by the row's language
            return field
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def response_add(self, request, obj, *args, **kwargs):
        self._note(request, obj)
        return super().response_add(request, obj, *args, **kwargs)

    def response_change(self, request, obj, *args, **kwargs):
        self._note(request, obj)
        return super().response_change(request, obj, *args, **kwargs)

    def _note(self, request, obj):
        """What the sanitiser took out of the body that was sent: said at once, and beside the field later."""
        if taken := body.taken_out(request.POST.get("body", "")):
            text = _("The body was cleaned. Taken out: %(what)s.") % {"what": ", ".join(taken)}
            request.session[NOTE] = [f"{obj._meta.label_lower}:{obj.pk}", text]
            self.message_user(request, text, messages.WARNING)

    def render_change_form(self, request, context, *args, **kwargs):
        obj = context.get("original")
        note = request.session.get(NOTE) if obj and request.method == "GET" else None
        if note and note[0] == f"{obj._meta.label_lower}:{obj.pk}":
            del request.session[NOTE]
            field = context["adminform"].form.fields.get("body")
            if field:
                field.help_text = format_html('{} <strong class="body-note">{}</strong>', field.help_text, note[1])
        context["editor_words"] = editor_words()
        context["media"] = Media.from_media(context["media"], nonce=str(request.csp_nonce))
        return super().render_change_form(request, context, *args, **kwargs)
