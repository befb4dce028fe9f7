//! Bodies: what they are, and how they are read, in bounded memory and time.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use futures_util::StreamExt;
use tokio::time::{Instant, timeout_at};

use crate::ingest::Desk;
use crate::ingest::cut::Form;
use crate::ingest::job::Room;
use crate::serve::answer::Fail;

/// A body comes within this time.
const SLOW: Duration = Duration::from_secs(10);

/// What JSON lines are called.
const LINES: [&str; 5] = [
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/x-jsonlines",
    "application/jsonlines",
];

/// What the headers say of the body.
///
/// # Errors
/// 415 for what is no JSON, or is packed: unpacked it might be of any size.
pub fn form(headers: &HeaderMap) -> Result<Form, Fail> {
    let unsupported = |what: String| Err(Fail::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, what));
    let codings = headers.get_all(header::CONTENT_ENCODING).iter();
    for coding in codings {
        if !coding.as_bytes().eq_ignore_ascii_case(b"identity") {
            return unsupported("send the body as it is, without a Content-Encoding".to_owned());
        }
    }
    let Some(kind) = headers.get(header::CONTENT_TYPE) else {
        return Ok(Form::Unsaid);
    };
    let kind = kind.to_str().unwrap_or_default();
    let mut parts = kind.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default().to_ascii_lowercase();
    for part in parts {
        if let Some((name, value)) = part.split_once('=')
            && name.trim().eq_ignore_ascii_case("charset")
            && !value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        {
            return unsupported("send the body as UTF-8".to_owned());
        }
    }
    if name == "application/json" {
        return Ok(Form::Json);
    }
    if LINES.contains(&name.as_str()) {
        return Ok(Form::Lines);
    }
    unsupported(
        "send JSON with the header Content-Type: application/json, or JSON lines with \
         application/x-ndjson"
            .to_owned(),
    )
}

/// There is no room for another request.
fn full() -> Fail {
    let what = "too much waits for Kafka; send it again a little later";
    Fail::new(StatusCode::SERVICE_UNAVAILABLE, what)
}

/// Reads a body of at most `most` bytes, and takes room for what has come.
///
/// # Errors
/// When it is too large or too slow, breaks off, or finds no room.
pub async fn read(desk: &Desk, body: Body, most: usize) -> Result<(Bytes, Room), Fail> {
    let Some(mut room) = desk.room() else {
        desk.meter.failed("no_room");
        return Err(full());
    };
    let deadline = Instant::now() + SLOW;
    let mut pieces = body.into_data_stream();
    let mut whole = Vec::new();
    loop {
        let piece = match timeout_at(deadline, pieces.next()).await {
            Ok(None) => return Ok((Bytes::from(whole), room)),
            Ok(Some(Ok(piece))) => piece,
            Ok(Some(Err(e))) => {
                let what = format!("the body cannot be read: {e}");
                return Err(Fail::new(StatusCode::BAD_REQUEST, what));
            }
            Err(_) => {
                let what = format!("the body did not come within {} seconds", SLOW.as_secs());
                return Err(Fail::new(StatusCode::REQUEST_TIMEOUT, what));
            }
        };
        if whole.len() + piece.len() > most {
            return Err(too_large(most));
        }
        if !desk.widen(&mut room, whole.len() + piece.len()) {
            desk.meter.failed("no_room");
            return Err(full());
        }
        whole.extend_from_slice(&piece);
    }
}

fn too_large(most: usize) -> Fail {
    let what = format!("a request is of {most} bytes at most");
    Fail::new(StatusCode::PAYLOAD_TOO_LARGE, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form_of(headers: &[(header::HeaderName, &'static str)]) -> Result<Form, StatusCode> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, value.parse().unwrap());
        }
        form(&map).map_err(|fail| fail.status())
    }

    #[test]
    fn a_body_is_what_it_says() {
        let kind = header::CONTENT_TYPE;
        for (text, wanted) in [
            ("application/json", Form::Json),
            ("Application/JSON; charset=UTF-8", Form::Json),
            ("application/json;charset=\"utf-8\"", Form::Json),
            ("application/x-ndjson", Form::Lines),
            ("application/jsonl", Form::Lines),
        ] {
            assert_eq!(form_of(&[(kind.clone(), text)]), Ok(wanted), "{text}");
        }
        assert_eq!(form_of(&[]), Ok(Form::Unsaid));
        let coding = header::CONTENT_ENCODING;
        assert_eq!(form_of(&[(coding.clone(), "identity")]), Ok(Form::Unsaid));
        let refused = Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        for text in [
            "",
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/json; charset=latin1",
            "application/jsonx",
        ] {
            assert_eq!(form_of(&[(kind.clone(), text)]), refused, "{text}");
        }
        for text in ["gzip", "br", "identity, gzip", "deflate"] {
            assert_eq!(form_of(&[(coding.clone(), text)]), refused, "{text}");
        }
    }
}
