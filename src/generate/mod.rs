//! Generated sales: the classic files byte for byte, or a simulated shop.
//!
//! [`Plan`] checks the settings and holds the shop, [`run`] makes the bytes of every day in
//! order, [`Truth`] says what is in them, and [`master`] writes products, stores and
//! customers. There is no file system here: bytes go to a closure or an [`std::io::Write`].
//!
//! In the standard profile every row is a function of the seed, the sizes of the shop, its
//! date and its number in the day. So chunks of rows are made by any thread in any order, and
//! a return can name the sale of another day without either being remembered.

mod alias;
mod calendar;
mod catalogue;
mod chunk;
mod classic;
mod customers;
mod encode;
mod engine;
mod faults;
pub mod master;
mod parquet;
mod plan;
mod prices;
mod returns;
mod rng;
mod row;
mod stores;
mod truth;
mod words;
mod world;
pub mod worlds;

pub use catalogue::{Catalogue, MAX_PRODUCTS, Product, category};
pub use customers::{Customer, customer};
pub use encode::header;
pub use engine::{Piece, run};
pub use faults::Shares;
pub use parquet::schema;
pub use plan::{Format, Plan, Profile, Settings};
pub use stores::{MAX_STORES, Store, Stores};
pub use truth::{DayTruth, Figures, TRUTH, Truth};
pub use world::{MAX_CUSTOMERS, World};

#[cfg(test)]
mod tests;
