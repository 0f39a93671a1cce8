"""The lookup by which everything public asks the clock: `publish_at__has_come=now`."""

from django.db.models import DateTimeField
from django.db.models.lookups import LessThanOrEqual


@DateTimeField.register_lookup
class HasCome(LessThanOrEqual):
    """`<=`, but for SQLite nothing to look up in an index.

    Of two bounds on a column SQLite seeks by the one that is named first and asks the other of each row that it passes:
    with the clock first, page 4,000 of a list, an old day or a story's neighbours would walk past all that is newer.
    Nearly everything has come, so this bound saves nothing. PostgreSQL seeks by the narrower one.
    """

    lookup_name = "has_come"

    def get_rhs_op(self, connection, rhs):
        return f"<= {rhs}"

    def as_sqlite(self, compiler, connection):
        sql, params = self.as_sql(compiler, connection)
        # A unary + is SQLite's own way of keeping a term from its indexes.
        return f"+{sql}", params
