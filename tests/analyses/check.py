"""Every table of every analysis against a computation from the raw input by DuckDB and fractions.

    check.py --output FOLDER --input PATH... [options as those of retail batch]

Prints {"tables": {NAME: ROWS}, "wrong": {NAME: [WHAT]}, "counts": {...}}.
"""

import argparse
import datetime
import json
import os

import compare
import raw
from customers import rfm
from daily import daily_kpis, daily_report, daily_sales
from goods import products, returns
from layers import lambda_
from performance import inventory_kpis, product_performance, store_performance
from shop import Shop
from trends import trends
from warehouse import warehouse

# All analyses, and what must be there.
ANALYSES = {
    daily_kpis: lambda shop: True,
    daily_sales: lambda shop: True,
    store_performance: lambda shop: shop.has_stores,
    product_performance: lambda shop: True,
    inventory_kpis: lambda shop: shop.inventory,
    daily_report: lambda shop: True,
    rfm: lambda shop: shop.has_customers,
    products: lambda shop: True,
    trends: lambda shop: True,
    returns: lambda shop: True,
    lambda_: lambda shop: True,
    warehouse: lambda shop: True,
}


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", required=True)
    parser.add_argument("--input", action="append", required=True)
    parser.add_argument("--master")
    parser.add_argument("--inventory", action="append", default=[])
    parser.add_argument("--sessions")
    parser.add_argument("--live", action="append", default=[])
    parser.add_argument("--batch-watermark", type=raw.moment)
    parser.add_argument("--as-of", type=datetime.date.fromisoformat)
    parser.add_argument("--allow-empty", action="store_true")
    parser.add_argument("--dedup", type=lambda text: text.split(","), default=[])
    parser.add_argument("--leave-out", type=lambda text: text.split(","), default=[])
    return parser.parse_args()


def named(analysis):
    """Its name; `lambda` is a word of Python's own."""
    return analysis.__name__.removesuffix("_")


def nested(report):
    """The report as the replaced job wrote it, without the time of its making."""
    (row,) = report.rows
    values = dict(zip(report.names, row))
    texts = (compare.text(*cell) or None for cell in zip(row, report.kinds))
    text = dict(zip(report.names, texts))
    money = ("total_revenue", "avg_transaction_value", "revenue_per_customer")
    counts = ("total_transactions", "total_customers")
    # Amounts are numbers with just these digits.
    return {
        "report_date": text["report_date"],
        "business_metrics": {name: text[name] for name in money}
        | {name: values[name] for name in counts},
        "inventory_health": {
            name: text[name] for name in ("avg_out_of_stock_rate", "avg_low_stock_rate")
        },
        "top_products_count": values["top_products_count"],
        "top_stores_count": values["top_stores_count"],
    }


def report_json(path, expected):
    if not os.path.exists(path):
        return ["no daily_report.json"]
    with open(path, encoding="utf-8") as file:
        found = json.load(file, parse_float=str)
    if not found.pop("processing_timestamp", "").endswith("Z"):
        return ["no processing_timestamp"]
    return [] if found == nested(expected) else [f"{found}, must be {nested(expected)}"]


def main():
    given = options()
    shop = Shop(given)
    root = os.path.join(given.output, "analyses")
    wrong, tables = {}, {}
    found = sorted(name for name in os.listdir(root) if name[0] not in "._")
    names = sorted(map(named, ANALYSES))
    if found != names:
        wrong["analyses"] = [f"{found}, must be {names}"]
    for analysis, there in ANALYSES.items():
        # One that is skipped is a folder without tables.
        # Events are enough for the views, and live ones are events.
        is_there = shop.has_events if analysis is lambda_ else shop.first and there(shop)
        is_skipped = not is_there
        expected = {} if is_skipped else analysis(shop)
        of = named(analysis)
        folder = os.path.join(root, of)
        if not os.path.isdir(folder):
            continue
        files = sorted(name for name in os.listdir(folder) if name[0] not in "._")
        more = ["daily_report.json"] if "daily_report" in expected else []
        known = more + [f"{name}.{kind}" for name in expected for kind in ("csv", "parquet")]
        if files != (known := sorted(known)):
            wrong[of] = [f"files {files}, must be {known}"]
        for name, table in expected.items():
            what = f"{of}/{name}"
            tables[what] = len(table.rows)
            differing = compare.table(shop.db, os.path.join(folder, name), table)
            if differing:
                wrong[what] = differing
        for name in more:
            differing = report_json(os.path.join(folder, name), expected["daily_report"])
            if differing:
                wrong[f"{of}/{name}"] = differing
    no_numbers = compare.no_numbers(given.output)
    if no_numbers:
        wrong["no number"] = no_numbers
    counts = {**shop.counts, "left_out": shop.left_out, "live": shop.live_counts}
    told = {"tables": tables, "counts": counts, "wrong": wrong}
    print(json.dumps(told, indent=1, ensure_ascii=False))


main()
