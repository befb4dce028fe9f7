"""The windowed revenue per product with Spark Structured Streaming, as of `retail stream`.

Usage: spark_peer.py BROKERS TOPIC FOLDER JARS
Reads all that the topic holds, writes Parquet with a checkpoint under FOLDER and prints the
wall seconds of the query without Spark's start, and the windows written.
"""
import json
import os
import sys
import time

brokers, topic, folder, jars = sys.argv[1:]
os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
os.environ["PYSPARK_PYTHON"] = sys.executable

from pyspark.sql import SparkSession, functions as f  # noqa: E402

spark = (
    SparkSession.builder.master("local[*]")
    .config("spark.jars", jars)
    .config("spark.ui.enabled", "false")
    .config("spark.sql.session.timeZone", "UTC")
    # Its default of 200 suits a cluster and would make it slower here.
    .config("spark.sql.shuffle.partitions", os.cpu_count())
    # With its defaults, 1 GB and G1, it collects garbage for a third of the time.
    .config("spark.driver.memory", "4g")
    .config("spark.driver.extraJavaOptions", "-XX:+UseParallelGC")
    # A field that cannot be read becomes null, in place of ending the query.
    .config("spark.sql.ansi.enabled", "false")
    .getOrCreate()
)
start = time.monotonic()
fields = ("order_time", "order_date", "product", "quantity", "unit_price", "amount")
schema = ", ".join(f"{field} STRING" for field in fields)
money = "DECIMAL(18,4)"
events = (
    spark.readStream.format("kafka")
    .option("kafka.bootstrap.servers", brokers)
    .option("subscribe", topic)
    .option("startingOffsets", "earliest")
    .load()
    .select(f.from_json(f.col("value").cast("string"), schema).alias("e"))
    .select(
        f.to_timestamp(f.coalesce("e.order_time", "e.order_date")).alias("time"),
        f.expr("coalesce(nullif(trim(e.product), ''), 'UNKNOWN')").alias("product"),
        f.expr(
            f"coalesce(cast(e.amount AS {money}),"
            f" cast(cast(e.quantity AS INT) * cast(e.unit_price AS {money}) AS {money}))"
        ).alias("amount"),
    )
)
windows = (
    events.withWatermark("time", "15 minutes")
    .groupBy(f.window("time", "1 hour", "15 minutes"), "product")
    .agg(f.sum("amount").cast(money).alias("revenue"))
    # What cannot be read has no window or no amount. A filter before the sum says the same, but
    # Spark moves it before the parsing, parses anew for every field in it, and takes half as long
    # again.
    .where("revenue IS NOT NULL")
    .select("product", "revenue", "window.start", "window.end")
)
query = (
    windows.writeStream.format("parquet")
    .outputMode("append")
    .option("path", f"{folder}/output")
    .option("checkpointLocation", f"{folder}/checkpoint")
    .trigger(availableNow=True)
    .start()
)
query.awaitTermination()
seconds = time.monotonic() - start
written = spark.read.parquet(f"{folder}/output").agg(f.count("*"), f.sum("revenue")).first()
print(json.dumps({"seconds": seconds, "windows": written[0], "revenue": str(written[1])}))
