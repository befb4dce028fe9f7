//! Rejected records as JSON lines: source, position, reason and the raw text.

use std::io::Write;

use serde::Serialize;

use crate::record::Reason;
use crate::source::accept::{MessageAt, Raw};

/// One line of a reject file.
#[derive(Debug, Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    spot: Spot<'a>,
    reason: &'static str,
    raw: &'a str,
    /// The bytes in hexadecimal, where they are no UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_hex: Option<String>,
    /// The record's whole length in bytes, where `raw` is only its beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_bytes: Option<u64>,
}

/// Where a record came from.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Spot<'a> {
    /// The file, or the topic.
    pub source: &'a str,
    /// Its line, or the row of columnar files, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Its partition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<usize>,
    /// Its offset.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
}

impl<'a> Spot<'a> {
    /// A line of a file.
    pub fn line(source: &'a str, line: u64) -> Self {
        Self {
            source,
            line: Some(line),
            partition: None,
            offset: None,
        }
    }

    /// A message of a topic.
    pub fn message(at: MessageAt<'a>) -> Self {
        Self {
            source: at.topic,
            line: None,
            partition: Some(at.partition),
            offset: Some(at.offset),
        }
    }
}

/// Appends one reject to `out`.
pub fn write_line(out: &mut Vec<u8>, spot: Spot<'_>, reason: Reason, raw: Raw<'_>) {
    let text = String::from_utf8_lossy(raw.bytes);
    let is_utf8 = matches!(text, std::borrow::Cow::Borrowed(_));
    let cut = (raw.bytes.len() as u64) < raw.length;
    let line = Line {
        spot,
        reason: reason.name(),
        raw: &text,
        raw_hex: (!is_utf8).then(|| hex(raw.bytes)),
        raw_bytes: cut.then_some(raw.length),
    };
    // Writing such a struct to memory cannot fail.
    let _ = serde_json::to_writer(&mut *out, &line);
    out.push(b'\n');
}

/// The beginning of a record for a message of one line.
pub fn excerpt(raw: Raw<'_>, most: usize) -> String {
    let head = &raw.bytes[..raw.bytes.len().min(most * 4)];
    let text: String = String::from_utf8_lossy(head).chars().take(most).collect();
    let more = if (text.len() as u64) < raw.length {
        "…"
    } else {
        ""
    };
    format!("{}{more}", text.escape_debug())
}

fn hex(bytes: &[u8]) -> String {
    let mut text = Vec::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    String::from_utf8(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(bytes: &[u8], length: u64) -> serde_json::Value {
        let mut out = Vec::new();
        let raw = Raw {
            length,
            ..Raw::whole(bytes)
        };
        write_line(&mut out, Spot::line("a.csv", 7), Reason::BadTime, raw);
        serde_json::from_slice(&out).expect("one JSON line")
    }

    #[test]
    fn raw_text_survives() {
        let whole = line(b"a,\"b\"\tc", 7);
        assert_eq!(whole["raw"], "a,\"b\"\tc");
        assert_eq!(whole["source"], "a.csv");
        assert_eq!(whole["line"], 7);
        assert_eq!(whole["reason"], "bad_time");
        assert_eq!(whole.get("raw_hex"), None);
        assert_eq!(line(b"\xa3 5", 3)["raw_hex"], "a32035");
        assert_eq!(line(b"head", 1 << 30)["raw_bytes"], 1u64 << 30);
    }
}
