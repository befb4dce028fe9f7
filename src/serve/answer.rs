//! Answers: JSON whose numbers are exact, and errors that say what to do.

use std::sync::Arc;

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::error::{Error, Fault};
use crate::record::{Money, Total};

/// An amount that JSON carries as a number with just the digits it has: no float is on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exact(pub Total);

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        raw(self.0.to_string(), serializer)
    }
}

impl From<Money> for Exact {
    fn from(money: Money) -> Self {
        Self(money.into())
    }
}

/// Writes `text`, which is a number, as it is.
///
/// # Errors
/// When it is none.
pub fn raw<S: Serializer>(text: String, serializer: S) -> Result<S::Ok, S::Error> {
    RawValue::from_string(text)
        .map_err(serde::ser::Error::custom)?
        .serialize(serializer)
}

/// An answer that is no success: a status and `{"detail": …}`.
#[derive(Debug)]
pub struct Fail {
    status: StatusCode,
    detail: Value,
}

impl Fail {
    /// With a sentence.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            detail: Value::String(detail.into()),
        }
    }

    /// With one entry for every parameter that is wrong.
    pub fn parameters(detail: Vec<Value>) -> Self {
        Self {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            detail: Value::Array(detail),
        }
    }

    /// There are no results yet.
    pub fn nothing(what: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, what)
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The sentence, or the list as JSON.
    pub fn text(&self) -> String {
        match &self.detail {
            Value::String(text) => text.clone(),
            list => list.to_string(),
        }
    }
}

impl From<&Error> for Fail {
    /// What is not the client's fault is the server's, and passes or does not.
    fn from(error: &Error) -> Self {
        let status = match error.fault() {
            Fault::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Fault::User | Fault::External => StatusCode::SERVICE_UNAVAILABLE,
        };
        Self::new(status, error.to_string())
    }
}

impl From<Error> for Fail {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

impl From<Arc<Error>> for Fail {
    fn from(error: Arc<Error>) -> Self {
        Self::from(&*error)
    }
}

impl IntoResponse for Fail {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "detail": self.detail }))).into_response()
    }
}

/// A list as CSV, to be saved as `name`.
pub fn csv(name: &str, text: Vec<u8>) -> Response {
    let saved = format!("attachment; filename=\"{name}\"");
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, saved),
    ];
    (headers, text).into_response()
}
