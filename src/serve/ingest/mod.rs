//! Orders and records by HTTP, and their description made from the code.

pub mod airflow;
pub mod body;
pub mod deliver;
pub mod once;
pub mod order;
pub mod records;
pub mod refusal;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::Redirect;
use axum::routing::get;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::answer::Fail;
use super::guard::HEADER;
use super::site::Site;
use crate::ingest::Desk;
use refusal::{Refused, Said, Wrong};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "retail ingest",
        description = "Orders and records into Kafka. Every record goes through the cleaning of \
            batch and stream first; an answer of success means that Kafka has acknowledged all \
            of them, and they are one transaction: all are there or none. Send the key as the \
            header X-API-Key, or as the password of HTTP Basic. With the header Idempotency-Key \
            a request may be repeated until it is answered, and is sent once.",
        license(name = "MIT"),
    ),
    modifiers(&Secured),
    components(schemas(Said, Refused, Wrong)),
    tags(
        (name = "orders", description = "Orders of a restaurant, one at a time"),
        (name = "records", description = "Sale lines and events, many at a time"),
    )
)]
struct Description;

/// The ways to send a key.
struct Secured;

impl Modify for Secured {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        let header = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new(HEADER)));
        components.add_security_scheme("api_key", header);
        let basic = HttpBuilder::new().scheme(HttpAuthScheme::Basic).build();
        components.add_security_scheme("basic", SecurityScheme::Http(basic));
    }
}

/// The addresses, their description and the page that shows it.
pub fn routes() -> Router<Arc<Site>> {
    let (routes, description) = OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(order::post))
        .routes(routes!(records::post))
        .routes(routes!(airflow::post))
        .split_for_parts();
    // Its badge would be fetched from elsewhere.
    let settings = Config::new(["/openapi.json"]).validator_url("none");
    let docs = SwaggerUi::new("/docs").url("/openapi.json", description);
    routes
        .route("/", get(|| async { Redirect::to("/docs/") }))
        .merge(docs.config(settings))
}

/// Whether a request to this address writes, beside those below `/api/v1`.
pub fn writes(path: &str) -> bool {
    path == "/orderitem" || path == "/ingest" || path.starts_with("/ingest/")
}

/// The desk of this process.
///
/// # Errors
/// None where this server runs.
fn desk(site: &Site) -> Result<&Arc<Desk>, Fail> {
    let none = || Fail::new(StatusCode::SERVICE_UNAVAILABLE, "nothing is taken in here");
    site.app.ingest.as_ref().ok_or_else(none)
}
