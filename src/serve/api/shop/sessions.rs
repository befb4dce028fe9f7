//! `/api/v1/sessions/…`: visits, how far they came, and carts that were left behind.

use axum::Json;
use axum::http::Uri;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Jobs, results};
use crate::serve::answer::{Fail, raw};
use crate::serve::api::paging::{Page, Paging};
use crate::serve::api::refusal::{NoJob, Refusal};
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

/// Visits that are over
///
/// Those that ended last first; the newest 1,000 are kept. The header X-Total-Count says how many
/// rows there are, Link where the next are.
#[utoipa::path(
    get, path = "/api/v1/sessions/metrics", tag = "sessions",
    params(Paging), security(("api_key" = [])),
    responses((status = 200, body = Vec<Session>), NoJob, Refusal)
)]
pub async fn metrics(shown: Jobs, uri: Uri, mut params: Params) -> Result<Page<Session>, Fail> {
    let paging = Paging::of(&mut params);
    params.end()?;
    let shop = results(&shown, "sessions")?;
    let sessions = shop.sessions();
    let rows = sessions.newest().map(|session| Session::clone(session));
    Ok(paging.page(rows, &uri))
}

/// From a look to a purchase
///
/// Visits that are over, since the stream began.
#[utoipa::path(
    get, path = "/api/v1/sessions/funnel", tag = "sessions",
    security(("api_key" = [])),
    responses((status = 200, body = Steps), NoJob, Refusal)
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
    params(Paging), security(("api_key" = [])),
    responses((status = 200, body = Vec<Alert>), NoJob, Refusal)
)]
pub async fn abandoned(shown: Jobs, uri: Uri, mut params: Params) -> Result<Page<Alert>, Fail> {
    let paging = Paging::of(&mut params);
    params.end()?;
    let shop = results(&shown, "cart_abandonment")?;
    let carts = shop.alerts(&["cart_abandonment"]);
    let rows = carts.newest(|_, _| true).into_iter();
    let rows = rows.map(|alert| Alert::clone(alert));
    Ok(paging.page(rows, &uri))
}
