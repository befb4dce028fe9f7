"""Copies a folder to or from S3 by Arrow's client in C++, many files at once.

Usage: s3_copy.py FROM TO
One of them is s3://BUCKET/FOLDER; keys and endpoint are those of AWS_*.
"""
import os
import sys
from pathlib import Path

from pyarrow import fs

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests/lake"))
from place import place  # noqa: E402

(source, folder), (target, to) = place(sys.argv[1]), place(sys.argv[2])
if not sys.argv[2].startswith("s3://"):
    os.makedirs(to, exist_ok=True)
fs.copy_files(folder, to, source_filesystem=source, destination_filesystem=target)
