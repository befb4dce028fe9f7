"""How long an event takes from a producer to the live view of a running stream."""
import json
import subprocess
import sys
import time

from confluent_kafka import Producer

RATE, SECONDS, WARM = 500, 10, 1000


class View:
    """The file that the stream replaces: how many records it covers, and when that was seen."""

    def __init__(self, path):
        self.path, self.read, self.stamp = path, 0, None

    def look(self):
        try:
            stat = self.path.stat()
            stamp = (stat.st_ino, stat.st_mtime_ns)
            if stamp != self.stamp:
                self.read = json.loads(self.path.read_text())["read"]
                self.stamp = stamp
        except FileNotFoundError:
            pass
        return self.read


def wait(view, count, child, seconds=30):
    end = time.monotonic() + seconds
    while view.look() < count:
        if child.poll() is not None or time.monotonic() > end:
            sys.exit(f"{view.path} says {view.read} of {count} read; {child.args} ended: {child.poll()}")
        time.sleep(0.0005)


def latency(command, path, brokers, topic, source):
    """Runs the stream, feeds it at RATE and prints the delays."""
    total = WARM + RATE * SECONDS
    with open(source, "rb") as file:
        lines = [line.rstrip(b"\n") for line, _ in zip(file, range(total))]
    # Each event goes out at once: what is measured is not the producer's lingering.
    producer = Producer({"bootstrap.servers": brokers, "linger.ms": 0, "acks": "all"})
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        view = View(path)
        for line in lines[:WARM]:
            producer.produce(topic, line)
        producer.flush()
        wait(view, WARM, child)

        sent, delays = [], []
        start = time.monotonic()
        while len(delays) < RATE * SECONDS:
            now = time.monotonic()
            while len(sent) < RATE * SECONDS and start + len(sent) / RATE <= now:
                sent.append(time.monotonic())
                producer.produce(topic, lines[WARM + len(sent) - 1])
            producer.poll(0)
            read, seen = view.look() - WARM, time.monotonic()
            while len(delays) < min(read, len(sent)):
                delays.append(seen - sent[len(delays)])
            if child.poll() is not None or now > start + SECONDS + 30:
                sys.exit(f"only {len(delays)} of {RATE * SECONDS} came into view")
            time.sleep(0.0005)
    finally:
        child.terminate()
        child.wait(60)
    delays.sort()
    at = lambda share: f"{delays[min(int(len(delays) * share), len(delays) - 1)] * 1000:.0f}"
    print(f"| {RATE} events/s for {SECONDS} s | p50 ms | p99 ms | max ms |")
    print("| --- | --- | --- | --- |")
    print(f"| produced to visible | {at(0.5)} | {at(0.99)} | {at(1)} |", flush=True)
