//! An answer as it stands in Redis: a line of JSON that tells of it, and its body.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_128;

/// What an answer's head may hold, so that it can be shared. Whoever can write to Redis can write
/// answers, but cannot make browsers do more than show them.
static HEADERS: [HeaderName; 8] = [
    header::CONTENT_TYPE,
    header::CONTENT_ENCODING,
    header::CONTENT_DISPOSITION,
    header::LINK,
    header::VARY,
    HeaderName::from_static("x-total-count"),
    HeaderName::from_static("x-analysis-run"),
    HeaderName::from_static("x-newer-run"),
];

/// An answer with status 200, without the headers that are made anew: its tag, and who may keep it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, as it goes out.
    pub body: Bytes,
}

/// The line before the body.
#[derive(Serialize, Deserialize)]
struct Head {
    /// What was asked: two questions may have one key.
    asked: String,
    /// The digest of the body, in hexadecimal digits.
    digest: String,
    headers: Vec<(String, String)>,
}

impl Entry {
    /// An answer that is as good from any server; none if its head says what is not known here.
    pub fn of(headers: &HeaderMap, body: &Bytes) -> Option<Self> {
        let own = [header::ETAG, header::CACHE_CONTROL];
        let mut shared = headers.clone();
        for name in &own {
            shared.remove(name);
        }
        let known = shared.keys().all(|name| HEADERS.contains(name));
        known.then(|| Self {
            headers: shared,
            body: body.clone(),
        })
    }

    /// As it stands in Redis, with what it answers.
    pub fn write(&self, asked: &str) -> Option<Vec<u8>> {
        let headers = self.headers.iter().map(|(name, value)| {
            let value = value.to_str().ok()?;
            Some((name.as_str().to_owned(), value.to_owned()))
        });
        let head = Head {
            asked: asked.to_owned(),
            digest: digest(&self.body),
            headers: headers.collect::<Option<_>>()?,
        };
        let mut bytes = serde_json::to_vec(&head).ok()?;
        bytes.push(b'\n');
        bytes.extend_from_slice(&self.body);
        Some(bytes)
    }

    /// What was written, if it is whole, and answers what is asked.
    pub fn read(bytes: Vec<u8>, asked: &str) -> Option<Self> {
        let bytes = Bytes::from(bytes);
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let head: Head = serde_json::from_slice(&bytes[..end]).ok()?;
        let body = bytes.slice(end + 1..);
        if head.asked != asked || head.digest != digest(&body) {
            return None;
        }
        let mut headers = HeaderMap::new();
        for (name, value) in head.headers {
            let name = HEADERS.iter().find(|known| known.as_str() == name)?;
            headers.append(name, HeaderValue::from_str(&value).ok()?);
        }
        Some(Self { headers, body })
    }
}

fn digest(body: &[u8]) -> String {
    format!("{:032x}", XxHash3_128::oneshot(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| {
                let name = HeaderName::from_static(name);
                (name, HeaderValue::from_static(value))
            })
            .collect()
    }

    #[test]
    fn an_answer_is_the_same_afterwards() {
        let sent = headers(&[
            ("content-type", "application/json"),
            ("content-encoding", "br"),
            ("vary", "accept-encoding"),
            ("etag", "\"1\""),
            ("cache-control", "no-cache"),
            ("x-total-count", "12"),
        ]);
        let body = Bytes::from_static(b"\x00\n\xff{}\n");
        let entry = Entry::of(&sent, &body).unwrap();
        let bytes = entry.write("GET /x\n2026").unwrap();
        let read = Entry::read(bytes, "GET /x\n2026").unwrap();
        assert_eq!(read, entry);
        assert_eq!(read.body, body);
        assert_eq!(read.headers.len(), 4, "the tag is made anew");
    }

    #[test]
    fn what_is_cut_changed_or_about_something_else_is_none() {
        let body = Bytes::from_static(b"[1,2,3]");
        let entry = Entry::of(&headers(&[("content-type", "text/csv")]), &body).unwrap();
        let bytes = entry.write("a").unwrap();
        assert_eq!(Entry::read(bytes.clone(), "b"), None);
        for end in 0..bytes.len() {
            assert_eq!(Entry::read(bytes[..end].to_vec(), "a"), None, "{end}");
        }
        let mut other = bytes.clone();
        *other.last_mut().unwrap() ^= 1;
        assert_eq!(Entry::read(other, "a"), None);
        let text = String::from_utf8(bytes).unwrap();
        let other = text.replace("content-type", "set-cookie");
        assert_eq!(Entry::read(other.into_bytes(), "a"), None);
        let other = text.replace("text/csv", "text/\\u000acsv");
        assert_eq!(Entry::read(other.into_bytes(), "a"), None);
    }

    #[test]
    fn an_answer_with_a_head_of_its_own_is_not_shared() {
        for name in ["set-cookie", "access-control-allow-origin", "x-new"] {
            let headers = headers(&[(name, "1")]);
            assert_eq!(Entry::of(&headers, &Bytes::new()), None, "{name}");
        }
    }
}
