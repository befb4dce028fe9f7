//! The live dashboard: the stream's closed windows from its files, the open ones from the view
//! that it writes beside them.

pub mod page;
pub mod parts;
pub mod pulse;
pub mod routes;
pub mod source;
pub mod state;
pub mod summary;
pub mod view;
pub mod windows;

pub use pulse::Pulse;
pub use source::{Feed, Output};
