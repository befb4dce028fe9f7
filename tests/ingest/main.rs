//! `retail serve ingest` and a real Kafka: what is posted is there, cleaned and once, whoever dies
//! when; and who may post, and how much.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

#[allow(dead_code)]
#[path = "../kafka/broker.rs"]
mod broker;
#[allow(dead_code)]
#[path = "../serve/client.rs"]
mod client;
#[allow(dead_code, unused_imports)]
#[path = "../kafka/figures.rs"]
mod figures;
#[allow(dead_code)]
#[path = "../kafka/world.rs"]
mod world;

mod access;
mod desk;
mod ends;
mod kills;
mod once;
mod orders;
mod pressure;
mod records;
mod schema;
