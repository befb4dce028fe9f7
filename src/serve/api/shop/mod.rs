//! What the jobs of a stream found: `/api/v1/monitoring/anomalies`, `/inventory/…`, `/sessions/…`,
//! `/orders/totals`.

pub mod anomalies;
pub mod inventory;
pub mod orders;
pub mod sessions;

use std::sync::Arc;

use axum::Extension;

use crate::serve::answer::Fail;
use crate::serve::shop::Shop;
use crate::serve::watched::Shown;

/// What the layers found.
pub type Jobs = Extension<Arc<Shown<Shop>>>;

/// Whether an answer depends on what jobs do.
pub fn is_of_jobs(path: &str) -> bool {
    let Some(path) = path.strip_prefix("/api/v1/") else {
        return false;
    };
    path == "anomalies"
        || path == "dashboard"
        || ["monitoring/", "inventory/", "sessions/", "orders/"]
            .iter()
            .any(|room| path.starts_with(room))
}

/// What the jobs wrote, where one of this name runs or ran.
///
/// # Errors
/// When there is none, or it cannot be read.
fn results<'a>(shown: &'a Shown<Shop>, job: &str) -> Result<&'a Shop, Fail> {
    let shop = match &shown.content {
        Ok(shop) => shop.as_deref(),
        Err(e) => return Err(Arc::clone(e).into()),
    };
    shop.filter(|shop| shop.job(job).is_some()).ok_or_else(|| {
        Fail::nothing(format!(
            "the job {job} has not run; start it with retail stream --job {job}"
        ))
    })
}

/// Whether `told` is what a filter wants, which may be anything.
fn is(told: Option<&str>, wanted: &Option<String>) -> bool {
    wanted.is_none() || told == wanted.as_deref()
}
