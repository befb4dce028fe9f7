//! What the analyses of batch found, for the API: whose figures an answer has.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::serve::analyses::Found;
use crate::serve::analyses::source::Run;

/// The run whose figures an answer has.
const RUN: HeaderName = HeaderName::from_static("x-analysis-run");
/// The run that has written batch's totals since, without the analysis.
const NEWER: HeaderName = HeaderName::from_static("x-newer-run");

/// Headers that name the run of the figures and, where batch has run again without the analysis,
/// that run.
pub fn whose<D>(found: &Found<D>) -> HeaderMap {
    let id = |run: &Run| HeaderValue::from_str(&run.run_id).ok();
    let mut headers = HeaderMap::new();
    headers.extend(id(&found.run).map(|id| (RUN, id)));
    let newer = found.newer.as_ref().and_then(id);
    headers.extend(newer.map(|id| (NEWER, id)));
    headers
}
