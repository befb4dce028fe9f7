"""Posts to `retail serve ingest`, and prints the tables of benches/ingest/run.

Usage: bench.py RETAIL BROKERS FOLDER SECTION...
Every request has an idempotency key of its own. At a steady pace a request is due at its time
whatever became of those before it, and its latency counts from then.
"""
import atexit
import collections
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from confluent_kafka import Consumer, TopicPartition

sys.path.insert(0, str(Path(__file__).parents[1]))
import measure  # noqa: E402

KEY = "0123456789abcdef0123456789abcdef"
RETAIL, BROKERS, WORK = sys.argv[1], sys.argv[2], Path(sys.argv[3])
SECONDS = int(os.environ.get("RETAIL_BENCH_SECONDS", "30"))
#: Records a second.
RATE = 20_000
#: Seconds that are thrown away: Java compiles what it runs by then.
WARM = 20
#: Connections.
CLIENTS = 16
RECORD = ('{"order_id":"@-%d","product":"Product %d","order_time":"2026-01-01T10:00:00","quantity":2,'
          '"unit_price":1.25,"amount":2.50,"store_id":"S1","customer_id":"C%d"}')


class Server:
    """A server that may be killed and comes back."""

    def __init__(self, topic):
        self.topic = topic
        self.start()

    def start(self):
        command = [RETAIL, "--json", "serve", "ingest", "--ingest-port", "0", "--brokers", BROKERS,
                   "--topic", self.topic, "--ingest-id", self.topic + "-id"]
        env = {**os.environ, "RETAIL_API_KEY": KEY}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env, cwd=WORK)
        atexit.register(self.process.kill)
        self.address = json.loads(self.process.stdout.readline())["addresses"]["ingest"][len("http://"):]

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()

    def cpu(self):
        """CPU seconds so far, and the most memory in MiB."""
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        with open(f"/proc/{self.process.pid}/status") as status:
            peak = int(re.search(r"VmHWM:\s+(\d+)", status.read())[1])
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), peak / 1024


def template(records):
    """The body of a request whose records have the names @-0, @-1 and so on."""
    return "[" + ",".join(RECORD % (n, n % 50, n % 700) for n in range(records)) + "]"


class Load:
    """Requests that are due at a steady pace."""

    def __init__(self, server, records, rate=RATE, seconds=SECONDS):
        self.server, self.records, self.body = server, records, template(records)
        self.pause, self.count = records / rate, int(rate * seconds / records)
        self.next, self.lock = 0, threading.Lock()
        self.latencies, self.retries, self.acknowledged = [], 0, []

    def run(self):
        self.began = time.monotonic() + 0.2
        threads = [threading.Thread(target=self.client) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.took = time.monotonic() - self.began
        return self

    def client(self):
        connection = None
        while True:
            with self.lock:
                number, self.next = self.next, self.next + 1
            if number >= self.count:
                return
            due = self.began + number * self.pause
            time.sleep(max(0, due - time.monotonic()))
            key = f"{self.began:.3f}-{number}"
            body = self.body.replace("@", key)
            while True:
                connection = self.post(connection, key, body)
                if connection:
                    break
                with self.lock:
                    self.retries += 1
                time.sleep(0.02)
            with self.lock:
                self.latencies.append(time.monotonic() - due)
                self.acknowledged.append(key)

    def post(self, connection, key, body):
        """The connection, if the request was acknowledged."""
        try:
            connection = connection or http.client.HTTPConnection(self.server.address, timeout=30)
            headers = {"X-API-Key": KEY, "Content-Type": "application/json", "Idempotency-Key": key}
            connection.request("POST", "/ingest/" + self.server.topic, body, headers)
            answer = connection.getresponse()
            text = answer.read()
        except OSError:
            return None
        except http.client.HTTPException:
            return None
        if answer.status in (409, 503):
            return None
        if answer.status != 201:
            sys.exit(f"{answer.status} {text}")
        return connection

    def share(self, part):
        """A quantile of the latencies in ms."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def names(topic):
    """How often each record is in the topic, for readers of committed messages."""
    reader = Consumer({"bootstrap.servers": BROKERS, "group.id": "bench-ingest", "isolation.level": "read_committed",
                       "enable.partition.eof": True, "auto.offset.reset": "earliest"})
    partitions = reader.list_topics(topic).topics[topic].partitions
    reader.assign([TopicPartition(topic, partition, 0) for partition in partitions])
    found, ends = collections.Counter(), set()
    while len(ends) < len(partitions):
        for message in reader.consume(10_000, 1):
            if message.error():
                ends.add(message.partition())
            else:
                found[json.loads(message.value())["order_id"]] += 1
    reader.close()
    return found


HEAD = ("| records a request | requests/s | records/s | p50 ms | p99 ms | slowest ms | CPU s a million records | peak MiB |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- |")


def told(load, cpu, peak):
    rate = len(load.latencies) / load.took
    million = cpu / (len(load.latencies) * load.records / 1e6)
    print(f"| {load.records} | {rate:,.0f} | {rate * load.records:,.0f} | {load.share(0.5):.1f} | {load.share(0.99):.1f} | "
          f"{load.share(1):.0f} | {million:.1f} | {peak:.0f} |", flush=True)


def steady(sizes=(100,)):
    """20,000 records a second, before a broker that has come up to its speed."""
    server = Server("steady" + "-".join(map(str, sizes)))
    Load(server, 100, seconds=WARM).run()
    print(HEAD, flush=True)
    for size in sizes:
        before, _ = server.cpu()
        load = Load(server, size).run()
        after, peak = server.cpu()
        told(load, after - before, peak)
    server.stop()


def flat():
    """As much as goes, by wrk, over some connections."""
    server = Server("flat")
    body = WORK / "body.json"
    body.write_text(template(100))
    script = WORK / "post.lua"
    script.write_text(f'''
local file = io.open("{body}"); local body = file:read("*a"); file:close()
local made, threads = 0, 0
function setup(thread) threads = threads + 1; thread:set("id", threads) end
function request()
  made = made + 1
  return wrk.format("POST", "/ingest/flat", {{ ["X-API-Key"] = "{KEY}", ["Content-Type"] = "application/json",
    ["Idempotency-Key"] = os.getenv("KEYS") .. id .. "-" .. made }}, body)
end
''')
    print("| connections | requests/s | records/s | p50 ms | p99 ms |\n| --- | --- | --- | --- | --- |")
    for connections in (1, 4, 16, 64):
        command = ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS // 2}", "--latency", "-s", script, f"http://{server.address}"]
        env = {**os.environ, "KEYS": f"{connections}-"}
        text = subprocess.run(command, check=True, capture_output=True, text=True, env=env).stdout
        if "Non-2xx" in text:
            sys.exit(text)
        rate = float(re.search(r"Requests/sec:\s+([0-9.]+)", text)[1])
        def share(part):
            number, unit = re.search(rf"{part}%\s+([0-9.]+)(us|ms|s)\b", text).groups()
            return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
        print(f"| {connections} | {rate:,.0f} | {100 * rate:,.0f} | {share(50):.1f} | {share(99):.1f} |", flush=True)
    server.stop()


def kills(every=3):
    """20,000 records a second, and kill -9 every few seconds."""
    server = Server("kills")
    Load(server, 100, seconds=WARM).run()
    warm = names("kills").total()
    load, back = Load(server, 100), []
    running = threading.Thread(target=load.run)
    running.start()
    while running.is_alive():
        running.join(every)
        if running.is_alive():
            began = time.monotonic()
            server.kill()
            server.start()
            back.append(time.monotonic() - began)
    server.stop()
    found = names("kills")
    wanted = {f"{key}-{n}" for key in load.acknowledged for n in range(load.records)}
    there = sum(found[name] == 1 for name in wanted)
    twice = sum(count > 1 for count in found.values())
    print(f"{len(back)} kills, back after {1000 * sum(back) / len(back):.0f} ms on average; {load.retries} requests were repeated; "
          f"{len(wanted):,} records acknowledged in {load.took:.1f} s, {there:,} of them once in the topic, "
          f"{twice} more than once, {found.total() - warm - len(wanted)} besides; p50 {load.share(0.5):.1f} ms, "
          f"90 % {load.share(0.9):.1f} ms, p99 {load.share(0.99):.0f} ms with the time away.", flush=True)
    if there != len(wanted) or twice:
        sys.exit("records are missing or there more than once")


SECTIONS = {"steady": steady, "sizes": lambda: steady((1000, 20)), "flat": flat, "kills": kills}
measure.sections(SECTIONS, sys.argv[4:])
