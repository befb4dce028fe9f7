"""`rfm`."""

from bisect import bisect_left
from fractions import Fraction

from figures import Table, four, key, percent, ratio, share


def segment(r, f, m):
    """The first of the segments that fits."""
    if min(r, f, m) >= 4:
        return "Champions"
    if min(r, f, m) >= 3:
        return "Loyal Customers"
    if r >= 3 and max(f, m) <= 3:
        return "Potential Loyalists"
    if r >= 4 and f == 1:
        return "New Customers"
    if r <= 2 and min(f, m) >= 4:
        return "Cannot Lose Them"
    if r <= 2 and min(f, m) >= 3:
        return "At Risk"
    return "Hibernating" if max(r, f) <= 2 else "Lost"


def scores(values):
    """1 to 5 by how many values are strictly less."""
    ordered = sorted(values)
    return [1 + 5 * bisect_left(ordered, value) // len(ordered) for value in values]


def of_customers(shop):
    """Every customer with a purchase up to the date: id, country, recency, frequency, money,
    scores and segment."""
    found = shop.rows(
        """
        SELECT customer, coalesce(min(country) FILTER (kind = 'SALE'), min(country)),
            date_diff('day', max(day) FILTER (kind = 'SALE'), ?::DATE),
            count(DISTINCT order_no) FILTER (kind = 'SALE'), sum(money)
        FROM sales WHERE customer IS NOT NULL AND day <= ?
        GROUP BY customer HAVING bool_or(kind = 'SALE')
        """,
        shop.as_of,
        shop.as_of,
    )
    measures = [-row[2] for row in found], *([row[at] for row in found] for at in (3, 4))
    marks = [scores(measure) for measure in measures]
    rows = [(*row, *mark, segment(*mark)) for row, mark in zip(found, zip(*marks))]
    return sorted(rows, key=lambda row: key(row[0]))


def rfm(shop):
    found = of_customers(shop)
    rows = [
        (*row[:8], "".join(map(str, row[5:8])), row[8], row[8], shop.as_of) for row in found
    ]
    columns = """user_id text, country text, recency count, frequency count, monetary money,
        r_score count, f_score count, m_score count, rfm_score text, rfm_segment text,
        segment_name text, analysis_date date"""
    revenue = sum(Fraction(row[4]) for row in found)
    segments = []
    for name in sorted({row[8] for row in found}):
        members = [row for row in found if row[8] == name]
        count = len(members)
        recency, frequency, money = (sum(Fraction(row[at]) for row in members) for at in (2, 3, 4))
        means = [ratio(total, count) for total in (recency, frequency, money)]
        shares = percent(count, len(found)), share(money, revenue)
        segments.append((name, count, *means, four(money), *shares, shop.as_of))
    segments.sort(key=lambda row: (-row[5], row[0]))
    of_segments = """segment_name text, customer_count count, avg_recency money,
        avg_frequency money, avg_monetary money, total_revenue money, customer_share money,
        revenue_share money, analysis_date date"""
    return {
        "rfm": Table(columns, rows),
        "segment_summary": Table(of_segments, segments),
        "coverage": coverage(shop, len(found)),
    }


def coverage(shop, customers):
    ((returning, revenue, known, anonymous, sales, nobodys),) = shop.rows(
        """
        WITH upto AS (SELECT * FROM sales WHERE day <= ?),
        named AS (SELECT customer FROM upto WHERE customer IS NOT NULL),
        buyers AS (SELECT customer FROM upto WHERE customer IS NOT NULL AND kind = 'SALE')
        SELECT (SELECT count(*) FROM (SELECT DISTINCT * FROM named EXCEPT FROM buyers)),
            coalesce(sum(money), 0), coalesce(sum(money) FILTER (customer IS NOT NULL), 0),
            coalesce(sum(money) FILTER (customer IS NULL), 0), count(*) FILTER (kind = 'SALE'),
            count(*) FILTER (kind = 'SALE' AND customer IS NULL)
        FROM upto
        """,
        shop.as_of,
    )
    row = (
        shop.as_of,
        customers,
        returning,
        revenue,
        known,
        anonymous,
        share(anonymous, revenue),
        sales,
        nobodys,
        percent(nobodys, sales),
    )
    columns = """analysis_date date, customers count, customers_without_purchase count,
        revenue money, customer_revenue money, anonymous_revenue money,
        anonymous_revenue_share money, sales count, anonymous_sales count,
        anonymous_sales_share money"""
    return Table(columns, [row])
