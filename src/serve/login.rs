//! Browsers log in with a key and keep a cookie.

use std::sync::Arc;
use std::time::Duration;

use axum::Form;
use axum::Router;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use chrono::Utc;
use cookie::{Cookie, SameSite, time};
use percent_encoding::utf8_percent_encode;
use serde::Deserialize;
use tokio::time::timeout;

use super::answer::Fail;
use super::assets;
use super::guard::{KEPT, over_tls};
use super::keys::{COOKIE, LASTS};
use super::site::Site;

/// Guessing is slow.
const PAUSE: Duration = Duration::from_millis(300);

/// A form comes within this time.
const SLOW: Duration = Duration::from_secs(5);

/// What the form sends.
#[derive(Deserialize)]
struct Given {
    key: String,
    next: Option<String>,
}

/// The form, and the ways in and out.
pub fn routes() -> Router<Arc<Site>> {
    Router::new()
        .route("/login", get(|| assets::page("login.html")).post(login))
        .route("/logout", post(logout))
}

/// A path of this server; an address elsewhere would make the login a trap.
fn local(next: Option<String>) -> String {
    let plain = |next: &String| {
        next.starts_with('/')
            && !next.starts_with("//")
            && next.bytes().all(|b| b.is_ascii_graphic() && b != b'\\')
    };
    next.filter(plain).unwrap_or_else(|| "/".to_owned())
}

async fn login(State(site): State<Arc<Site>>, headers: HeaderMap, request: Request) -> Response {
    let form = Form::<Given>::from_request(request, &());
    let given = match timeout(SLOW, form).await {
        Ok(Ok(Form(given))) => given,
        Ok(Err(e)) => return Fail::new(e.status(), e.body_text()).into_response(),
        Err(_) => {
            let what = "the form did not come in time";
            return Fail::new(StatusCode::REQUEST_TIMEOUT, what).into_response();
        }
    };
    let Some(number) = site.app.keys.find(given.key.trim().as_bytes()) else {
        tokio::time::sleep(PAUSE).await;
        let again = match local(given.next).as_str() {
            "/" => "/login?failed=1".to_owned(),
            next => format!("/login?failed=1&next={}", utf8_percent_encode(next, KEPT)),
        };
        return Redirect::to(&again).into_response();
    };
    let until = Utc::now().timestamp() + LASTS;
    let cookie = site.app.keys.cookie(number, until);
    let redirect = Redirect::to(&local(given.next));
    match cookie {
        Some(cookie) => with(redirect, cookie, &headers, LASTS),
        None => redirect.into_response(),
    }
}

async fn logout(headers: HeaderMap) -> Response {
    with(Redirect::to("/login"), Cookie::new(COOKIE, ""), &headers, 0)
}

fn with(
    redirect: Redirect,
    mut cookie: Cookie<'static>,
    headers: &HeaderMap,
    seconds: i64,
) -> Response {
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Strict);
    cookie.set_path("/");
    cookie.set_max_age(time::Duration::seconds(seconds));
    // Behind a proxy that speaks TLS; without one the browser would not send it back.
    cookie.set_secure(over_tls(headers));
    let mut response = redirect.into_response();
    if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_leads_nowhere_else() {
        for (next, leads) in [
            ("/metrics", "/metrics"),
            ("/?from=2026-01-01", "/?from=2026-01-01"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/a\r\nb", "/"),
            ("", "/"),
        ] {
            assert_eq!(local(Some(next.to_owned())), leads, "{next:?}");
        }
    }
}
