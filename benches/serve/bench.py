"""Loads `retail serve` and a bare axum handler in turn, and prints the tables of benches/serve/run.

Usage: bench.py RETAIL BARE, in a folder with a year of data and its results.
"""
import atexit
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request

KEY = "0123456789abcdef0123456789abcdef"
RETAIL, BARE = sys.argv[1:3]
SECONDS = int(os.environ.get("RETAIL_BENCH_SECONDS", "20"))


def begin(command, **options):
    """A process that does not outlive this one, however it ends."""
    process = subprocess.Popen(command, **options)
    atexit.register(process.kill)
    return process


def get(url, headers=()):
    request = urllib.request.Request(url, headers={"X-API-Key": KEY, **dict(headers)})
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def rss(pid):
    """Resident MiB of a process."""
    with open(f"/proc/{pid}/status") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) / 1024


def steady(url):
    """Latencies in ms and the rate at 1,000 requests a second, over 20 connections."""
    command = ["hey", "-c", "20", "-q", "50", "-z", f"{SECONDS}s", "-disable-compression", "-H", f"X-API-Key: {KEY}", url]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    share = lambda p: 1000 * float(re.search(rf"{p}%.*? in ([0-9.]+) secs", text)[1])
    statuses = dict(re.findall(r"\[(\d+)\]\s+(\d+) responses", text))
    if set(statuses) != {"200"}:
        sys.exit(f"{url}: {statuses}\n{text}")
    rate = float(re.search(r"Requests/sec:\s+([0-9.]+)", text)[1])
    slowest = 1000 * float(re.search(r"Slowest:\s+([0-9.]+)", text)[1])
    return rate, share(50), share(99), slowest


def flat_out(url):
    """Requests a second with nothing between them, over 16 connections."""
    command = ["wrk", "-t1", "-c16", f"-d{SECONDS // 2}", "-H", f"X-API-Key: {KEY}", url]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in text:
        sys.exit(text)
    return float(re.search(r"Requests/sec:\s+([0-9.]+)", text)[1])


def start_bare(body):
    with open("body.json", "wb") as file:
        file.write(body)
    process = begin([BARE, "body.json"], stdout=subprocess.PIPE, text=True)
    return process, process.stdout.readline().strip()


def viewers(url, count, stop):
    """Opens `count` streams of events and counts what each gets until `stop` is set."""
    host, port = re.match(r"http://(.*):(\d+)", url).groups()
    sockets = []
    for _ in range(count):
        one = socket.create_connection((host, int(port)))
        one.sendall(b"GET /api/live/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        sockets.append(one)
    events = dict.fromkeys(sockets, 0)
    while not stop.is_set():
        for one in select.select(sockets, [], [], 0.2)[0]:
            events[one] += one.recv(1 << 20).count(b"event: live")
    for one in sockets:
        one.close()
    return list(events.values())


def main():
    serve = [RETAIL, "--json", "serve", "--batch-port", "0", "--live-port", "0", "--api-port", "0"]
    server = begin(serve, stdout=subprocess.PIPE, text=True, env={**os.environ, "RETAIL_API_KEY": KEY})
    at = json.loads(server.stdout.readline())["addresses"]
    endpoints = {
        "`/api/v1/sales/metrics?limit=1000`": at["api"] + "/api/v1/sales/metrics?limit=1000",
        "`/api/v1/products/performance`": at["api"] + "/api/v1/products/performance",
        "`/api/report`": at["batch"] + "/api/report",
        "`/api/daily`": at["batch"] + "/api/daily",
    }
    print("| what | KB | 1,000/s: p50 ms | p99 ms | slowest ms | flat out, 1/s |\n| --- | --- | --- | --- | --- | --- |")
    start = rss(server.pid)
    for name, url in endpoints.items():
        body = get(url)
        rate, p50, p99, slowest = steady(url)
        assert rate > 950, f"{name}: only {rate} a second"
        print(f"| {name} | {len(body) / 1000:.0f} | {p50:.2f} | {p99:.2f} | {slowest:.1f} | {flat_out(url):,.0f} |", flush=True)
        if name.startswith("`/api/v1/sales"):
            bare, address = start_bare(body)
            rate, p50, p99, slowest = steady(address)
            print(f"| the same bytes from bare axum | {len(body) / 1000:.0f} | {p50:.2f} | {p99:.2f} | {slowest:.1f} | {flat_out(address):,.0f} |", flush=True)
            bare.kill()
    print(f"\nMemory: {start:.0f} MiB before, {rss(server.pid):.0f} MiB after.")

    # 100 viewers of a stream that runs, while the API is asked 1,000 times a second.
    stream = begin([RETAIL, "-q", "stream", "--rate", "200", "--loop", "--fresh"])
    time.sleep(2)
    stop, seen = threading.Event(), []
    watch = threading.Thread(target=lambda: seen.extend(viewers(at["live"], 100, stop)), daemon=True)
    watch.start()
    time.sleep(2)
    before = rss(server.pid)
    _, p50, p99, slowest = steady(endpoints["`/api/v1/sales/metrics?limit=1000`"])
    after = rss(server.pid)
    stop.set()
    watch.join()
    print(f"With 100 viewers of a live stream: p50 {p50:.2f} ms, p99 {p99:.2f} ms, slowest {slowest:.1f} ms; "
          f"each viewer got {min(seen)} to {max(seen)} events in {SECONDS + 2} s; {before:.0f} MiB, then {after:.0f} MiB.")
    stream.send_signal(signal.SIGINT)
    server.send_signal(signal.SIGINT)
    stream.wait()
    server.wait()


main()
