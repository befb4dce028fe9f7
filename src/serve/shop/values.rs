//! Values as jobs write them into `_live.json`, and as the API tells them.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::record::{Time, Total};
use crate::serve::answer::Exact;
use crate::serve::live::windows::instant;

/// A moment, in microseconds since 1970; told as ISO 8601 with `Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub i64);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&instant(self.0))
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        let time = Time::parse_iso(text.as_bytes());
        let time = time.ok_or_else(|| D::Error::custom(format!("{text:?} is no time")))?;
        Ok(Self(time.micros()))
    }
}

/// Money or pieces, exact; told as a JSON number, read from a number or a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(pub Total);

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Exact(self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let total = match Value::deserialize(deserializer)? {
            Value::String(text) => Total::parse(&text),
            Value::Number(number) => Total::parse(&number.to_string()),
            _ => None,
        };
        total.map(Self).ok_or_else(|| D::Error::custom("no amount"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_come_as_numbers_and_as_texts() {
        for (text, expected) in [
            ("\"6123.45\"", Some("6123.45")),
            ("6123.45", Some("6123.45")),
            ("10", Some("10.00")),
            ("-0.5", Some("-0.50")),
            ("null", None),
            ("\"much\"", None),
        ] {
            let read = serde_json::from_str::<Amount>(text).ok();
            assert_eq!(read.map(|a| a.0.to_string()).as_deref(), expected, "{text}");
        }
        let amount: Amount = serde_json::from_str("\"99999999999999.9999\"").unwrap();
        assert_eq!(
            serde_json::to_string(&amount).unwrap(),
            "99999999999999.9999"
        );
    }

    #[test]
    fn moments_have_a_zone_or_none() {
        for text in ["\"1970-01-01T00:00:01.5Z\"", "\"1970-01-01T00:00:01.500\""] {
            assert_eq!(
                serde_json::from_str::<Moment>(text).unwrap(),
                Moment(1_500_000)
            );
        }
        assert_eq!(
            serde_json::to_string(&Moment(0)).unwrap(),
            "\"1970-01-01T00:00:00Z\""
        );
        assert!(serde_json::from_str::<Moment>("\"soon\"").is_err());
    }
}
