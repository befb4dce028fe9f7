"""Holds tables of a database against Parquet files: ADDRESS TABLE=FILES...

TABLE(name:column,...)[column:text]=FILES holds a table against some columns of the files under other names,
of the rows that have this text in a column. --do STATEMENT, of Cassandra, runs it instead.
Every row as often as it is there, every value exact. Prints `TABLE ROWS` a table; exits with 1 where
something differs. Times are compared in milliseconds where the database has no finer ones.
"""

import collections
import datetime
import decimal
import glob
import json
import re
import sys
import urllib.parse
import urllib.request
import uuid

import pyarrow
import pyarrow.compute
import pyarrow.parquet

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
MICRO = datetime.timedelta(microseconds=1)


def value(cell, column_type, coarse):
    """What both sides must agree on."""
    if cell is None:
        return None
    if pyarrow.types.is_date(column_type):
        if isinstance(cell, datetime.datetime):
            cell = cell.date()
        return str(cell)[:10]
    if pyarrow.types.is_timestamp(column_type):
        if isinstance(cell, str):
            cell = datetime.datetime.fromisoformat(cell.replace(" ", "T"))
        if cell.tzinfo is None:
            cell = cell.replace(tzinfo=datetime.timezone.utc)
        micros = (cell - EPOCH) // MICRO
        return micros // 1000 if coarse else micros
    if pyarrow.types.is_decimal(column_type):
        return decimal.Decimal(str(cell)).quantize(decimal.Decimal("0.0001"))
    if pyarrow.types.is_floating(column_type):
        return float(cell)
    if pyarrow.types.is_boolean(column_type):
        return bool(cell)
    if isinstance(cell, uuid.UUID):
        return str(cell)
    return cell


def postgres(url, names, table):
    import psycopg

    query = urllib.parse.parse_qs(url.query)
    schema = query.get("schema", ["public"])[0]
    with psycopg.connect(
        host=url.hostname, port=url.port, user=url.username, password=url.password, dbname=url.path[1:]
    ) as connection:
        listed = ", ".join(f'"{name}"' for name in names)
        return connection.execute(f"SELECT {listed} FROM {schema}.{table}").fetchall()


def clickhouse(url, names, table):
    listed = ", ".join(f"`{name}`" for name in names)
    text = f"SELECT {listed} FROM {table} FORMAT JSONCompactEachRow SETTINGS output_format_json_quote_decimals=1"
    request = urllib.request.Request(
        f"http://{url.hostname}:{url.port}/?database={url.path[1:]}",
        data=text.encode(),
        headers={"X-ClickHouse-User": url.username, "X-ClickHouse-Key": url.password},
    )
    with urllib.request.urlopen(request) as answer:
        return [json.loads(line) for line in answer.read().decode().splitlines()]


def mongodb(url, names, table):
    import pymongo

    client = pymongo.MongoClient(url.hostname, url.port)
    rows = client[url.path[1:]][table].find()
    return [[row[name] for name in names] for row in rows]


def cql(url, statement):
    from cassandra.auth import PlainTextAuthProvider
    from cassandra.cluster import Cluster

    login = PlainTextAuthProvider(url.username, url.password) if url.username else None
    cluster = Cluster([url.hostname], port=url.port, auth_provider=login)
    rows = [list(row) for row in cluster.connect(url.path[1:]).execute(statement, timeout=60)]
    cluster.shutdown()
    return rows


def cassandra(url, names, table):
    listed = ", ".join(f'"{name}"' for name in names)
    rows = cql(url, f"SELECT {listed} FROM {table}")
    return [[cell.date() if hasattr(cell, "days_from_epoch") else cell for cell in row] for row in rows]


READERS = {"postgres": postgres, "clickhouse": clickhouse, "mongodb": mongodb, "cassandra": cassandra}


def main():
    url = urllib.parse.urlsplit(sys.argv[1])
    if sys.argv[2] == "--do":
        return cql(url, sys.argv[3])
    coarse = url.scheme in ("mongodb", "cassandra")
    failed = False
    for pair in sys.argv[2:]:
        what, files = pair.split("=", 1)
        table, renamed, where, text = re.fullmatch(r"(\w+)(?:\((.*)\))?(?:\[(\w+):(\w+)\])?", what).groups()
        parts = [pyarrow.parquet.read_table(file, partitioning=None) for file in sorted(glob.glob(files))]
        assert parts, f"{files}: no files"
        expected = pyarrow.concat_tables(parts)
        if where:
            expected = expected.filter(pyarrow.compute.equal(expected[where], text))
        if renamed:
            pairs = [pair.split(":") for pair in renamed.split(",")]
            expected = expected.select([old for _, old in pairs]).rename_columns([new for new, _ in pairs])
        schema = expected.schema
        names, types = schema.names, schema.types
        rows = READERS[url.scheme](url, names, table)
        there = collections.Counter(
            tuple(value(cell, kind, coarse) for cell, kind in zip(row, types)) for row in rows
        )
        columns = [column.to_pylist() for column in expected.columns]
        wanted = collections.Counter(
            tuple(value(cell, kind, coarse) for cell, kind in zip(row, types)) for row in zip(*columns)
        )
        print(table, len(rows))
        if there != wanted:
            failed = True
            for what, rest in (("missing", wanted - there), ("too many", there - wanted)):
                for row, count in list(rest.items())[:3]:
                    print(f"{table}: {what}, {count} times: {row}", file=sys.stderr)
    sys.exit(failed)


main()
