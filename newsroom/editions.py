"""Which edition an address belongs to: the default language has no prefix, every other one has its own.

Django's LocaleMiddleware would also ask cookies and Accept-Language, and a page must be the same bytes for every
reader; so readers' pages go by the address alone. At the desk, where nothing is cached, people keep their language.
"""

from django.utils import translation
from django.utils.translation import get_language_from_request

from articles.languages import edition_of

DESK = ("/admin/", "/accounts/")


class EditionMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path_info.startswith(DESK):
            language = get_language_from_request(request)
        else:
            language = edition_of(request.path_info)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
            if hasattr(response, "render") and not response.is_rendered:
                response.render()
            response.headers.setdefault("Content-Language", language)
        return response
