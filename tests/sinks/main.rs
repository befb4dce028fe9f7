//! Databases, real ones: what they hold is what the folder holds, each row once, whatever dies when.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
mod doctor;
mod init;
mod kills;
mod lambda;
mod others;
mod refused;
mod servers;
mod tls;
mod trouble;
mod whole;
