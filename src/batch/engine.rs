//! Where records are read, cleaned and added up.

/// What does the work of a batch.
#[derive(Debug, Clone, Default)]
pub enum Engine {
    /// This process.
    #[default]
    Local,
    /// A cluster.
    #[cfg(feature = "spark")]
    Spark(crate::spark::Remote),
}
