//! What a process tells of itself while it runs, for Prometheus.
//!
//! [`Registry`] holds the values and writes them as text; [`router`] answers `/metrics` and
//! `/health` with it; [`Endpoint`] listens on a port of its own, on a thread of its own, for
//! commands that serve nothing else. There is no global recorder: a process may have several.

mod endpoint;
mod family;
pub mod ingest;
mod registry;
pub mod replay;
mod routes;
pub mod sinks;
pub mod stream;

pub use endpoint::Endpoint;
pub use family::{Family, Labels};
pub use registry::Registry;
pub use routes::{CONTENT_TYPE, router};
