"""The tables of benches/live/run, which starts this.

Usage: bench.py RETAIL WORK SECTION...
EVENT_SECONDS in the environment (default 1680) makes `keys` shorter, with fewer visits; RUNS (default 3)
is the number of runs whose median counts in `jobs`, after one warm-up.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import measure  # noqa: E402

retail, work = sys.argv[1], Path(sys.argv[2])
runs = int(os.environ.get("RUNS", 3))


def world(name, *options):
    """The events of a world, made once, and how many they are."""
    folder = work / "-".join([name, *options]).replace("--", "")
    if not (folder / "_SUCCESS").exists():
        # Of the other worlds here it has none.
        master = ["--master", work / "master"] if name == "globalmart" else []
        subprocess.run([retail, "--quiet", "generate", "--world", name, "--start",
                        "2025-01-01T10:00:00", "--output", folder, *master, *options], check=True)
    return folder, json.loads((folder / "_truth.json").read_text())["events"]


def stream(jobs, folder, *options):
    return [retail, *options, "stream", "--job", jobs, "--input", folder, "--rate", "0",
            "--output", work / "output", "--checkpoint", work / "checkpoint"]


def fresh():
    for name in ("output", "checkpoint"):
        shutil.rmtree(work / name, ignore_errors=True)


def jobs():
    """One pass over the files of a world, the look over them before included."""
    size = ["--rate", "2000", "--duration", "10m"]
    shop = ["sales", "metrics", "anomalies", "sessions", "cart_abandonment"]
    cases = [("globalmart", job) for job in [*shop, ",".join(shop)]]
    cases += [("inventory", "inventory"), ("inventory", "sales")]
    print("| jobs | wall s | CPU s | peak MiB | M events/s |")
    print("| --- | --- | --- | --- | --- |")
    for name, job in cases:
        folder, count = world(name, *size)
        rows = []
        for _ in range(runs + 1):
            fresh()
            rows.append(measure.once([*stream(job, folder, "--quiet"), "--until-end"]))
        measure.row(f"`{name}`: {job.replace(',', ', ')}", count / 1e6, rows[1:])


def view():
    try:
        return json.loads((work / "output/_live.json").read_text())
    except FileNotFoundError:
        return None


def peak(child):
    status = Path(f"/proc/{child.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


def commits(port):
    """Commits so far, the time they took, and the least bucket that holds 99 % of them."""
    text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics").read().decode()
    found = dict(re.findall(r"^retail_commit_duration_seconds_(sum|count)\S* (\S+)", text, re.M))
    buckets = re.findall(r'^retail_commit_duration_seconds_bucket\S*le="([^"]+)"\S* (\S+)', text, re.M)
    count = float(found["count"])
    most = next(edge for edge, within in buckets if float(within) >= 0.99 * count)
    return int(count), float(found["sum"]), most


def run(folder, port, until):
    """Runs `sessions` until a view is as wanted, and a signal then ends it."""
    command = stream("sessions", folder, "--verbose") + ["--metrics-addr", f"127.0.0.1:{port}"]
    log = work / "log"
    with open(log, "wb") as told:
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=told)
        try:
            first = None
            while True:
                time.sleep(0.2)
                seen = view()
                if child.poll() is not None:
                    sys.exit(f"it ended: {log.read_text()}")
                if seen is None:
                    continue
                first = first or (time.monotonic(), seen["read"])
                if until(seen):
                    break
            seconds, read = time.monotonic() - first[0], seen["read"] - first[1]
            made = commits(port)
            memory = peak(child)
        finally:
            child.send_signal(signal.SIGINT)
            began = time.monotonic()
            child.wait(120)
    return seen, read / max(seconds, 1e-9), memory, made, time.monotonic() - began, log.read_text()


def keys():
    """Visits of 30 minutes' patience, of which none has ended yet."""
    seconds = os.environ.get("EVENT_SECONDS", "1680")
    folder, count = world("globalmart", "--rate", "20000", "--duration", f"{seconds}s",
                          "--customers", "200000000")
    fresh()
    # The last file may be at its end before all are read: a second is left out.
    enough = count - 20_000
    seen, rate, memory, made, drained, _ = run(folder, 19471, lambda v: v["read"] >= enough)
    held = seen["jobs"]["sessions"]["keys"]
    size = sum(file.stat().st_size for file in (work / "checkpoint").iterdir())
    print("| visits open at once | events/s | peak MiB | commits | mean ms | 99 % within s | drained s |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    count, total, most = made
    print(f"| {held:,} | {rate:,.0f} | {memory:.0f} | {count} | {total / count * 1000:.0f} | {most} "
          f"| {drained:.1f} |", flush=True)
    began = time.monotonic()
    mark = view()["updated"]
    again, _, memory, _, _, log = run(folder, 19472, lambda v: v["updated"] > mark)
    took = time.monotonic() - began
    restored = re.search(r"with (\d+) keys, read in (\S+) s", log)
    print(f"\nA checkpoint of {size / 2**20:.0f} MiB; started again, {int(restored[1]):,} keys are back after "
          f"{float(restored[2]):.1f} s, with {memory:.0f} MiB; the first view came {took:.0f} s after the start, "
          f"which had read the {sum(f.stat().st_size for f in folder.rglob('*.jsonl')) / 2**30:.0f} GiB to see that "
          "they are the same.")


sections = {"jobs": jobs, "keys": keys}
measure.sections(sections, sys.argv[3:])
