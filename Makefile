# The targets people expect; `make` alone lists them.
.DEFAULT_GOAL := help
.PHONY: help setup demo build test kill-test lint bench bench-kafka bench-serve bench-ingest bench-sinks bench-analyses bench-lake bench-live bench-keyed services-stop daily report \
	up-batch up-streaming down fmt completions clean

RETAIL = $$(scripts/binary)

# Containers write as whoever calls make.
BATCH = -f docker-compose.batch.yml
STREAMING = -f docker-compose.streaming.yml
COMPOSE = CONTAINER_UID=$$(id -u) CONTAINER_GID=$$(id -g) docker compose

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Look for what a build needs, and install it where that is possible
	@scripts/setup

build: setup ## The release binary
	cargo build --release --locked

demo: build ## Sales, their sums, live windows and the dashboards, until Ctrl-C
	@$(RETAIL) demo

test: setup ## All tests
	cargo test --locked
	scripts/invariants

kill-test: setup ## Streams killed a thousand times; takes many minutes
	RETAIL_KILLS=$${RETAIL_KILLS:-1000} cargo test --locked --test stream --test kafka kill

lint: setup ## Formatting, clippy and documentation, warnings denied
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps

bench: build ## Speed and memory against Polars, DuckDB and tpchgen-cli
	benches/run $(RETAIL)

bench-kafka: build ## The event path against kcat and Spark, on a real Kafka
	benches/kafka/run $(RETAIL)

bench-serve: build ## The dashboards and the API under load, against bare axum
	benches/serve/run $(RETAIL)

bench-ingest: build ## Records by HTTP into a real Kafka: pace, batches, flat out, kill -9 in between
	benches/ingest/run $(RETAIL)

bench-sinks: build ## A million rows into each database against its own way for bulk
	benches/sinks/run $(RETAIL)

bench-analyses: build ## All analyses of 3 and 30 million rows against DuckDB with the same SQL
	benches/analyses/run $(RETAIL)

bench-spark: build ## Batch by this process and by a Spark on the same cores, 1 to 100 million rows
	benches/spark/run $(RETAIL)

bench-lake: build ## HDFS and S3 against Hadoop's shell and Arrow's S3 client
	benches/lake/run $(RETAIL)

bench-live: build ## The jobs over events, and ten million open visits
	benches/live/run $(RETAIL)

bench-keyed: setup ## State by key, with its checkpoint and start, at ten million keys
	cargo bench --locked --bench keyed

services-stop: ## Stop the servers that tests started
	scripts/services stop

daily: build ## The daily batch: sums of data/input to data/output, and the proof of them
	@$(RETAIL) batch
	@$(RETAIL) verify

report: build ## The report of the last day in data/output, as data/output/report.html
	@$(RETAIL) report --to data/output/report.html

up-batch: ## The batch stack in containers: HDFS, sums, dashboard; wants RETAIL_API_KEY
	$(COMPOSE) $(BATCH) up --build --detach dashboard

up-streaming: ## The streaming stack: Kafka, HDFS, windows, dashboard; wants RETAIL_API_KEY
	$(COMPOSE) $(STREAMING) up --build --detach streaming-dashboard

down: ## End both stacks; what they hold stays
	RETAIL_API_KEY=$${RETAIL_API_KEY:-none} $(COMPOSE) $(BATCH) $(STREAMING) down

fmt: ## Format the sources
	cargo fmt

completions: build ## Write the shell completions anew
	scripts/completions $(RETAIL)

clean: ## Remove what was built
	cargo clean
