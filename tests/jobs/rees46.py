"""Sessions of real events by SQL: rees46.py EVENTS OUTPUT"""

import json
import sys

from events import compare, database, parquet


def main(folder, output):
    db = database()
    # The last record is cut off.
    db.execute(f"""
        CREATE TABLE events AS
        WITH lines AS (
            SELECT replace(event_time, ' UTC', '')::TIMESTAMP AS t, event_type AS kind, product_id,
                price::DECIMAL(18,4) AS price, user_id, user_session,
                row_number() OVER () AS line
            FROM read_csv('{folder}/*.csv', all_varchar=true, null_padding=true)
            WHERE user_session IS NOT NULL),
        paused AS (SELECT *, t - lag(t) OVER (
            PARTITION BY user_id, user_session ORDER BY t, line) AS pause FROM lines)
        SELECT *, count(*) FILTER (coalesce(pause >= INTERVAL 30 MINUTE, true)) OVER (
            PARTITION BY user_id, user_session ORDER BY t, line) AS visit
        FROM paused""")
    for table in ("sessions", "cart_abandonment"):
        parquet(db, output, table)
    db.execute("""
        CREATE TABLE carts AS
        WITH touched AS (
            SELECT user_id, user_session, visit, product_id,
                max(t) FILTER (kind = 'purchase') AS bought,
                arg_max(price, (t, line)) FILTER (kind <> 'purchase') AS price
            FROM events GROUP BY ALL),
        left_over AS (
            SELECT user_id, user_session, visit, product_id, any_value(touched.price) AS price,
                count(*) AS pieces, max(t) AS put
            FROM events JOIN touched USING (user_id, user_session, visit, product_id)
            WHERE kind = 'cart' AND (bought IS NULL OR t > bought) GROUP BY ALL)
        SELECT user_id, user_session, visit, count(*) AS products, max(put) AS put,
            sum(pieces * price)::DECIMAL(18,4) AS worth
        FROM left_over GROUP BY ALL""")
    db.execute("""
        CREATE TABLE visits AS
        SELECT user_id, user_session, min(t) AS first, max(t) AS last,
            count(*) FILTER (kind = 'cart') AS adds,
            count(*) FILTER (kind = 'purchase') AS buys,
            coalesce(sum(price) FILTER (kind = 'purchase'), 0)::DECIMAL(18,4) AS amount,
            coalesce(any_value(worth), 0)::DECIMAL(18,4) AS worth,
            coalesce(any_value(products), 0) AS left_over, any_value(put) AS put,
            count(*) FILTER (kind = 'view') AS views
        FROM events LEFT JOIN carts USING (user_id, user_session, visit)
        GROUP BY user_id, user_session, visit""")

    def rows(query, key):
        all = [tuple(map(str, row)) for row in db.execute(query).fetchall()]
        assert len({row[:key] for row in all}) == len(all), "a key twice"
        return [(row[:key], *row[key:]) for row in all]

    one = lambda query: db.execute(query).fetchone()[0]
    told = {}
    told["sessions"] = compare(rows("""
        SELECT user_id, user_session, first, last, epoch_us(last - first) // 1000000, views,
            adds, buys, buys > 0, buys = 0 AND left_over > 0, amount, worth, left_over FROM visits""", 3), rows("""
        SELECT user_id, session_id, start_time::TIMESTAMP, end_time::TIMESTAMP, duration_seconds,
            page_views, cart_adds, purchases, purchase_completed, abandoned, total_amount, cart_value,
            products_in_cart FROM sessions""", 3))
    # Whoever buys anywhere before 15 minutes are over has left no cart behind.
    told["cart_abandonment"] = compare(rows("""
        SELECT user_id, user_session, last + INTERVAL 15 MINUTE, worth FROM visits v
        WHERE buys = 0 AND left_over > 0 AND NOT EXISTS (
            SELECT 1 FROM events e WHERE e.user_id = v.user_id AND e.kind = 'purchase'
                AND e.t >= v.put AND e.t < v.last + INTERVAL 15 MINUTE)""", 3), rows("""
        SELECT user_id, session_id, detected_at::TIMESTAMP, value FROM cart_abandonment""", 3))
    told["ids"] = one("SELECT count(DISTINCT session_id) FROM sessions")
    told["split"] = {
        "paused": one("SELECT count(*) FROM events WHERE pause >= INTERVAL 30 MINUTE"),
        "shared": one("""SELECT count(*) FROM (SELECT user_session FROM events GROUP BY ALL
            HAVING count(DISTINCT user_id) > 1)"""),
    }
    told["amount"] = f"{one('SELECT sum(total_amount) FROM sessions'):.2f}"
    json.dump(told, sys.stdout, default=str)


main(*sys.argv[1:])
