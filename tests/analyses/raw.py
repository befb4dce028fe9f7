"""Records of raw files, cleaned as the contract says, with nothing of retail's own."""

import csv
import datetime
import json
import os
import re
from decimal import ROUND_HALF_EVEN, Context, Decimal

import duckdb

EXACT = Context(prec=80)
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?"
    r"\s*(Z|UTC|[+-][0-9]{2}:[0-9]{2})?)?"
)
TIMES = (
    "order_time order_ts event_time timestamp sale_timestamp created_at InvoiceDate order_date date"
).split()
FIELDS = {
    "product": "product item product_id product_name StockCode Description Productline".split(),
    "amount": ["amount", "total_price", "total_amount", "total", "sales"],
    "quantity": ["quantity", "qty"],
    "unit_price": ["unit_price", "price"],
    "type": ["transaction_type", "event_type"],
    "order_id": ["order_id", "transaction_id", "sale_id", "event_id", "InvoiceNo", "Invoice"],
    "customer": ["customer_id", "user_id"],
    "store": ["store_id", "store", "branch"],
    "city": ["store_city", "city"],
    "category": ["category", "product_category"],
    "country": ["country"],
    "payment": ["payment_method", "payment"],
    "promotion": ["promotion_id"],
}


class Rejected(Exception):
    """Why a record is none."""


def normal(name):
    return re.sub(r"[^a-z0-9]", "", name.lower())


def number(text):
    """A number to four decimals, none if it is none."""
    if not NUMBER.fullmatch(text):
        return None
    return four(Decimal(text))


def four(value):
    return value.quantize(Decimal("0.0001"), ROUND_HALF_EVEN, context=EXACT)


def moment(text):
    """The UTC time that a text tells, none if it tells none."""
    if re.fullmatch("[0-9]{8}", text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    found = TIME.fullmatch(text)
    if not found:
        return None
    *parts, fraction, zone = found.groups()
    try:
        time = datetime.datetime(*(int(part or 0) for part in parts))
    except ValueError:
        return None
    time += datetime.timedelta(microseconds=int((fraction or "0").ljust(6, "0")))
    if zone and zone[0] in "+-":
        away = datetime.timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
        time += -away if zone[0] == "+" else away
    return time


def files(paths):
    """Files in the order of their paths' bytes; hidden ones are none."""
    found = []
    for path in paths:
        if os.path.isfile(path):
            found.append(path)
        for folder, folders, names in os.walk(path):
            folders[:] = [name for name in folders if name[0] not in "._"]
            found += [os.path.join(folder, name) for name in names if name[0] not in "._"]
    found = [path for path in found if path.endswith((".csv", ".jsonl", ".parquet"))]
    return sorted(found, key=os.fsencode)


def event(line):
    """The row of a JSON object; none if it is none."""
    try:
        found = json.loads(line, parse_float=str, parse_int=str)
    except ValueError:
        return None
    if not isinstance(found, dict):
        return None
    return {normal(key): text for key, text in found.items() if isinstance(text, str)}


def rows(path):
    """The rows of a file as texts by normalised name; none for one that is no record."""
    if path.endswith(".parquet"):
        archived = "SELECT value FROM read_parquet(?, file_row_number = true) ORDER BY file_row_number"
        for (value,) in duckdb.execute(archived, [path]).fetchall():
            yield event(value.decode())
        return
    with open(path, encoding="utf-8-sig", newline="") as file:
        if path.endswith(".jsonl"):
            for line in file:
                if line.strip():
                    yield event(line)
            return
        reader = csv.reader(file, strict=True)
        header = [normal(name) for name in next(reader)]
        for row in reader:
            if row:
                yield dict(zip(header, row)) if len(row) <= len(header) else None


def first(row, names):
    texts = (row.get(normal(name), "").strip() for name in names)
    return next((text for text in texts if text), None)


def money(row):
    for name in FIELDS["amount"]:
        found = number(row.get(normal(name), "").strip())
        if found is not None:
            break
    else:
        factors = [first(row, FIELDS[name]) or "" for name in ("quantity", "unit_price")]
        if not all(NUMBER.fullmatch(factor) for factor in factors):
            raise Rejected("amount")
        found = four(EXACT.multiply(*map(Decimal, factors)))
    if abs(found) >= 10**14:
        raise Rejected("amount out of range")
    return found


def clean(row):
    """The record of a row."""
    if row is None:
        raise Rejected("fields")
    texts = {name: first(row, FIELDS[name]) for name in FIELDS}
    times = (moment(row.get(normal(name), "").strip()) for name in TIMES)
    time = next((time for time in times if time), None)
    if time is None:
        raise Rejected("time")
    kind = {"PURCHASE": "SALE"}.get(kind := (texts["type"] or "SALE").upper(), kind)
    if kind not in ("SALE", "RETURN", "RESTOCK"):
        raise Rejected("type")
    worth = Decimal(0) if kind == "RESTOCK" else money(row)
    if kind == "RETURN" or worth < 0:
        kind, worth = "RETURN", -abs(worth)
    pieces = number(texts["quantity"] or "")
    if pieces is not None and abs(pieces) >= 10**14:
        pieces = None
    if kind == "RETURN" and pieces is not None:
        pieces = -abs(pieces)
    return {
        "day": time.date(),
        "time": time,
        "kind": kind,
        "product": texts["product"] or "UNKNOWN",
        "pieces": pieces,
        "price": number(texts["unit_price"] or ""),
        "money": worth,
        **{
            name: texts[name]
            for name in "order_id customer store city category country payment promotion".split()
        },
    }


def records(paths, dedup):
    """All accepted records in the order of the input, and how many were read, rejected, twice."""
    found, seen = [], set()
    counts = {"read": 0, "rejected": 0, "duplicates": 0}
    for path in files(paths):
        for row in rows(path):
            counts["read"] += 1
            try:
                record = clean(row)
            except Rejected:
                counts["rejected"] += 1
                continue
            key = tuple(first(row, FIELDS.get(name, [name])) for name in dedup)
            if key and all(key):
                if key in seen:
                    counts["duplicates"] += 1
                    continue
                seen.add(key)
            found.append(record)
    return found, counts


NON_PRODUCTS = "post dot m d s c2".split() + ["bank charges", "amazonfee", "cruk"]


def rule(record, rules):
    """The first of the rules that leaves a record out."""
    order, product = record["order_id"] or "", record["product"].lower()
    applies = {
        "write-offs": (record["pieces"] or 0) < 0 and record["money"] == 0,
        "non-products": product in NON_PRODUCTS or product.startswith("gift_"),
        "adjustments": re.fullmatch("A[0-9]+", order) is not None,
        "anonymous": record["customer"] is None,
        "returns": record["kind"] == "RETURN",
    }
    return next((name for name, does in applies.items() if does and name in rules), None)
