//! `/api/v1`: the REST API, and its description made from it.

pub mod customers;
pub mod dashboard;
pub mod found;
pub mod metrics;
pub mod paging;
pub mod products;
pub mod refusal;
pub mod shop;
pub mod summary;
pub mod top;
pub mod trends;

use std::sync::Arc;

use axum::response::Redirect;
use axum::routing::get;
use axum::{Extension, Router};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::answer::Fail;
use super::batch::routes::{NOTHING, book};
use super::batch::source::Book;
use super::guard::HEADER;
use super::site::{AsOf, Site};
use super::watched::Shown;
use crate::record::{Day, Time};
use refusal::{Parameter, Problem, Problems};
pub use shop::is_of_jobs;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "retail",
        description = "Figures of retail sales, exact to the cent: amounts are JSON numbers with \
            just the digits they have. Every figure is that of one run: of batch, of one of its \
            analyses, or of the stream's jobs, which go on while one looks. Send the key as \
            the header X-API-Key. Answers carry an ETag, and X-Cache says whether they were kept.",
        license(name = "MIT"),
    ),
    modifiers(&Secured),
    components(schemas(Problem, Problems, Parameter)),
    tags(
        (name = "sales", description = "Revenue and transactions"),
        (name = "products", description = "What sells"),
        (name = "customers", description = "Who buys, how lately, how often and for how much"),
        (name = "monitoring", description = "How today goes, and what stands out"),
        (name = "inventory", description = "What is in stock, as a stream sees it"),
        (name = "sessions", description = "Visits, from the first look to the last"),
        (name = "orders", description = "Orders by source and state"),
    )
)]
struct Description;

/// The key's header.
struct Secured;

impl Modify for Secured {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new(HEADER)));
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("api_key", scheme);
    }
}

/// The API, its description and the page that shows it.
pub fn routes() -> Router<Arc<Site>> {
    let (routes, description) = OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(metrics::metrics))
        .routes(routes!(summary::summary))
        .routes(routes!(products::performance))
        .routes(routes!(top::performers))
        .routes(routes!(trends::trends))
        .routes(routes!(customers::segments))
        .routes(routes!(customers::distribution))
        .routes(routes!(dashboard::dashboard))
        .routes(routes!(shop::anomalies::anomalies))
        .routes(routes!(shop::inventory::status))
        .routes(routes!(shop::inventory::alerts))
        .routes(routes!(shop::sessions::metrics))
        .routes(routes!(shop::sessions::funnel))
        .routes(routes!(shop::sessions::abandoned))
        .routes(routes!(shop::orders::totals))
        .split_for_parts();
    // Its badge would be fetched from elsewhere.
    let settings = Config::new(["/openapi.json"]).validator_url("none");
    let docs = SwaggerUi::new("/docs").url("/openapi.json", description);
    let docs = docs.config(settings);
    routes
        // The names that a later version of the replaced system gave them.
        .route("/api/v1/dashboard", get(dashboard::dashboard))
        .route("/api/v1/anomalies", get(shop::anomalies::anomalies))
        .route("/", get(|| async { Redirect::to("/docs/") }))
        .merge(docs)
}

/// The results that the layers found.
type Found = Extension<Arc<Shown<Book>>>;

/// The results.
///
/// # Errors
/// When there are none or they cannot be read.
fn results(shown: &Shown<Book>) -> Result<&Book, Fail> {
    book(shown)?.ok_or_else(|| Fail::nothing(NOTHING))
}

/// Which day today is.
fn today(site: &Site, book: &Book) -> Day {
    day(site, || book.daily.span().map(|(_, last)| last))
}

/// Which day today is, where `latest` gives the last one that has anything.
fn day(site: &Site, latest: impl FnOnce() -> Option<Day>) -> Day {
    let clock = || {
        let now = Time::from_micros(chrono::Utc::now().timestamp_micros());
        now.map_or(Day::EPOCH, Time::day)
    };
    match site.app.settings.as_of {
        AsOf::Today => clock(),
        AsOf::Latest => latest().unwrap_or_else(clock),
        AsOf::Day(day) => day,
    }
}

/// Results of an earlier version lack what is asked for.
fn older() -> Fail {
    Fail::nothing("these results are of an earlier version; run retail batch again")
}
