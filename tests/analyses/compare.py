"""What retail wrote against what is expected: every row and column, in order."""

import csv
import datetime
import os
import re
from decimal import Decimal

from figures import KINDS

SHOWN = 5
NO_NUMBER = re.compile(rb"(?<![A-Za-z])[+-]?(nan|inf|infinity)(?![A-Za-z])", re.IGNORECASE)
EPOCH = datetime.datetime(1970, 1, 1)


def text(value, kind):
    """A value as CSV holds it."""
    if value is None:
        return ""
    if kind == "money":
        whole, fraction = f"{value:.4f}".split(".")
        return f"{whole}.{fraction[:2]}{fraction[2:].rstrip('0')}"
    if kind == "time":
        return value.isoformat() + "Z"
    if kind == "flag":
        return "true" if value else "false"
    return str(value)


def of_parquet(db, path, expected):
    """The rows as Python values, or what is wrong with the columns."""
    described = db.execute("DESCRIBE SELECT * FROM read_parquet(?)", [path]).fetchall()
    columns = [(name, kind) for name, kind, *_ in described]
    wanted = [(name, KINDS[kind]) for name, kind in zip(expected.names, expected.kinds)]
    if columns != wanted:
        return [], [f"columns {columns}, not {wanted}"]
    chosen = [
        f'epoch_us("{name}")' if kind == "time" else f'"{name}"'
        for name, kind in zip(expected.names, expected.kinds)
    ]
    rows = db.execute(f"SELECT {', '.join(chosen)} FROM read_parquet(?)", [path]).fetchall()
    times = [at for at, kind in enumerate(expected.kinds) if kind == "time"]
    for at, row in enumerate(rows):
        row = list(row)
        for time in times:
            if row[time] is not None:
                row[time] = EPOCH + datetime.timedelta(microseconds=row[time])
        rows[at] = tuple(row)
    return rows, []


def same(a, b):
    """Equal, and of one kind: true is no 1, and nothing is a float."""
    if isinstance(a, float) or isinstance(b, float):
        return False
    return a == b and isinstance(a, bool) == isinstance(b, bool)


def differences(expected, found):
    """What rows differ: the first few, and how many by column."""
    told, by_column = [], {}
    for at, (want, have) in enumerate(zip(expected.rows, found)):
        for name, a, b in zip(expected.names, want, have):
            if not same(a, b):
                by_column[name] = by_column.get(name, 0) + 1
                if by_column[name] <= SHOWN:
                    told.append(f"row {at} {have[:4]}: {name} is {show(b)}, must be {show(a)}")
    if len(expected.rows) != len(found):
        told.append(f"{len(found)} rows, must be {len(expected.rows)}")
        missing = [row for row in expected.rows if row not in set(found)]
        extra = [row for row in found if row not in set(expected.rows)]
        told += [f"missing: {show(row)}" for row in missing[:SHOWN]]
        told += [f"extra: {show(row)}" for row in extra[:SHOWN]]
    elif by_column and sorted(map(repr, expected.rows)) == sorted(map(repr, found)):
        told = ["the rows are right, their order is not: " + told[0]]
    elif by_column:
        told.append(f"differences by column: {by_column}")
    return told


def show(value):
    if isinstance(value, tuple):
        return "(" + ", ".join(map(show, value)) + ")"
    return str(value) if isinstance(value, (Decimal, datetime.date)) else repr(value)


def table(db, path, expected):
    """Everything that is wrong with `path`.parquet and `path`.csv."""
    for kind in ("parquet", "csv"):
        if not os.path.exists(f"{path}.{kind}"):
            return [f"no {kind}"]
    rows, wrong = of_parquet(db, f"{path}.parquet", expected)
    wrong = wrong or differences(expected, rows)
    with open(f"{path}.csv", encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file, strict=True)
    if header != expected.names:
        wrong.append(f"header of the CSV {header}")
    texts = [[text(*cell) for cell in zip(row, expected.kinds)] for row in rows]
    if lines != texts:
        unlike = next((pair for pair in zip(lines, texts) if pair[0] != pair[1]), None)
        wrong.append(f"the CSV is not the Parquet: {len(lines)} rows, {len(texts)} rows, {unlike}")
    return wrong


def no_numbers(output):
    """Cells of any text file below a folder that are no number where one should be."""
    wrong = []
    for folder, _, names in os.walk(output):
        for name in names:
            path = os.path.join(folder, name)
            if not name.endswith((".csv", ".json")):
                continue
            with open(path, "rb") as file:
                for at, line in enumerate(file, 1):
                    cells = line.strip().split(b"," if name.endswith(".csv") else b":")
                    if any(NO_NUMBER.fullmatch(cell.strip(b' "\r\n,')) for cell in cells):
                        wrong.append(f"{path}:{at}: {line.decode().strip()}")
    return wrong[:SHOWN]
