//! What is played, and how.

use std::path::PathBuf;
use std::sync::Arc;

use crate::events::batch::Order;
use crate::events::survey::Surveyed;
use crate::events::topics::Topics;
use crate::record::Rules;
use crate::source::input::{Format, Input};

/// What is played, and how.
#[derive(Debug, Clone)]
pub struct Score {
    /// The files, in the order of their paths.
    pub inputs: Arc<[Input]>,
    /// What each holds; one group of all where it is not known.
    pub survey: Option<Vec<Surveyed>>,
    /// How rows are read and cleaned.
    pub rules: Arc<Rules>,
    /// Which topics the files belong to; none where all belong to one, keyed by product.
    pub topics: Option<Arc<Topics>>,
    /// The separator of CSV files, where the headers are not to be asked.
    pub delimiter: Option<u8>,
    /// In which order.
    pub order: Order,
    /// Whether to begin again at the end; each event then carries its lap.
    pub looped: bool,
    /// Whether events are due by their time.
    pub timed: bool,
    /// Where events go that are too many to sort in memory.
    pub temp_dir: PathBuf,
}

impl Score {
    /// Whether it is played as it comes, from a pipe.
    pub fn live(&self) -> bool {
        self.order == Order::File && self.inputs.iter().any(|i| i.format == Format::Stdin)
    }
}
