//! `POST /ingest/{topic}`: records, many at a time.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::task::block_in_place;
use utoipa::{IntoParams, ToSchema};

use super::deliver::{Parcel, deliver, open};
use super::once::{self, Turn};
use super::refusal::{Refusal, Said, Wrong};
use super::{body, desk};
use crate::ingest::check::Checked;
use crate::ingest::cut::{Broken, Form, cut};
use crate::ingest::{Desk, Target};
use crate::serve::answer::Fail;
use crate::serve::params::Params;
use crate::serve::site::Site;

/// Bodies longer than this keep other requests waiting while they are checked.
const LONG: usize = 32 << 10;

/// Records are in the topic.
#[derive(Debug, Serialize, ToSchema)]
pub struct Taken {
    /// `success`, or `partial` where some records were refused.
    status: &'static str,
    /// Where they are.
    topic: String,
    /// Records of the request.
    records: usize,
    /// Those that are in the topic.
    accepted: usize,
    /// Those that are not.
    rejected: usize,
    /// The numbers of those that are in the topic, from 0, where some were refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    taken: Option<Vec<usize>>,
    /// The others, each with its reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false, value_type = Vec<Wrong>)]
    detail: Vec<Value>,
}

/// There is no such topic here
#[derive(utoipa::IntoResponses)]
#[response(status = 404)]
#[expect(dead_code, reason = "it describes what Fail answers")]
pub struct NoTopic(Said);

/// Records, as they are described.
#[derive(Debug, ToSchema)]
#[schema(examples(json!({"product": "Tea", "order_time": "2025-01-31T10:00:00Z", "quantity": 2, "unit_price": 1.25})))]
#[serde(untagged)]
#[expect(dead_code, reason = "it describes what cut reads")]
enum Records {
    /// One.
    #[schema(value_type = Object)]
    One(Value),
    /// Several.
    #[schema(value_type = Vec<Object>)]
    Many(Vec<Value>),
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what Params reads")]
struct Query {
    /// Whether the good records of a request go although others are refused.
    #[param(default = false)]
    partial: Option<bool>,
}

/// Records into a topic
///
/// One JSON object, an array of them, or JSON lines (application/x-ndjson). Each becomes a message
/// as it came, keyed by its product. When one is refused nothing is sent, and the answer says
/// which and why; with partial=true the good ones are sent and the answer has both.
#[utoipa::path(
    post, path = "/ingest/{topic}", tag = "records",
    params(
        ("topic" = String, Path, description = "A topic that this server may write"),
        ("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255,
            pattern = "^[!-~]([ -~]*[!-~])?$", description = "Sent once, however often it is repeated"),
        Query,
    ),
    request_body(content(
        (Records = "application/json"),
        (String = "application/x-ndjson"),
    ), description = "Records"),
    security(("api_key" = []), ("basic" = [])),
    responses(
        (status = 201, description = "All records are in the topic", body = Taken),
        (status = 207, description = "Some are, with partial=true", body = Taken),
        NoTopic, Refusal,
    )
)]
pub async fn post(
    State(site): State<Arc<Site>>,
    Path(topic): Path<String>,
    mut params: Params,
    headers: HeaderMap,
    content: Body,
) -> Result<Response, Fail> {
    let came = Instant::now();
    let desk = desk(&site)?;
    let target = desk.target(&topic).ok_or_else(|| no_topic(desk))?;
    let choice = |text: &str| match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    };
    let partial = params.choice("partial", choice, "true and false");
    params.end()?;
    let partial = partial.is_some_and(|(_, partial)| partial);
    let form = body::form(&headers)?;
    let key = once::key_of(&headers)?;
    open(desk)?;
    let (content, room) = body::read(desk, content, desk.settings.max_body).await?;
    let now = Utc::now();
    let turn = match key {
        Some(key) => {
            let rules = match (partial, target.events) {
                (false, _) => String::new(),
                // By other rules other records would have been sent.
                (true, true) => format!("{:?}", desk.settings.events),
                (true, false) => format!("{:?}", desk.settings.sales),
            };
            let parts: [&[u8]; 5] = [
                b"ingest",
                topic.as_bytes(),
                &[form as u8, u8::from(partial)],
                rules.as_bytes(),
                &content,
            ];
            let fingerprint = once::fingerprint(&parts);
            let text = format!("key:{key}");
            let turn = once::turn(desk, text, fingerprint, now.timestamp_millis()).await?;
            if matches!(&turn, Turn::Again(sent) if sent.fingerprint != fingerprint) {
                return Err(once::other());
            }
            Some(turn)
        }
        None => None,
    };
    // What was good when it was sent is good now, whatever the clock says.
    let clock = match &turn {
        Some(Turn::Again(sent)) => sent.at.saturating_mul(1_000),
        _ => now.timestamp_micros(),
    };
    let check = || checked(desk, target, &content, form, clock);
    let checked = match content.len() > LONG {
        true => block_in_place(check)?,
        false => check()?,
    };
    match turn {
        Some(Turn::Again(_)) => {
            desk.meter.repeated();
            Ok(once::again(answer(&topic, checked, partial)))
        }
        turn => {
            for refusal in &checked.refused {
                desk.meter.rejected(refusal.reason);
            }
            let none = checked.good.is_empty();
            if none || !partial && !checked.refused.is_empty() {
                let refused = checked.refused.iter().map(|refusal| refusal.told());
                return Err(Fail::parameters(refused.collect()));
            }
            let parcel = Parcel {
                topic: topic.clone(),
                body: content,
                records: checked.good.clone(),
                key: match turn {
                    Some(Turn::New(key)) => Some(key),
                    _ => None,
                },
                room,
                came,
            };
            deliver(desk, parcel).await?;
            Ok(answer(&topic, checked, partial))
        }
    }
}

fn no_topic(desk: &Desk) -> Fail {
    let names = desk.settings.targets.iter();
    let names: Vec<&str> = names.map(|target| target.name.as_str()).collect();
    Fail::nothing(format!(
        "no topic that this server may write; there are {}, and more with --topic and \
         --event-topic",
        names.join(", ")
    ))
}

/// What becomes of the records of a body.
fn checked(
    desk: &Desk,
    target: &Target,
    content: &Bytes,
    form: Form,
    now: i64,
) -> Result<Checked, Fail> {
    let most = desk.settings.max_records;
    let wrong = |msg: String, kind: &str| {
        Fail::parameters(vec![json!({ "loc": ["body"], "msg": msg, "type": kind })])
    };
    let places = cut(content, form, most).map_err(|broken| match broken {
        Broken::Empty => wrong("there is no record in it".to_owned(), "missing"),
        Broken::NotUtf8(at) => wrong(format!("not UTF-8 at byte {at}"), "invalid_utf8"),
        Broken::NotJson(what) => wrong(format!("not JSON: {what}"), "invalid_json"),
        Broken::TooMany => Fail::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("a request has {most} records at most"),
        ),
    })?;
    Ok(desk
        .checker(target)
        .check(content, places, now, desk.longest()))
}

/// The answer to a request whose good records are in the topic.
fn answer(topic: &str, checked: Checked, partial: bool) -> Response {
    let records = checked.good.len() + checked.refused.len();
    // All of them were good when they were sent, though it may have been by other rules.
    let refused = if partial { checked.refused } else { Vec::new() };
    let some = !refused.is_empty();
    let taken = Taken {
        status: if some { "partial" } else { "success" },
        topic: topic.to_owned(),
        records,
        accepted: records - refused.len(),
        rejected: refused.len(),
        taken: some.then(|| checked.good.iter().map(|record| record.index).collect()),
        detail: refused.iter().map(|refusal| refusal.told()).collect(),
    };
    let status = match some {
        true => StatusCode::MULTI_STATUS,
        false => StatusCode::CREATED,
    };
    (status, Json(taken)).into_response()
}
