"""`lambda`: the archive up to a watermark, live events from it on, and views over both."""

import datetime

from figures import Table, key, ratio

MOMENT = datetime.timedelta(microseconds=1)
SUMS = """transaction_count count, total_quantity money, total_revenue money"""
BACK = """return_count count, return_value money, net_revenue money"""


def watermark(shop):
    """What is given; else the last day of the archive, which live events go on from; else its end."""
    if shop.watermark:
        return shop.watermark
    if not shop.latest:
        return datetime.datetime.min
    if shop.live:
        return datetime.datetime.combine(shop.latest.date(), datetime.time())
    return shop.latest + MOMENT


def unified(shop):
    """Makes the table `unified`; gives its watermark."""
    end = watermark(shop)
    shop.db.execute(
        """
        CREATE OR REPLACE TABLE unified AS
        SELECT *, 'historical' AS layer FROM archive WHERE time < $end
        UNION ALL SELECT *, 'realtime' FROM live WHERE time >= $end
        """,
        {"end": end},
    )
    return end


def lambda_(shop):
    end = unified(shop)
    ((after, before),) = shop.rows(
        """SELECT (SELECT count(*) FROM archive WHERE time >= $1),
            (SELECT count(*) FROM live WHERE time < $1)""",
        end,
    )
    by_layer = dict(shop.rows("SELECT layer, count(*) FROM unified GROUP BY 1"))
    layers = (by_layer.get("historical", 0), by_layer.get("realtime", 0))
    of_watermark = """batch_watermark time, historical_events count, realtime_events count,
        archive_events_after count, live_events_before count"""
    priced = f"{SUMS}, avg_unit_price money, {BACK}"
    categories = [(category, "SALE", *rest) for category, *rest in sums(shop, "category")]
    categories.sort(key=lambda row: key(row[0]))
    stores = sorted(sums(shop, "store"), key=lambda row: key(row[0]))
    hours = sorted(sums(shop, "date_trunc('hour', time)"), reverse=True)
    products = sums(shop, "product, category")
    products.sort(key=lambda row: (-row[4], key(row[0]), key(row[1])))
    return {
        "retail_events_unified": events(shop),
        "sales_by_category": Table(f"category text, transaction_type text, {priced}", categories),
        "sales_by_store": Table(f"store_id text, {SUMS}, {BACK}", map(without_price, stores)),
        "hourly_sales_trend": Table(f"hour time, {SUMS}, {BACK}", map(without_price, hours)),
        "product_performance": Table(f"product_id text, category text, {priced}", products),
        "batch_watermark": Table(of_watermark, [(end, *layers, after, before)]),
    }


def without_price(row):
    return (*row[:-4], *row[-3:])


def sums(shop, columns):
    """Sales, their pieces, money and price, returns, their money, and what is left, by columns."""
    found = shop.rows(
        f"""
        SELECT {columns}, count(*) FILTER (kind = 'SALE'), sum(pieces) FILTER (kind = 'SALE'),
            coalesce(sum(money) FILTER (kind = 'SALE'), 0),
            sum(money) FILTER (kind = 'SALE' AND pieces IS NOT NULL),
            count(*) FILTER (kind = 'RETURN'),
            coalesce(-sum(money) FILTER (kind = 'RETURN'), 0), sum(money)
        FROM unified WHERE kind != 'RESTOCK' GROUP BY ALL
        """
    )
    return [(*row[:-4], ratio(row[-4], row[-6]), *row[-3:]) for row in found]


def events(shop):
    found = shop.rows(
        """
        SELECT time, store, product, category, kind, abs(pieces), price, layer, money
        FROM unified ORDER BY time, layer, nth
        """
    )
    rows = []
    for *what, pieces, price, layer, money in found:
        if price is None:
            price = ratio(abs(money), pieces)
        rows.append((*what, pieces, price, layer, money))
    columns = """event_time time, store_id text, product_id text, category text,
        transaction_type text, quantity money, unit_price money, source text, amount money"""
    return Table(columns, rows)
