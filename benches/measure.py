"""Runs a command several times after a warm-up and prints one row of a table.

Usage: measure.py RUNS NAME BYTES COMMAND...
No RUNS is the warm-up alone, for what takes minutes.
Output is read and thrown away. Peak memory is that of the largest process, by the system's
own account of each finished run.
"""
import os
import statistics
import subprocess
import sys
import time


def once(command, stdout=subprocess.PIPE):
    """Wall and CPU seconds and peak MiB of one run."""
    start = time.monotonic()
    child = subprocess.Popen(command, stdout=stdout, stderr=subprocess.DEVNULL)
    while child.stdout and child.stdout.read(1 << 20):
        pass
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - start
    if status:
        sys.exit(f"{command} ended with {status}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def row(name, size, rows):
    """A line of the table; size is what a run works on, in millions."""
    wall, cpu, peak = (statistics.median(column) for column in zip(*rows))
    rate = size / wall
    print(f"| {name} | {wall:.2f} | {cpu:.2f} | {peak:.0f} | {rate:.{0 if rate >= 20 else 2}f} |", flush=True)


def sections(known, names):
    """Runs sections by name, each with a heading."""
    if unknown := [name for name in names if name not in known]:
        sys.exit(f"no section {unknown[0]}; there are: {', '.join(known)}")
    print(f"# {os.cpu_count()} cores, {time.strftime('%F')}")
    for name in names:
        print(f"\n## {name}\n", flush=True)
        known[name]()


if __name__ == "__main__":
    runs, name, size = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    rows = [once(sys.argv[4:]) for _ in range(runs + 1)]
    row(name, size / 1e6, rows[1:] or rows)
