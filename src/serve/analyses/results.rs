//! The results of an analysis, as a request finds them.

use std::sync::Arc;

use axum::Extension;

use super::source::{Digest, Found, Outcome};
use crate::serve::answer::Fail;
use crate::serve::watched::Shown;

/// The results that the layers found.
pub type Seen<D> = Extension<Arc<Shown<Found<D>>>>;

/// What has not run, and what makes it.
pub fn absent(name: &str) -> String {
    format!("the analysis {name} has not run; run retail batch --analysis {name}")
}

/// What was skipped, why, and what makes it.
pub fn skipped(name: &str, why: &str) -> String {
    format!(
        "the analysis {name} was skipped: {why}; run retail batch --analysis {name} with an input \
         that tells it"
    )
}

/// What a run found, where there is something.
///
/// # Errors
/// Says what to run, or what cannot be read.
pub fn results<D: Digest>(shown: &Shown<Found<D>>) -> Result<(&Found<D>, &D), Fail> {
    let found = match &shown.content {
        Ok(found) => found.as_deref(),
        Err(e) => return Err(Arc::clone(e).into()),
    };
    let found = found.ok_or_else(|| Fail::nothing(absent(D::NAME)))?;
    match &found.outcome {
        Outcome::Done(digest) => Ok((found, digest)),
        Outcome::Skipped(why) => Err(Fail::nothing(skipped(D::NAME, why))),
    }
}
