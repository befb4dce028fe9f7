//! The parameters of a request: each is checked, and what is wrong is told of all at once.

use std::ops::RangeInclusive;

use axum::extract::FromRequestParts;
use axum::extract::Query;
use axum::http::request::Parts;
use serde_json::{Value, json};

use super::answer::Fail;
use crate::record::Day;

/// Names under which people put a key into an address, where logs and histories keep it.
const KEY_NAMES: [&str; 6] = [
    "key",
    "apikey",
    "accesskey",
    "xapikey",
    "token",
    "accesstoken",
];

/// Unknown parameters that are told of.
const TOLD: usize = 16;

/// Whether a parameter's name says that its value is a key.
pub fn is_key(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    KEY_NAMES.contains(&plain.to_ascii_lowercase().as_str())
}

/// The parameters behind the `?`, in their order.
#[derive(Debug, Default)]
pub struct Params {
    pairs: Vec<(String, String)>,
    asked: Vec<&'static str>,
    wrong: Vec<Value>,
}

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = Fail;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Fail> {
        let Query(pairs) = Query::try_from_uri(&parts.uri)
            .map_err(|e| Fail::parameters(vec![problem("", &e.body_text(), "value_error")]))?;
        Ok(Self {
            pairs,
            ..Self::default()
        })
    }
}

fn problem(name: &str, message: &str, kind: &str) -> Value {
    json!({ "loc": ["query", name], "msg": message, "type": kind })
}

impl Params {
    fn wrong(&mut self, name: &str, message: &str, kind: &str) {
        self.wrong.push(problem(name, message, kind));
    }

    /// A text, which may be empty.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        self.asked.push(name);
        let mut values = self.pairs.iter().filter(|(key, _)| key == name);
        let value = values.next().map(|(_, value)| value.clone());
        if values.next().is_some() {
            self.wrong(name, "is given more than once", "value_error");
        }
        value
    }

    /// A whole number in `range`.
    pub fn number(
        &mut self,
        name: &'static str,
        range: RangeInclusive<usize>,
        default: usize,
    ) -> usize {
        let Some(text) = self.text(name) else {
            return default;
        };
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(number) if plain && range.contains(&number) => number,
            _ => {
                let (least, most) = (range.start(), range.end());
                let message = format!("is to be a whole number from {least} to {most}");
                self.wrong(name, &message, "value_error.number");
                default
            }
        }
    }

    /// One of several names, with what it stands for.
    pub fn choice<T>(
        &mut self,
        name: &'static str,
        named: impl Fn(&str) -> Option<T>,
        names: &str,
    ) -> Option<(String, T)> {
        let text = self.text(name)?;
        let found = named(&text);
        if found.is_none() {
            self.wrong(
                name,
                &format!("is to be one of {names}"),
                "value_error.choice",
            );
        }
        Some((text, found?))
    }

    /// A day, as `2025-01-31`.
    pub fn day(&mut self, name: &'static str) -> Option<Day> {
        let text = self.text(name)?;
        let day = Day::parse(&text).filter(|day| day.to_string() == text);
        if day.is_none() {
            self.wrong(
                name,
                "is to be a day, such as 2025-01-31",
                "value_error.date",
            );
        }
        day
    }

    /// Two days, the second not before the first.
    pub fn days(&mut self, from: &'static str, to: &'static str) -> (Option<Day>, Option<Day>) {
        let days = (self.day(from), self.day(to));
        if let (Some(first), Some(last)) = days
            && last < first
        {
            self.wrong(to, &format!("lies before {from}"), "value_error");
        }
        days
    }

    /// Ends the reading: a parameter that nobody asked for is a mistake too, and a filter that
    /// is misspelt would otherwise give the figures of everything.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn end(mut self) -> Result<(), Fail> {
        let unknown = self.pairs.iter().map(|(name, _)| name);
        let mut unknown: Vec<String> = unknown
            .filter(|name| !self.asked.contains(&name.as_str()))
            .cloned()
            .collect();
        unknown.sort_unstable();
        unknown.dedup();
        unknown.truncate(TOLD);
        for name in unknown {
            let known = match self.asked.is_empty() {
                true => "there are none here".to_owned(),
                false => format!("there are {}", self.asked.join(", ")),
            };
            self.wrong(
                &name,
                &format!("is no parameter; {known}"),
                "extra_forbidden",
            );
        }
        match self.wrong.is_empty() {
            true => Ok(()),
            false => Err(Fail::parameters(self.wrong)),
        }
    }
}
