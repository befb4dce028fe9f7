"""A run's inputs in DuckDB: sales, stock, sessions, master data."""

import csv
import datetime
import json
import os
import tempfile

import duckdb
import raw

LINES = {
    "nth": "BIGINT",
    "order_no": "BIGINT",
    "day": "DATE",
    "time": "TIMESTAMP",
    "kind": "VARCHAR",
    "product": "VARCHAR",
    "pieces": "DECIMAL(18,4)",
    "price": "DECIMAL(18,4)",
    "money": "DECIMAL(18,4)",
    "order_id": "VARCHAR",
    "customer": "VARCHAR",
    "store": "VARCHAR",
    "city": "VARCHAR",
    "category": "VARCHAR",
    "country": "VARCHAR",
    "payment": "VARCHAR",
    "promotion": "VARCHAR",
}
STOCK = {
    "nth": "BIGINT",
    "id": "VARCHAR",
    "store": "VARCHAR",
    "product": "VARCHAR",
    "category": "VARCHAR",
    "level": "DECIMAL(18,4)",
    "reorder": "DECIMAL(18,4)",
    "safety": "DECIMAL(18,4)",
    "time": "TIMESTAMP",
}


class Shop:
    """`sales` holds what counts; `first`, `last` and `as_of` are days."""

    def __init__(self, options):
        self.db = duckdb.connect()
        self.db.execute("SET TimeZone = 'UTC'")
        self.left_out = {}
        records, self.counts = raw.records(options.input, options.dedup)
        self.latest = max((record["time"] for record in records), default=None)
        self.has_events = bool(records)
        events = self.kept(records, options.leave_out)
        number(events)
        kept = [record for record in events if record["kind"] != "RESTOCK"]
        self.table("archive", LINES, events)
        self.db.execute("CREATE VIEW sales AS SELECT * FROM archive WHERE kind != 'RESTOCK'")
        self.live, self.watermark = options.live, options.batch_watermark
        records, self.live_counts = raw.records(options.live, options.dedup)
        self.has_events |= bool(records)
        events = self.kept(records, options.leave_out)
        number(events)
        self.table("live", LINES, events)
        days = [record["day"] for record in kept]
        self.first, self.last = (min(days), max(days)) if days else (None, None)
        self.as_of = options.as_of or self.last
        self.has_customers = any(record["customer"] for record in kept)
        self.has_stores = any(record["store"] for record in kept)
        self.inventory = options.inventory
        self.sessions = options.sessions
        names = [["product"], ["product_id", "sku"], ["product_name", "name"]]
        self.products = master(options.master, "products.csv", names)
        self.stores = master(options.master, "stores.csv", [["store_id", "store"]])
        self.customers = master(options.master, "customers.csv", [["customer_id", "user_id"]])
        self.categories = self.most_named()
        sold = {record["product"] for record in kept}
        told = levels(options.inventory) if options.inventory else []
        for level in told:
            canonical = self.of_product(level["product"], "product")
            if level["product"] not in sold and canonical in sold:
                level["product"] = canonical
        self.table("stock", STOCK, told)
        # A level after the date tells nothing of it; without a date the latest count.
        then = options.as_of or datetime.date.max
        self.db.execute(
            f"CREATE VIEW stock_then AS SELECT * FROM stock WHERE time::DATE <= '{then}'"
        )

    def kept(self, records, rules):
        """What the rules leave; what they leave out is counted."""
        found = []
        for record in records:
            rule = raw.rule(record, rules)
            if rule:
                self.left_out[rule] = self.left_out.get(rule, 0) + 1
            else:
                found.append(record)
        return found

    def table(self, name, columns, rows):
        """A table of rows, by way of a file."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "rows.jsonl")
            with open(path, "w", encoding="utf-8") as out:
                for row in rows:
                    texts = {key: None if row[key] is None else str(row[key]) for key in columns}
                    out.write(json.dumps(texts) + "\n")
            kinds = ", ".join(f"'{column}': '{kind}'" for column, kind in columns.items())
            self.db.execute(
                f"CREATE TABLE {name} AS SELECT * FROM read_json('{path}', "
                f"format='newline_delimited', columns={{{kinds}}})"
            )

    def rows(self, sql, *values):
        return self.db.execute(sql, values).fetchall()

    def most_named(self):
        """The category of each product that most of its records name, of equals the least."""
        named = self.rows(
            """
            SELECT product, category, count(*) FROM sales WHERE category IS NOT NULL GROUP BY ALL
            """
        )
        best = {}
        for product, category, count in named:
            mine = (-count, category.encode())
            best[product] = min(best.get(product, mine), mine)
        return {product: category.decode() for product, (_, category) in best.items()}

    def of_product(self, product, column):
        """What products.csv tells of a product."""
        return self.products.get(product, {}).get(column)

    def category(self, product):
        return self.categories.get(product) or self.of_product(product, "category")

    def of_store(self, store, column):
        return self.stores.get(store, {}).get(column)

    def store_names(self):
        """What each store that sold is called: in stores.csv, else by its city in the records."""
        cities = self.rows("SELECT store, max(city) FROM sales WHERE store IS NOT NULL GROUP BY 1")
        return {
            store: self.of_store(store, "store_city") or city or store for store, city in cities
        }

    def store_countries(self):
        """The country of each store: of stores.csv, else of its records, the last by name."""
        named = self.rows("SELECT store, max(country) FROM sales WHERE store IS NOT NULL GROUP BY 1")
        return {store: self.of_store(store, "country") or country for store, country in named}


def number(records):
    """Numbers orders: lines of a day and store with one id; a line without one is an order."""
    known = {}
    for at, record in enumerate(records):
        key = (record["day"], record["store"], record["order_id"])
        if record["order_id"] is None:
            key = at
        record["nth"] = at
        record["order_no"] = known.setdefault(key, len(known))


def levels(paths):
    """Every level of stock that a file tells."""
    found = []
    for path in raw.files(paths):
        for row in raw.rows(path):
            level = raw.number(raw.first(row, ["current_stock", "new_quantity"]) or "")
            time = raw.moment(raw.first(row, [*raw.TIMES, "update_timestamp"]) or "")
            if level is None or time is None:
                continue
            found.append(
                {
                    "nth": len(found),
                    "id": raw.first(row, ["inventory_id", "event_id"]),
                    "store": raw.first(row, ["store_id"]),
                    "product": raw.first(row, ["product", "product_id"]),
                    "category": raw.first(row, ["category", "product_category"]),
                    "level": level,
                    "reorder": raw.number(raw.first(row, ["reorder_point"]) or ""),
                    "safety": raw.number(raw.first(row, ["minimum_stock"]) or ""),
                    "time": time,
                }
            )
    return found


def master(folder, name, keys):
    """The rows of a file of master data by each of these, a value of the first of some columns; of
    several with the same the first."""
    path = os.path.join(folder or "", name)
    if not folder or not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = [{k: v.strip() or None for k, v in row.items()} for row in csv.DictReader(file)]
    found = {}
    for columns in keys:
        for row in rows:
            name = next((row[column] for column in columns if row.get(column)), None)
            if name:
                found.setdefault(name, row)
    return found
