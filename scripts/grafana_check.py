"""What scripts/grafana-check does. There is no Grafana here: its own description of dashboards is that
of the package grafana-foundation-sdk, and macros are expanded as its data sources expand them, in
grafana's pkg/tsdb/grafana-postgresql-datasource/macros.go and clickhouse-datasource's
pkg/macros/macros.go. The questions go to the real servers, and what comes back must be what the
panel's format asks for.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from datetime import datetime, timezone
from pathlib import Path

import psycopg2
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

HERE = Path(__file__).resolve().parent
FOLDER = HERE.parent / "examples/grafana"
# Grafana knows it, and its description does not.
UNDESCRIBED = re.compile(r"\.templating\.list\[\d+\]\.definition")
# A macro as the two data sources find it: no parenthesis within its arguments.
MACRO = re.compile(r"\$(__\w+)(?:\(([^)]*)\))?")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
# Types by their numbers in Postgres' catalogue.
TIMES = {1082, 1114, 1184}
NUMBERS = {20, 21, 23, 700, 701, 1700}


def fail(what):
    sys.exit(f"grafana: {what}")


def lost(given, kept, where=""):
    """What a description does not know of what was given."""
    if isinstance(given, dict) and isinstance(kept, dict):
        for name, value in given.items():
            if name in kept:
                yield from lost(value, kept[name], f"{where}.{name}")
            else:
                yield f"{where}.{name}"
    elif isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        for at, (one, other) in enumerate(zip(given, kept)):
            yield from lost(one, other, f"{where}[{at}]")
    elif given != kept:
        yield where


def hold_against_description(path, dashboard):
    """Everything that Grafana's description does not know, or knows otherwise, is an error."""
    known = json.loads(JSONEncoder(sort_keys=True).encode(Dashboard.from_json(dashboard)))
    unknown = [where for where in lost(dashboard, known) if not UNDESCRIBED.fullmatch(where)]
    if unknown:
        fail(f"{path}: no such thing in a dashboard of Grafana: {', '.join(unknown)}")
    taken, numbers = {}, set()
    for panel in dashboard["panels"]:
        title, place = panel["title"], panel["gridPos"]
        if panel["id"] in numbers:
            fail(f"{path}: {title}: another panel has its number")
        numbers.add(panel["id"])
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                if x >= 24 or (x, y) in taken:
                    fail(f"{path}: {title} has no room at {x}, {y}: {taken.get((x, y))}")
                taken[x, y] = title
        for target in panel.get("targets", []):
            if not re.fullmatch(r"\$\{(datasource|prometheus)\}", target["datasource"]["uid"]):
                fail(f"{path}: {title} names a data source instead of asking for it")


def seconds(interval):
    number, unit = re.fullmatch(r"(\d+)([smhd])", interval).groups()
    return int(number) * UNITS[unit]


class Range:
    """The chosen time, and the step of a panel."""

    def __init__(self, since, until, panel):
        self.since, self.until = since, until
        # Grafana divides the range by the panel's width in pixels.
        step = (until - since).total_seconds() / 1000
        self.step = max(int(step), seconds(panel.get("interval", "1s")), 1)

    def postgres(self, name, args):
        since, until = (t.strftime("%Y-%m-%dT%H:%M:%SZ") for t in (self.since, self.until))
        match name, args:
            case "__timeFilter", [column]:
                return f"{column} BETWEEN '{since}' AND '{until}'"
            case "__timeGroup", [column, _]:
                return f"floor(extract(epoch from {column})/{self.step})*{self.step}"
            case "__interval", []:
                return f"{self.step}s"
        fail(f"Postgres has no macro ${name}({', '.join(args)})")

    def clickhouse(self, name, args):
        since, until = self.since, self.until
        match name, args:
            case "__timeFilter", [column]:
                moments = [f"toDateTime({int(t.timestamp())})" for t in (since, until)]
            case "__dateFilter", [column]:
                moments = [f"toDate('{t:%Y-%m-%d}')" for t in (since, until)]
            case "__timeInterval", [column]:
                return f"toStartOfInterval(toDateTime({column}), INTERVAL {self.step} second)"
            case _:
                fail(f"ClickHouse has no macro ${name}({', '.join(args)})")
        return f"{column} >= {moments[0]} AND {column} <= {moments[1]}"

    def fill(self, server, sql):
        def expanded(found):
            args = [arg.strip() for arg in found[2].split(",")] if found[2] is not None else []
            return getattr(self, server)(found[1], args)

        # Within the arguments of a macro stands another one.
        return MACRO.sub(expanded, sql.replace("$__interval)", f"{self.step}s)"))


def kind_of_clickhouse(name):
    name = re.sub(r"^(?:Nullable|LowCardinality)\((.*)\)$", r"\1", name)
    if name.startswith("Date"):
        return "time"
    return "number" if re.match(r"U?Int|Float|Decimal", name) else "text"


class Postgres:
    def __init__(self, url):
        self.connection = psycopg2.connect(url)
        self.connection.autocommit = True

    def ask(self, sql):
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            kinds = [
                "time" if c.type_code in TIMES else "number" if c.type_code in NUMBERS else "text"
                for c in cursor.description
            ]
            return [c.name for c in cursor.description], kinds, cursor.fetchall()


class ClickHouse:
    def __init__(self, url):
        url = urllib.parse.urlsplit(url)
        self.url = f"http://{url.hostname}:{url.port}/?database={url.path.strip('/')}"
        self.headers = {"X-ClickHouse-User": url.username, "X-ClickHouse-Key": url.password}

    def ask(self, sql):
        sql = f"{sql} FORMAT JSONCompact".encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url, sql, self.headers)) as answer:
                found = json.load(answer)
        except urllib.error.HTTPError as error:
            raise RuntimeError(error.read().decode()) from None
        kinds = [kind_of_clickhouse(column["type"]) for column in found["meta"]]
        return [column["name"] for column in found["meta"]], kinds, found["data"]


def held_against_format(panel, names, kinds, rows):
    """What the panel could not draw."""
    if panel["type"] in ("timeseries",):
        if names[0] != "time" or kinds[0] == "text":
            return "the first column is not the time"
        if "number" not in kinds[1:] or kinds[1:].count("text") > 1:
            return "a line wants numbers, and one name at most"
        if [row[0] for row in rows] != sorted(row[0] for row in rows):
            return "times are not in order"
    elif panel["type"] == "stat" and (len(rows) != 1 or kinds != ["number"]):
        return "a figure wants one number"
    elif panel["type"] in ("piechart", "barchart", "xychart", "geomap") and "number" not in kinds:
        return "there is no number"
    elif panel["type"] in ("piechart", "barchart") and kinds[0] != "text":
        return "the first column is not the name of a bar or slice"
    elif panel["type"] in ("piechart", "barchart") and not rows:
        return "there is nothing"
    return None


def plain(value):
    if isinstance(value, str | bool | int | float | None):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def ask_panels(server, database, since, until):
    for path in sorted((FOLDER / "dashboards" / server).glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", []):
                if "rawSql" not in target:
                    continue
                sql = Range(since, until, panel).fill(server, target["rawSql"])
                began = time.monotonic()
                try:
                    names, kinds, rows = database.ask(sql)
                except Exception as error:
                    fail(f"{server}/{path.name}: {panel['title']}: {error}\n{sql}")
                if why := held_against_format(panel, names, kinds, rows):
                    fail(f"{server}/{path.name}: {panel['title']}: {why}\n{sql}")
                yield {
                    "server": server, "dashboard": path.stem, "panel": panel["title"], "columns": names,
                    "kinds": kinds, "rows": len(rows), "first": [plain(v) for v in rows[0]] if rows else None,
                    "milliseconds": round((time.monotonic() - began) * 1000),
                }  # fmt: skip


def ask_prometheus(url):
    """Every expression of every dashboard, by Prometheus itself, over the last minute."""
    paths = [FOLDER / "retail.json", *sorted((FOLDER / "dashboards").glob("*/*.json"))]
    for path in paths:
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", []):
                if "expr" not in target:
                    continue
                expr = target["expr"].replace('"$job"', '".+"').replace("$__rate_interval", "15s")
                expr = expr.replace("$__range", "60s").replace("$__interval", "5s")
                now = time.time()
                query = urllib.parse.urlencode({"query": expr, "start": now - 60, "end": now, "step": 5})
                try:
                    with urllib.request.urlopen(f"{url}/api/v1/query_range?{query}") as answer:
                        series = json.load(answer)["data"]["result"]
                except urllib.error.HTTPError as error:
                    fail(f"{path.name}: {panel['title']}: {error.read().decode()}\n{expr}")
                yield {
                    "server": "prometheus", "dashboard": path.stem, "panel": panel["title"], "expr": target["expr"],
                    "rows": len(series), "first": series[0]["values"][-1][1] if series else None,
                }  # fmt: skip


def moment(text):
    return datetime.fromisoformat(text).astimezone(timezone.utc)


def main():
    parser = argparse.ArgumentParser()
    for name in ("postgres", "clickhouse", "prometheus", "from", "to"):
        parser.add_argument(f"--{name}")
    given = vars(parser.parse_args())
    plugins.register_default_plugins()
    for path in [FOLDER / "retail.json", *sorted((FOLDER / "dashboards").glob("*/*.json"))]:
        hold_against_description(path.name, json.loads(path.read_text()))
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([HERE / "grafana-dashboards", folder], check=True)
        for path in sorted(Path(folder).glob("*/*.json")):
            kept = FOLDER / "dashboards" / path.relative_to(folder)
            if not kept.exists() or kept.read_text() != path.read_text():
                fail(f"{kept} is not what scripts/grafana-dashboards writes; run it")
    answers = []
    for server, kind in (("postgres", Postgres), ("clickhouse", ClickHouse)):
        if given[server]:
            since, until = moment(given["from"]), moment(given["to"])
            answers += ask_panels(server, kind(given[server]), since, until)
    if given["prometheus"]:
        answers += ask_prometheus(given["prometheus"])
    json.dump(answers, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
