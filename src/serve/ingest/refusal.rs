//! Answers that are no success, as the description tells of them.

use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

/// An error.
#[derive(Debug, Serialize, ToSchema)]
pub struct Said {
    /// What is wrong, and what to do.
    pub detail: String,
}

/// What is wrong with a request.
#[derive(Debug, Serialize, ToSchema)]
pub struct Refused {
    /// One entry for everything that is wrong.
    pub detail: Vec<Wrong>,
}

/// Something that is wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct Wrong {
    /// Where it stands: `["body", 3]`, `["body", "quantity"]`, `["query", "partial"]`.
    pub loc: Vec<Place>,
    /// What is wrong.
    pub msg: String,
    /// The kind of the mistake; of a record its reason, as in summaries and reject files.
    #[serde(rename = "type")]
    pub kind: String,
    /// Of a record: its number in the request, from 0.
    #[schema(required = false)]
    pub index: Option<usize>,
    /// Of a record: the reason again.
    #[schema(required = false)]
    pub reason: Option<String>,
}

/// A step of a place.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Place {
    /// A name.
    Name(String),
    /// A number, from 0.
    Number(usize),
}

/// What every address may answer in place of success.
#[derive(IntoResponses)]
pub enum Refusal {
    /// The header Idempotency-Key cannot be read
    #[response(status = 400)]
    Header(Said),
    /// No key, or a wrong one
    #[response(status = 403)]
    Key(Said),
    /// The body did not come in time
    #[response(status = 408)]
    Slow(Said),
    /// A request with this key is under way
    #[response(status = 409)]
    UnderWay(Said),
    /// More bytes, or more records, than a request may have
    #[response(status = 413)]
    Large(Said),
    /// Not JSON, or packed
    #[response(status = 415)]
    Type(Said),
    /// Something in the request is wrong, or its key was used for another one; nothing was sent
    #[response(status = 422)]
    Wrong(Refused),
    /// Too many requests with this API key
    #[response(status = 429)]
    Rate(Said),
    /// Kafka does not take it now, or too much is waiting; see Retry-After
    #[response(status = 503)]
    Busy(Said),
}
