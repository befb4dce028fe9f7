"""`trends`."""

import datetime
from fractions import Fraction

from figures import Table, four, growth, key, ratio

DAY = datetime.timedelta(days=1)


def every_day(shop):
    """Every calendar day from the first to the last: day, orders, revenue."""
    sums = shop.rows("SELECT day, count(DISTINCT order_no), sum(money) FROM sales GROUP BY day")
    sums = {day: (orders, net) for day, orders, net in sums}
    count = (shop.last - shop.first).days + 1
    days = [shop.first + at * DAY for at in range(count)]
    return [(day, *sums.get(day, (0, 0))) for day in days]


def trends(shop):
    days = every_day(shop)
    return {
        "daily": daily(days),
        "weekly": weekly(days),
        "monthly": monthly(days),
        "seasonal_index": seasons(days),
        "countries": countries(shop),
    }


def daily(days):
    rows, before = [], None
    for at, (day, orders, net) in enumerate(days):
        week = days[max(at - 6, 0) : at + 1]
        means = [ratio(sum(Fraction(row[of]) for row in week), len(week)) for of in (2, 1)]
        first = (day, orders, four(net), ratio(net, orders))
        rows.append((*first, *means, before, growth(net, before)))
        before = four(net)
    columns = """date date, transaction_count count, total_revenue money,
        avg_transaction_value money, revenue_7day_ma money, transactions_7day_ma money,
        prev_day_revenue money, revenue_growth_pct money"""
    return Table(columns, rows)


def periods(days, period):
    """Days, orders and revenue of every period, and the revenue before."""
    sums = {}
    for day, orders, net in days:
        count, all_orders, all_net = sums.get(period(day), (0, 0, 0))
        sums[period(day)] = (count + 1, all_orders + orders, all_net + Fraction(net))
    before = None
    for which, (count, orders, net) in sums.items():
        yield which, count, orders, four(net), before
        before = four(net)


def weekly(days):
    rows = []
    for (year, week), *rest in periods(days, lambda day: day.isocalendar()[:2]):
        count, orders, net, before = rest
        monday = datetime.date.fromisocalendar(year, week, 1)
        which = (f"{year:04}-W{week:02}", year, week, monday)
        means = ratio(net, orders)
        rows.append((*which, count, orders, net, means, before, growth(net, before)))
    columns = """period text, iso_year count, iso_week count, week_start date, days count,
        transaction_count count, total_revenue money, avg_transaction_value money,
        prev_week_revenue money, revenue_growth_pct money"""
    return Table(columns, rows)


def monthly(days):
    rows = []
    for (year, month), *rest in periods(days, lambda day: (day.year, day.month)):
        count, orders, net, before = rest
        which = (f"{year:04}-{month:02}", year, month)
        means = ratio(net, orders)
        last = (growth(net, before), ratio(net, count))
        rows.append((*which, count, orders, net, means, before, *last))
    columns = """period text, year count, month count, days count, transaction_count count,
        total_revenue money, avg_transaction_value money, prev_month_revenue money,
        revenue_growth_pct money, revenue_per_day money"""
    return Table(columns, rows)


def seasons(days):
    everything = sum(Fraction(net) for _, _, net in days)
    rows = []
    kinds = ("weekday", lambda day: day.isoweekday()), ("month", lambda day: day.month)
    for name, of in kinds:
        for season in sorted({of(day) for day, *_ in days}):
            nets = [Fraction(net) for day, _, net in days if of(day) == season]
            mean = sum(nets) / len(nets)
            index = ratio(mean, everything / len(days)) if everything > 0 else None
            rows.append((name, season, len(nets), four(sum(nets)), four(mean), index))
    columns = """season_type text, season count, days count, total_revenue money,
        revenue_per_day money, seasonal_index money"""
    return Table(columns, rows)


def countries(shop):
    found = shop.rows(
        "SELECT day, country, count(DISTINCT order_no), sum(money) FROM sales GROUP BY ALL"
    )
    found.sort(key=lambda row: (row[0], key(row[1])))
    rows = [(*row, ratio(row[3], row[2])) for row in found]
    columns = """date date, country text, transaction_count count, total_revenue money,
        avg_transaction_value money"""
    return Table(columns, rows)
