"""What a lake holds, read by others than retail: files byte by byte, sums by pyarrow.

    read.py get s3://BUCKET/FOLDER TO       copies all objects below a folder
    read.py sums INPUT... -- PARQUET        figures of CSVs by decimal arithmetic, and of Parquet

An address is a local path or s3://; keys and endpoint of S3 are those of AWS_*.
"""

import csv
import io
import json
import os
import sys
from decimal import Decimal

import pyarrow.compute as pc
import pyarrow.dataset as ds
from place import place
from pyarrow import fs


def files(store, folder):
    found = store.get_file_info(fs.FileSelector(folder, recursive=True, allow_not_found=True))
    return sorted(info.path for info in found if info.type == fs.FileType.File)


def get(address, to):
    store, folder = place(address)
    for path in files(store, folder):
        target = os.path.join(to, os.path.relpath(path, folder))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as out:
            out.write(store.open_input_file(path).read())


def of_csv(addresses):
    """The sum of each day and product, of files that every row of which counts."""
    sums = {}
    for address in addresses:
        store, folder = place(address)
        for path in files(store, folder):
            if not path.endswith(".csv"):
                continue
            text = store.open_input_file(path).read().decode()
            for row in csv.DictReader(io.StringIO(text)):
                key = f'{row["order_date"][:10]} {row["product"]}'
                sums[key] = sums.get(key, Decimal(0)) + Decimal(row["amount"])
    return sums


def of_parquet(address):
    store, folder = place(address)
    # Polars and Spark take hidden names for none of theirs, and so does pyarrow.
    table = ds.dataset(folder, filesystem=store, format="parquet", partitioning="hive").to_table()
    rows = zip(*(table[name].to_pylist() for name in ("order_date", "product", "total_amount")))
    sums = {f"{day} {product}": amount for day, product, amount in rows}
    assert len(sums) == table.num_rows, "a day and product twice"
    assert pc.sum(table["total_amount"]).as_py() == sum(sums.values())
    return sums


def text(sums):
    return {key: f"{value:.4f}" for key, value in sums.items()}


match sys.argv[1:]:
    case ["get", address, to]:
        get(address, to)
    case ["sums", *inputs, "--", output]:
        print(json.dumps([text(of_csv(inputs)), text(of_parquet(output))]))
    case _:
        sys.exit(__doc__)
