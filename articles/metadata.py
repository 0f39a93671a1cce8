"""What a page tells machines about a story: structured data and the picture of its card."""

import re
from typing import Any

from django.conf import settings
from django.templatetags.static import static

from articles import renditions
from articles.languages import address_in
from articles.models import Article, Category


def web_address(url: str) -> str:
    """`url` where it is one of a page, else nothing: a row may have come past the checks of its form."""
    return url if re.match(r"https?://", url, re.IGNORECASE) else ""


def site_address(path: str) -> str:
    """A path of this site as a whole address, by SITE_URL and never by the request; others as they are."""
    return settings.SITE_URL + path if path.startswith("/") else path


def short_name(name: str, most: int) -> str:
    """As many whole words of a name as there may be characters; of a longer word its beginning."""
    if len(name) <= most:
        return name
    return name[: most + 1].rpartition(" ")[0].strip() or name[:most]


def card_picture(image: Any) -> dict[str, Any]:
    """The rendition for cards of other sites: address, width, height, words. Those sites ask for 1,200 pixels."""
    address, width, height = renditions.wide(image)
    return {
        "url": site_address(address),
        "width": width,
        "height": height,
        "alternative_text": image.alternative_text,
    }


def structured_data(article: Article, lineage: list[Category], site_name: str) -> dict[str, Any]:
    """NewsArticle and BreadcrumbList by schema.org, as search engines ask for them. Needs `page()`.

    No rating in it: search engines show none for news, and take one that the publisher gives itself for an abuse.
    """
    address = site_address(article.get_absolute_url())
    home = site_address(address_in(article.language, "articles:front"))
    authors = [
        {
            "@type": "Person",
            "name": signed["name"],
            "url": site_address(signed["url"]),
        }
        for signed in article.byline
    ]
    publisher = {
        "@type": "NewsMediaOrganization",
        "name": site_name,
        "url": home,
        "logo": {"@type": "ImageObject", "url": site_address(static("img/icon-512.png")), "width": 512, "height": 512},
    }
    story: dict[str, Any] = {
        "@type": "NewsArticle",
        "@id": f"{address}#story",
        "mainEntityOfPage": address,
        "url": address,
        "headline": article.headline,
        "alternativeHeadline": article.subtitle,
        "description": article.teaser,
        "inLanguage": article.language,
        "datePublished": article.publish_at and article.publish_at.isoformat(),
        "dateModified": (article.updated_at or article.publish_at) and _modified(article).isoformat(),
        "author": authors or [publisher],
        "publisher": publisher,
        "articleSection": article.category.name if article.category else "",
        "keywords": [tag["name"] for tag in article.shown_tags],
        "isAccessibleForFree": True,
        "isBasedOn": web_address(article.source_url),
    }
    if article.lead_image:
        card = card_picture(article.lead_image)
        story["image"] = [
            {"@type": "ImageObject", "url": card["url"], "width": card["width"], "height": card["height"]}
        ]
    steps = [(site_name, home), *((step.name, site_address(step.get_absolute_url())) for step in lineage)]
    steps.append((article.headline, address))
    crumbs = {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": number, "name": name, "item": url}
            for number, (name, url) in enumerate(steps, start=1)
        ],
    }
    said = {name: value for name, value in story.items() if value not in ("", None, [])}
    return {"@context": "https://schema.org", "@graph": [said, crumbs]}


def _modified(article: Article) -> Any:
    return max(moment for moment in (article.updated_at, article.publish_at) if moment)
