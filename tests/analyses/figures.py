"""Tables that are expected, and exact arithmetic for them."""

from decimal import Decimal
from fractions import Fraction

# What a column is in Parquet, as DuckDB calls it.
KINDS = {
    "text": "VARCHAR",
    "count": "BIGINT",
    "money": "DECIMAL(18,4)",
    "date": "DATE",
    "time": "TIMESTAMP WITH TIME ZONE",
    "flag": "BOOLEAN",
}


class Table:
    """Columns, as `name kind` behind each other, and rows."""

    def __init__(self, columns, rows):
        pairs = [column.split() for column in columns.replace("\n", " ").split(",")]
        self.names = [name for name, _ in pairs]
        self.kinds = [kind for _, kind in pairs]
        self.rows = [tuple(row) for row in rows]
        assert all(len(row) == len(pairs) for row in self.rows), self.names


def four(value):
    """A number to four decimals, half to even."""
    if value is None:
        return None
    units = round(Fraction(value) * 10_000)
    return Decimal(units).scaleb(-4)


def ratio(upper, lower):
    """None where either is unknown, or the lower is zero."""
    if upper is None or not lower:
        return None
    return four(Fraction(upper) / Fraction(lower))


def percent(part, whole):
    return None if part is None else ratio(100 * Fraction(part), whole)


def share(part, whole):
    """In per cent; none of what is not above zero."""
    return percent(part, whole) if whole > 0 else None


def growth(now, before):
    """In per cent of the magnitude before; none from zero and from nothing."""
    if before is None:
        return None
    return percent(Fraction(now) - Fraction(before), abs(Fraction(before)))


def dense(values):
    """The place of each value, the largest first, and how many places there are."""
    places = {value: at for at, value in enumerate(sorted(set(values), reverse=True), 1)}
    return places, len(places)


def share_of_ranks(place, places):
    return Fraction(100 * (places - place + 1), places)


def key(text):
    """Texts go by their bytes, and nothing comes last."""
    return (text is None, (text or "").encode())
