//! What a run says of the days that it keeps.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Of this form; another one is not read.
const FORM: &str = concat!(env!("CARGO_PKG_VERSION"), "/1");

/// The days that a run keeps for the next.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    /// What wrote it.
    form: String,
    /// The run.
    pub run_id: String,
    /// The last day with a sale or return.
    pub last: Option<i32>,
    /// The days that were looked at together, each a folder.
    pub slices: Vec<Slice>,
    /// The steps, by name.
    pub steps: BTreeMap<String, Kept>,
    /// Where the days are in the tables that were written, by step.
    pub tables: BTreeMap<String, Written>,
}

/// Days that were looked at together.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Slice {
    /// Their folder.
    pub folder: String,
    /// What the records of every day come to.
    pub days: BTreeMap<i32, String>,
}

/// What a step was.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Kept {
    /// The hash of its text and of what is left out.
    pub text: String,
    /// The hash of what it saw beside the records.
    pub seen: Option<String>,
}

/// Where the days are in a table.
#[derive(Debug, Clone, Default, Serialize, Deserialize, PartialEq, Eq)]
pub struct Written {
    /// Its files below the folder of all analyses, without their endings.
    pub file: String,
    /// The bytes of its header.
    pub header: u64,
    /// Its days in order, each with how many row groups and bytes of CSV it has.
    pub days: Vec<(i32, usize, u64)>,
}

impl Manifest {
    /// Nothing yet, of this run.
    pub fn new(run_id: &str) -> Self {
        Self {
            form: FORM.to_owned(),
            run_id: run_id.to_owned(),
            last: None,
            slices: Vec::new(),
            steps: BTreeMap::new(),
            tables: BTreeMap::new(),
        }
    }

    /// Whether this program understands it.
    pub fn is_ours(&self) -> bool {
        self.form == FORM
    }
}
