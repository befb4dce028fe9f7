"""Copies a folder to or from S3 by Arrow's client in C++, many files at once.

Usage: s3_copy.py FROM TO
One of them is s3://BUCKET/FOLDER; keys and endpoint are those of AWS_*.
"""
import os
import sys

from pyarrow import fs


def place(address):
    if not address.startswith("s3://"):
        return fs.LocalFileSystem(), os.path.abspath(address)
    store = fs.S3FileSystem(
        access_key=os.environ["AWS_ACCESS_KEY_ID"],
        secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
        region=os.environ["AWS_REGION"],
        endpoint_override=os.environ["AWS_ENDPOINT_URL"],
    )
    return store, address.removeprefix("s3://")


(source, folder), (target, to) = place(sys.argv[1]), place(sys.argv[2])
if not sys.argv[2].startswith("s3://"):
    os.makedirs(to, exist_ok=True)
fs.copy_files(folder, to, source_filesystem=source, destination_filesystem=target)
