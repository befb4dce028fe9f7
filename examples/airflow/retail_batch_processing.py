"""The daily run as an Airflow DAG, for Airflow 3: put it into the folder of DAGs.

The workers need `retail` on their path. Each task is one command of it; what they read and write
stands here, what else they are told comes from RETAIL_* variables of the workers, or from a
retail.toml in their folder:

RETAIL_HOME   the folder in which they run, with data/input (default /srv/retail)
HDFS_URL      the NameNode, such as hdfs://namenode:8020; without it everything stays in RETAIL_HOME
"""

import os
from datetime import datetime, timedelta, timezone

from airflow.sdk import dag, task

HOME = os.environ.get("RETAIL_HOME", "/srv/retail")
HDFS = os.environ.get("HDFS_URL", "").rstrip("/")
FOLDERS = (
    f"--input {HDFS}/data/input --output {HDFS}/data/output"
    if HDFS
    else "--input data/input --output data/output"
)


@dag(
    dag_id="retail_batch_processing",
    description="Daily revenue per product, and the proof of it",
    schedule="@daily",
    start_date=datetime(2023, 10, 1, tzinfo=timezone.utc),
    catchup=False,
    # A second run would be refused while the first one writes.
    max_active_runs=1,
    default_args={
        "owner": "retail",
        "retries": 1,
        "retry_delay": timedelta(minutes=5),
        "execution_timeout": timedelta(hours=2),
    },
    tags=["retail", "batch"],
)
def retail_batch_processing():
    @task.bash(cwd=HOME)
    def upload() -> str:
        return f"retail upload-hdfs --input data/input --hdfs {HDFS} --wait 60s"

    @task.bash(cwd=HOME)
    def process_retail_events() -> str:
        return f"retail batch {FOLDERS} --csv-output data/output --wait-for-input 300s"

    # Its exit status 3 says that a figure differs, which no second try mends.
    @task.bash(cwd=HOME, retries=0)
    def verify() -> str:
        return f"retail verify {FOLDERS}"

    process = process_retail_events()
    process >> verify()
    if HDFS:
        upload() >> process


retail_batch_processing()
