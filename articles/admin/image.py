"""The image library on the desk: many uploads at once, the picker of the editor, and where a picture is used."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from articles import library, renditions
from articles.admin.at_once import AtOnceMixin
from articles.admin.lists import BoundedList, NumberedSelect
from articles.models import Image
from articles.uploads import clean_image

ACCEPT = "image/jpeg,image/png,image/webp,image/avif,image/gif"
PICTURES_A_PAGE = 24
FILES_AT_ONCE = 50


class ImageForm(forms.ModelForm):
    upload = forms.FileField(
        label=gettext_lazy("picture"),
        required=False,
        help_text=gettext_lazy("JPEG, PNG, WebP, AVIF or GIF. Place and camera are removed from it."),
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPT}),
    )

    class Meta:
        model = Image
        fields = ("title", "alternative_text", "caption", "credit", "licence", "focal_x", "focal_y")

    def clean_upload(self):
        file = self.cleaned_data["upload"]
        if file is None:
            if not self.instance.pk:
                raise forms.ValidationError(_("Choose a picture."))
            return None
        cleaned = clean_image(file)
        if Image.objects.filter(content_hash=cleaned.content_hash).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("The library holds this picture already."))
        return cleaned


class SeveralFiles(forms.FileField):
    """Files of one control; each is judged by itself, so that a broken one does not hold up the others."""

    widget = type("SeveralFilesInput", (forms.FileInput,), {"allow_multiple_selected": True})

    def clean(self, data, initial=None):
        if not data:
            raise ValidationError(_("Choose one picture or more."))
        if len(data) > FILES_AT_ONCE:
            raise ValidationError(_("At most %(count)d files at once."), params={"count": FILES_AT_ONCE})
        return data


class UploadForm(forms.Form):
    files = SeveralFiles(
        label=gettext_lazy("Pictures"),
        help_text=gettext_lazy("JPEG, PNG, WebP, AVIF or GIF, several at once. Place and camera are removed."),
    )
    credit = forms.CharField(label=gettext_lazy("Credit for all of them"), max_length=200, required=False)
    licence = forms.CharField(label=gettext_lazy("Licence for all of them"), max_length=200, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["files"].widget.attrs["accept"] = ACCEPT


class Unused(admin.SimpleListFilter):
    """Asks each body only for pictures that no field names; at a million articles that still takes its time."""

    title = gettext_lazy("use")
    parameter_name = "use"

    def lookups(self, request, model_admin):
        return [("none", _("Nowhere"))]

    def queryset(self, request, queryset):
        return library.unused(queryset) if self.value() == "none" else queryset


class Licence(admin.SimpleListFilter):
    title = gettext_lazy("licence")
    parameter_name = "licence"
    MOST = 30

    def lookups(self, request, model_admin):
        known = Image.objects.exclude(licence="").order_by("licence").values_list("licence", flat=True).distinct()
        return [("-", _("None given")), *((licence, licence) for licence in known[: self.MOST])]

    def queryset(self, request, queryset):
        value = self.value()
        return queryset if value is None else queryset.filter(licence="" if value == "-" else value.replace("\0", ""))


class WithoutAlternativeText(admin.SimpleListFilter):
    title = gettext_lazy("alternative text")
    parameter_name = "alternative"

    def lookups(self, request, model_admin):
        return [("none", _("Missing"))]

    def queryset(self, request, queryset):
        return queryset.filter(alternative_text="") if self.value() == "none" else queryset


def thumbnail(image: Image, width: int = 320) -> str:
    """The address of the smallest rendition at least so wide, else of the picture itself."""
    entries = image.renditions.get("jpg") or image.renditions.get("png") or []
    fitting = [name for actual, _height, name in entries if actual >= width]
    return renditions.default_storage.url(fitting[0]) if fitting else image.file.url


class ImageChoiceMixin:
    """For ModelAdmins with foreign keys to the library: search by name, with a script also the picker."""

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.related_model is Image:
            attributes = {"data-image-picker": reverse("admin:articles_image_pick")}
            kwargs["widget"] = NumberedSelect(db_field, self.admin_site, attrs=attributes)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Image)
class ImageAdmin(AtOnceMixin, BoundedList):
    form = ImageForm
    list_display = ("preview", "__str__", "alternative_text", "credit", "size", "created_at")
    list_display_links = ("__str__",)
    list_filter = (WithoutAlternativeText, Unused, Licence)
    search_fields = ("title", "alternative_text", "caption", "credit", "licence")
    readonly_fields = ("preview", "focal_point", "crops", "used_in")
    change_list_template = "admin/articles/image/change_list.html"

    def get_fieldsets(self, request, obj=None):
        texts = ("title", "alternative_text", "caption", "credit", "licence")
        if obj is None:
            return ((None, {"fields": ("upload", *texts)}),)
        focus = {
            "fields": ("focal_point", ("focal_x", "focal_y"), "crops"),
            "description": _(
                "What stays in sight where the picture is cropped; 0 is the left or top edge, 1 the other."
            ),
        }
        return (
            (None, {"fields": texts}),
            (_("Focal point"), focus),
            (_("Use"), {"fields": ("used_in",)}),
        )

    @admin.display(description=gettext_lazy("preview"))
    def preview(self, image):
        return format_html('<img src="{}" alt="" width="120" class="preview" loading="lazy">', thumbnail(image))

    @admin.display(description=gettext_lazy("picture"))
    def focal_point(self, image):
        return format_html(
            '<span class="focal" data-focal><img src="{}" alt="{}"></span>',
            thumbnail(image, 640),
            image.alternative_text,
        )

    @admin.display(description=gettext_lazy("cropped"))
    def crops(self, image):
        """As the pages crop it; with a script the pictures follow the focal point."""
        focus = renditions.focal_classes(image.focal_x, image.focal_y)
        shapes = (("wide", _("wide")), ("card", _("card")), ("square", _("square")))
        rows = ((shape, thumbnail(image, 640), focus, label) for shape, label in shapes)
        cropped = '<figure class="crop {}"><img src="{}" alt="" class="{}"><figcaption>{}</figcaption></figure>'
        return format_html('<div class="crops">{}</div>', format_html_join("", cropped, rows))

    @admin.display(description=gettext_lazy("size"))
    def size(self, image):
        return f"{image.width} × {image.height}"

    @admin.display(description=gettext_lazy("used in"))
    def used_in(self, image):
        found = library.uses(image)
        if not found:
            return _("Nowhere yet.")
        rows = ((row._meta.verbose_name, _change_address(row), str(row)) for row in found)
        return format_html(
            "<ul>{}</ul><p>{}</p>",
            format_html_join("", '<li>{}: <a href="{}">{}</a></li>', rows),
            _("A picture in use cannot be deleted."),
        )

    def has_delete_permission(self, request, obj=None):
        return super().has_delete_permission(request, obj) and (obj is None or not self._uses(request, obj))

    def _uses(self, request, image):
        """Asked once a request, however often Django asks whether it may be deleted."""
        known = request.__dict__.setdefault("_uses_of_pictures", {})
        if image.pk not in known:
            known[image.pk] = library.uses(image)
        return known[image.pk]

    def delete_view(self, request, object_id, extra_context=None):
        """For a picture in use, the list of what shows it in place of a bare refusal."""
        image = self.get_object(request, unquote(object_id))
        may = image is not None and super().has_delete_permission(request, image)
        found = self._uses(request, image) if may else []
        if not found:
            return super().delete_view(request, object_id, extra_context)
        context = {
            **self.admin_site.each_context(request),
            "title": _("“%(name)s” is in use") % {"name": image},
            "opts": self.opts,
            "original": image,
            "rows": [(row._meta.verbose_name, _change_address(row), row) for row in found],
        }
        return TemplateResponse(request, "admin/articles/image/in_use.html", context, status=409)

    def delete_model(self, request, obj):
        names = renditions.names_of(obj)
        with transaction.atomic():
            super().delete_model(request, obj)
            renditions.remove(names)

    def get_actions(self, request):
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)  # one by one, where the use is looked at
        return actions

    def save_model(self, request, obj, form, change):
        cleaned = form.cleaned_data.get("upload")
        if change or cleaned is None:
            super().save_model(request, obj, form, change)
            return
        texts = {name: form.cleaned_data[name] for name in ImageForm.Meta.fields if name in form.cleaned_data}
        made, _created = library.add_image(cleaned, by=request.user, **texts)
        obj.__dict__.update(made.__dict__)

    def get_urls(self):
        wrap = self.admin_site.admin_view
        own = [
            path("pick/", wrap(self.pick), name="articles_image_pick"),
            path("upload/", wrap(self.upload), name="articles_image_upload"),
        ]
        return [*own, *super().get_urls()]

    def upload(self, request):
        """Many files at once: what can be read comes in, what cannot is named with the reason."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        sent = (request.POST, request.FILES) if request.method == "POST" else ()
        form = UploadForm(*sent)
        refused: list[str] = []
        wants_json = "application/json" in request.headers.get("Accept", "")
        if request.method == "POST" and form.is_valid():
            texts = {name: form.cleaned_data[name] for name in ("credit", "licence")}
            new, known, refused = _take(request.user, form.cleaned_data["files"], texts)
            if wants_json:
                return JsonResponse({"added": new, "known": known, "refused": refused})
            self._say(request, new, known)
            if not refused:
                return HttpResponseRedirect(_back(request) or reverse("admin:articles_image_changelist"))
            form = UploadForm(initial=texts)
        if wants_json:
            faults = [fault for faults in form.errors.values() for fault in faults]
            return JsonResponse({"added": 0, "known": 0, "refused": faults}, status=400)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Upload pictures"),
            "opts": self.opts,
            "form": form,
            "refused": refused,
            "next": _back(request),
            "is_popup": bool(_back(request)),
        }
        return TemplateResponse(request, "admin/articles/image/upload.html", context)

    def _say(self, request, new, known):
        if new:
            text = ngettext("%(count)d picture was added.", "%(count)d pictures were added.", new)
            self.message_user(request, f"{text % {'count': new}} {_('Say next what each one shows.')}")
        if known:
            text = ngettext(
                "%(count)d picture was in the library already.",
                "%(count)d pictures were in the library already.",
                known,
            )
            self.message_user(request, text % {"count": known}, messages.WARNING)

    def pick(self, request):
        """The library in a window of its own, for the body editor and for fields that name a picture."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        words, older = request.GET.get("q", "").strip()[:100], request.GET.get("older", "")
        images = Image.objects.order_by("-pk")
        for word in words.replace("\x00", "").split()[:10]:
            images = images.filter(
                Q(title__icontains=word) | Q(alternative_text__icontains=word) | Q(credit__icontains=word)
            )
        if older.isascii() and older.isdigit() and len(older) <= 18:
            images = images.filter(pk__lt=int(older))
        found = list(images[: PICTURES_A_PAGE + 1])
        query = request.GET.copy()
        query.pop("older", None)
        more = query.copy()
        if len(found) > PICTURES_A_PAGE:
            more["older"] = str(found[PICTURES_A_PAGE - 1].pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Choose a picture"),
            "is_popup": True,
            "images": [(image, thumbnail(image)) for image in found[:PICTURES_A_PAGE]],
            "words": words,
            "kept": [(name, value) for name, value in query.items() if name != "q"],
            "older": more.urlencode() if "older" in more else "",
            "here": f"{request.path}?{query.urlencode()}",
            "may_add": self.has_add_permission(request),
            "form": UploadForm(),
        }
        return TemplateResponse(request, "admin/articles/image/pick.html", context)


def _take(by, files, texts) -> tuple[int, int, list[str]]:
    """How many files came in, how many were there already, and a sentence for each that was refused."""
    refused, new, known = [], 0, 0
    for file in files:
        try:
            cleaned = clean_image(file)
        except ValidationError as error:
            refused += error.messages
            continue
        title = str(file.name).rpartition(".")[0][:200]
        _image, created = library.add_image(cleaned, by=by, title=title, **texts)
        new, known = new + created, known + (not created)
    return new, known, refused


def _back(request) -> str:
    """The picker's own address, where the upload began there; nothing else is believed."""
    address = request.POST.get("next") or request.GET.get("next") or ""
    return address if address.startswith(f"{reverse('admin:articles_image_pick')}?") else ""


def _change_address(row) -> str:
    try:
        return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    except NoReverseMatch:
        return reverse("admin:index")
