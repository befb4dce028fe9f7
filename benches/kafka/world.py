"""A world of events on Kafka: whether its rates hold far above real speed, and how soon an alert is
seen at real speed."""
import json
import shutil
import subprocess
import sys
import time
from datetime import datetime, timezone

from confluent_kafka import Consumer, TopicPartition

TOPICS = {"transactions": 100, "product_views": 300, "cart_events": 100}
JOBS = "sales,metrics,anomalies,sessions,cart_abandonment"


def stamps(brokers, topic):
    """The number of messages of a topic in each millisecond in which they were sent."""
    reader = Consumer({"bootstrap.servers": brokers, "group.id": "bench-world"})
    left, found = 0, {}
    places = []
    for partition in reader.list_topics(topic).topics[topic].partitions:
        low, high = reader.get_watermark_offsets(TopicPartition(topic, partition))
        left += high - low
        places.append(TopicPartition(topic, partition, low))
    reader.assign(places)
    while left:
        for message in reader.consume(10_000, 5):
            stamp = message.timestamp()[1]
            found[stamp] = found.get(stamp, 0) + 1
            left -= 1
    reader.close()
    return found


def stream(retail, brokers, prefix, work, jobs):
    shutil.rmtree(work / "jobs", ignore_errors=True)
    topics = ",".join(prefix + name for name in TOPICS)
    return [retail, "--json", "stream", "--job", jobs, "--brokers", brokers, "--topic", topics,
            "--checkpoint", work / "jobs/checkpoint", "--output", work / "jobs/output"]


def rates(retail, brokers, work, prefix, speed=100, minutes=10):
    """Ten minutes of event time, alone and with all jobs reading along."""
    print("| read by | topic | events | wanted | seconds | wanted | events/s, of any second but the first and last |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for reader, jobs in (("nobody", None), ("five jobs", JOBS)):
        behind = world(retail, brokers, work, prefix + reader.replace(" ", "-") + "-", (reader, jobs), speed, minutes)
    print(f"\n{behind}", flush=True)


def world(retail, brokers, work, prefix, reader, speed, minutes):
    """The rows of one run, and how far the jobs were behind."""
    make = ["generate", "--world", "globalmart", "--brokers", brokers, "--topic-prefix", prefix]
    subprocess.run([retail, "--quiet", *make, "--topics", "only"], check=True)
    who, jobs = reader
    live = work / "jobs/output/_live.json"
    if jobs:
        follower = subprocess.Popen(stream(retail, brokers, prefix, work, jobs), stdout=subprocess.PIPE)
        while not live.exists():
            time.sleep(0.01)
    made = subprocess.run([retail, "--json", *make, "--duration", f"{minutes}m", "--speed", str(speed)],
                          check=True, stdout=subprocess.PIPE)
    sent, total = time.monotonic(), json.loads(made.stdout)["events"]
    while jobs and json.loads(live.read_text())["read"] < total:
        time.sleep(0.01)
    behind, wanted = time.monotonic() - sent, minutes * 60 / speed
    for name, rate in TOPICS.items():
        found = stamps(brokers, prefix + name)
        count, first, last = sum(found.values()), min(found), max(found)
        # Any second, begun at each tenth of one.
        seconds = [sum(n for at, n in found.items() if start <= at < start + 1000)
                   for start in range(first + 100, last - 1100, 100)]
        print(f"| {who} | {name} | {count:,} | {rate * minutes * 60:,} | {(last - first) / 1000:.3f} | {wanted:.3f} "
              f"| {min(seconds):,} to {max(seconds):,} |", flush=True)
    if not jobs:
        return None
    follower.terminate()
    late = json.loads(follower.communicate(timeout=60)[0])["late"]
    return f"All five jobs had read the {total:,} events {behind:.1f} s after the last was sent, {late} of them late."


def alerts(retail, brokers, work, prefix, seconds=60):
    """Real speed, from the event's own time to the view."""
    make = [retail, "--quiet", "generate", "--world", "globalmart", "--brokers", brokers,
            "--topic-prefix", prefix, "--anomalies", "0.02"]
    subprocess.run([*make, "--topics", "only"], check=True)
    follower = subprocess.Popen(stream(retail, brokers, prefix, work, "anomalies"),
                                stdout=subprocess.DEVNULL)
    live, seen, last = work / "jobs/output/_live.json", {}, None
    while not live.exists():
        time.sleep(0.01)
    maker = subprocess.Popen([*make, "--duration", f"{seconds}s"])
    end = None
    while end is None or time.monotonic() < end:
        if end is None and maker.poll() is not None:
            end = time.monotonic() + 2
        text = live.read_bytes()
        if text != last:
            last, now = text, time.time()
            for alert in json.loads(text)["alerts"]:
                seen.setdefault(json.dumps(alert.get("alert_id") or alert, sort_keys=True), (alert, now))
        time.sleep(0.002)
    follower.terminate()
    follower.wait(60)
    if maker.returncode or not seen:
        sys.exit(f"{len(seen)} alerts; the world ended with {maker.returncode}")

    def event(alert):
        text = alert.get("detected_at") or alert["event_time"]
        return datetime.fromisoformat(text.rstrip("Z")).replace(tzinfo=timezone.utc).timestamp()

    delays = sorted(now - event(alert) for alert, now in seen.values())
    at = lambda share: f"{delays[min(int(len(delays) * share), len(delays) - 1)] * 1000:.0f}"
    print("| alerts at real speed | p50 ms | p99 ms | max ms |")
    print("| --- | --- | --- | --- |")
    print(f"| {len(delays)} in {seconds} s, event time to view | {at(0.5)} | {at(0.99)} | {at(1)} |", flush=True)
