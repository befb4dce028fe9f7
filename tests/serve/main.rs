//! `retail serve`: who is let in, what hostile clients cannot do, what answers look like, and
//! how it ends.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod access;
mod answers;
mod cache;
mod client;
mod ends;
mod hostile;
mod login;
mod pages;
mod paging;
mod parameters;
mod room;
mod shared;
mod starts;
mod world;
