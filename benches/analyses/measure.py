"""Usage: measure.py NAME COMMAND…: seconds, CPU seconds and peak memory of a command."""

import resource
import subprocess
import sys
import time

name, *command = sys.argv[1:]
began = time.monotonic()
subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
wall = time.monotonic() - began
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"| {name} | {wall:.1f} | {used.ru_utime + used.ru_stime:.1f} | {used.ru_maxrss // 1024} |")
