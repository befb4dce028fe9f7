//! Who is let in.
//!
//! On loopback the pages ask for nothing; elsewhere everything but `/health` and the login asks
//! for a key, or for the cookie of a browser that has shown one. `/api/v1` asks for the key in
//! its header wherever it is, and so do the addresses that take records in, unless everybody may.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Utc;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::answer::Fail;
use super::ingest::writes;
use super::params::is_key;
use super::site::{Site, Which};

/// What stands in a parameter as it is.
pub const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_');
/// The header that carries a key.
pub const HEADER: &str = "x-api-key";

/// Lets a request in or answers why not.
pub async fn guard(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    if let Err(refused) = host(&site, request.headers(), request.uri()) {
        return refused.into_response();
    }
    let path = request.uri().path();
    let takes_in = site.which == Which::Ingest && writes(path);
    let is_api = path == "/api/v1" || path.starts_with("/api/v1/");
    let outcome = if is_api || takes_in && !site.app.settings.no_auth {
        api(&site, &request)
    } else if takes_in {
        of_no_other_site(&request)
    } else if site.guarded && !is_open(path) {
        page(&site, &request)
    } else {
        Ok(())
    };
    match outcome {
        Ok(()) => next.run(request).await,
        Err(refused) => *refused,
    }
}

/// What a browser needs before it has logged in, and what asks whether the server lives.
fn is_open(path: &str) -> bool {
    path == "/login"
        || path == "/health"
        || path.starts_with("/health/")
        || path == "/favicon.svg"
        || path.starts_with("/assets/")
}

/// A page of another site whose name leads here must not read what loopback shows freely.
fn host(site: &Site, headers: &HeaderMap, uri: &Uri) -> Result<(), Fail> {
    if site.guarded || !site.address.ip().is_loopback() {
        return Ok(());
    }
    let header = headers.get(HOST).and_then(|host| host.to_str().ok());
    let Some(host) = uri.authority().map(|a| a.as_str()).or(header) else {
        return Ok(());
    };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let plain = name.trim_start_matches('[').trim_end_matches(']');
    let plain = plain.trim_end_matches('.').to_ascii_lowercase();
    let loopback = plain
        .parse::<std::net::IpAddr>()
        .is_ok_and(|ip| ip.is_loopback());
    let local = plain == "localhost" || plain.ends_with(".localhost");
    if loopback || local || site.app.settings.allow_hosts.contains(&plain) {
        return Ok(());
    }
    let what = format!("this server is not {plain}; if it should be, start it with --allow-host");
    Err(Fail::new(StatusCode::MISDIRECTED_REQUEST, what))
}

/// Whether a proxy says that the browser spoke TLS to it.
pub fn over_tls(headers: &HeaderMap) -> bool {
    let proto = headers.get("x-forwarded-proto");
    let proto = proto.and_then(|proto| proto.to_str().ok()?.split(',').next());
    proto.is_some_and(|proto| proto.trim().eq_ignore_ascii_case("https"))
}

fn key_of(headers: &HeaderMap) -> Option<&[u8]> {
    headers.get(HEADER).map(HeaderValue::as_bytes)
}

/// Whether a parameter of the address is called as a key is.
fn names_a_key(request: &Request) -> bool {
    let query = request.uri().query().unwrap_or_default();
    let mut names = query.split('&').filter_map(|pair| pair.split('=').next());
    names.any(is_key)
}

/// The key of a request that has it as the password of HTTP Basic, or as a bearer's token.
fn authorization(headers: &HeaderMap) -> Option<Vec<u8>> {
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let (scheme, given) = value.split_at_checked(value.iter().position(|b| *b == b' ')?)?;
    let given = given.trim_ascii();
    if scheme.eq_ignore_ascii_case(b"bearer") {
        return Some(given.to_vec());
    }
    if !scheme.eq_ignore_ascii_case(b"basic") {
        return None;
    }
    let plain = STANDARD.decode(given).ok()?;
    let colon = plain.iter().position(|b| *b == b':')?;
    Some(plain[colon + 1..].to_vec())
}

/// Where everybody may write, the pages of other sites may not all the same: browsers send what
/// they are told to.
fn of_no_other_site(request: &Request) -> Result<(), Box<Response>> {
    let headers = request.headers();
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let Some(origin) = headers.get(ORIGIN) else {
        return Ok(());
    };
    let origin = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.split_once("://"));
    let own = request.uri().authority().map(|a| a.as_str()).or(text(HOST));
    match origin.is_some_and(|(_, host)| own.is_some_and(|own| own.eq_ignore_ascii_case(host))) {
        true => Ok(()),
        false => {
            let what = "pages of other sites may not write here";
            Err(Box::new(
                Fail::new(StatusCode::FORBIDDEN, what).into_response(),
            ))
        }
    }
}

fn refusal(site: &Site, request: &Request, given: bool) -> Fail {
    let what = if site.app.keys.is_empty() {
        "no API key is configured here: set RETAIL_API_KEY, or start with --api-key-file FILE"
    } else if given {
        "Invalid API Key"
    } else if names_a_key(request) {
        "a key does not belong in an address, where logs keep it: send it as the header X-API-Key"
    } else {
        "an API key is needed: send it as the header X-API-Key"
    };
    Fail::new(StatusCode::FORBIDDEN, what)
}

fn api(site: &Site, request: &Request) -> Result<(), Box<Response>> {
    let headers = request.headers();
    let given = key_of(headers).map(<[u8]>::to_vec);
    // Airflow's clients know no header of ours.
    let basic = || authorization(headers).filter(|_| site.which == Which::Ingest);
    let given = given.or_else(basic);
    let Some(number) = given.as_ref().and_then(|key| site.app.keys.find(key)) else {
        return Err(Box::new(
            refusal(site, request, given.is_some()).into_response(),
        ));
    };
    site.app.keys.take(number).map_err(|seconds| {
        let what = "too many requests with this key; wait a little";
        let mut response = Fail::new(StatusCode::TOO_MANY_REQUESTS, what).into_response();
        let seconds = HeaderValue::from(seconds);
        response.headers_mut().insert(RETRY_AFTER, seconds);
        Box::new(response)
    })
}

fn page(site: &Site, request: &Request) -> Result<(), Box<Response>> {
    let headers = request.headers();
    // Prometheus sends its credentials so.
    let bearer = headers.get(AUTHORIZATION).and_then(|value| {
        let value = value.as_bytes();
        let (scheme, key) = value.split_at_checked(7)?;
        scheme.eq_ignore_ascii_case(b"bearer ").then_some(key)
    });
    let given = key_of(headers).or(bearer);
    if given.is_some_and(|key| site.app.keys.find(key).is_some()) {
        return Ok(());
    }
    let now = Utc::now().timestamp();
    let cookies = headers.get_all(COOKIE).iter();
    let mut cookies = cookies.filter_map(|value| value.to_str().ok());
    if cookies.any(|cookies| site.app.keys.logged_in(cookies, now)) {
        return Ok(());
    }
    let accepts = headers.get(header::ACCEPT).and_then(|a| a.to_str().ok());
    let browser = accepts.is_some_and(|types| types.contains("text/html"));
    if browser && given.is_none() && request.method() == Method::GET {
        let uri = request.uri();
        // A key in the address is not taken along.
        let asked = match uri.path_and_query() {
            Some(asked) if !names_a_key(request) => asked.as_str(),
            _ => uri.path(),
        };
        let next = match asked {
            "/" => "/login".to_owned(),
            asked => format!("/login?next={}", utf8_percent_encode(asked, KEPT)),
        };
        return Err(Box::new(Redirect::to(&next).into_response()));
    }
    Err(Box::new(
        refusal(site, request, given.is_some()).into_response(),
    ))
}
