"""Anomalies by SQL: anomalies.py EVENTS OUTPUT"""

import json
import sys

from events import compare, database, load, parquet, table, time_of

# Scores of the bound itself are not above it by rounding.
NEAR = 1e-8


def lines_of(event):
    if "products" in event:
        return [(line["product_id"], line["quantity"], line["price"]) for line in event["products"]]
    return [(event["product_id"], event["quantity"], event["unit_price"])]


def main(folder, output):
    db = database()
    sales = [
        event
        for events in load(folder).values()
        for event in events
        if "products" in event or "unit_price" in event
    ]

    def number(event):
        return event.get("transaction_id") or event["sale_id"]

    def user(event):
        return event.get("user_id") or event["customer_id"]

    columns = {"id": "VARCHAR", "usr": "VARCHAR", "t": "TIMESTAMP", "amount": "DECIMAL(18,4)"}
    table(db, "sales", columns, (
        (number(e), user(e), time_of(e), e["total_amount"]) for e in sales))
    columns = {"id": "VARCHAR", "usr": "VARCHAR", "t": "TIMESTAMP", "place": "VARCHAR",
               "product": "VARCHAR", "quantity": "DECIMAL(18,4)", "price": "DECIMAL(18,4)"}
    table(db, "lines", columns, (
        (number(e), user(e), time_of(e), e.get("store_id") or e["country"], *line)
        for e in sales for line in lines_of(e)))

    wanted = {}

    def want(kind, query):
        # Sale and product, then the score.
        for key, product, score in db.execute(query).fetchall():
            wanted[(kind, key, product)] = score

    want("high_value", "SELECT id, NULL, (amount / 5000)::DOUBLE FROM sales WHERE amount > 5000")
    want("unusual_quantity",
         "SELECT id, NULL, (max(quantity) / 10)::DOUBLE FROM lines GROUP BY id "
         "HAVING max(quantity) > 10")
    want("rapid_transactions", """
        WITH counted AS (
            SELECT a.id, a.usr, a.t, count(*) AS n
            FROM sales a JOIN sales b ON a.usr = b.usr
            WHERE b.t > a.t - INTERVAL 60 SECOND AND (b.t, b.id) <= (a.t, a.id)
            GROUP BY ALL)
        SELECT id, NULL, n / 5 FROM counted
        QUALIFY n > 5 AND coalesce(lag(n) OVER (PARTITION BY usr ORDER BY t, id), 0) <= 5""")
    db.execute("""
        CREATE TABLE scored AS
        WITH before AS (
            SELECT *, (quantity * price)::DOUBLE AS x,
                count(*) OVER w AS n, avg(x) OVER w AS mean, stddev_samp(x) OVER w AS std
            FROM lines
            WINDOW w AS (PARTITION BY place, product ORDER BY t, id, quantity * price
                         ROWS BETWEEN 10 PRECEDING AND 1 PRECEDING))
        SELECT id, product, x, abs(x - mean) / greatest(std, 0.001) AS z FROM before WHERE n >= 5""")
    want("z_score", f"SELECT id, product, z FROM scored WHERE z > 3 + {NEAR}")

    parquet(db, output, "anomalies")
    found = db.execute("""
        SELECT alert_type, transaction_id, CASE alert_type WHEN 'z_score' THEN product_id END, score
        FROM anomalies""").fetchall()
    twice = db.execute("SELECT count(*) - count(DISTINCT alert_id) FROM anomalies").fetchone()[0]
    assert twice == 0, f"{twice} alerts twice"
    found = [(tuple(row[:3]), row[3]) for row in found]
    told = compare([(key, score) for key, score in wanted.items()], found)
    counts = {}
    for kind, _, _ in wanted:
        counts[kind] = counts.get(kind, 0) + 1
    lines = db.execute("SELECT count(*) FROM lines").fetchone()[0]
    json.dump({"anomalies": told, "counts": counts, "lines": lines},
              sys.stdout, default=str)


main(*sys.argv[1:])
