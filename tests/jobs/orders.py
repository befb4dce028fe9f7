"""Orders by SQL: orders.py EVENTS OUTPUT"""

import json
import os
import sys

from events import compare, database, parquet


def main(folder, output):
    db = database()
    customers = os.path.join(os.path.dirname(folder), "data/master/orders/customers.csv")
    db.execute(f"""
        CREATE TABLE lines AS SELECT * FROM read_json('{folder}/Order/*.jsonl',
            format='newline_delimited', columns={{'customer_id': 'INT', 'source': 'VARCHAR',
                'quantity': 'BIGINT', 'total': 'DECIMAL(18,4)'}})""")
    db.execute(f"CREATE TABLE customers AS FROM read_csv('{customers}')")
    db.execute("CREATE TABLE two AS SELECT * FROM customers WHERE customer_id <= 2")
    parquet(db, output, "orders")
    found = db.execute(
        "SELECT source, state, order_count, total_quantity, total_sum_amount FROM orders").fetchall()
    rows = lambda all: [((row[0], row[1]), tuple(map(str, map(float, row[2:])))) for row in all]

    def wanted(customers):
        return db.execute(f"""
            SELECT source, coalesce(state, 'UNKNOWN') AS place, count(*), sum(quantity), sum(total)
            FROM lines LEFT JOIN {customers} USING (customer_id) GROUP BY ALL""").fetchall()

    by_state = {}
    for source, state, _, _, amount in found:
        by_state.setdefault(source, {})[state] = f"{amount:.2f}"
    json.dump({
        "orders": compare(rows(wanted("customers")), rows(found)),
        "orders_of_two": compare(rows(wanted("two")), rows(found)),
        "by_source_state": by_state,
        "states": sorted({row[1] for row in found}),
        "total": f"{sum(row[4] for row in found):.2f}",
    }, sys.stdout)


main(*sys.argv[1:])
