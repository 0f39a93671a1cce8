"""Whether a text advertises: it sends its readers to something of the writer's own, or offers what advertisers offer.

The words name no product, site or person. They are what advertising has to say in order to be advertising: an
invitation, and whose thing it leads to. Text only, in any of the interface's languages.
"""

import re
from collections.abc import Iterable

from comments.words import folded

#: Addresses, also those that are written apart so that no machine may see them: "shop . com", "shop dot com".
_ENDING = (
    "com|net|org|info|biz|shop|store|online|site|xyz|club|top|ru|cn|tk|ml|ga|cf|gq|icu|vip|pw|ws|cc|tv|me|io|ly|be|gl"
)
_ADDRESS = re.compile(
    r"(?:https?|hxxps?)\s*:\s*/\s*/\s*(?P<host>[^\s/?#<>\"]*)[^\s<>\"]*|(?<![/\w.])www\s*\.\S*|\[url\b|<a\s[^<>]{0,40}href\S*"
    rf"|(?<![\w.@/-])[a-z0-9-]{{3,63}}(?:\.[a-z0-9-]{{2,63}}){{0,3}}(?:\.|\s+\.\s*|\s*\(dot\)\s*|\s+dot\s+)(?:{_ENDING})(?![\w@])\S*"
    r"|(?<!\w)/?watch\?v\s*=\S*",
    re.IGNORECASE,
)  # fmt: skip
_MAIL = re.compile(r"[\w.+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}", re.IGNORECASE)

#: What somebody has who advertises.
_THING = (
    r"(?:channel|chanel|page|profile|account|acc|web\s?site|site|blog|shop|store|video|vid|vids|videos|cover|covers|song|songs|"
    r"music|remix|mix|album|mixtape|track|beat|beats|rap|rapping|group|band|stream|podcast|app|game|product|products|"
    r"service|services|link|stuff|content|work|art|book|ebook|facebook|instagram|insta|twitter|tiktok|snapchat|snap|"
    r"telegram|whats\s?app|youtube|soundcloud|patreon|kickstarter|fundraiser|campaign|petition|trailer|playlist|singing|dance)"
)
_OWN = r"(?:my|our|mine)"
#: "Check out", "visit", "subscribe to": an invitation to the reader.
_ASK = (
    r"(?:check(?:ing|ed)?(?:\s+(?:it|this|that|us|me))?\s+out|chec?k|view|visit|see|watch|listen(?:\s+to)?|hear|follow|join|support|"
    r"like|share|sub|subscribe|subcribe|suscribe|look\s+(?:at|up|for)|look|come\s+(?:to|and|check)|go\s+(?:to|and|on|check)|"
    r"click(?:\s+on)?|try|read|download|buy|order|vote(?:\s+for)?|donate(?:\s+to)?|sign\s+up|add|contact|message|"
    r"take\s+a\s+look(?:\s+at)?|give|help)"
)
_PATTERNS = [
    # An invitation to a thing of one's own, at most a few words apart.
    rf"\b{_ASK}(?:\s+\w+){{0,3}}?\s+{_OWN}\s+(?:\w+\s+){{0,4}}?{_THING}\b",
    rf"\b(?:watch|visit|check|check\s+out|follow|join|download|buy)\s+(?:out\s+)?(?:this|these)\s+(?:\w+\s+){{0,2}}?{_THING}\b",
    r"\b(?:check|checking|checked|chk|cheq)\s+(?:\w+\s+)?(?:me|us|this|it|him|her|them)?\s*out\s+(?:my|our|this|the|these|on|at|his|her)\b",
    r"\bcheck\s+(?:out\s+)?(?:me|us)(?:\s+out)?\b",
    r"\b(?:check|checked|check\s+out|watch|hear|listen\s+to|visit|see|find|follow|join)\s+(?:out\s+)?(?:\w+\s+(?:of\s+)?){0,2}(?:my|our|mine|ours)\s+(?!friend|mother|father|son|daughter|kid|child|dog|cat|eye|head|time|life|own\s+eye)\w+",
    # A thing of one's own, and that it is new or wants people.
    rf"\b(?:my|our)\s+(?:own\s+)?(?:new|newest|latest|first|youtube|you\s?tube|you|official)\s+{_THING}\b",
    r"\b(?:my|our)\s+(?:channel|chanel|youtube|web\s?site|blog|instagram|soundcloud|fan\s?page|facebook\s+page|online\s+(?:shop|store))\b",
    # Asking for followers, likes and votes.
    r"\b(?:please|plz|pls|plea+se|and|to|guys|everyone|everybody|people|so|go|must|now)\s+(?:\w+\s+)?(?:sub+|subscribe|subcribe|suscribe|follow)\b(?!\s+(?:the|a|him|her|them|that))",
    r"\b(?:subscribe|subcribe|suscribe|sub|subs|follow)\s+(?:\w+\s+){0,2}?(?:to|me|us|my|our|back|please|plz|pls|now|here|for|4|if|and|like|like)\b(?!\s+(?:the|that|those|what))",
    r"^\W*(?:please\s+|plz\s+|pls\s+)?(?:subscribe|subcribe|suscribe|follow\s+me)\b",
    r"\b(?:sub|subscribe|follow|like)\s?(?:4|for)\s?(?:sub|subs|subscribe|follow|like)\b|\bf4f\b|\bs4s\b|\bl4l\b|\bsub(?:scribe)?\s+back\b",
    r"\b(?:please|plz|pls)\s+(?:(?:like|share|vote|donate|visit|click|support|help|check|join|watch|give)\b(?!\s+(?:stop|the\s+(?:police|council|mayor)))|.{0,30}\bthumbs?\s+up\b)",
    r"\b(?:thumbs?|thumb)\s+(?:this\s+)?(?:comment\s+)?up\s+(?:if|so|this|for|please|plz|pls|guys)\b|\blike\s+(?:this\s+comment|and\s+(?:share|subscribe|comment))\b",
    r"\bvote\s+(?:4|for)\s+(?:me|us|my|our)\b|\bhelp\s+(?:me|us)\s+(?:\w+\s+){0,3}(?:get|reach|hit|out|win|grow|achieve|make|raise)\b",
    r"\b(?:get|reach|hit|need|want|have|looking\s+for)\s+(?:\w+\s+){0,3}(?:subscribers?|subs|followers?|viewers)\b",
    r"\b(?:find|follow|add|like|reach|contact|message|text)\s+(?:me|us)\s+(?:on|at|in|via|with|up)\b",
    r"\bgive\s+(?:it|us|me|my|our)\s+(?:\w+\s+){0,2}(?:listen|look|shot|chance|try|like|visit|view)\b|\bhave\s+a\s+(?:look|listen)\s+at\s+(?:my|our)\b",
    # What a stranger says before an offer.
    r"\b(?:i|we)\s*(?:['’]?m|['’]?re|\s+am|\s+are)\s+(?:\w+\s+){0,4}(?:rapper|singer|musicians?|producer|artist|band|youtuber|dj|songwriter|apparel|company|brand|startup|comedian|gamer|vlogger)s?\b",
    r"\b(?:i|we)\s+(?:make|made|upload|uploaded|post|posted|do|sing|cover|create|produce|recorded|just\s+started|started)\s+(?:\w+\s+){0,3}(?:videos?|vids?|covers?|music|songs?|remix\w*|beats|tutorials|channel|vlogs)\b",
    r"\b(?:new|small|up\s+and\s+coming|upcoming|unsigned|independent|aspiring)\s+(?:\w+\s+)?(?:channel|artists?|rapper|band|singer|producer|musician|youtuber|dj)\b",
    # Money and prizes.
    r"\b(?:make|earn|win|get|receive)\s+(?:\w+\s+){0,4}(?:money|cash|dollars|income|bitcoins?|gift\s?cards?|iphone|ipad|robux|vouchers?)\b",
    r"\$\s?\d[\d,.]*\s*(?:k\b)?.{0,20}\b(?:a|per|every|each|/)\s*(?:day|week|month|hour)\b|\b(?:work|working|job)s?\s+(?:from|at)\s+home\b",
    r"\b(?:free\s+(?:gift|gifts|money|leads|giveaway|giveaways|trial|followers|subscribers|download|downloads|stuff|iphone|ipad|android|games?|apps?|shipping|quote|points|credits)|giveaways?|gift\s?cards?|promo\s?code|discount\s+code|coupon|limited\s+offer|best\s+price|lowest\s+price|cheap\s+\w+\s+online|risk\s+free|100%\s+free|passive\s+income|financial\s+freedom|make\s+money|easy\s+money|extra\s+(?:income|cash)|online\s+casino|sports?\s+betting|payday\s+loan|guest\s+post|seo\s+(?:service|services|expert)|backlinks?|binary\s+options|forex|(?:crypto|bitcoin)\s+(?:trading|investment|recovery))\b",
    r"\b(?:click|tap)\s+here\b|\b(?:click|tap|go)\s+(?:the\s+link|on\s+(?:the|this)\s+link)\b|\blink\s+(?:in|on)\s+(?:\w+\s+)?(?:bio|profile|description)\b|\bgoogle\s+(?:search\s+)?(?:for\s+)?(?:my|our)\b",
    r"\b(?:search|type|look)\s+(?:\w+\s+){0,6}(?:on|in|into)\s+(?:youtube|google|facebook|instagram|amazon|itunes|soundcloud|spotify)\b",
    # The same invitations in the interface's other languages, folded.
    r"\babonne[sz]?[\s-]+(?:vous|toi)\b|\bvisite[rz]?\s+(?:mon|ma|notre|nos)\b|\bma\s+chaine\b|\bgagne[rz]?\s+(?:de\s+l['’]?\s?)?argent\b|\bcliquez\s+ici\b|\bsuivez[\s-]+moi\b",
    r"\b(?:suscri\w+\s+a\s+mi|mi\s+canal|gana\s+dinero|haz\s+clic)\b",
]  # fmt: skip
_FOLDED = [
    folded(pattern)
    for pattern in (
        r"(?:اشترك\w*|تابعوني|زوروا|قناتي|موقعي|اربح|اضغط هنا)",
        r"(?:کانال (?:من|ما)|سایت (?:من|ما)|مرا دنبال|کلیک کنید|کسب درامد|درامد اینترنتی|سابسکرایب|میری ویب|میرا چینل|پیسے کمائ\w*)",
    )
]  # fmt: skip
_ADVERTISING = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS + _FOLDED), re.DOTALL)


def plain(text: str) -> str:
    """Folded, without the brackets and doubled spaces that split a word for the machine alone."""
    return " ".join(re.sub(r"(?<=\w)[\[\](){}*_|]+(?=\w)|(?<=[\[(])\s|[\[\](){}*_|]+", "", folded(text)).split())


def addresses(text: str) -> list[str]:
    """The hosts of the addresses in a text, of pages and mailboxes, hidden ones included; "" where a host is not plain."""
    hosts = [(found["host"] or "").lower().rpartition("@")[2].partition(":")[0] for found in _ADDRESS.finditer(text)]
    return hosts + [""] * len(_MAIL.findall(text))


def is_known(host: str, known: Iterable[str]) -> bool:
    """Whether a host is one of `known` or below one."""
    return any(host == name or host.endswith(f".{name}") for name in known)


def invitation(text: str) -> str:
    """The words by which a text advertises; "" where it does not."""
    found = _ADVERTISING.search(plain(text[:4000]))
    return " ".join(found[0].split())[:60] if found else ""
