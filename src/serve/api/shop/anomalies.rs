//! `/api/v1/monitoring/anomalies`: sales that stand out.

use axum::http::Uri;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{Jobs, is, results};
use crate::serve::answer::Fail;
use crate::serve::api::paging::{Page, Paging};
use crate::serve::api::refusal::{NoJob, Refusal};
use crate::serve::params::Params;
use crate::serve::shop::alerts::Alert;
use crate::serve::shop::values::{Amount, Moment};

const HOUR: i64 = 3_600_000_000;
/// A week: the most hours that are looked back over.
const WEEK: usize = 168;
/// The kinds that measure money.
const OF_MONEY: [&str; 2] = ["high_value", "z_score"];

/// A sale that stands out.
#[derive(Debug, Serialize, ToSchema)]
pub struct Anomaly {
    /// The sale; null where it is of several.
    #[schema(value_type = Option<String>)]
    transaction_id: Option<Box<str>>,
    /// The customer; null where nothing tells.
    #[schema(value_type = Option<String>)]
    user_id: Option<Box<str>>,
    /// Money, where that was measured: of the sale (`high_value`) or of a line of it (`z_score`);
    /// null where something else was.
    #[schema(value_type = Option<f64>)]
    amount: Option<Amount>,
    /// What was measured: the amount, pieces of a product (`unusual_quantity`) or sales of a
    /// customer (`rapid_transactions`).
    #[schema(value_type = Option<f64>)]
    value: Option<Amount>,
    /// How far beyond its threshold it is.
    anomaly_score: Option<f64>,
    /// What stands out, such as `high_value`.
    #[schema(value_type = String)]
    anomaly_type: Box<str>,
    /// `LOW`, `MEDIUM`, `HIGH` or `CRITICAL`.
    #[schema(value_type = String)]
    severity: Box<str>,
    /// The event time of what set it off, UTC.
    #[schema(value_type = String, format = DateTime)]
    detected_at: Moment,
    /// The same in words.
    #[schema(value_type = Option<String>)]
    description: Option<Box<str>>,
}

impl From<&Alert> for Anomaly {
    fn from(alert: &Alert) -> Self {
        let is_money = OF_MONEY.contains(&&*alert.alert_type);
        Self {
            transaction_id: alert.transaction_id.clone(),
            user_id: alert.user_id.clone(),
            amount: alert.value.filter(|_| is_money),
            value: alert.value,
            anomaly_score: alert.score,
            anomaly_type: alert.alert_type.clone(),
            severity: alert.severity.clone(),
            detected_at: alert.detected_at,
            description: alert.reason.clone(),
        }
    }
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what Params reads")]
pub(in crate::serve::api) struct Query {
    /// So many hours are looked back over, from the latest event of the stream.
    #[param(minimum = 1, maximum = 168, default = 24)]
    hours: Option<u32>,
    /// This severity only: `LOW`, `MEDIUM`, `HIGH` or `CRITICAL`.
    severity: Option<String>,
}

/// Sales that stand out
///
/// The newest first, final ones only: what a later event might take back is on the page
/// `/shop/alerts` of the live dashboard. Of each kind and severity the newest 1,000 are kept. The
/// header X-Total-Count says how many rows there are, Link where the next are.
#[utoipa::path(
    get, path = "/api/v1/monitoring/anomalies", tag = "monitoring",
    params(Query, Paging), security(("api_key" = [])),
    responses((status = 200, body = Vec<Anomaly>), NoJob, Refusal)
)]
pub async fn anomalies(shown: Jobs, uri: Uri, mut params: Params) -> Result<Page<Anomaly>, Fail> {
    let hours = params.number("hours", 1..=WEEK, 24);
    let severity = params.text("severity");
    let paging = Paging::of(&mut params);
    params.end()?;
    let shop = results(&shown, "anomalies")?;
    let hours = i64::try_from(hours).unwrap_or(24);
    let from = shop.view.latest.map(|latest| latest.0 - hours * HOUR);
    let alerts = shop.alerts(&["anomalies"]);
    let alerts = alerts.newest(|_, how| is(Some(how), &severity));
    let rows = alerts
        .into_iter()
        .filter(|alert| Some(alert.detected_at.0) >= from);
    let rows = rows.map(|alert| Anomaly::from(&**alert));
    Ok(paging.page(rows, &uri))
}
