//! Requests with an idempotency key are sent once.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::time::timeout;
use twox_hash::XxHash3_128;

use crate::ingest::Desk;
use crate::ingest::job::Key;
use crate::ingest::keys::{Found, Sent};
use crate::serve::answer::Fail;

/// The header that carries a key.
pub const HEADER: &str = "idempotency-key";
/// The header that says that an answer is one that was given before.
static REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Characters of a key.
const LONGEST: usize = 255;
/// Another request with the same key is waited for so long.
const WAIT: Duration = Duration::from_secs(10);

/// The key of a request, if it has one.
///
/// # Errors
/// 400 for one that is empty, too long, no plain text, or there twice.
pub fn key_of(headers: &HeaderMap) -> Result<Option<&str>, Fail> {
    let mut all = headers.get_all(HEADER).iter();
    let Some(key) = all.next() else {
        return Ok(None);
    };
    let text = key.to_str().ok().filter(|text| {
        let plain = text.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
        plain && (1..=LONGEST).contains(&text.len())
    });
    match (text, all.next()) {
        (Some(text), None) => Ok(Some(text)),
        _ => {
            let what = format!(
                "the header Idempotency-Key is to be there once, with 1 to {LONGEST} plain \
                 characters, such as a UUID"
            );
            Err(Fail::new(StatusCode::BAD_REQUEST, what))
        }
    }
}

/// What tells a request from another one: all of `parts`.
pub fn fingerprint(parts: &[&[u8]]) -> u64 {
    let mut hasher = XxHash3_128::new();
    for part in parts {
        // The length first, so that ("ab", "c") and ("a", "bc") differ.
        hasher.write(&(part.len() as u64).to_le_bytes());
        hasher.write(part);
    }
    hasher.finish_128() as u64
}

/// What is to be done with a request.
pub enum Turn {
    /// It is to be sent.
    New(Key),
    /// It was sent.
    Again(Sent),
}

/// Looks up the key `text` of a request, waiting for another one with it that is under way.
///
/// # Errors
/// When that one does not end, or no further key can be remembered.
pub async fn turn(desk: &Desk, text: String, fingerprint: u64, now: i64) -> Result<Turn, Fail> {
    let waiting = async {
        loop {
            match desk.claim(&text, now) {
                // It ends by being dropped.
                Found::UnderWay(mut ended) => drop(ended.changed().await),
                found => return found,
            }
        }
    };
    match timeout(WAIT, waiting).await {
        Ok(Found::Sent(sent)) => Ok(Turn::Again(sent)),
        Ok(Found::New(claim)) => Ok(Turn::New(Key {
            text,
            claim,
            sent: Sent {
                fingerprint,
                at: now,
            },
        })),
        Ok(Found::Full) => {
            desk.meter.failed("no_room_for_keys");
            let what = "as many idempotency keys as can be remembered are younger than their \
                horizon; send it again later";
            Err(Fail::new(StatusCode::SERVICE_UNAVAILABLE, what))
        }
        Ok(Found::UnderWay(_)) | Err(_) => {
            let what = "a request with this idempotency key is under way; send it again a little \
                later";
            Err(Fail::new(StatusCode::CONFLICT, what))
        }
    }
}

/// Another request had the key of this one.
pub fn other() -> Fail {
    Fail::parameters(vec![json!({
        "loc": ["header", "Idempotency-Key"],
        "msg": "another request was sent with this key; use a new one for each",
        "type": "idempotency_key_reuse",
    })])
}

/// The answer that was given before.
pub fn again(answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    let headers = response.headers_mut();
    headers.insert(REPLAYED.clone(), HeaderValue::from_static("true"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_plain_text() {
        let key = |values: &[&[u8]]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(HEADER, HeaderValue::from_bytes(value).unwrap());
            }
            key_of(&headers)
                .map(|key| key.map(str::to_owned))
                .map_err(|fail| fail.status().as_u16())
        };
        assert_eq!(key(&[]), Ok(None));
        assert_eq!(key(&[b"a-1"]), Ok(Some("a-1".to_owned())));
        assert_eq!(key(&[&[b'k'; 255]]), Ok(Some("k".repeat(255))));
        assert_eq!(key(&[&[b'k'; 256]]), Err(400));
        assert_eq!(key(&[b""]), Err(400));
        assert_eq!(key(&[b"a", b"a"]), Err(400));
        assert_eq!(key(&[b"\xc3\xa9"]), Err(400));
    }

    #[test]
    fn requests_that_differ_have_fingerprints_that_do() {
        let one = fingerprint(&[b"ab", b"c"]);
        assert_eq!(one, fingerprint(&[b"ab", b"c"]));
        assert_ne!(one, fingerprint(&[b"a", b"bc"]));
        assert_ne!(one, fingerprint(&[b"ab", b"c", b""]));
    }
}
