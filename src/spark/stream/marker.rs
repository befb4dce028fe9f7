//! `_retail.json` in a checkpoint: whose it is, so that nothing else is gone on with, or removed.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Plan, of_rejects};
use crate::error::{Error, Result};
use crate::spark::Remote;
use crate::spark::input::uri;
use crate::store::run_record::now;
use crate::store::{self, Location};

/// The file.
pub const MARKER: &str = "_retail.json";
/// What Spark's file sink keeps of the files that count.
const SINK_LOG: &str = "_spark_metadata";

/// What stands in the file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Marker {
    /// That it is a checkpoint of a stream on Spark, and of which layout.
    pub retail_spark_checkpoint: u32,
    /// The queries, that of the windows first.
    pub queries: Vec<String>,
    /// Where they run, as `host:port`.
    pub server: String,
    /// By whom.
    pub user: String,
    /// Where the windows go, as the cluster calls it.
    pub output: String,
    /// What must be the same to go on.
    pub settings: Map<String, Value>,
    /// When it was made.
    pub made: String,
}

impl Marker {
    /// That of a plan.
    ///
    /// # Errors
    /// When the output cannot be named.
    pub fn of(plan: &Plan, name: &str, remote: &Remote) -> Result<Self> {
        Ok(Self {
            retail_spark_checkpoint: 1,
            queries: vec![name.to_owned(), of_rejects(name)],
            server: remote.server(),
            user: remote.user().to_owned(),
            output: uri(&plan.output)?,
            settings: plan.identity.clone(),
            made: now(),
        })
    }

    /// That of a checkpoint; none where there is none.
    ///
    /// # Errors
    /// When it cannot be read, or is another file.
    pub fn read(checkpoint: &Location) -> Result<Option<Self>> {
        let place = checkpoint.join(MARKER);
        let Some(text) = store::open(&place)?.read_small(&place)? else {
            return Ok(None);
        };
        let marker = serde_json::from_slice(&text);
        let what = "is no mark of a checkpoint of retail stream --engine spark; name another \
                    --checkpoint";
        marker.map(Some).map_err(|_| Error::data(&place, what))
    }

    /// Puts it down in a new checkpoint; holds it against that of one that is there.
    ///
    /// # Errors
    /// When the checkpoint is of other settings or of something else, or the output does not belong
    /// to it.
    pub fn place(&self, plan: &Plan) -> Result<()> {
        let checkpoint = &plan.checkpoint;
        match Self::read(checkpoint)? {
            Some(was) => self.continues(&was, plan),
            None if !is_empty(checkpoint)? => {
                let what = "holds what retail stream --engine spark has not written; name another \
                            --checkpoint";
                Err(Error::data(checkpoint, what))
            }
            None if !is_empty(&plan.output)? => {
                let what = format!(
                    "is not empty, and --checkpoint {checkpoint} knows nothing of it; name another \
                     --output"
                );
                Err(Error::data(&plan.output, what))
            }
            None => {
                let store = store::open(checkpoint)?;
                store.make_dir_all(checkpoint)?;
                let text = serde_json::to_vec_pretty(self)
                    .map_err(|e| Error::Internal(format!("{MARKER}: {e}")))?;
                store.write_small_atomic(&checkpoint.join(MARKER), &text)
            }
        }
    }

    fn continues(&self, was: &Self, plan: &Plan) -> Result<()> {
        let checkpoint = &plan.checkpoint;
        let refused = |what: String| {
            let what = format!("{what}; name another --checkpoint and --output");
            Err(Error::data(checkpoint, what))
        };
        if was.output != self.output {
            return refused(format!("writes to {}, not to {}", was.output, self.output));
        }
        let names = was.settings.keys().chain(self.settings.keys());
        let mut differ = names.filter(|name| was.settings.get(*name) != self.settings.get(*name));
        if let Some(name) = differ.next() {
            let shown = |settings: &Map<String, Value>| {
                settings
                    .get(name)
                    .map_or("none".to_owned(), Value::to_string)
            };
            let (then, now) = (shown(&was.settings), shown(&self.settings));
            return refused(format!("was begun with {name} {then}, not {now}"));
        }
        let has_begun = !is_empty(&plan.positions().join("commits"))?;
        if has_begun && is_empty(&plan.table().join(SINK_LOG))? {
            return refused(format!("has lost its output {}", plan.output));
        }
        Ok(())
    }
}

/// Whether nothing is in a folder, or there is none.
fn is_empty(folder: &Location) -> Result<bool> {
    let store = store::open(folder)?;
    Ok(store.stat(folder)?.is_none() || store.children(folder)?.is_empty())
}
