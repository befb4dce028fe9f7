//! Where the records of a body stand in it.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// What a body says that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON: one object, or an array of them.
    Json,
    /// JSON lines.
    Lines,
    /// Nothing: its first byte tells an array, and else whether it is one object or lines.
    Unsaid,
}

/// Why a body cannot be cut into records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// There is no record in it.
    Empty,
    /// Not UTF-8, from this byte on.
    NotUtf8(usize),
    /// An array that is broken, and how.
    NotJson(String),
    /// More records than a request may have.
    TooMany,
}

/// The places of the records of `body`, at most `most`; blank lines are none.
///
/// # Errors
/// Why there are none. A record that is broken by itself is one all the same.
pub fn cut(body: &[u8], form: Form, most: usize) -> Result<Vec<Range<usize>>, Broken> {
    let mark = if body.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    let whole = trimmed(body, mark..body.len());
    if whole.is_empty() {
        return Err(Broken::Empty);
    }
    let inner = &body[whole.clone()];
    let is_one = || serde_json::from_slice::<&RawValue>(inner).is_ok();
    match form {
        Form::Json | Form::Unsaid if inner.first() == Some(&b'[') => array(body, whole, most),
        Form::Json => Ok(vec![whole]),
        Form::Unsaid if is_one() => Ok(vec![whole]),
        Form::Lines | Form::Unsaid => lines(body, whole, most),
    }
}

fn trimmed(body: &[u8], at: Range<usize>) -> Range<usize> {
    let text = &body[at.clone()];
    let start = at.start + (text.len() - text.trim_ascii_start().len());
    let end = at.end - (text.len() - text.trim_ascii_end().len());
    start..end.max(start)
}

fn lines(body: &[u8], whole: Range<usize>, most: usize) -> Result<Vec<Range<usize>>, Broken> {
    let mut found = Vec::new();
    let mut start = whole.start;
    while start < whole.end {
        let end = memchr::memchr(b'\n', &body[start..whole.end]);
        let end = end.map_or(whole.end, |length| start + length);
        let line = trimmed(body, start..end);
        if !line.is_empty() {
            if found.len() == most {
                return Err(Broken::TooMany);
            }
            found.push(line);
        }
        start = end + 1;
    }
    Ok(found)
}

fn array(body: &[u8], whole: Range<usize>, most: usize) -> Result<Vec<Range<usize>>, Broken> {
    let text = std::str::from_utf8(&body[whole.clone()])
        .map_err(|e| Broken::NotUtf8(whole.start + e.valid_up_to()))?;
    let mut json = serde_json::Deserializer::from_str(text);
    let elements = json
        .deserialize_seq(Elements { most })
        .and_then(|elements| json.end().map(|()| elements));
    let elements = elements.map_err(|e| match e.to_string() {
        what if what.starts_with(TOO_MANY) => Broken::TooMany,
        what => Broken::NotJson(what),
    })?;
    if elements.is_empty() {
        return Err(Broken::Empty);
    }
    let base = body.as_ptr().addr();
    let places = elements.into_iter().map(|element| {
        let start = element.as_ptr().addr() - base;
        start..start + element.len()
    });
    Ok(places.collect())
}

/// Takes up the texts of an array, and no more than one beyond `most`.
struct Elements {
    most: usize,
}

impl<'de> Visitor<'de> for Elements {
    type Value = Vec<&'de str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Self::Value, A::Error> {
        let mut found = Vec::new();
        while let Some(element) = all.next_element::<&'de RawValue>()? {
            if found.len() == self.most {
                return Err(A::Error::custom(TOO_MANY));
            }
            found.push(element.get());
        }
        Ok(found)
    }
}

/// Tells one error from those of JSON.
const TOO_MANY: &str = "more elements than a request may have";

/// Whether values stand in each other more than `most` deep; what is no JSON may seem so.
pub fn is_deep(text: &[u8], most: usize) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth += 1;
                if depth > most {
                    return true;
                }
            }
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(body: &str, form: Form) -> Result<Vec<&str>, Broken> {
        let places = cut(body.as_bytes(), form, 3)?;
        Ok(places.into_iter().map(|place| &body[place]).collect())
    }

    #[test]
    fn records_are_found_as_they_came() {
        let (json, lines, unsaid) = (Form::Json, Form::Lines, Form::Unsaid);
        for (body, form, wanted) in [
            (" {\"a\": 1.50} \n", json, vec!["{\"a\": 1.50}"]),
            ("{\n\"a\": 1\n}", json, vec!["{\n\"a\": 1\n}"]),
            ("{\n\"a\": 1\n}", unsaid, vec!["{\n\"a\": 1\n}"]),
            ("{\n\"a\": 1\n}", lines, vec!["{", "\"a\": 1", "}"]),
            ("[1, {\"a\":[2]} ,\n3]", json, vec!["1", "{\"a\":[2]}", "3"]),
            (
                "[{\"a\": \"[\u{e9}\"}]",
                unsaid,
                vec!["{\"a\": \"[\u{e9}\"}"],
            ),
            ("{}\r\n\n {\"b\":2}\n", lines, vec!["{}", "{\"b\":2}"]),
            ("{}\n{\"b\":\n", unsaid, vec!["{}", "{\"b\":"]),
            ("[1]\n[2]\n", lines, vec!["[1]", "[2]"]),
            ("\u{feff}{}", json, vec!["{}"]),
            ("nonsense", json, vec!["nonsense"]),
        ] {
            assert_eq!(texts(body, form), Ok(wanted), "{body:?} {form:?}");
        }
    }

    #[test]
    fn what_has_no_records_says_why() {
        for body in ["", " \r\n", "\u{feff}", "[]", " [ ] "] {
            assert_eq!(texts(body, Form::Json), Err(Broken::Empty), "{body:?}");
        }
        assert_eq!(texts("\n\n", Form::Lines), Err(Broken::Empty));
        assert_eq!(texts("[1,2,3,4]", Form::Json), Err(Broken::TooMany));
        assert_eq!(texts("1\n2\n3\n4", Form::Lines), Err(Broken::TooMany));
        for body in ["[1,", "[1}", "[1] 2", "[1,]", "[{\"a\":}]"] {
            let broken = texts(body, Form::Json);
            assert!(matches!(broken, Err(Broken::NotJson(_))), "{body}");
        }
        let body = b"[\"\xff\"]";
        assert_eq!(cut(body, Form::Json, 3), Err(Broken::NotUtf8(2)));
    }

    #[test]
    fn depth_is_that_of_values() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(!is_deep(nested(4).as_bytes(), 4));
        assert!(is_deep(nested(5).as_bytes(), 4));
        assert!(!is_deep(br#"{"a":"[[[[[[","b":"\"[[[[[["}"#, 4));
        assert!(!is_deep(b"[],[],[],[],[],[]", 1));
        // Nothing here goes as deep as it is nested.
        let abyss = nested(1 << 20);
        assert_eq!(
            cut(abyss.as_bytes(), Form::Json, 3).map(|all| all.len()),
            Ok(1)
        );
    }
}
