//! The accepted records of a run, as rows for the analyses: kept in a working folder that goes
//! with the run, and read some days at a time.

pub mod line;
pub mod spool;

pub use line::Line;
pub use spool::{Part, Spool, Sum, Told};
