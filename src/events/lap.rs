//! Events of later laps of a loop: the same sales, so many days on.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::record::clean::shift_order_time;
use crate::record::field::normalise;
use crate::record::mapping::{LAP, Rules};
use crate::record::{DateFormat, Field, Mapping, Time};

/// Moves events to a lap.
#[derive(Debug)]
pub struct Lap {
    /// Fields that cleaning reads as a time, and `order_date`; normalised.
    times: HashSet<String>,
    format: Option<DateFormat>,
    /// Whether times may stand as in orders.
    events: bool,
    out: Vec<u8>,
}

impl Lap {
    /// For events that `rules` clean.
    pub fn new(rules: &Rules) -> Self {
        let mapping = Mapping::of_events(rules);
        let columns = mapping.columns(Field::Time).iter();
        let names = columns.map(|&column| mapping.header()[column].as_str());
        Self {
            times: names.chain(["order_date"]).map(normalise).collect(),
            format: rules.date_format.clone(),
            events: rules.events,
            out: Vec::new(),
        }
    }

    /// The event in lap `lap`, its times `days` later. What is no object stays as it is.
    pub fn place(&mut self, json: &[u8], lap: u64, days: i32) -> &[u8] {
        self.out.clear();
        if self.write(json, lap, days).is_none() {
            self.out.clear();
            self.out.extend_from_slice(json);
        }
        &self.out
    }

    fn write(&mut self, json: &[u8], lap: u64, days: i32) -> Option<()> {
        let text = std::str::from_utf8(json).ok()?;
        let mut reader = serde_json::Deserializer::from_str(text);
        let fields = reader.deserialize_map(Fields).ok()?;
        reader.end().ok()?;
        let mut earlier = None;
        for (name, value) in fields {
            let normal = normalise(&name);
            if normal == LAP {
                // Events of a loop that was recorded: a lap of a lap.
                earlier = Some(value.get().trim_matches('"').to_owned());
                continue;
            }
            self.begin(&name);
            let shifted = self
                .times
                .contains(&normal)
                .then(|| self.shift(value.get(), days));
            match shifted.flatten() {
                Some(time) => serde_json::to_writer(&mut self.out, &time).ok()?,
                None => self.out.extend_from_slice(value.get().as_bytes()),
            }
        }
        let lap = match earlier {
            Some(earlier) => format!("{earlier}.{lap}"),
            None => lap.to_string(),
        };
        self.begin(LAP);
        serde_json::to_writer(&mut self.out, &lap).ok()?;
        self.out.push(b'}');
        Some(())
    }

    fn begin(&mut self, name: &str) {
        self.out.push(if self.out.is_empty() { b'{' } else { b',' });
        let _ = serde_json::to_writer(&mut self.out, name);
        self.out.push(b':');
    }

    /// The shifted text of a JSON value, if it is a time; numbers may be `20250101`.
    fn shift(&self, raw: &str, days: i32) -> Option<String> {
        let text: Cow<'_, str> = match raw.as_bytes().first()? {
            b'"' => Cow::Owned(serde_json::from_str(raw).ok()?),
            _ => Cow::Borrowed(raw),
        };
        let text = text.trim();
        let format = self.format.as_ref();
        let by_format = format.and_then(|format| format.shift(text, days));
        let iso = by_format.or_else(|| Time::shift_iso(text, days));
        let order = || self.events.then(|| shift_order_time(text, days))?;
        iso.or_else(order)
    }
}

/// The fields of an object in their order, values as they are written.
struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::with_capacity(map.size_hint().unwrap_or(16));
        while let Some((name, value)) = map.next_entry::<Cow<'de, str>, &RawValue>()? {
            fields.push((name, value));
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lap(json: &str, lap: u64, days: i32) -> String {
        let rules = Rules {
            date_format: Some(DateFormat::new("%d-%b-%Y").unwrap()),
            ..Default::default()
        };
        let mut laps = Lap::new(&rules);
        String::from_utf8(laps.place(json.as_bytes(), lap, days).to_vec()).unwrap()
    }

    #[test]
    fn every_field_that_is_a_time_moves() {
        assert_eq!(
            lap(
                r#"{"order_id":"7","order_date":"2024-12-31","Order Time":"2024-12-31T09:05:00.5+05:30","InvoiceDate":"31-Dec-2024","date":20241231,"created_at":"soon","note":"2024-12-31"}"#,
                2,
                28
            ),
            r#"{"order_id":"7","order_date":"2025-01-28","Order Time":"2025-01-28T09:05:00.5+05:30","InvoiceDate":"28-Jan-2025","date":"20250128","created_at":"soon","note":"2024-12-31","lap":"2"}"#
        );
    }

    #[test]
    fn what_is_no_object_stays() {
        for text in [r#""a,b""#, "{broken", "[1]", "7"] {
            assert_eq!(lap(text, 1, 14), text);
        }
        assert_eq!(lap("{}", 0, 0), r#"{"lap":"0"}"#);
        assert_eq!(lap(r#"{"lap":"3","a":1}"#, 1, 14), r#"{"a":1,"lap":"3.1"}"#);
    }
}
