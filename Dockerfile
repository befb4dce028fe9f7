# syntax=docker/dockerfile:1
# The versions that plain `docker build .` takes; compose hands over those of .env.
ARG RUST_VERSION=1.95.0
ARG DEBIAN_VERSION=12.12

FROM rust:${RUST_VERSION}-slim-bookworm AS build
# What scripts/setup looks for and the image lacks.
RUN apt-get update \
    && apt-get install -y --no-install-recommends g++ libprotobuf-dev libssl-dev make pkg-config protobuf-compiler zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
# The caches outlive a build, so that a change of one file does not compile all dependencies.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/build/target,sharing=locked \
    cargo build --release --locked \
    && cp target/release/retail /retail

FROM debian:${DEBIAN_VERSION}-slim
# The libraries that the program links, and the authorities that vouch for S3 and Kafka over TLS.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libssl3 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1000 --user-group --no-create-home --home-dir /retail retail \
    && install -d -o retail -g retail /retail
COPY --from=build /retail /usr/local/bin/retail
COPY --chmod=755 scripts/health /usr/local/bin/health
COPY LICENSE /usr/share/doc/retail/copyright
USER retail
# Relative paths start here: mount data/ and checkpoints/ below. Nothing else is written but /tmp,
# so the root may be read-only.
WORKDIR /retail
EXPOSE 5000 5100 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["health", "5000"]
ENTRYPOINT ["retail"]
# All dashboards and the API. They want RETAIL_API_KEY, because they are not on loopback.
CMD ["serve", "--listen", "0.0.0.0"]
