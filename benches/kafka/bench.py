"""The tables of benches/kafka/run, which starts this.

Usage: bench.py RETAIL BROKERS WORK SECTION...
EVENTS in the environment (default 2,000,000) makes a quicker, rougher run; RUNS (default 3) is
the number of runs whose median counts, after one warm-up.
"""
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import measure  # noqa: E402
import world  # noqa: E402
from latency import latency  # noqa: E402

retail, brokers, work = sys.argv[1], sys.argv[2], Path(sys.argv[3])
events = int(os.environ.get("EVENTS", 2_000_000))
runs = int(os.environ.get("RUNS", 3))
admin = AdminClient({"bootstrap.servers": brokers})
names = iter(range(1_000_000))


def create(partitions=4):
    """A topic that no run has seen."""
    topic = f"bench-{os.getpid()}-{next(names)}"
    config = {"file.delete.delay.ms": "1000"}
    wanted = NewTopic(topic, partitions, 1, config=config)
    admin.create_topics([wanted])[topic].result(30)
    return topic


def drop(topic):
    admin.delete_topics([topic])[topic].result(30)


def holds(topic, count):
    """Ends the run unless the topic holds count records, so that nobody is quick by losing."""
    reader = Consumer({"bootstrap.servers": brokers, "group.id": "bench"})
    found = 0
    for partition in reader.list_topics(topic).topics[topic].partitions:
        low, high = reader.get_watermark_offsets(TopicPartition(topic, partition))
        found += high - low
    reader.close()
    if found != count:
        sys.exit(f"{topic} holds {found} records, not {count}")


def prepare(name, count, *generate):
    """Generated sales as `replay` writes them, and with the key before each, for kcat."""
    folder = work / f"{name}-{count}"
    lines, keyed = folder / "jsonl" / "events.jsonl", folder / "keyed"
    if not keyed.exists():
        shutil.rmtree(folder, ignore_errors=True)
        lines.parent.mkdir(parents=True)
        made = folder / "input"
        subprocess.run(
            [retail, "--quiet", "generate", "--start-date", "2025-01-01", "--output", made]
            + list(generate),
            check=True,
            cwd=folder,
        )
        replay = [retail, "--quiet", "replay", "--input", made, "--order", "file", "--rate", "0"]
        with open(lines, "wb") as out:
            subprocess.run(replay, check=True, stdout=out)
        with open(lines) as source, open(folder / "part", "w") as out:
            for line in source:
                product = json.loads(line).get("product") or ""
                out.write(f"{product.strip() or 'UNKNOWN'}\t{line}")
        (folder / "part").rename(keyed)
    with open(lines, "rb") as source:
        return lines.parent, keyed, sum(1 for _ in source)


def classic():
    day = 4000
    return prepare("classic", events, "--profile", "classic", "--days", str(events // day),
                   "--transactions-per-day", str(day))


def kcat_produce(topic, keyed):
    return ["kcat", "-P", "-b", brokers, "-t", topic, "-l", str(keyed), "-K", "\\t",
            "-X", "enable.idempotence=true", "-X", "acks=all"]


def stream(topic, *options):
    """Our stream, with folders that no run has seen."""
    shutil.rmtree(work / "stream", ignore_errors=True)
    return [retail, "stream", "--brokers", brokers, "--topic", topic, "--json",
            "--checkpoint", work / "stream/checkpoint", "--output", work / "stream/output",
            *options]


def filled(keyed, count):
    topic = create()
    measure.once(kcat_produce(topic, keyed), subprocess.DEVNULL)
    holds(topic, count)
    return topic


def turns(count, contenders):
    """Runs contenders (name to a function that does one run) in turn and prints their rows."""
    print("| work | wall s | CPU s | peak MiB | M events/s |")
    print("| --- | --- | --- | --- | --- |")
    rows = {name: [] for name in contenders}
    for run in range(runs + 1):
        for name, contender in contenders.items():
            rows[name].append(contender())
    for name, measured in rows.items():
        measure.row(name, count / 1e6, measured[1:])


def produce():
    folder, keyed, count = classic()

    def fresh(command):
        topic = create()
        measured = measure.once(command(topic), subprocess.DEVNULL)
        holds(topic, count)
        drop(topic)
        return measured

    replay = lambda topic: [retail, "--quiet", "replay", "--input", folder, "--order", "file",
                            "--rate", "0", "--brokers", brokers, "--topic", topic]
    turns(count, {
        "`retail replay` into Kafka": lambda: fresh(replay),
        "kcat, idempotent, acks=all": lambda: fresh(lambda topic: kcat_produce(topic, keyed)),
    })


def consume():
    _, keyed, count = classic()
    topic = filled(keyed, count)
    # Without the short wait, kcat looks for the end of the topic for half a second.
    kcat = ["kcat", "-C", "-b", brokers, "-t", topic, "-o", "beginning", "-e", "-q",
            "-X", "fetch.wait.max.ms=10"]
    turns(count, {
        "`retail stream --until-end`": lambda: ours(topic, count, "--until-end"),
        "kcat, thrown away": lambda: measure.once(kcat, subprocess.DEVNULL),
    })
    drop(topic)


def ours(topic, count, *options):
    """One run of our stream that must have read everything."""
    summary = work / "summary.json"
    with open(summary, "wb") as out:
        measured = measure.once(stream(topic, *options), out)
    read = json.loads(summary.read_text())["read"]
    if read != count:
        sys.exit(f"retail stream read {read} of {count}")
    return measured


def slides():
    # The standard profile has times of day, so that windows fill and close as in earnest.
    # The fewer days, the more events share a window, and the less its row weighs.
    for days in (10, 100):
        _, keyed, count = prepare(f"standard-{days}", events // 2, "--products", "15",
                                  "--days", str(days),
                                  "--transactions-per-day", str(events // 2 // days))
        topic = filled(keyed, count)
        turns(count, {
            f"`retail stream`, {days} days, slide {slide}":
                lambda slide=slide: ours(topic, count, "--until-end", "--window", "1h",
                                         "--slide", slide)
            for slide in ("15m", "5m", "1m")
        })
        drop(topic)


def lag():
    folder, _, _ = classic()
    # One partition, so that "read 700" means the first 700.
    topic = create(1)
    command = stream(topic)
    latency(command, work / "stream/output/_open.json", brokers, topic, folder / "events.jsonl")
    drop(topic)


def spark():
    _, keyed, count = classic()
    topic = filled(keyed, count)
    jars = ",".join(str(jar) for jar in (Path(sys.prefix) / "spark-jars").glob("*.jar"))
    out = work / "spark"

    def peer():
        shutil.rmtree(out, ignore_errors=True)
        start = time.monotonic()
        script = Path(__file__).with_name("spark_peer.py")
        with open(work / "spark.log", "wb") as log:
            done = subprocess.run([sys.executable, script, brokers, topic, out, jars], check=True,
                                  stdout=subprocess.PIPE, stderr=log)
        return time.monotonic() - start, json.loads(done.stdout)

    print("| work | wall s | of it after Spark's start |")
    print("| --- | --- | --- |")
    for _ in range(runs):
        whole, inner = peer()
        print(f"| Spark, {inner['windows']} windows | {whole:.1f} | {inner['seconds']:.1f} |", flush=True)
        wall = ours(topic, count, "--until-end")[0]
        print(f"| `retail stream --until-end` | {wall:.1f} | |", flush=True)
    drop(topic)


def prefix():
    return f"bench-{os.getpid()}-{next(names)}-"


sections = {"produce": produce, "consume": consume, "slides": slides, "latency": lag, "spark": spark,
            "rates": lambda: world.rates(retail, brokers, work, prefix()),
            "alerts": lambda: world.alerts(retail, brokers, work, prefix())}
measure.sections(sections, sys.argv[4:])
