"""Sales, sessions and carts of the online shop by SQL: shop.py EVENTS OUTPUT"""

import json
import os
import sys

from events import compare, database, parquet

LINES = "STRUCT(product_id VARCHAR, quantity DECIMAL(9,4), price DECIMAL(9,4))[]"


def read(db, folder, topic, columns):
    kinds = ", ".join(f"{name}: '{kind}'" for name, kind in columns.items())
    db.execute(f"""
        CREATE TABLE {topic} AS SELECT DISTINCT *, "timestamp"::TIMESTAMP AS t
        FROM read_json('{folder}/{topic}/*.jsonl', format='newline_delimited',
            columns={{timestamp: 'VARCHAR', user_id: 'VARCHAR', {kinds}}})""")


def main(folder, output):
    db = database()
    read(db, folder, "transactions", {
        "transaction_id": "VARCHAR", "products": LINES, "total_amount": "DECIMAL(18,4)",
        "country": "VARCHAR", "category": "VARCHAR"})
    read(db, folder, "product_views", {"product_id": "VARCHAR", "session_id": "VARCHAR"})
    read(db, folder, "cart_events", {
        "product_id": "VARCHAR", "session_id": "VARCHAR", "action": "VARCHAR",
        "quantity": "DECIMAL(9,4)"})
    prices = os.path.join(os.path.dirname(folder), "data/master/globalmart/products.csv")
    db.execute(f"""CREATE TABLE prices AS SELECT product_id, price::DECIMAL(9,4) AS price
        FROM read_csv('{prices}', all_varchar=true)""")
    for table in ("sales", "sales_metrics", "sessions", "cart_abandonment"):
        parquet(db, output, table)

    def rows(query, key):
        """Rows by their first columns; money and pieces as text, times too."""
        all = [tuple(cell if isinstance(cell, (float, bool)) or cell is None else str(cell)
                     for cell in row) for row in db.execute(query).fetchall()]
        assert len({row[:key] for row in all}) == len(all), "a key twice"
        return [(row[:key], *row[key:]) for row in all]

    told = {}
    told["sales"] = compare(rows("""
        WITH lines AS (SELECT user_id, t, unnest(products) AS line FROM transactions),
        inside AS (
            SELECT user_id, line, unnest(generate_series(
                time_bucket(INTERVAL 1 MINUTE, t) - INTERVAL 4 MINUTE,
                time_bucket(INTERVAL 1 MINUTE, t), INTERVAL 1 MINUTE)) AS start
            FROM lines)
        SELECT line.product_id, start, start + INTERVAL 5 MINUTE, sum(line.quantity)::DECIMAL(18,4),
            sum(line.quantity * line.price)::DECIMAL(18,4),
            sum(line.quantity * line.price)::DOUBLE / sum(line.quantity)::DOUBLE,
            count(*), count(DISTINCT user_id), true
        FROM inside GROUP BY ALL""", 2), rows("""
        SELECT product_id, window_start::TIMESTAMP, window_end::TIMESTAMP, total_quantity,
            total_revenue, avg_unit_price::DOUBLE, transaction_count, unique_customers,
            customers_exact
        FROM sales WHERE store_id IS NULL""", 2))
    told["sales_metrics"] = compare(rows("""
        SELECT country, category, time_bucket(INTERVAL 1 MINUTE, t) AS start,
            start + INTERVAL 1 MINUTE, sum(total_amount)::DECIMAL(18,4), count(*),
            avg(total_amount)::DOUBLE
        FROM transactions GROUP BY ALL""", 3), rows("""
        SELECT country, category, window_start::TIMESTAMP, window_end::TIMESTAMP, total_amount,
            transaction_count, avg_transaction_value::DOUBLE
        FROM sales_metrics""", 3))

    # A session of this world is what one user does without a pause of 30 minutes.
    db.execute("""
        CREATE TABLE events AS
        WITH all_events AS (
            SELECT user_id, t, 'view' AS kind, session_id, NULL AS product_id, 0 AS quantity,
                0 AS amount FROM product_views
            UNION ALL SELECT user_id, t, action, session_id, product_id, quantity, 0
            FROM cart_events
            UNION ALL SELECT user_id, t, 'buy', NULL, NULL, 0, total_amount FROM transactions),
        paused AS (SELECT *, t - lag(t) OVER of_user AS pause FROM all_events
            WINDOW of_user AS (PARTITION BY user_id ORDER BY t))
        SELECT *, count(*) FILTER (coalesce(pause >= INTERVAL 30 MINUTE, true))
            OVER (PARTITION BY user_id ORDER BY t) AS visit
        FROM paused""")
    db.execute("""
        CREATE TABLE carts AS
        WITH touched AS (
            SELECT user_id, visit, t, kind, product_id, quantity FROM events
            WHERE product_id IS NOT NULL
            UNION ALL
            SELECT e.user_id, e.visit, e.t, 'bought', line.product_id, 0
            FROM events e JOIN (SELECT user_id, t, unnest(products) AS line FROM transactions) l
                ON e.kind = 'buy' AND e.user_id = l.user_id AND e.t = l.t),
        reset AS (
            SELECT *, max(t) FILTER (kind <> 'add') OVER of_product AS since
            FROM touched WINDOW of_product AS (PARTITION BY user_id, visit, product_id)),
        left_over AS (
            SELECT user_id, visit, product_id, sum(CASE
                WHEN kind = 'add' AND (since IS NULL OR t > since) THEN quantity
                WHEN kind = 'update' AND t = since THEN quantity ELSE 0 END) AS pieces
            FROM reset GROUP BY ALL HAVING pieces > 0)
        SELECT user_id, visit, count(*) AS products, sum(pieces * price)::DECIMAL(18,4) AS worth
        FROM left_over JOIN prices USING (product_id) GROUP BY ALL""")
    db.execute("""
        CREATE TABLE visits AS
        SELECT user_id, min(t) AS first, max(session_id) AS session, max(t) AS last,
            epoch_us(max(t) - min(t)) // 1000000 AS seconds,
            count(*) FILTER (kind = 'view') AS views, count(*) FILTER (kind = 'add') AS adds,
            count(*) FILTER (kind = 'remove') AS removes,
            count(*) FILTER (kind = 'update') AS updates,
            count(*) FILTER (kind = 'buy') AS buys, sum(amount)::DECIMAL(18,4) AS amount,
            coalesce(any_value(worth), 0)::DECIMAL(18,4) AS worth,
            coalesce(any_value(products), 0) AS left_over,
            count(*) FILTER (kind = 'buy') = 0 AND count(products) > 0 AS abandoned
        FROM events LEFT JOIN carts USING (user_id, visit) GROUP BY user_id, visit""")
    told["sessions"] = compare(rows("""
        SELECT user_id, first, session, last, seconds, views, adds, removes, updates, buys,
            buys > 0, abandoned, amount, worth, left_over FROM visits""", 2), rows("""
        SELECT user_id, start_time::TIMESTAMP, session_id, end_time::TIMESTAMP, duration_seconds,
            page_views, cart_adds, cart_removes, cart_updates, purchases, purchase_completed,
            abandoned, total_amount, cart_value, products_in_cart FROM sessions""", 2))
    told["cart_abandonment"] = compare(rows("""
        SELECT user_id, last + INTERVAL 15 MINUTE, session, worth, 'CART_ABANDONED',
            CASE WHEN worth >= 500 THEN 'HIGH' WHEN worth >= 100 THEN 'MEDIUM' ELSE 'LOW' END,
            '15.0000'
        FROM visits WHERE abandoned""", 2), rows("""
        SELECT user_id, detected_at::TIMESTAMP, session_id, value, alert_type, severity, threshold
        FROM cart_abandonment""", 2))
    one = lambda query: db.execute(query).fetchone()[0]
    told["pauses"] = one("""SELECT count(*) FROM events
        WHERE pause >= INTERVAL 15 MINUTE AND pause < INTERVAL 30 MINUTE""")
    told["values"] = {
        "sessions": f"{one('SELECT sum(cart_value) FROM sessions WHERE abandoned'):.2f}",
        "cart_abandonment": f"{one('SELECT sum(value) FROM cart_abandonment'):.2f}",
    }
    json.dump(told, sys.stdout, default=str)


main(*sys.argv[1:])
