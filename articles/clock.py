"""The newsroom's clock: times as people type them, which daylight saving may skip or give twice."""

from datetime import UTC, datetime, timedelta

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

YEARS = range(1900, 9999)


def read(naive: datetime) -> tuple[datetime, bool]:
    """The moment of a time on the newsroom's clock, and whether that time comes twice: then it is the first.

    Raises ValidationError for a time that the clock skips, and for years that no archive has.
    """
    if naive.year not in YEARS:
        raise ValidationError(_("Choose a year from 1900 to 9998."))
    zone = timezone.get_current_timezone()
    first, second = (naive.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    put_forward = (second.utcoffset() or timedelta()) - (first.utcoffset() or timedelta())
    if put_forward > timedelta():
        raise ValidationError(
            _("%(time)s does not exist in %(zone)s: the clocks are put forward over it. After it comes %(next)s."),
            params={
                "time": date_format(naive, "Y-m-d H:i"),
                "zone": timezone.get_current_timezone_name(),
                "next": date_format(naive + put_forward, "H:i"),
            },
        )
    return first.astimezone(UTC), put_forward != timedelta()


def said_twice(moment: datetime) -> str:
    """The sentence for a time that comes twice."""
    local = timezone.localtime(moment)
    return _("%(time)s comes twice in %(zone)s, as the clocks are put back: the first is taken (UTC%(offset)s).") % {
        "time": date_format(local, "Y-m-d H:i"),
        "zone": timezone.get_current_timezone_name(),
        "offset": f"{local:%z}",
    }


class MomentField(forms.SplitDateTimeField):
    """A day and a time on the newsroom's clock; `twice` says afterwards what is to be said of it, if anything."""

    widget = AdminSplitDateTime
    twice = ""

    def compress(self, data_list):
        if not data_list:
            return None
        day, time = data_list
        if day in self.empty_values:
            raise ValidationError(self.error_messages["invalid_date"], code="invalid_date")
        if time in self.empty_values:
            raise ValidationError(self.error_messages["invalid_time"], code="invalid_time")
        moment, is_twice = read(datetime.combine(day, time))
        self.twice = said_twice(moment) if is_twice else ""
        return moment


def read_field(text: str) -> tuple[datetime, str]:
    """What a `datetime-local` field sends: the moment, and what is to be said of it. Raises ValidationError."""
    try:
        naive = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValidationError(_("Enter a valid date and time.")) from None
    moment, is_twice = read(naive.replace(tzinfo=None))
    return moment, said_twice(moment) if is_twice else ""
