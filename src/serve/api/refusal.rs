//! Answers that are no figures, as the description of the API tells of them.

use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

/// An error.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// What is wrong, and what to do.
    pub detail: String,
}

/// Errors of parameters.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problems {
    /// One entry for every parameter that is wrong.
    pub detail: Vec<Parameter>,
}

/// A parameter that is wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct Parameter {
    /// Where it stands: `["query", "limit"]`.
    pub loc: Vec<String>,
    /// What is wrong.
    pub msg: String,
    /// The kind of the mistake.
    #[serde(rename = "type")]
    pub kind: String,
}

/// What every address may answer in place of figures.
#[derive(IntoResponses)]
pub enum Refusal {
    /// No key, or a wrong one
    #[response(status = 403)]
    Key(Problem),
    /// A parameter is wrong
    #[response(status = 422)]
    Parameters(Problems),
    /// Too many requests with this key
    #[response(status = 429)]
    Rate(Problem),
    /// The results cannot be read
    #[response(status = 503)]
    Unreadable(Problem),
}

/// No results yet
#[derive(IntoResponses)]
#[response(status = 404)]
#[expect(dead_code, reason = "it describes what Fail answers")]
pub struct NoResults(Problem);

/// The analysis has not run, or was skipped
#[derive(IntoResponses)]
#[response(status = 404)]
#[expect(dead_code, reason = "it describes what Fail answers")]
pub struct NoAnalysis(Problem);

/// The job has not run
#[derive(IntoResponses)]
#[response(status = 404)]
#[expect(dead_code, reason = "it describes what Fail answers")]
pub struct NoJob(Problem);
