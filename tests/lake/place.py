"""Where Arrow's clients find an address: a local path or s3://, with AWS_* of the environment."""

import os

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
