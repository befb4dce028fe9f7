//! Servers that other machines can reach: browsers log in.

use std::collections::BTreeMap;

use crate::client::{Answer, Client, ask, get, get_with, request};
use crate::world::{KEY, Server, shop, shop_with_windows};

const HTML: (&str, &str) = ("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// What asks for a key, by server.
const CLOSED: [(&str, &str); 14] = [
    ("batch", "/"),
    ("batch", "/api/daily"),
    ("batch", "/api/daily.csv"),
    ("batch", "/api/report"),
    ("batch", "/api/report.csv"),
    ("batch", "/metrics"),
    ("live", "/"),
    ("live", "/api/stream"),
    ("live", "/api/live"),
    ("live", "/metrics"),
    ("live", "/api/links"),
    ("api", "/docs/"),
    ("api", "/openapi.json"),
    ("api", "/metrics"),
];

fn log_in(address: &str, form: &str, headers: &[(&str, &str)]) -> Answer {
    let headers = [&[FORM, HTML], headers].concat();
    let answer = ask(address, "POST", "/login", &headers, form.as_bytes());
    assert_eq!(answer.status, 303, "{answer:?}");
    answer
}

/// The cookie of an answer, as the browser sends it back, and its attributes.
fn cookie(answer: &Answer) -> (String, BTreeMap<String, String>) {
    let mut parts = answer.header("set-cookie").expect("a cookie").split("; ");
    let pair = parts.next().unwrap().to_owned();
    let attributes = parts.map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (name.to_ascii_lowercase(), value.to_owned())
    });
    (pair, attributes.collect())
}

fn opens(address: &str, cookie: &str) -> bool {
    let answer = get_with(address, "/metrics", &[("Cookie", cookie)]);
    assert!([200, 403].contains(&answer.status), "{answer:?}");
    answer.status == 200
}

#[test]
fn everything_but_health_and_the_login_wants_a_key() {
    let shop = shop_with_windows();
    let server = Server::open(&shop, &[]);
    let bearer = format!("Bearer {KEY}");
    for (name, path) in CLOSED {
        let address = server.address(name);
        let answer = get(address, path);
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.detail().contains("X-API-Key"), "{answer:?}");
        for (header, value, status) in [
            ("X-API-Key", KEY, 200),
            ("Authorization", &bearer, 200),
            ("Authorization", &bearer.replace("Bearer", "bearer"), 200),
            ("X-API-Key", "wrong", 403),
            ("Authorization", "Bearer wrong", 403),
            ("Authorization", "Bearer", 403),
            ("Authorization", &bearer.replace("Bearer", "Basic"), 403),
            ("Cookie", "retail_session=", 403),
            ("Cookie", KEY, 403),
        ] {
            let answer = get_with(address, path, &[(header, value)]);
            assert_eq!(
                answer.status, status,
                "{path} {header}: {value}: {answer:?}"
            );
        }
        let with_key = get(address, &format!("{path}?api_key={KEY}"));
        assert_eq!(with_key.status, 403, "{path}");
    }
    for name in ["batch", "live", "api"] {
        let address = server.address(name);
        for path in [
            "/health",
            "/health/live",
            "/health/ready",
            "/login",
            "/favicon.svg",
            "/assets/login.js",
            "/assets/theme.css",
        ] {
            assert_eq!(get(address, path).status, 200, "{name} {path}");
        }
        // Whoever is not in is not told what there is.
        for path in [
            "/nothing",
            "/logout",
            "/assets",
            "/healthy",
            "/health/../metrics",
        ] {
            let answer = get(address, path);
            assert!([403, 404].contains(&answer.status), "{path}: {answer:?}");
        }
    }
    let mut viewer = Client::to(server.live());
    viewer.send(request("GET", "/api/live/events", &[], b""));
    assert_eq!(viewer.answer("GET").unwrap().status, 403);
}

#[test]
fn a_browser_is_led_to_the_login_and_back() {
    let shop = shop_with_windows();
    let server = Server::open(&shop, &[]);
    for (name, path) in CLOSED {
        let answer = get_with(server.address(name), path, &[HTML]);
        assert_eq!(answer.status, 303, "{path}");
        let next = match path {
            "/" => "/login".to_owned(),
            path => format!("/login?next={path}"),
        };
        assert_eq!(answer.header("location"), Some(next.as_str()));
        assert_eq!(answer.header("set-cookie"), None);
    }
    let posted = ask(server.batch(), "POST", "/", &[HTML], b"");
    assert_eq!(posted.status, 403);
    // A key in the address is not taken along.
    let answer = get_with(server.batch(), &format!("/?key={KEY}"), &[HTML]);
    assert_eq!(answer.header("location"), Some("/login"));

    // What was asked for is.
    let answer = get_with(server.batch(), "/?from=2026-01-01&to=2026-01-02", &[HTML]);
    let next = "/login?next=/%3Ffrom%3D2026-01-01%26to%3D2026-01-02";
    assert_eq!(answer.header("location"), Some(next));

    let form = format!("key={KEY}&next=/metrics");
    let answer = log_in(server.batch(), &form, &[]);
    assert_eq!(answer.header("location"), Some("/metrics"));
    let (pair, attributes) = cookie(&answer);
    let (name, value) = pair.split_once('=').unwrap();
    assert_eq!(name, "retail_session");
    assert!(!value.contains(KEY));
    let expected = [
        ("httponly", ""),
        ("max-age", "43200"),
        ("path", "/"),
        ("samesite", "Strict"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(attributes, BTreeMap::from(expected));

    for (name, path) in CLOSED {
        let cookies = format!("a=b; {pair}; c");
        let answer = get_with(server.address(name), path, &[("Cookie", &cookies)]);
        assert_eq!(answer.status, 200, "{name} {path}");
        assert_eq!(answer.header("set-cookie"), None);
    }
    let refused = get_with(server.api(), "/api/v1/sales/summary", &[("Cookie", &pair)]);
    assert_eq!(refused.status, 403, "the API asks for the key itself");
}

#[test]
fn a_cookie_is_worth_nothing_when_it_was_changed() {
    let shop = shop();
    let server = Server::open(&shop, &[]);
    let (pair, _) = cookie(&log_in(server.batch(), &format!("key={KEY}"), &[]));
    assert!(opens(server.batch(), &pair));
    let (name, value) = pair.split_once('=').unwrap();
    // Every character counts: one other is another cookie.
    for place in 0..value.len() {
        let old = value.as_bytes()[place];
        let new = if old == b'1' { '2' } else { '1' };
        let mut changed = value.to_owned();
        changed.replace_range(place..=place, &new.to_string());
        assert!(
            !opens(server.batch(), &format!("{name}={changed}")),
            "{place}"
        );
    }
    for wrong in [String::new(), "9999999999".to_owned(), format!("{value}0")] {
        assert!(
            !opens(server.batch(), &format!("{name}={wrong}")),
            "{wrong}"
        );
    }
    assert!(!opens(server.batch(), &format!("other={value}")));
}

#[test]
fn behind_tls_the_cookie_stays_there() {
    let shop = shop();
    let server = Server::open(&shop, &[]);
    for (proto, secure) in [
        (None, false),
        (Some("http"), false),
        (Some("https"), true),
        (Some("HTTPS, http"), true),
        (Some("http, https"), false),
    ] {
        let headers: Vec<_> = proto.iter().map(|p| ("X-Forwarded-Proto", *p)).collect();
        let (_, attributes) = cookie(&log_in(server.batch(), &format!("key={KEY}"), &headers));
        assert_eq!(attributes.contains_key("secure"), secure, "{proto:?}");
    }
}

#[test]
fn a_wrong_key_logs_nobody_in() {
    let shop = shop();
    let server = Server::open(&shop, &[]);
    for (form, again) in [
        ("key=wrong", "/login?failed=1"),
        ("key=", "/login?failed=1"),
        ("key=&next=/metrics", "/login?failed=1&next=/metrics"),
        (
            "key=a&next=%2F%3Fdays%3D7",
            "/login?failed=1&next=/%3Fdays%3D7",
        ),
        ("key=a&next=//evil.example", "/login?failed=1"),
        ("next=/&key=%00", "/login?failed=1"),
    ] {
        let answer = log_in(server.batch(), form, &[]);
        assert_eq!(answer.header("location"), Some(again), "{form}");
        assert_eq!(answer.header("set-cookie"), None);
    }
    for (form, kind, status) in [
        ("", FORM.1, 422),
        ("other=1", FORM.1, 422),
        ("key=a&key=b", FORM.1, 422),
        ("key=wrong", "text/plain", 415),
        ("{\"key\":\"wrong\"}", "application/json", 415),
    ] {
        let answer = ask(
            server.batch(),
            "POST",
            "/login",
            &[("Content-Type", kind)],
            form.as_bytes(),
        );
        assert_eq!(answer.status, status, "{form}: {answer:?}");
        answer.detail();
        assert_eq!(answer.header("set-cookie"), None);
    }
    // Nor does a key in the login's address.
    let path = format!("/login?key={KEY}");
    let answer = ask(server.batch(), "POST", &path, &[FORM], b"key=wrong");
    assert_eq!(answer.header("set-cookie"), None);
}

#[test]
fn a_login_leads_to_this_server_only() {
    let shop = shop();
    let server = Server::open(&shop, &[]);
    for (next, leads) in [
        ("/metrics", "/metrics"),
        (
            "/?from=2026-01-01%26to=2026-01-31",
            "/?from=2026-01-01&to=2026-01-31",
        ),
        ("", "/"),
        ("//evil.example", "/"),
        ("///evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/%5Cevil.example", "/"),
        ("\\\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("https:evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("%2F%2Fevil.example", "/"),
        ("/%09/evil.example", "/"),
        ("%09//evil.example", "/"),
        ("%20/x", "/"),
        ("/x%0d%0aSet-Cookie:%20a=b", "/"),
        ("/%00", "/"),
        ("metrics", "/"),
    ] {
        let form = format!("key={KEY}&next={next}");
        let answer = log_in(server.batch(), &form, &[]);
        assert_eq!(answer.header("location"), Some(leads), "{next}");
        assert_eq!(cookie(&answer).0.split('=').next(), Some("retail_session"));
    }
    // Nor does the way there: the path of another machine stays a path.
    for path in ["//evil.example", "//evil.example/..", "/\\\\evil.example"] {
        let mut client = Client::to(server.batch());
        client.send(request("GET", path, &[HTML], b""));
        let answer = client.answer("GET").unwrap();
        let location = answer.header("location").unwrap_or("/login");
        assert!(location.starts_with("/login"), "{path}: {location}");
    }
}

#[test]
fn a_login_ends_with_its_key() {
    let shop = shop();
    let start = |keys| Server::with(&shop, &["--listen", "0.0.0.0"], &[("RETAIL_API_KEY", keys)]);
    let both = start("the-key-that-stays,the-key-that-goes");
    let cookie_of = |key: &str| cookie(&log_in(both.batch(), &format!("key={key}"), &[])).0;
    let (stays, goes) = (
        cookie_of("the-key-that-stays"),
        cookie_of("the-key-that-goes"),
    );
    assert!(opens(both.batch(), &stays) && opens(both.batch(), &goes));
    let one = start("the-key-that-stays");
    assert!(opens(one.batch(), &stays), "a restart logs nobody out");
    assert!(!opens(one.batch(), &goes));
    // Nor does a browser keep a login that it gives up.
    let answer = ask(one.batch(), "POST", "/logout", &[("Cookie", &stays)], b"");
    assert_eq!(answer.status, 303);
    assert_eq!(answer.header("location"), Some("/login"));
    let (pair, attributes) = cookie(&answer);
    assert_eq!(pair, "retail_session=");
    assert_eq!(attributes["max-age"], "0");
    assert_eq!(attributes["path"], "/");
    assert!(!opens(one.batch(), &pair));
    assert_eq!(
        get_with(one.batch(), "/logout", &[("Cookie", &stays)]).status,
        405
    );
}

#[test]
fn without_auth_pages_are_free_and_the_api_is_not() {
    let shop = shop_with_windows();
    for (key, given) in [(None, 403), (Some(KEY), 200)] {
        let variables: Vec<_> = key.iter().map(|key| ("RETAIL_API_KEY", *key)).collect();
        let server = Server::with(&shop, &["--listen", "0.0.0.0", "--no-auth"], &variables);
        for (name, path) in CLOSED {
            let answer = get_with(server.address(name), path, &[("Host", "shop.example")]);
            assert_eq!(answer.status, 200, "{name} {path}");
        }
        assert_eq!(get(server.api(), "/api/v1/sales/summary").status, 403);
        assert_eq!(server.v1("/sales/summary").status, given);
    }
}

#[test]
fn on_loopback_nothing_but_the_api_asks() {
    let shop = shop_with_windows();
    let server = Server::keyed(&shop, &[]);
    for (name, path) in CLOSED {
        let answer = get(server.address(name), path);
        assert_eq!(answer.status, 200, "{name} {path}");
        assert_eq!(answer.header("set-cookie"), None, "{name} {path}");
    }
    assert_eq!(get(server.api(), "/api/v1/sales/summary").status, 403);
}
