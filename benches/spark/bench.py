"""The rows of the table: `batch` by both engines over growing inputs, and all analyses of the first.

Usage: bench.py RETAIL FOLDER REMOTE ROWS...
"""

import filecmp
import os
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
from measure import once

DAYS = 100
TICKS = os.sysconf("SC_CLK_TCK")


def spent(work):
    """CPU seconds of the server so far, and the peak of its memory in MiB."""
    pid = (work / "services/spark/spark.pid").read_text().split()[0]
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    status = Path(f"/proc/{pid}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return (int(fields[11]) + int(fields[12])) / TICKS, int(peak.split()[1]) / 1024


def same(one, other):
    """Both have the same CSVs, byte for byte."""
    files = sorted(path.relative_to(one) for path in one.rglob("*.csv"))
    if not files or any(not filecmp.cmp(one / file, other / file, shallow=False) for file in files):
        sys.exit(f"{one} and {other} differ")


def pair(retail, work, remote, data, name, more):
    """Both engines in turn, a run each; what they write must be the same."""
    local, far = work / "local", work / "far"
    for folder in (local, far):
        shutil.rmtree(folder, ignore_errors=True)
    batch = [retail, "-q", "batch", "--input", str(data), *more]
    wall, cpu, peak = once([*batch, "--output", str(local)])
    print(f"| {name} | this process | {wall:.2f} | {cpu:.1f} | {peak:.0f} |", flush=True)
    before, _ = spent(work)
    engine = ["--engine", "spark", "--remote", remote]
    wall, cpu, _ = once([*batch, "--output", str(far), *engine])
    after, peak = spent(work)
    print(f"| {name} | Spark | {wall:.2f} | {after - before + cpu:.1f} | {peak:.0f} |", flush=True)
    same(local, far)


def main():
    retail, work, remote, sizes = sys.argv[1], Path(sys.argv[2]), sys.argv[3], sys.argv[4:]
    made = {}
    for rows in sizes:
        made[rows] = work / f"in-{rows}"
        if not (made[rows] / "_SUCCESS").exists():
            generate = ["generate", "--profile", "classic", "--days", str(DAYS)]
            each = ["--transactions-per-day", str(int(rows) // DAYS)]
            to = ["--output", str(made[rows])]
            subprocess.run([retail, "-q", *generate, *each, *to], check=True)
    first = made[sizes[0]]
    warm = [retail, "-q", "batch", "--input", str(first), "--output", str(work / "far")]
    for _ in range(2):
        once([*warm, "--engine", "spark", "--remote", remote])
    print("| rows | by | wall s | CPU s | peak MiB |\n| --- | --- | --- | --- | --- |")
    for rows, data in made.items():
        pair(retail, work, remote, data, f"{int(rows):,}", [])
    pair(retail, work, remote, first, f"{int(sizes[0]):,}, all analyses", ["--analysis", "all"])


main()
