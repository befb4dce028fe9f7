"""Usage: duck.py RETAIL INPUT MASTER OUTPUT: the SQL of `retail batch --list` on DuckDB.

The same texts over the same files, every table written as Parquet and CSV. What is no SQL in them is
rendered for DuckDB; ratios are doubles here, which is what DuckDB makes of them.
"""

import json
import os
import subprocess
import sys

import duckdb

retail, source, master, output = sys.argv[1:]
os.makedirs(output)
listed = json.loads(subprocess.check_output([retail, "--json", "batch", "--list"]))
db = duckdb.connect(os.path.join(output, "work.db"))
db.execute("SET threads = 2; SET memory_limit = '2GB'; SET preserve_insertion_order = false")
db.execute(f"SET temp_directory = '{output}/spill'")
db.execute("CREATE MACRO ratio(a, b) AS (CAST(a AS DECIMAL(38, 4)) / nullif(b, 0))")
db.execute("CREATE MACRO div(a, b) AS (a // b)")

texts = ["order_id", "store_id", "store_city", "product", "customer_id", "category",
         "transaction_type", "payment_method", "country", "promotion_id", "original_order_id"]
types = {name: "VARCHAR" for name in texts}
types |= {"order_date": "DATE", "order_time": "TIMESTAMP"}
types |= {name: "DECIMAL(18,4)" for name in ("quantity", "unit_price", "amount")}
db.execute(f"""
    CREATE TABLE lines AS
    SELECT order_date, order_date - DATE '1970-01-01' AS day_number, order_time AS event_time,
           hour(order_time) AS hour, date_trunc('hour', order_time) AS hour_start,
           order_id || '/' || store_id AS order_key, order_id, store_id, store_city, product,
           category, nullif(customer_id, '') AS customer_id, country, payment_method,
           nullif(promotion_id, '') AS promotion_id, original_order_id,
           upper(transaction_type) AS kind,
           CASE WHEN transaction_type = 'RETURN' THEN -quantity ELSE quantity END AS quantity,
           unit_price, CASE WHEN transaction_type = 'RETURN' THEN -amount ELSE amount END AS amount,
           TRUE AS is_before, NULL AS left_out, 0 AS source, 0 AS position
    FROM read_csv('{source}/*.csv', header = true, columns = {
        {name: types[name] for name in open(next(
            os.path.join(source, file) for file in sorted(os.listdir(source))
            if file.endswith('.csv'))).readline().strip().split(',')}})""")
db.execute("""
    CREATE TABLE product_names AS
    SELECT row_number() OVER (ORDER BY product) AS product_number, product,
           mode(category) AS category FROM lines GROUP BY product""")
db.execute("CREATE TABLE customer_numbers AS SELECT customer_id AS of_customer, "
           "row_number() OVER () AS customer_number FROM (SELECT DISTINCT customer_id FROM lines "
           "WHERE customer_id IS NOT NULL)")
db.execute("""
    CREATE TABLE numbered AS SELECT l.*, p.product_number, c.customer_number FROM lines l
    JOIN product_names p ON l.product = p.product
    LEFT JOIN customer_numbers c ON l.customer_id = c.of_customer""")
db.execute("DROP TABLE lines; ALTER TABLE numbered RENAME TO lines")
db.execute(f"""
    CREATE TABLE product_master AS
    SELECT product, product AS canonical, product_id AS sku, product AS product_name, category,
           department AS sub_category, brand, NULL::VARCHAR AS supplier, unit_cost, list_price,
           NULL::BIGINT AS shelf_life_days, NULL::VARCHAR AS created_date
    FROM read_csv('{master}/products.csv')""")
db.execute(f"""
    CREATE TABLE store_master AS
    SELECT store_id, store_city AS store_name, city, region, country, square_footage,
           NULL::VARCHAR AS store_type, NULL::VARCHAR AS created_date
    FROM read_csv('{master}/stores.csv')""")
db.execute("CREATE TABLE customer_master (customer_id VARCHAR, customer_country VARCHAR, "
           "registration_date VARCHAR)")
db.execute("CREATE TABLE stock (inventory_id VARCHAR, store_id VARCHAR, product VARCHAR, "
           "category VARCHAR, event_time TIMESTAMP, day_number BIGINT, date_key BIGINT, "
           "level DECIMAL(18,4), safety_stock DECIMAL(18,4), reorder_point DECIMAL(18,4), "
           "position BIGINT)")
db.execute("CREATE TABLE live_events AS SELECT * FROM lines WHERE FALSE")
db.execute("""
    CREATE TABLE days AS
    SELECT day AS order_date, day - DATE '1970-01-01' AS day_number, year(day) AS year,
           quarter(day) AS quarter, month(day) AS month, monthname(day) AS month_name,
           strftime(day, '%Y-%m') AS month_key, day(day) AS day, isoyear(day) AS iso_year,
           week(day) AS iso_week, strftime(day, '%G-W%V') AS week_key,
           date_trunc('week', day)::DATE AS week_start, isodow(day) AS weekday,
           dayname(day) AS day_name
    FROM (SELECT unnest(generate_series(min(order_date), max(order_date), INTERVAL 1 DAY))::DATE
          AS day FROM lines)""")
db.execute("CREATE TABLE watermark AS SELECT 1 AS one, max(event_time) AS batch_watermark FROM lines")
last = db.execute("SELECT max(order_date), max(day_number) FROM lines").fetchone()
first_day = db.execute("SELECT min(day_number) FROM lines").fetchone()[0]


def rendered(sql):
    sql = sql.replace("{as_of_day}", str(last[1])).replace("{stock_day}", "10000000")
    return sql.replace("{as_of}", f"DATE '{last[0]}'")


steps = {step["name"]: step for step in listed["steps"]}
tables = [table for analysis in listed["analyses"] for table in analysis["tables"]]
needless = {"inventory_kpis", "fact_inventory", "fact_sessions", "integrity"}
tables = [table for table in tables if table["table"] not in needless]
steps |= {table["step"]["name"]: table["step"] for table in tables}
for name, sql in listed["views"].items():
    db.execute(f"CREATE VIEW {name} AS {rendered(sql)}")
made = {row[0] for row in db.execute("SELECT table_name FROM information_schema.tables").fetchall()}


def slices(name, sql):
    """The same for a month at a time where all at once is out of memory: of 30 million rows even
    with 8 GB."""
    if name != "fact_sales":
        return [sql]
    spans = [(day, day + 30) for day in range(first_day, last[1] + 1, 31)]
    return [sql.replace("FROM sales", "FROM (SELECT * FROM sales WHERE day_number "
                        f"BETWEEN {begin} AND {end})") for begin, end in spans]


def make(name):
    """Makes a step's table, after all that it reads: what is missing, DuckDB says."""
    while name not in made:
        try:
            for at, sql in enumerate(slices(name, rendered(steps[name]["sql"]))):
                into = f'INSERT INTO "{name}"' if at else f'CREATE TABLE "{name}" AS'
                db.execute(f"{into} {sql}")
            made.add(name)
        except duckdb.CatalogException as error:
            missing = str(error).split("Table with name ")[1].split(" ")[0]
            if missing not in steps:
                raise
            make(missing)


for table in tables:
    name = table["step"]["name"]
    make(name)
    columns = ", ".join(f'"{column["name"]}"' for column in table["columns"])
    for kind in ("parquet", "csv"):
        db.execute(f"COPY (SELECT {columns} FROM \"{name}\") TO '{output}/{name}.{kind}'")
