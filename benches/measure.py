"""Runs a command several times after a warm-up and prints one row of a table.

Usage: measure.py RUNS NAME BYTES COMMAND...
Output is read and thrown away. Peak memory is that of the largest process, by the system's
own account of each finished run.
"""
import os
import statistics
import subprocess
import sys
import time

runs, name, size = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
command = sys.argv[4:]
rows = []
for run in range(runs + 1):
    start = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    while child.stdout.read(1 << 20):
        pass
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - start
    if status:
        sys.exit(f"{command} ended with {status}")
    if run:
        rows.append((wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024))
wall, cpu, peak = (statistics.median(column) for column in zip(*rows))
print(f"| {name} | {wall:.2f} | {cpu:.2f} | {peak:.0f} | {size / wall / 1e6:.0f} |", flush=True)
