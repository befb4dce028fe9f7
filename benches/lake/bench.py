"""The tables of benches/lake/run, which starts this.

Usage: bench.py RETAIL HDFS WORK STORE ADDRESS
STORE is hdfs or s3, served at ADDRESS; HDFS is Hadoop's shell. RUNS (3) is the number of runs
whose median counts, after one warm-up.
"""
import filecmp
import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import measure  # noqa: E402

retail, hdfs, work, store, address = sys.argv[1:]
work = Path(work)
days, runs = os.environ.get("DAYS", "500"), int(os.environ.get("RUNS", 3))
os.environ |= {"HADOOP_USER_NAME": "root", "AWS_ENDPOINT_URL": address, "AWS_REGION": "us-east-1"}
os.environ |= {"AWS_ACCESS_KEY_ID": "retail", "AWS_SECRET_ACCESS_KEY": "retailsecret"}
local, got, out = work / "input", work / "got", work / "out"
generate = [retail, "generate", "--days", days, "--start-date", "2024-01-01"]
generate += ["--transactions-per-day", "32000", "--output"]
if not (local / f"files-{days}").exists():
    shutil.rmtree(local, ignore_errors=True)
    measure.once([*generate, str(local), "--master", str(work / "master")])
    (local / f"files-{days}").touch()
files = sorted(local.glob("*.csv"))
size = sum(file.stat().st_size for file in files)
print(f"\n{len(files)} files, {size / 1e9:.2f} GB, {store}; median of {runs}\n")
print("| work | wall s | CPU s | peak MiB | MB/s |\n| --- | --- | --- | --- | --- |")


def row(name, *commands, before=lambda: None):
    """Several commands count as one piece of work: their times add up, the largest peak counts."""
    rows = []
    for _ in range(runs + 1):
        before()
        walls, cpus, peaks = zip(*(measure.once(command) for command in commands))
        rows.append((sum(walls), sum(cpus), max(peaks)))
    measure.row(name, size / 1e6, rows[1:])


def clear():
    shutil.rmtree(got, ignore_errors=True)


def batch(source, csv):
    """The sums of a source, written here, so that reading is what differs."""
    return [retail, "batch", "--input", str(source), "--output", str(out), "--csv-output", str(csv)]


def same(name):
    """Ends the run unless the CSVs are those of the local run."""
    here, there = (work / name / "analysis_csv/part-00000.csv" for name in ("csv-local", name))
    if not filecmp.cmp(here, there, shallow=False):
        sys.exit(f"{there} differs from {here}")


row("`batch`, local files", batch(local, work / "csv-local"))
if store == "hdfs":
    dfs = [hdfs, "dfs"]
    far = f"{address}/data/input"
    upload = [retail, "upload-hdfs", "--input", str(local), "--hdfs", address]
    row("`upload-hdfs --force`", [*upload, "--force"])
    measure.once([*dfs, "-mkdir", "-p", "/put"])
    row("`hdfs dfs -put -f -t 16`", [*dfs, "-put", "-f", "-t", "16", str(local), "/put/"])
    # Minutes, and no peer in earnest: once is enough.
    once = measure.once([*dfs, "-put", "-f", str(local), "/put/"])
    measure.row("`hdfs dfs -put -f`, one thread as is usual, once", size / 1e6, [once])
    measure.once([*dfs, "-rm", "-r", "-skipTrash", "/put"])
    row("`upload-hdfs` again, nothing changed", upload)
    row("`batch` of HDFS", batch(far, work / "csv-hdfs"))
    fetch = [*dfs, "-get", "-t", "16", "/data/input", str(got)]
    row("`hdfs dfs -get -t 16`", fetch, before=clear)
    row("`hdfs dfs -get -t 16`, then `batch`", fetch, batch(got, work / "csv-got"), before=clear)
    same("csv-hdfs")
else:
    copy = [sys.executable, str(Path(__file__).with_name("s3_copy.py"))]
    far = "s3://retail/bench"
    row("`generate` on S3", [*generate, f"{far}/input", "--master", f"{far}/master"])
    clear()
    row("`generate` here, then Arrow's copy", [*generate, str(got), "--master", str(work / "m")],
        [*copy, str(got), f"{far}/copied"])
    row("Arrow's copy to S3", [*copy, str(local), f"{far}/copied"])
    row("`batch` of S3", batch(f"{far}/input", work / "csv-s3"))
    fetch = [*copy, f"{far}/input", str(got)]
    row("Arrow's copy from S3", fetch, before=clear)
    row("Arrow's copy from S3, then `batch`", fetch, batch(got, work / "csv-got"), before=clear)
    same("csv-s3")
same("csv-got")
clear()
