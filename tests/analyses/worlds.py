"""Events of worlds as those of the shop whose sales are analysed.

    worlds.py EVENTS MASTER TO

Copies the events of a folder; what they say of stores, products and users becomes what the master
data names. Every eleventh is left as it is, as one that the sales do not know; every seventh
product goes by its number instead of its name.
"""

import csv
import json
import os
import sys

events, master, to = sys.argv[1:]


def column(name, key):
    with open(os.path.join(master, name), encoding="utf-8", newline="") as file:
        return [row[key] for row in csv.DictReader(file)]


stores = column("stores.csv", "store_id")
names = column("products.csv", "product")
numbers = column("products.csv", "product_id")
customers = column("customers.csv", "customer_id")
seen = {}


def renamed(kind, text):
    """The first store that is met is the first of the master data, and so on."""
    place = seen.setdefault(kind, {}).setdefault(text, len(seen.get(kind, ())))
    if place % 11 == 10:
        return text
    if kind == "product_id":
        return (numbers if place % 7 == 6 else names)[place % len(names)]
    known = stores if kind == "store_id" else customers
    return known[place % len(known)]


for folder, folders, files in os.walk(events):
    folders.sort()
    for name in sorted(files):
        if not name.endswith(".jsonl"):
            continue
        path = os.path.join(to, os.path.relpath(folder, events), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with (
            open(os.path.join(folder, name), encoding="utf-8") as lines,
            open(path, "w", encoding="utf-8") as out,
        ):
            for line in lines:
                event = json.loads(line)
                for kind in ("store_id", "product_id", "user_id"):
                    if kind in event:
                        event[kind] = renamed(kind, event[kind])
                out.write(json.dumps(event, ensure_ascii=False) + "\n")
