//! The same work on a Spark cluster: Spark reads, cleans and adds up; what it comes to is written
//! here, by the same code and in the same transaction as that of the local engine.

pub mod analyses;
pub mod asked;
pub mod batch;
pub mod clean;
pub mod columns;
pub mod errors;
pub mod home;
pub mod input;
pub mod jobs;
pub mod plan;
pub mod queries;
pub mod remote;
pub mod rows;
pub mod session;
pub mod slices;
pub mod stream;
pub mod sums;

pub use remote::Remote;
pub use session::Session;
