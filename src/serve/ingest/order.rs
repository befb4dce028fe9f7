//! `POST /orderitem`: an order, completed by its total and its time.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::deliver::{Parcel, deliver, open, orders};
use super::once::{self, Turn};
use super::refusal::Refusal;
use super::{body, desk};
use crate::ingest::Desk;
use crate::ingest::check::{DEEPEST, Record};
use crate::ingest::cut::{Form, is_deep};
use crate::record::Money;
use crate::serve::answer::Fail;
use crate::serve::params::Params;
use crate::serve::site::Site;

/// Bytes of a request with an order.
pub const BODY: usize = 16 << 10;
/// What a piece costs.
const PRICE: &[u8] = b"300";
/// The ways in which orders come in.
const SOURCES: [&str; 3] = ["Dine In", "Takeaway", "Home Delivery"];
/// Customers are numbered up to this; tables hold them as 32 bits.
const CUSTOMERS: i64 = 2_147_483_647;
/// More pieces in one order are a mistake.
const PIECES: i64 = 10_000;

/// An order, as it is described.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it describes what Given reads")]
pub struct OrderItem {
    /// Who orders.
    #[schema(minimum = 1, maximum = 2_147_483_647_i64, example = 5)]
    customer_id: i64,
    /// How it came in.
    source: Source,
    /// Pieces, of 300.00 each.
    #[schema(minimum = 1, maximum = 10_000, example = 2)]
    quantity: i64,
}

/// How an order came in.
#[derive(Debug, ToSchema)]
pub enum Source {
    /// At a table.
    #[schema(rename = "Dine In")]
    DineIn,
    /// Fetched.
    Takeaway,
    /// Brought.
    #[schema(rename = "Home Delivery")]
    HomeDelivery,
}

/// An order was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct Created {
    /// `success`.
    status: &'static str,
    /// `Stock entry created`.
    message: &'static str,
}

/// What the replaced server answered.
const CREATED: Created = Created {
    status: "success",
    message: "Stock entry created",
};

/// An order as it was sent; what else there is does not count.
#[derive(Debug, Default, Deserialize)]
pub struct Given {
    customer_id: Option<Box<RawValue>>,
    source: Option<Box<RawValue>>,
    quantity: Option<Box<RawValue>>,
}

/// An order that is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    customer: i64,
    source: &'static str,
    quantity: i64,
    total: Money,
}

/// What is wrong with an order; `place` is where it stands.
struct Wrongs<'a> {
    place: &'a [&'a str],
    found: Vec<Value>,
}

impl Wrongs<'_> {
    fn add(&mut self, field: &str, msg: impl Into<String>, kind: &str) {
        let mut loc = self.place.to_vec();
        loc.push(field);
        let msg: String = msg.into();
        self.found
            .push(json!({ "loc": loc, "msg": msg, "type": kind }));
    }

    /// A whole number from 1 on, as a number or as text.
    fn number(&mut self, field: &str, given: Option<&RawValue>, most: i64) -> i64 {
        let Some(raw) = given else {
            self.add(field, "is missing", "missing");
            return 0;
        };
        let text = match raw.get().starts_with('"') {
            true => serde_json::from_str::<String>(raw.get()).unwrap_or_default(),
            false => raw.get().to_owned(),
        };
        let one = Money::ONE.units();
        let number = Money::parse(text.trim().as_bytes(), b'.').ok();
        let whole = number.map(Money::units).filter(|units| units % one == 0);
        match whole.map(|units| units / one) {
            Some(number) if (1..=most).contains(&number) => number,
            Some(_) => {
                let msg = format!("is to be from 1 to {most}");
                self.add(field, msg, "value_error.range");
                0
            }
            None => {
                self.add(field, "is to be a whole number", "type_error.integer");
                0
            }
        }
    }

    fn source(&mut self, given: Option<&RawValue>) -> &'static str {
        let Some(raw) = given else {
            self.add("source", "is missing", "missing");
            return "";
        };
        let text = serde_json::from_str::<String>(raw.get()).ok();
        let mut known = SOURCES.into_iter();
        let found = known.find(|known| text.as_deref() == Some(*known));
        found.unwrap_or_else(|| {
            let msg = format!("is to be one of {}", SOURCES.join(", "));
            self.add("source", msg, "value_error.choice");
            ""
        })
    }
}

impl Given {
    /// The order, if it is one; `place` is where it stands in the request.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn order(&self, place: &[&str]) -> Result<Order, Fail> {
        let mut wrong = Wrongs {
            place,
            found: Vec::new(),
        };
        let customer = wrong.number("customer_id", self.customer_id.as_deref(), CUSTOMERS);
        let source = wrong.source(self.source.as_deref());
        let quantity = wrong.number("quantity", self.quantity.as_deref(), PIECES);
        if !wrong.found.is_empty() {
            return Err(Fail::parameters(wrong.found));
        }
        let total = Money::product(quantity.to_string().as_bytes(), PRICE, b'.');
        let total = total.map_err(|_| {
            let what = "the total cannot be held";
            Fail::new(StatusCode::INTERNAL_SERVER_ERROR, what)
        })?;
        Ok(Order {
            customer,
            source,
            quantity,
            total,
        })
    }
}

impl Order {
    /// The event, as the replaced systems have it.
    pub fn event(&self, created: DateTime<Utc>) -> String {
        let Self {
            customer,
            source,
            quantity,
            total,
        } = self;
        let created = created.format("%m/%d/%Y, %H:%M:%S");
        format!(
            "{{\"customer_id\":{customer},\"source\":\"{source}\",\"quantity\":{quantity},\
             \"total\":{total},\"created_at\":\"{created}\"}}"
        )
    }

    /// The event as a body of one record, keyed by the customer.
    pub fn record(&self, created: DateTime<Utc>) -> (Bytes, Vec<Record>) {
        let event = self.event(created);
        let record = Record {
            index: 0,
            at: 0..event.len(),
            key: self.customer.to_string().into_bytes().into(),
        };
        (event.into(), vec![record])
    }
}

/// Reads the JSON object of a request.
///
/// # Errors
/// What is wrong with it.
pub fn object<'a, T: Deserialize<'a>>(content: &'a [u8]) -> Result<T, Fail> {
    let wrong = |msg: String, kind: &str| {
        Fail::parameters(vec![json!({ "loc": ["body"], "msg": msg, "type": kind })])
    };
    let text = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    let text = std::str::from_utf8(text).map_err(|e| {
        wrong(
            format!("not UTF-8 at byte {}", e.valid_up_to()),
            "invalid_utf8",
        )
    })?;
    if text.trim().is_empty() {
        return Err(wrong("is missing".to_owned(), "missing"));
    }
    if !text.trim_start().starts_with('{') || is_deep(text.as_bytes(), DEEPEST) {
        return Err(wrong("is to be a JSON object".to_owned(), "invalid_json"));
    }
    serde_json::from_str(text).map_err(|e| wrong(format!("not JSON: {e}"), "invalid_json"))
}

/// Reads a request that carries one JSON object.
///
/// # Errors
/// When it is of another type, too large or too slow.
pub async fn read(
    desk: &Desk,
    headers: &HeaderMap,
    content: Body,
) -> Result<(Bytes, crate::ingest::job::Room), Fail> {
    if body::form(headers)? == Form::Lines {
        let what = "send one JSON object with the header Content-Type: application/json";
        return Err(Fail::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, what));
    }
    open(desk)?;
    body::read(desk, content, desk.settings.max_body.min(BODY)).await
}

/// An order
///
/// The server adds the total, 300.00 a piece, and the time, and sends the order to the topic of
/// orders.
#[utoipa::path(
    post, path = "/orderitem", tag = "orders",
    params(("idempotency-key" = Option<String>, Header, min_length = 1, max_length = 255,
            pattern = "^[!-~]([ -~]*[!-~])?$", description = "Sent once, however often it is repeated")),
    request_body = OrderItem,
    security(("api_key" = []), ("basic" = [])),
    responses((status = 201, description = "The order is in the topic", body = Created), Refusal)
)]
pub async fn post(
    State(site): State<Arc<Site>>,
    params: Params,
    headers: HeaderMap,
    content: Body,
) -> Result<Response, Fail> {
    let came = Instant::now();
    let desk = desk(&site)?;
    params.end()?;
    let key = once::key_of(&headers)?;
    let (content, room) = read(desk, &headers, content).await?;
    let order = object::<Given>(&content)?.order(&["body"]);
    let order = order.inspect_err(|_| desk.meter.rejected("invalid_order"))?;
    orders(desk)?;
    let now = Utc::now();
    let key = match key {
        Some(key) => {
            let fingerprint = once::fingerprint(&[b"orderitem", &content]);
            let text = format!("key:{key}");
            match once::turn(desk, text, fingerprint, now.timestamp_millis()).await? {
                Turn::New(key) => Some(key),
                Turn::Again(sent) if sent.fingerprint == fingerprint => {
                    desk.meter.repeated();
                    return Ok(once::again((StatusCode::CREATED, Json(CREATED))));
                }
                Turn::Again(_) => return Err(once::other()),
            }
        }
        None => None,
    };
    let (body, records) = order.record(now);
    let parcel = Parcel {
        topic: desk.settings.orders.clone(),
        body,
        records,
        key,
        room,
        came,
    };
    deliver(desk, parcel).await?;
    Ok((StatusCode::CREATED, Json(CREATED)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::check::Checker;
    use crate::record::Rules;

    fn order(json: &str) -> Result<Order, String> {
        let given = object::<Given>(json.as_bytes()).map_err(|fail| fail.text())?;
        given.order(&["body"]).map_err(|fail| fail.text())
    }

    #[test]
    fn an_order_gets_its_total_and_its_time() {
        let time = DateTime::from_timestamp(1_767_222_309, 0).unwrap();
        for (json, wanted) in [
            (
                r#"{"customer_id": 5, "source": "Dine In", "quantity": 2}"#,
                r#"{"customer_id":5,"source":"Dine In","quantity":2,"total":600.00,"created_at":"12/31/2025, 23:05:09"}"#,
            ),
            (
                r#"{"quantity":"10000","customer_id":2147483647,"source":"Home Delivery","total":1}"#,
                r#"{"customer_id":2147483647,"source":"Home Delivery","quantity":10000,"total":3000000.00,"created_at":"12/31/2025, 23:05:09"}"#,
            ),
        ] {
            let order = order(json).unwrap();
            assert_eq!(order.event(time), wanted);
            // The cleaning of events takes it for an order.
            let rules = Rules {
                events: true,
                ..Rules::default()
            };
            let (body, records) = order.record(time);
            let checker = Checker::new(rules, 0);
            let whole = std::iter::once(0..body.len()).collect();
            let checked = checker.check(&body, whole, i64::MAX, usize::MAX);
            assert_eq!(checked.good, records);
        }
    }

    #[test]
    fn all_that_is_wrong_is_told() {
        let places = |json| {
            let text = order(json).unwrap_err();
            let wrong: Vec<Value> = serde_json::from_str(&text).unwrap();
            let place = |wrong: &Value| {
                let last = wrong["loc"].as_array().unwrap().last().cloned();
                let kind = wrong["type"].as_str().unwrap();
                format!("{} {kind}", last.unwrap().as_str().unwrap())
            };
            wrong.iter().map(place).collect::<Vec<_>>().join(", ")
        };
        for (json, wanted) in [
            (
                "{}",
                "customer_id missing, source missing, quantity missing",
            ),
            (
                r#"{"customer_id":0,"source":"Dine in","quantity":10001}"#,
                "customer_id value_error.range, source value_error.choice, quantity value_error.range",
            ),
            (
                r#"{"customer_id":1.5,"source":5,"quantity":"two"}"#,
                "customer_id type_error.integer, source value_error.choice, quantity type_error.integer",
            ),
            (
                r#"{"customer_id":true,"source":null,"quantity":-1}"#,
                "customer_id type_error.integer, source missing, quantity value_error.range",
            ),
            (
                r#"{"customer_id":[],"source":"Takeaway","quantity":1e99}"#,
                "customer_id type_error.integer, quantity type_error.integer",
            ),
            (r#"{"customer_id":1,"customer_id":1}"#, "body invalid_json"),
            ("", "body missing"),
            ("[]", "body invalid_json"),
            ("{", "body invalid_json"),
            ("{}{}", "body invalid_json"),
        ] {
            assert_eq!(places(json), wanted, "{json}");
        }
        let deep = format!(r#"{{"x":{}{}}}"#, "[".repeat(99), "]".repeat(99));
        assert_eq!(places(&deep), "body invalid_json");
    }
}
