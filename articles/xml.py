"""XML for machines from text that people wrote: what XML cannot hold is left out, where Django's own would raise."""

import io
from collections.abc import Mapping
from xml.sax.xmlreader import AttributesImpl

from django.utils.xmlutils import SimplerXMLGenerator

from articles.markup import printable


class PartWriter(SimplerXMLGenerator):
    """A piece of a document."""

    def __init__(self) -> None:
        self.out = io.StringIO()
        super().__init__(self.out, "utf-8", short_empty_elements=True)

    def begin(self, name: str, /, attributes: Mapping[str, str] | None = None) -> None:
        """Open an element that holds others; `endElement` closes it."""
        self.startElement(name, AttributesImpl(attributes or {}))

    def add(self, name: str, text: str = "", /, **attributes: str) -> None:
        """An element with text alone."""
        self.addQuickElement(name, printable(text), {key: printable(value) for key, value in attributes.items()})

    def text(self) -> str:
        return self.out.getvalue()


class Writer(PartWriter):
    """A document from its beginning; `stylesheet` is an address for people who open it in a browser."""

    def __init__(self, stylesheet: str = "") -> None:
        super().__init__()
        self.startDocument()
        if stylesheet:
            self.processingInstruction("xml-stylesheet", f'href="{stylesheet}" type="text/css" media="screen"')

    def add_written(self, xml: str) -> None:
        """What another has written."""
        self.ignorableWhitespace("\n")  # closes the tag that is open
        self.out.write(xml)

    def bytes(self) -> bytes:
        return self.out.getvalue().encode()
