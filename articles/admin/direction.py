"""Fields that hold words run in the direction of their language, whatever language the desk itself is shown in."""

from django.db import models

from articles.languages import direction


class DirectedFields:
    """For ModelAdmins and inlines: by the row's `language` where it has one, else by the words that are typed."""

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and holds_words(db_field):
            field.widget.attrs.setdefault("dir", "auto")
        return field

    def get_form(self, request, obj=None, **kwargs):
        form = super().get_form(request, obj, **kwargs)
        if language := getattr(obj, "language", ""):
            for field in form.base_fields.values():
                if field.widget.attrs.get("dir") == "auto":
                    field.widget.attrs |= {"dir": direction(language), "lang": language}
        return form


def holds_words(field: models.Field) -> bool:
    is_text = isinstance(field, models.CharField | models.TextField) and not field.choices
    return is_text and not isinstance(field, models.EmailField | models.SlugField | models.URLField)
