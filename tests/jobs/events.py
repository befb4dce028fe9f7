"""Events of a folder as DuckDB tables, and tables of jobs against what they must be."""

import json
import os
import tempfile

import duckdb


def load(folder):
    """Every event of a folder once, by the topic's folder; lines that are none are left out."""
    topics = {}
    for topic in sorted(os.listdir(folder)):
        path = os.path.join(folder, topic)
        if not os.path.isdir(path):
            continue
        events, seen = [], set()
        for name in sorted(os.listdir(path)):
            with open(os.path.join(path, name), "rb") as lines:
                for line in lines:
                    try:
                        event = json.loads(line)
                    except ValueError:
                        continue
                    if not isinstance(event, dict) or not time_of(event):
                        continue
                    number = next(event[key] for key in IDS if key in event)
                    if number not in seen:
                        seen.add(number)
                        events.append(event)
        topics[topic] = events
    return topics


IDS = ("sale_id", "inventory_id", "transaction_id", "event_id", "order_id")


def time_of(event):
    for key in ("sale_timestamp", "update_timestamp", "timestamp"):
        # One that is planted as no time is none.
        if event.get(key, "")[:2] == "20":
            return event[key]
    return None


def database():
    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    return db


def table(db, name, columns, rows):
    """A table of rows, by way of a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "rows.jsonl")
        with open(path, "w", encoding="utf-8") as out:
            for row in rows:
                out.write(json.dumps(dict(zip(columns, row)), default=str) + "\n")
        kinds = ", ".join(f"'{column}': '{kind}'" for column, kind in columns.items())
        db.execute(
            f"CREATE TABLE {name} AS SELECT * FROM read_json('{path}', "
            f"format='newline_delimited', columns={{{kinds}}})"
        )


def parquet(db, output, name):
    """The rows of a table of a job, as a view of that name."""
    db.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{output}/{name}/part-*.parquet')")


def compare(wanted, found):
    """Rows by key, fractions to the four decimals that are told."""
    wanted, found = {row[0]: row[1:] for row in wanted}, {row[0]: row[1:] for row in found}

    def same(a, b):
        return all(
            abs(x - y) <= 1.01e-4 if isinstance(x, float) and y is not None else x == y
            for x, y in zip(a, b)
        )

    missing = [[key, row, found.get(key)] for key, row in wanted.items()
               if key not in found or not same(row, found[key])]
    extra = [[key, row] for key, row in found.items() if key not in wanted]
    return {"rows": len(found), "missing": missing[:5], "extra": extra[:5]}
