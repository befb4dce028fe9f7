//! Batch and streams on a Spark cluster, held against the local engine and the real servers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

#[path = "../kafka/broker.rs"]
#[allow(dead_code)]
mod broker;
#[path = "../kafka/figures.rs"]
#[allow(dead_code)]
mod figures;
#[path = "../lake/servers.rs"]
#[allow(dead_code)]
mod lake;
#[path = "../lake/place.rs"]
#[allow(dead_code)]
mod place;
#[path = "../kafka/world.rs"]
#[allow(dead_code)]
mod world;

mod analyses;
mod cluster;
mod corpus;
mod dirty;
mod ends;
mod events;
mod jobs;
mod live;
mod odd;
mod refused;
mod servers;
mod whole;
