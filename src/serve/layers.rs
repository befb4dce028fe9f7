//! What every request goes through, from the outside in.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::request_id::{
    MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer,
};
use tower_http::timeout::TimeoutLayer;

use super::answer::Fail;
use super::cache::remember;
use super::counts;
use super::guard::{HEADER, guard};
use super::site::{Site, Which};

/// An answer begins within this time.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The same where a body is read, and Kafka waited for, each of which has its own time.
const PATIENT: Duration = Duration::from_secs(45);
/// Nobody has to send more, where nothing is taken in.
const BODY: usize = 16 << 10;
/// Browsers ask so seldom whether they may ask.
const PREFLIGHT: Duration = Duration::from_secs(600);

/// Said of an address that is none.
const NOTHING_HERE: &str = "there is nothing at this address";

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Nothing is fetched from elsewhere, no script or style stands in a page. Charts set the style
/// attributes of their own elements.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    style-src-attr 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self'; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The page of the API's description, which is not ours, writes styles.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' \
    'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self'; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=()",
    ),
];

/// Puts the layers around the routes of `site`.
pub fn around(routes: Router<Arc<Site>>, site: &Arc<Site>) -> Router {
    let inner = ServiceBuilder::new()
        .layer(SetRequestIdLayer::new(
            REQUEST_ID.clone(),
            Number::default(),
        ))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID.clone()))
        .layer(from_fn_with_state(Arc::clone(site), counted))
        .layer(from_fn(dressed))
        .layer(from_fn_with_state(Arc::clone(site), explained))
        .layer(CatchPanicLayer::custom(
            |_: Box<dyn std::any::Any + Send>| {
                let what = "a defect of this server; please report it";
                Fail::new(StatusCode::INTERNAL_SERVER_ERROR, what).into_response()
            },
        ))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            patience(site),
        ))
        .option_layer(cors(site))
        .layer(from_fn_with_state(Arc::clone(site), fitting))
        .layer(from_fn_with_state(Arc::clone(site), guard))
        .layer(from_fn_with_state(Arc::clone(site), remember))
        .layer(CompressionLayer::new())
        .layer(RequestBodyLimitLayer::new(match site.which {
            // It reads bodies itself, each to its own limit.
            Which::Ingest => usize::MAX,
            Which::Batch | Which::Live | Which::Api => BODY,
        }));
    routes
        .fallback(|| async { Fail::new(StatusCode::NOT_FOUND, NOTHING_HERE) })
        .method_not_allowed_fallback(|| async {
            Fail::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "not a method of this address",
            )
        })
        .layer(inner)
        .with_state(Arc::clone(site))
}

/// An answer of this server begins within this time.
fn patience(site: &Site) -> Duration {
    match site.which {
        Which::Ingest => PATIENT,
        Which::Batch | Which::Live | Which::Api => TIMEOUT,
    }
}

/// Bytes that a request to this server may have.
fn body(site: &Site) -> usize {
    match (site.which, &site.app.ingest) {
        (Which::Ingest, Some(desk)) => desk.settings.max_body,
        _ => BODY,
    }
}

/// Pages of other origins may ask the API, where they are named.
fn cors(site: &Site) -> Option<CorsLayer> {
    let origins = site.app.settings.cors_origins.iter();
    let origins: Vec<HeaderValue> = origins
        .filter_map(|origin| HeaderValue::from_str(origin).ok())
        .collect();
    (site.which == Which::Api && !origins.is_empty()).then(|| {
        let exposed = [
            "etag",
            "link",
            "x-analysis-run",
            "x-cache",
            "x-newer-run",
            "x-request-id",
            "x-total-count",
        ];
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins))
            .allow_methods([Method::GET, Method::HEAD])
            .allow_headers([HeaderName::from_static(HEADER), header::IF_NONE_MATCH])
            .expose_headers(exposed.map(HeaderName::from_static))
            .max_age(PREFLIGHT)
    })
}

/// Numbers of requests that came without one: a random start and a count.
#[derive(Clone)]
struct Number {
    start: u64,
    count: Arc<AtomicU64>,
}

impl Default for Number {
    fn default() -> Self {
        Self {
            start: RandomState::new().hash_one(std::process::id()),
            count: Arc::default(),
        }
    }
}

impl MakeRequestId for Number {
    fn make_request_id<B>(&mut self, _: &axum::http::Request<B>) -> Option<RequestId> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let id = HeaderValue::from_str(&format!("{:016x}-{number:x}", self.start));
        id.ok().map(RequestId::new)
    }
}

async fn dressed(request: Request, next: Next) -> Response {
    let docs = request.uri().path().starts_with("/docs/");
    let mut response = next.run(request).await;
    let busy = response.status() == StatusCode::SERVICE_UNAVAILABLE;
    let headers = response.headers_mut();
    if docs {
        let policy = HeaderValue::from_static(DOCS_POLICY);
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if busy {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    for (name, value) in HEADERS {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    // What nobody has thought about is not to be kept by anybody.
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Layers and extractors of others tell their errors in their own ways, or not at all.
async fn explained(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let status = response.status();
    let failed = status.is_client_error() || status.is_server_error();
    let kind = response.headers().get(header::CONTENT_TYPE);
    if !failed || kind.is_some_and(|kind| kind == "application/json") {
        return response;
    }
    let what = match status {
        StatusCode::NOT_FOUND => NOTHING_HERE.to_owned(),
        StatusCode::PAYLOAD_TOO_LARGE => {
            format!("a request is of {} bytes at most", body(&site))
        }
        StatusCode::GATEWAY_TIMEOUT => {
            let seconds = patience(&site).as_secs();
            format!("no answer within {seconds} seconds; ask again")
        }
        other => other.canonical_reason().unwrap_or("failed").to_lowercase(),
    };
    let (told, body) = Fail::new(status, what).into_response().into_parts();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_ENCODING);
    headers.remove(header::CONTENT_LENGTH);
    headers.extend(told.headers);
    *response.body_mut() = body;
    response
}

/// Refuses a body by the length that is told of it, before anything is done for the request.
async fn fitting(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let told = request.headers().get(header::CONTENT_LENGTH);
    let told = told.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    match told {
        Some(length) if length > body(&site) as u64 => {
            StatusCode::PAYLOAD_TOO_LARGE.into_response()
        }
        _ => next.run(request).await,
    }
}

/// Counts, times and logs; the query stays out of the log, someone may have put a key there.
async fn counted(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or_else(|| "other".to_owned(), |route| route.as_str().to_owned());
    let id = request.headers().get(&REQUEST_ID).cloned();
    let response = next.run(request).await;
    let took = began.elapsed();
    let status = response.status();
    counts::request(&site.app, site.which, &route, status, took);
    let id = id.as_ref().and_then(|id| id.to_str().ok());
    let id = id.unwrap_or_default();
    let server = site.which.name();
    let micros = took.as_micros();
    // That Kafka is away is said once, not with every request.
    let said = site.which == Which::Ingest && status == StatusCode::SERVICE_UNAVAILABLE;
    if status.is_server_error() && !said {
        tracing::warn!(
            "{server}: {method} {path} {} in {micros} us, request {id}",
            status.as_u16()
        );
    } else {
        tracing::debug!(
            "{server}: {method} {path} {} in {micros} us, request {id}",
            status.as_u16()
        );
    }
    response
}
