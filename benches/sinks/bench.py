"""A million rows into databases, and the table of benches/sinks/run.

Usage: bench.py RETAIL SERVICES FOLDER SERVICE...
ROWS in the environment (default 1,000,000) are the rows, RUNS (default 3) the runs of each whose
median counts, taken in turn after one warm-up; 0 is the warm-up alone. What the peers insert is made
ready before they are timed; `retail` reads its Parquet files within its time.
"""
import csv
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import time
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import measure  # noqa: E402

# What a process starts counts that process' own memory as its own, so a small one starts all.
STARTER = multiprocessing.Pool(1)

import pyarrow  # noqa: E402
import pyarrow.compute  # noqa: E402
import pyarrow.parquet  # noqa: E402

RETAIL, SERVICES, WORK = sys.argv[1], sys.argv[2], Path(sys.argv[3])
ROWS = int(os.environ.get("ROWS", 1_000_000))
RUNS = int(os.environ.get("RUNS", 3))
#: Rows of a document store's request.
BATCH = 1_000
#: Rows of a partition of Cassandra, as `sinks init` lays them out.
BUCKET = 1_000


def retail(*args):
    return [RETAIL, "--quiet", *map(str, args)]


def stream(*options):
    """The command of a stream over the world, which makes a row of every event."""
    return retail("stream", "--job", "events", "--input", WORK / "world", "--rate", 0, "--until-end",
                  "--output", WORK / "live", "--checkpoint", WORK / "checkpoint", *options)


def prepared():
    """The rows, made once: a stream that has come to its end."""
    mark = WORK / f"rows-{ROWS}"
    if not mark.exists():
        for name in ("world", "live", "checkpoint"):
            shutil.rmtree(WORK / name, ignore_errors=True)
        subprocess.run(retail("generate", "--world", "retail_events", "--rate", ROWS // 600, "--duration",
                              "10m", "--start", "2025-01-01T10:00:00", "--output", WORK / "world"), check=True)
        subprocess.run(stream(), check=True)
        mark.touch()
    table = pyarrow.parquet.read_table(WORK / "live/events").sort_by("sequence")
    numbers = pyarrow.array(range(table.num_rows), pyarrow.int64())
    owner = pyarrow.array(["bulk"] * table.num_rows)
    return table.append_column("_owner", owner).append_column("_row", numbers)


def write_csv(table):
    with open(WORK / "rows.csv", "w", newline="") as file:
        writer = csv.writer(file)
        for batch in table.to_batches():
            writer.writerows(zip(*(column.to_pylist() for column in batch.columns)))


class Bulk:
    """The tables of one database for both, and what the peer inserts."""

    def __init__(self, address):
        self.address = address

    def init(self, address):
        subprocess.run(retail("sinks", "init", "--output", address), check=True,
                       stdout=subprocess.DEVNULL)


class Postgres(Bulk):
    """`COPY … FROM STDIN` by psql, of a CSV file."""

    name = "PostgreSQL, `COPY` of psql"

    def ready(self, table):
        self.columns = table.column_names
        write_csv(table)

    def place(self, name):
        return f"{self.address}?schema={name}"

    def psql(self, text):
        return subprocess.run(["psql", self.address, "-qAtc", text], check=True, text=True,
                              stdout=subprocess.PIPE).stdout

    def load(self, name):
        names = ",".join(f'"{column}"' for column in self.columns)
        return ["psql", self.address, "-qc", f"\\copy {name}.events({names}) from '{WORK}/rows.csv' csv"]

    def count(self, name):
        return int(self.psql(f"SELECT count(*) FROM {name}.events"))

    def drop(self, name):
        self.psql(f"SET client_min_messages = warning; DROP SCHEMA IF EXISTS {name} CASCADE; CHECKPOINT")


class ClickHouse(Bulk):
    """`INSERT … FORMAT Parquet` over HTTP, of a Parquet file."""

    name = "ClickHouse's engine, `INSERT … FORMAT Parquet`"

    def ready(self, table):
        run = pyarrow.array(["bulk"] * table.num_rows)
        pyarrow.parquet.write_table(table.append_column("_run", run), WORK / "rows.parquet")
        names = ", ".join(f"`{column}`" for column in [*table.column_names, "_run"])
        self.insertion = f"INSERT INTO events_rows ({names}) FORMAT Parquet"

    def place(self, name):
        return f"{self.address.rsplit('/', 1)[0]}/{name}"

    def curl(self, database, query, *options):
        login, host = self.address.removeprefix("clickhouse://").rsplit("/", 1)[0].split("@")
        user, password = login.split(":")
        asked = urllib.parse.urlencode({"user": user, "password": password, "database": database,
                                        "query": query})
        return ["curl", "-sSf", "--noproxy", "*", *options, f"http://{host}/?{asked}"]

    def load(self, name):
        return self.curl(name, self.insertion, "--data-binary", f"@{WORK}/rows.parquet")

    def count(self, name):
        command = self.curl(name, "SELECT count() FROM events_rows", "-d", "")
        return int(subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout)

    def drop(self, name):
        subprocess.run(self.curl("default", f"DROP DATABASE IF EXISTS {name}", "-d", ""), check=True)


class Mongo(Bulk):
    """`insert_many`, unordered, by pymongo; documents are made before."""

    name = "MongoDB's protocol, `insert_many` of pymongo"

    def ready(self, table):
        import pymongo
        from bson.decimal128 import Decimal128

        self.client = pymongo.MongoClient(self.address)
        money = {field.name for field in table.schema if pyarrow.types.is_decimal(field.type)}

        def value(name, found):
            return Decimal128(found) if name in money and found is not None else found

        self.rows = [{"_id": f"bulk/{row['_row']}", **{name: value(name, found) for name, found in row.items()}}
                     for row in table.to_pylist()]

    def place(self, name):
        return f"{self.address.rsplit('/', 1)[0]}/{name}"

    def load(self, name):
        into = self.client[name].events
        return lambda: [into.insert_many(self.rows[at:at + BATCH], ordered=False)
                        for at in range(0, len(self.rows), BATCH)]

    def count(self, name):
        return self.client[name].events.estimated_document_count()

    def drop(self, name):
        self.client.drop_database(name)


class Cassandra(Bulk):
    """`COPY … FROM` of cqlsh, of a CSV file, with a process for each core."""

    name = "Cassandra, `COPY` of cqlsh"

    def ready(self, table):
        from cassandra.auth import PlainTextAuthProvider
        from cassandra.cluster import Cluster

        login, host = self.address.removeprefix("cassandra://").rsplit("/", 1)[0].split("@")
        self.user, self.password = login.split(":")
        self.host, self.port = host.split(":")
        cluster = Cluster([self.host], port=int(self.port), protocol_version=4,
                          auth_provider=PlainTextAuthProvider(self.user, self.password))
        self.session = cluster.connect()
        self.session.default_timeout = 120
        buckets = pyarrow.compute.divide(table["_row"], BUCKET)
        # The time as cqlsh reads it, with milliseconds, which is what Cassandra keeps.
        times = pyarrow.array(time.isoformat(" ", "milliseconds").replace("+00:00", "+0000")
                              for time in table["event_time"].to_pylist())
        index = table.column_names.index("event_time")
        table = table.set_column(index, "event_time", times).append_column("_bucket", buckets)
        self.columns = table.column_names
        write_csv(table)

    def place(self, name):
        return f"{self.address.rsplit('/', 1)[0]}/{name}"

    def load(self, name):
        names = ", ".join(f'"{column}"' for column in self.columns)
        copy = f"COPY {name}.events ({names}) FROM '{WORK}/rows.csv' WITH NUMPROCESSES = {os.cpu_count()}"
        return [Path(sys.executable).with_name("cqlsh"), self.host, self.port, "-u", self.user,
                "-p", self.password, "--protocol-version=4", "-e", copy]

    def count(self, name):
        found = self.session.execute(f'SELECT "_owner", "_bucket" FROM {name}.events')
        return sum(1 for _ in found)

    def drop(self, name):
        self.session.execute(f"DROP KEYSPACE IF EXISTS {name}")


KINDS = {"postgres": Postgres, "clickhouse": ClickHouse, "mongo": Mongo, "cassandra": Cassandra}


def timed(work):
    """Wall seconds of a command or a function, and the CPU seconds and peak MiB of a command."""
    if isinstance(work, list):
        return STARTER.apply(measure.once, [work])
    start = time.monotonic()
    work()
    return time.monotonic() - start, 0, 0


def compare(service, table):
    address = subprocess.run([SERVICES, "start", service], check=True, text=True,
                             stdout=subprocess.PIPE).stdout.strip()
    bulk = KINDS[service](address)
    bulk.ready(table)
    ours, theirs = [], []
    for run in range(RUNS + 1):
        for mine in (True, False):
            name = f"bench{run}{'r' if mine else 'b'}"
            bulk.drop(name)
            bulk.init(bulk.place(name))
            work = stream("--output", bulk.place(name)) if mine else bulk.load(name)
            (ours if mine else theirs).append(timed(work))
            if (found := bulk.count(name)) != table.num_rows:
                sys.exit(f"{service}: {found} rows, not {table.num_rows}")
            bulk.drop(name)
    wall, cpu, peak = (statistics.median(column) for column in zip(*(ours[1:] or ours)))
    peer = statistics.median(wall for wall, *_ in theirs[1:] or theirs)
    print(f"| {bulk.name} | {wall:.1f} | {cpu:.1f} | {peak:.0f} | {table.num_rows / wall:,.0f} | {peer:.1f} | "
          f"{table.num_rows / peer:,.0f} | {peer / wall:.2f} |", flush=True)
    subprocess.run([SERVICES, "stop", service], check=True)


def main():
    table = prepared()
    print(f"# {table.num_rows:,} rows of {table.num_columns - 2} columns, {os.cpu_count()} cores, "
          f"{time.strftime('%F')}\n")
    print("| database and its way for bulk | `retail` s | CPU s | peak MiB | rows/s | bulk s | rows/s | "
          "of the bulk's pace |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for service in sys.argv[4:]:
        compare(service, table)


main()
