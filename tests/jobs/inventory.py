"""Stocks by SQL, their alerts by a fold: inventory.py EVENTS OUTPUT"""

import json
import sys

from events import compare, database, load, parquet, table, time_of

# Each stock after each event: the last level, less what was sold since.
STOCKS = """
    CREATE TABLE stocks AS
    WITH numbered AS (
        SELECT *, row_number() OVER w AS n, count(level) OVER w AS levels
        FROM events
        WINDOW w AS (PARTITION BY store, product ORDER BY t, level IS NOT NULL, sold, level
                     ROWS UNBOUNDED PRECEDING)),
    based AS (
        SELECT *, max(level) OVER l AS base, sum(coalesce(sold, 0)) OVER s AS gone,
            max(reorder) OVER l AS point, max(maximum) OVER l AS most
        FROM numbered
        WINDOW l AS (PARTITION BY store, product, levels),
            s AS (PARTITION BY store, product, levels ORDER BY n ROWS UNBOUNDED PRECEDING))
    SELECT store, product, t, n, sold, CASE WHEN levels > 0 THEN base - gone END AS stock,
        coalesce(point, {reorder}) AS reorder, coalesce(most, 200) AS maximum
    FROM based"""

# Every window that an event is in.
IN_WINDOWS = """
    SELECT s.*, w.start FROM stocks s, LATERAL (
        SELECT unnest(range(
            time_bucket(INTERVAL {slide}, t, TIMESTAMP '1970-01-01') - INTERVAL {before},
            t + INTERVAL 1 MICROSECOND,
            INTERVAL {slide})) AS start) w"""


def folded(rows):
    """Alerts of the stocks in order."""
    held, found = {}, []
    for store, product, at, stock, reorder, maximum in rows:
        if stock is None:
            continue
        key = (store, product)
        state = held.setdefault(key, {"low": True, "out": True, "over": True, "last": None, "until": None})
        last, state["last"] = state["last"], stock
        if stock > reorder * 6 / 5:
            state["low"] = True
        if stock > reorder:
            state["out"] = True
        if stock * 6 / 5 < maximum:
            state["over"] = True
        kind = None
        if stock <= 0:
            kind = "OUT_OF_STOCK" if state["out"] else None
            state["out"] = state["low"] = False
        elif stock <= reorder:
            kind = "LOW_STOCK" if state["low"] else None
            state["low"] = False
        elif last is not None and last > 0 and (last - stock) * 2 > last:
            if state["until"] is None or (at - state["until"]).total_seconds() >= 600:
                kind, state["until"] = "RAPID_DEPLETION", at
        elif stock > maximum and state["over"]:
            kind, state["over"] = "OVERSTOCKED", False
        if kind:
            found.append(((kind, store, product, str(at)), float(stock)))
    return found


def main(folder, output):
    db = database()
    events = []
    reorder = 10
    for topic in load(folder).values():
        for e in topic:
            place = (e.get("store_id"), e["product_id"], time_of(e))
            if "unit_price" in e:
                events.append((*place, None, None, None, e["quantity"]))
            else:
                level = e.get("current_stock", e.get("new_quantity"))
                events.append((*place, level, e.get("reorder_point"), e.get("maximum_stock"), None))
    columns = {"store": "VARCHAR", "product": "VARCHAR", "t": "TIMESTAMP", "level": "BIGINT",
               "reorder": "BIGINT", "maximum": "BIGINT", "sold": "BIGINT"}
    table(db, "events", columns, events)
    db.execute(STOCKS.format(reorder=reorder))
    rows = db.execute(
        "SELECT store, product, t, stock, reorder, maximum FROM stocks ORDER BY store, product, n")
    alerts = folded(rows.fetchall())
    told = {}
    for name in ("inventory_alerts", "inventory_metrics", "inventory_turnover"):
        parquet(db, output, name)
    found = db.execute(
        "SELECT alert_type, store_id, product_id, detected_at::TIMESTAMP, value::DOUBLE "
        "FROM inventory_alerts").fetchall()
    found = [((kind, store, product, str(at)), value) for kind, store, product, at, value in found]
    told["inventory_alerts"] = compare(alerts, found)

    def windows(name, size, slide, before, query, columns):
        wanted = db.execute(
            f"WITH inside AS ({IN_WINDOWS.format(slide=slide, before=before)}) "
            f"SELECT store, product, start, start + INTERVAL {size}, {query} "
            "FROM inside GROUP BY store, product, start HAVING count(stock) > 0").fetchall()
        found = db.execute(
            "SELECT store_id, product_id, window_start::TIMESTAMP, window_end::TIMESTAMP, "
            f"{columns} FROM {name}").fetchall()
        assert len({row[:3] for row in found}) == len(found), f"{name}: a window twice"
        rows = lambda all: [((*row[:2], str(row[2]), str(row[3])), *row[4:]) for row in all]
        told[name] = compare(rows(wanted), rows(found))

    windows(
        "inventory_metrics", "10 MINUTE", "2 MINUTE", "8 MINUTE",
        """arg_max(stock, n)::DOUBLE, min(stock)::DOUBLE, max(stock)::DOUBLE, count(stock),
           arg_max(reorder, n)::DOUBLE, arg_max(maximum, n)::DOUBLE,
           CASE WHEN arg_max(stock, n) <= 0 THEN 'OUT_OF_STOCK'
                WHEN arg_max(stock, n) <= arg_max(reorder, n) THEN 'LOW_STOCK' ELSE 'IN_STOCK' END,
           round(100.0::DOUBLE * arg_max(stock, n) / arg_max(maximum, n), 4)""",
        """latest_stock::DOUBLE, min_observed_stock::DOUBLE, max_observed_stock::DOUBLE,
           update_count, reorder_level::DOUBLE, max_stock::DOUBLE, stock_status,
           stock_percentage""",
    )
    windows(
        "inventory_turnover", "30 MINUTE", "5 MINUTE", "25 MINUTE",
        """avg(stock), stddev_samp(stock), count(stock),
           round(100.0::DOUBLE * count(*) FILTER (stock <= reorder) / count(stock), 4),
           coalesce(sum(sold) FILTER (stock IS NOT NULL), 0)::DOUBLE,
           CASE WHEN avg(stock) > 0 THEN coalesce(sum(sold) FILTER (stock IS NOT NULL), 0) / avg(stock) END""",
        """avg_stock_level::DOUBLE, stock_volatility, stock_updates,
           low_stock_percentage, units_sold::DOUBLE, turnover""",
    )
    counts = {}
    for (kind, *_), _ in alerts:
        counts[kind] = counts.get(kind, 0) + 1
    json.dump({**told, "counts": counts}, sys.stdout, default=str)


main(*sys.argv[1:])
