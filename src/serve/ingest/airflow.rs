//! `POST /api/v1/dags/order_dag/dagRuns`: an order as Airflow 2 takes it.
//!
//! What is answered is what Airflow's stable API answers. The order is in the topic by then, so the
//! run is at its end.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::deliver::{Parcel, deliver, orders};
use super::desk;
use super::once::{self, Turn};
use super::order::{Given, OrderItem, object, read};
use super::refusal::{Refusal, Said};
use crate::record::Time;
use crate::serve::answer::Fail;
use crate::serve::params::Params;
use crate::serve::site::Site;

/// The one there is.
const DAG: &str = "order_dag";
/// Characters of a run's name.
const LONGEST: usize = 250;

/// A run that is asked for.
#[derive(Debug, Deserialize)]
struct Asked<'a> {
    #[serde(borrow)]
    conf: Option<&'a RawValue>,
    dag_run_id: Option<String>,
    logical_date: Option<String>,
    /// What `logical_date` was called before.
    execution_date: Option<String>,
    note: Option<String>,
}

/// A run that is asked for, as it is described.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it describes what Asked reads")]
pub struct DagRunRequest {
    /// The order.
    conf: OrderItem,
    /// The name of the run; a name is taken once. Without one it is made from the date.
    #[schema(required = false, max_length = 250, pattern = "^[A-Za-z0-9_.~:+-]+$")]
    dag_run_id: Option<String>,
    /// The date of the run, now where none is given.
    #[schema(
        required = false, format = DateTime,
        pattern = "^(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$"
    )]
    logical_date: Option<String>,
    /// A remark, which is given back.
    #[schema(required = false)]
    note: Option<String>,
}

/// A run.
#[derive(Debug, Serialize, ToSchema)]
pub struct DagRun<'a> {
    /// The order as it was sent.
    #[schema(value_type = Object)]
    conf: &'a RawValue,
    /// `order_dag`.
    dag_id: &'static str,
    /// Its name.
    dag_run_id: String,
    /// Its date.
    #[schema(format = DateTime)]
    data_interval_end: String,
    /// Its date.
    #[schema(format = DateTime)]
    data_interval_start: String,
    /// When the order was in the topic.
    #[schema(format = DateTime)]
    end_date: String,
    /// Its date.
    #[schema(format = DateTime)]
    execution_date: String,
    /// Always.
    external_trigger: bool,
    /// Never.
    last_scheduling_decision: Option<String>,
    /// Its date.
    #[schema(format = DateTime)]
    logical_date: String,
    /// The remark.
    note: Option<String>,
    /// `manual`.
    run_type: &'static str,
    /// When the order came.
    #[schema(format = DateTime)]
    start_date: String,
    /// `success`: the order is in the topic.
    state: &'static str,
}

/// There is no such DAG
#[derive(utoipa::IntoResponses)]
#[response(status = 404)]
#[expect(dead_code, reason = "it describes what Fail answers")]
pub struct NoDag(Said);

/// As Airflow writes a date.
fn written(date: DateTime<Utc>) -> String {
    let precise = match date.timestamp_subsec_micros() {
        0 => SecondsFormat::Secs,
        _ => SecondsFormat::Micros,
    };
    date.to_rfc3339_opts(precise, false)
}

/// An error as Airflow tells it.
fn problem(status: StatusCode, title: &str, detail: String) -> Response {
    let body = json!({
        "detail": detail,
        "status": status.as_u16(),
        "title": title,
        "type": "about:blank",
    });
    (status, Json(body)).into_response()
}

fn wrong(field: &str, msg: &str) -> Fail {
    Fail::parameters(vec![json!({
        "loc": ["body", field],
        "msg": msg,
        "type": "value_error",
    })])
}

impl Asked<'_> {
    /// The date that is given, if there is one.
    fn date(&self) -> Result<Option<DateTime<Utc>>, Fail> {
        let (name, text) = match (&self.logical_date, &self.execution_date) {
            (None, None) => return Ok(None),
            (Some(one), Some(other)) if one != other => {
                let msg = "differs from logical_date; give one of them";
                return Err(wrong("execution_date", msg));
            }
            (Some(text), _) => ("logical_date", text),
            (None, Some(text)) => ("execution_date", text),
        };
        let time = Time::parse_iso(text.as_bytes());
        let date = time.and_then(|time| DateTime::from_timestamp_micros(time.micros()));
        let bad = || wrong(name, "is to be a time, such as 2025-01-31T10:00:00Z");
        date.map(Some).ok_or_else(bad)
    }

    /// The name that is given, if there is one.
    fn name(&self) -> Result<Option<String>, Fail> {
        let Some(name) = &self.dag_run_id else {
            return Ok(None);
        };
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"_.~:+-".contains(&b);
        match (1..=LONGEST).contains(&name.len()) && name.bytes().all(plain) {
            true => Ok(Some(name.clone())),
            false => Err(wrong(
                "dag_run_id",
                "is to be of 1 to 250 letters, digits and _ . ~ : + -",
            )),
        }
    }
}

/// An order as Airflow takes it
///
/// The order stands in `conf`. The name of the run is its idempotency key: the second request with
/// a name is answered with 409, and nothing is sent again.
#[utoipa::path(
    post, path = "/api/v1/dags/{dag_id}/dagRuns", tag = "orders",
    params(("dag_id" = String, Path, description = "order_dag")),
    request_body = DagRunRequest,
    security(("api_key" = []), ("basic" = [])),
    responses((status = 200, description = "The order is in the topic", body = DagRun), NoDag, Refusal)
)]
pub async fn post(
    State(site): State<Arc<Site>>,
    Path(dag): Path<String>,
    params: Params,
    headers: HeaderMap,
    content: Body,
) -> Result<Response, Fail> {
    let came = Instant::now();
    let desk = desk(&site)?;
    if dag != DAG {
        let what = format!("DAG with dag_id: '{}' not found", dag.escape_debug());
        return Ok(problem(StatusCode::NOT_FOUND, "DAG not found", what));
    }
    params.end()?;
    if once::key_of(&headers)?.is_some() {
        let what = "here the dag_run_id is the idempotency key; send it in the body";
        return Err(Fail::new(StatusCode::BAD_REQUEST, what));
    }
    let (content, room) = read(desk, &headers, content).await?;
    let asked: Asked<'_> = object(&content)?;
    let (date, name) = (asked.date()?, asked.name()?);
    let given = asked
        .conf
        .map(|conf| object::<Given>(conf.get().as_bytes()));
    let given = given.transpose()?.unwrap_or_default();
    let order = given.order(&["body", "conf"]);
    let order = order.inspect_err(|_| desk.meter.rejected("invalid_order"))?;
    orders(desk)?;
    let now = Utc::now();
    let date = date.unwrap_or(now);
    let name = name.unwrap_or_else(|| format!("manual__{}", written(date)));
    let text = format!("dag_run:{DAG}:{name}");
    let key = match once::turn(desk, text, 0, now.timestamp_millis()).await? {
        Turn::New(key) => key,
        Turn::Again(_) => {
            desk.meter.repeated();
            let what =
                format!("DAGRun with DAG ID: '{DAG}' and DAGRun ID: '{name}' already exists");
            return Ok(problem(StatusCode::CONFLICT, "Conflict", what));
        }
    };
    let (body, records) = order.record(now);
    let parcel = Parcel {
        topic: desk.settings.orders.clone(),
        body,
        records,
        key: Some(key),
        room,
        came,
    };
    deliver(desk, parcel).await?;
    let empty = RawValue::NULL;
    let run = DagRun {
        conf: asked.conf.unwrap_or(empty),
        dag_id: DAG,
        dag_run_id: name,
        data_interval_end: written(date),
        data_interval_start: written(date),
        end_date: written(Utc::now()),
        execution_date: written(date),
        external_trigger: true,
        last_scheduling_decision: None,
        logical_date: written(date),
        note: asked.note,
        run_type: "manual",
        start_date: written(now),
        state: "success",
    };
    Ok(Json(run).into_response())
}
