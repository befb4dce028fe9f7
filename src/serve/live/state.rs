//! What state a stream is in, as every page of the live dashboard begins.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use crate::error::Error;
use crate::serve::site::Settings;

/// A stream that has said nothing for so many seconds has stopped.
const SILENT: i64 = 10;

/// What a stream says of itself.
#[derive(Debug, Clone, Copy)]
pub struct Told<'a> {
    /// When it said so, UTC, if it tells.
    pub updated: Option<&'a str>,
    /// Whether its source was read to the end.
    pub ended: bool,
}

/// The beginning of a page.
#[derive(Debug, Serialize)]
pub struct State<'a> {
    status: &'static str,
    message: Option<String>,
    now: String,
    updated: Option<&'a str>,
    currency: Option<&'a str>,
    locale: Option<&'a str>,
}

impl<'a> State<'a> {
    /// At this moment; where there is nothing to show, `nothing` says what to do.
    pub fn of(
        told: Result<Option<Told<'a>>, &Error>,
        nothing: impl FnOnce() -> String,
        settings: &'a Settings,
    ) -> Self {
        let now = Utc::now();
        let updated = told.as_ref().ok().and_then(|told| (*told)?.updated);
        let (status, message) = match told {
            Err(e) => ("error", Some(e.to_string())),
            Ok(None) => ("no_data", Some(nothing())),
            Ok(Some(told)) if told.ended => ("ended", None),
            Ok(Some(_)) => match updated.filter(|at| silent(at, now)) {
                Some(at) => {
                    let text = format!("The stream has said nothing since {at}: it was stopped.");
                    ("stale", Some(text))
                }
                None => ("ok", None),
            },
        };
        Self {
            status,
            message,
            now: now.to_rfc3339_opts(SecondsFormat::Millis, true),
            updated,
            currency: settings.currency.as_deref(),
            locale: settings.locale.as_deref(),
        }
    }
}

fn silent(updated: &str, now: DateTime<Utc>) -> bool {
    let at = DateTime::parse_from_rfc3339(updated);
    at.is_ok_and(|at| (now - at.to_utc()).num_seconds() > SILENT)
}
