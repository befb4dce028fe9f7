//! `/api/v1/sessions/…`: visits, how far they came, and carts that were left behind.

use axum::Json;
use axum::http::Uri;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{Jobs, results};
use crate::serve::answer::{Fail, raw};
use crate::serve::api::{LIMIT, MOST, Page, Problem, Problems, next, page};
use crate::serve::figures::percent;
use crate::serve::params::Params;
use crate::serve::shop::alerts::Alert;
use crate::serve::shop::sessions::{Funnel, Session};

/// How many visits came how far, with shares of all visits.
#[derive(Debug, Serialize, ToSchema)]
pub struct Steps {
    #[serde(flatten)]
    funnel: Funnel,
    /// `with_view` in per cent of `sessions`, to one decimal; null without any.
    #[schema(value_type = Option<f64>)]
    view_rate: Option<Percent>,
    /// `with_cart`, likewise.
    #[schema(value_type = Option<f64>)]
    cart_rate: Option<Percent>,
    /// `purchased`, likewise.
    #[schema(value_type = Option<f64>)]
    conversion_rate: Option<Percent>,
    /// `abandoned` in per cent of `with_cart`, likewise.
    #[schema(value_type = Option<f64>)]
    abandonment_rate: Option<Percent>,
}

/// A share, as a number with just its digits.
#[derive(Debug)]
struct Percent(String);

impl Serialize for Percent {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        raw(self.0.clone(), serializer)
    }
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what Params reads")]
pub(in crate::serve::api) struct Query {
    /// Rows of the answer.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u32>,
    /// Rows to pass over.
    #[param(minimum = 0, maximum = 1000000000, default = 0)]
    offset: Option<u32>,
}

/// Visits that are over
///
/// Those that ended last first; the newest 1,000 are kept. The header X-Total-Count says how many
/// rows there are, Link where the next are.
#[utoipa::path(
    get, path = "/api/v1/sessions/metrics", tag = "sessions",
    params(Query), security(("api_key" = [])),
    responses(
        (status = 200, body = Vec<Session>),
        (status = 403, description = "No key, or a wrong one", body = Problem),
        (status = 404, description = "The job has not run", body = Problem),
        (status = 422, description = "A parameter is wrong", body = Problems),
        (status = 429, description = "Too many requests with this key", body = Problem),
        (status = 503, description = "The results cannot be read", body = Problem),
    )
)]
pub async fn metrics(shown: Jobs, uri: Uri, mut params: Params) -> Result<Page<Session>, Fail> {
    let limit = params.number("limit", 1..=MOST, LIMIT);
    let offset = params.number("offset", 0..=1_000_000_000, 0);
    params.end()?;
    let shop = results(&shown, "sessions")?;
    let sessions = shop.sessions();
    let rows = sessions.newest().map(|session| Session::clone(session));
    let rows = rows.collect();
    Ok(page(rows, limit, offset, |offset| next(&uri, offset)))
}

/// From a look to a purchase
///
/// Visits that are over, since the stream began.
#[utoipa::path(
    get, path = "/api/v1/sessions/funnel", tag = "sessions",
    security(("api_key" = [])),
    responses(
        (status = 200, body = Steps),
        (status = 403, description = "No key, or a wrong one", body = Problem),
        (status = 404, description = "The job has not run", body = Problem),
        (status = 422, description = "A parameter is wrong", body = Problems),
        (status = 429, description = "Too many requests with this key", body = Problem),
        (status = 503, description = "The results cannot be read", body = Problem),
    )
)]
pub async fn funnel(shown: Jobs, params: Params) -> Result<Json<Steps>, Fail> {
    params.end()?;
    let shop = results(&shown, "sessions")?;
    let funnel = shop.sessions().funnel(shop.job("sessions"));
    let share = |part: u64, whole: u64| percent(part.into(), whole.into()).map(Percent);
    Ok(Json(Steps {
        view_rate: share(funnel.with_view, funnel.sessions),
        cart_rate: share(funnel.with_cart, funnel.sessions),
        conversion_rate: share(funnel.purchased, funnel.sessions),
        abandonment_rate: share(funnel.abandoned, funnel.with_cart),
        funnel,
    }))
}

/// Carts that were left behind
///
/// The newest first: `value` is what lay in the cart. The newest 1,000 of each severity are kept.
/// The header X-Total-Count says how many rows there are, Link where the next are.
#[utoipa::path(
    get, path = "/api/v1/sessions/abandoned-carts", tag = "sessions",
    params(Query), security(("api_key" = [])),
    responses(
        (status = 200, body = Vec<Alert>),
        (status = 403, description = "No key, or a wrong one", body = Problem),
        (status = 404, description = "The job has not run", body = Problem),
        (status = 422, description = "A parameter is wrong", body = Problems),
        (status = 429, description = "Too many requests with this key", body = Problem),
        (status = 503, description = "The results cannot be read", body = Problem),
    )
)]
pub async fn abandoned(shown: Jobs, uri: Uri, mut params: Params) -> Result<Page<Alert>, Fail> {
    let limit = params.number("limit", 1..=MOST, LIMIT);
    let offset = params.number("offset", 0..=1_000_000_000, 0);
    params.end()?;
    let shop = results(&shown, "cart_abandonment")?;
    let carts = shop.alerts(&["cart_abandonment"]);
    let rows = carts.newest(|_, _| true).into_iter();
    let rows = rows.map(|alert| Alert::clone(alert)).collect();
    Ok(page(rows, limit, offset, |offset| next(&uri, offset)))
}
