"""`warehouse`."""

import datetime
from fractions import Fraction

from customers import of_customers
from figures import Table, four, key
from trends import every_day

DAY = datetime.timedelta(days=1)


def date_key(day):
    return int(day.strftime("%Y%m%d"))


def warehouse(shop):
    dims = {
        "dim_date": dates(shop),
        "dim_product": products(shop),
        "dim_store": stores(shop),
        "dim_customer": customers(shop),
        "dim_location": locations(shop),
    }
    tables = {**dims, "fact_sales": sales(shop, dims), "integrity": None}
    if shop.inventory:
        tables["fact_inventory"] = inventory(shop, dims)
    if shop.sessions:
        tables["fact_sessions"] = sessions(shop, dims)
    tables["integrity"] = integrity(tables, dims)
    return tables


def dates(shop):
    rows = []
    for day, *_ in every_day(shop):
        weekday, week = day.isoweekday(), day.isocalendar()
        names = day.strftime("%A"), day.strftime("%B")
        which = day.month, (day.month + 2) // 3, day.year
        rows.append(
            (date_key(day), day, weekday, *which, None, weekday > 5, day.day, *names, *week[:2])
        )
    columns = """date_key count, full_date date, day_of_week count, month count, quarter count,
        year count, is_holiday flag, is_weekend flag, day count, day_name text, month_name text,
        iso_year count, iso_week count"""
    return Table(columns, rows)


def versions(shop):
    """Product, price, first day and last day of every version, as they became known."""
    prices = shop.rows(
        """
        SELECT product, day, price
        FROM sales WHERE kind = 'SALE' AND promotion IS NULL AND price IS NOT NULL
        GROUP BY product, day, price
        QUALIFY row_number() OVER (PARTITION BY product, day ORDER BY count(*) DESC, price DESC) = 1
        ORDER BY product, day
        """
    )
    firsts = dict(shop.rows("SELECT product, min(day) FROM sales GROUP BY product"))
    found = {product: [] for product in firsts}
    for product, day, price in prices:
        # Before a price is told, none is known.
        if not found[product] and day > firsts[product]:
            found[product].append((None, firsts[product]))
        if not found[product] or found[product][-1][0] != price:
            found[product].append((price, day))
    every = []
    for product, runs in found.items():
        runs = runs or [(None, firsts[product])]
        since = [shop.first, *(day for _, day in runs[1:])]
        until = [*(day - DAY for day in since[1:]), None]
        for (price, known), first, last in zip(runs, since, until):
            every.append((known, key(product), product, price, first, last))
    return [version[2:] for version in sorted(every)]


def products(shop):
    rows = [(0, None, "Unknown", *[None] * 9, shop.first, None, True)]
    for at, (product, price, first, last) in enumerate(versions(shop), 1):
        rows.append(
            (
                at,
                shop.of_product(product, "product_id"),
                shop.of_product(product, "product") or product,
                shop.category(product),
                shop.of_product(product, "department"),
                shop.of_product(product, "brand"),
                shop.of_product(product, "supplier"),
                unit_cost(shop, product),
                whole(shop.of_product(product, "shelf_life_days")),
                shop.of_product(product, "created_date"),
                product,
                price,
                first,
                last,
                last is None,
            )
        )
    columns = """product_key count, sku text, product_name text, category text,
        sub_category text, brand text, supplier text, unit_cost money, shelf_life_days count,
        created_date text, product_id text, unit_price money, valid_from date, valid_to date,
        is_current flag"""
    return Table(columns, rows)


def whole(text):
    return int(text) if text else None


def unit_cost(shop, product):
    cost = shop.of_product(product, "unit_cost")
    return four(Fraction(cost)) if cost else None


def stores(shop):
    rows = [(0, None, "Unknown", *[None] * 6)]
    names, countries = shop.store_names(), shop.store_countries()
    firsts = dict(shop.rows("SELECT store, min(day) FROM sales GROUP BY store"))
    for at, store in enumerate(sorted(names, key=lambda name: (firsts[name], key(name))), 1):
        rows.append(
            (
                at,
                store,
                names[store],
                shop.of_store(store, "city"),
                shop.of_store(store, "region"),
                countries[store],
                whole(shop.of_store(store, "square_footage")),
                shop.of_store(store, "store_type"),
                shop.of_store(store, "created_date"),
            )
        )
    columns = """store_key count, store_id text, store_name text, city text, region text,
        country text, square_footage count, store_type text, created_date text"""
    return Table(columns, rows)


def customers(shop):
    found = shop.rows(
        """
        FROM sales
        SELECT customer, coalesce(min(country) FILTER (kind = 'SALE'), min(country)),
            count(DISTINCT order_no) FILTER (kind = 'SALE'), sum(money),
            min(day) FILTER (kind = 'SALE'), max(day) FILTER (kind = 'SALE'), min(day)
        WHERE customer IS NOT NULL GROUP BY customer
        """
    )
    segments = {row[0]: row[8] for row in of_customers(shop)}
    rows = [(0, *[None] * 8)]
    found.sort(key=lambda row: (row[-1], key(row[0])))
    for at, (customer, country, *rest, _) in enumerate(found, 1):
        of_master = shop.customers.get(customer, {})
        country = of_master.get("country") or country
        since = of_master.get("registration_date")
        rows.append((at, customer, country, since, segments.get(customer), *rest))
    columns = """customer_key count, customer_id text, country text, registration_date text,
        segment text, total_purchases count, total_spent money, first_purchase_date date,
        last_purchase_date date"""
    return Table(columns, rows)


def place(shop, countries, store, country, city):
    """Where a line was sold; `countries` are those of the stores."""
    return (
        country or countries.get(store),
        shop.of_store(store, "region"),
        shop.of_store(store, "city") or city,
    )


def locations(shop):
    lines = shop.rows(
        "SELECT store, country, city, min(day) FROM sales GROUP BY ALL ORDER BY min(day)"
    )
    countries = shop.store_countries()
    places = {}
    for *line, day in lines:
        places.setdefault(place(shop, countries, *line), day)
    places.pop((None, None, None), None)
    first = lambda place: (places[place], [(part or "").encode() for part in place])
    in_order = sorted(places, key=first)
    rows = [(0, None, None, None), *((at, *place) for at, place in enumerate(in_order, 1))]
    return Table("location_key count, country text, region text, city text", rows)


def keys(table, column):
    """The key of each value of a column."""
    at = table.names.index(column)
    return {row[at]: row[0] for row in table.rows if row[0]}


def load_versions(shop, table):
    """The versions as a table, for lines to find theirs."""
    shop.db.execute(
        "CREATE OR REPLACE TABLE versions"
        " (version BIGINT, product VARCHAR, price DECIMAL(18,4), since DATE)"
    )
    names = ("product_key", "product_id", "unit_price", "valid_from")
    columns = [table.names.index(name) for name in names]
    known = [tuple(row[at] for at in columns) for row in table.rows if row[0]]
    shop.db.executemany("INSERT INTO versions VALUES (?, ?, ?, ?)", known)


def sales(shop, dims):
    load_versions(shop, dims["dim_product"])
    lines = shop.rows(
        """
        SELECT s.order_id, s.day, v.version, v.price, s.store, s.customer, s.country, s.city,
            s.pieces, s.price, s.money, s.time, s.payment, s.kind, s.product
        FROM sales s ASOF LEFT JOIN versions v ON s.product = v.product AND s.day >= v.since
        ORDER BY s.time, s.nth
        """
    )
    store_keys = keys(dims["dim_store"], "store_id")
    customer_keys = keys(dims["dim_customer"], "customer_id")
    places = {row[1:]: row[0] for row in dims["dim_location"].rows}
    countries = shop.store_countries()
    costs = {row[10]: row[7] for row in dims["dim_product"].rows}
    rows = []
    for line in lines:
        order, day, version, listed, store, customer, country, city = line[:8]
        pieces, price, worth, time, payment, kind, product = line[8:]
        cost, discount = costs[product], None
        if None not in (listed, price, pieces):
            discount = four(max(Fraction(listed) - Fraction(price), 0) * Fraction(pieces))
        if cost is not None and pieces is not None:
            cost = four(Fraction(cost) * Fraction(pieces))
        else:
            cost = None
        rows.append(
            (
                order,
                date_key(day),
                version,
                store_keys.get(store, 0),
                customer_keys.get(customer, 0),
                places[place(shop, countries, store, country, city)],
                pieces,
                price,
                discount,
                worth,
                cost,
                None if cost is None else worth - cost,
                time,
                customer,
                payment,
                kind,
            )
        )
    columns = """sale_id text, date_key count, product_key count, store_key count,
        customer_key count, location_key count, quantity money, unit_price money,
        discount_amount money, revenue money, cost money, profit money, transaction_time time,
        customer_id text, payment_method text, transaction_type text"""
    return Table(columns, rows)


def inventory(shop, dims):
    found = shop.rows(
        """
        WITH dated AS (
            SELECT s.*, greatest(s.time::DATE, (SELECT min(since) FROM versions)) AS day
            FROM stock s)
        SELECT d.id, d.time::DATE, coalesce(v.version, 0), d.store, d.level, d.reorder, d.safety,
            d.time
        FROM dated d ASOF LEFT JOIN versions v ON d.product = v.product AND d.day >= v.since
        ORDER BY d.time, d.nth
        """
    )
    store_keys = keys(dims["dim_store"], "store_id")
    rows = [
        (id, date_key(day), version, store_keys.get(store, 0), *rest)
        for id, day, version, store, *rest in found
    ]
    columns = """inventory_id text, date_key count, product_key count, store_key count,
        quantity_on_hand money, reorder_point money, safety_stock money, last_updated time"""
    return Table(columns, rows)


def sessions(shop, dims):
    found = shop.rows(
        f"""
        SELECT session_id, user_id, start_time::TIMESTAMP, end_time::TIMESTAMP,
            COLUMNS(['duration_seconds', 'page_views', 'cart_adds', 'cart_removes',
                     'purchase_completed', 'abandoned', 'total_amount'])
        FROM read_parquet('{shop.sessions}/part-*.parquet')
        """
    )
    customer_keys = keys(dims["dim_customer"], "customer_id")
    found.sort(key=lambda row: (row[2], key(row[0])))
    rows = [
        (id, user, customer_keys.get(user, 0), date_key(start), start, *rest)
        for id, user, start, *rest in found
    ]
    columns = """session_id text, user_id text, customer_key count, date_key count,
        start_time time, end_time time, duration_seconds count, page_views count,
        cart_adds count, cart_removes count, purchase_completed flag, abandoned flag,
        total_amount money"""
    return Table(columns, rows)


def integrity(tables, dims):
    """Of every key of every fact that has rows: its rows, those that lead to nothing that is known,
    those that lead nowhere. Stock and visits may be of days that no sale knows."""
    rows = []
    for fact in sorted(name for name in tables if name.startswith("fact_")):
        table = tables[fact]
        for at, name in enumerate(table.names):
            dim = dims.get("dim_" + name.removesuffix("_key"))
            if dim is None or not name.endswith("_key") or not table.rows:
                continue
            known = {row[0] for row in dim.rows}
            told = [row[at] for row in table.rows]
            nobodys = sum(value == 0 for value in told)
            orphans = sum(value not in known for value in told)
            if name == "date_key" and fact != "fact_sales":
                nobodys, orphans = orphans, 0
            rows.append((fact, name, len(told), nobodys, orphans))
    columns = "fact text, key text, rows count, unknown count, orphans count"
    return Table(columns, sorted(rows))
