//! The record of a sale: money, time, fields and the one definition of cleaning.
//!
//! Nothing here reads or writes; batch, stream and ingest call the same [`clean::clean`].

pub mod clean;
pub mod counts;
pub mod details;
pub mod event;
pub mod field;
pub mod mapping;
pub mod money;
pub mod quality;
pub mod reject;
pub mod time;

pub use clean::{Kind, Row, Sale, clean};
pub use counts::Counts;
pub use details::{Details, details};
pub use event::{Event, read};
pub use field::Field;
pub use mapping::{Mapping, Rules};
pub use money::{Money, Total};
pub use reject::Reason;
pub use time::{DateFormat, Day, Time};
