"""The lookup for conditions of partial indexes: `kind__constant="pending"` writes the text into the statement."""

from django.db.models import CharField
from django.db.models.lookups import Exact


@CharField.register_lookup
class Constant(Exact):
    """`=` with a text of the program's own, which is no parameter of the statement.

    Where a parameter decides whether a partial index will do, SQLite plans the statement anew each time that it is
    given one (https://www.sqlite.org/c3ref/prepare.html): of an article's page that took longer than to run it.
    """

    lookup_name = "constant"

    def get_prep_lookup(self):
        text = str(self.rhs)
        if text and not (text.isascii() and text.isidentifier()):
            raise ValueError(f"{text!r} is no constant of the program.")
        return text

    def process_rhs(self, compiler, connection):
        return f"'{self.rhs}'", ()

    def get_rhs_op(self, connection, rhs):
        return f"= {rhs}"
