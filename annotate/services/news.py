"""Whether something has come since a time, asked by the sweeps every ten seconds: never of what came before."""

from django.db.models import OuterRef, QuerySet, Subquery


def newest_since(rows: QuerySet, when: str, since: OuterRef) -> Subquery:
    """Id of the last of the rows whose column `when` is after `since`, or null.

    Ordered and cut, it goes back in time along the column's index and ends at `since`; Postgres would read every row
    to find that there is none.
    """
    return Subquery(rows.filter(**{f"{when}__gt": since}).order_by(f"-{when}").values("pk")[:1])
