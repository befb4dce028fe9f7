//! Databases, real ones: what they hold is what the folder holds, each row once, whatever dies when.

#[path = "../common/mod.rs"]
mod common;
mod init;
mod kills;
mod lambda;
mod refused;
mod servers;
mod tls;
mod whole;
