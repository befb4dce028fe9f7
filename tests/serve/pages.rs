//! What every answer carries, and what no page contains.

use std::collections::BTreeMap;

use crate::client::{Answer, Client, ask, get, get_with, request};
use crate::world::{KEY, Server, shop_with_windows};

/// Every answer is a browser's to show alone, without scripts or styles of others.
pub fn assert_dressed(what: &str, answer: &Answer) {
    let policy = answer.header("content-security-policy").expect("a policy");
    let directives = policy.split(';').map(|directive| {
        let (name, sources) = directive.trim().split_once(' ').expect("sources");
        (name, sources.trim())
    });
    let mut expected = BTreeMap::from([
        ("base-uri", "'none'"),
        ("connect-src", "'self'"),
        ("default-src", "'none'"),
        ("font-src", "'self'"),
        ("form-action", "'self'"),
        ("frame-ancestors", "'none'"),
        ("img-src", "'self' data:"),
        ("script-src", "'self'"),
        ("style-src", "'self'"),
        ("style-src-attr", "'unsafe-inline'"),
    ]);
    // The page of the API's description is not ours and writes its styles; scripts it may not.
    if what.contains(" /docs/") {
        expected.insert("style-src", "'self' 'unsafe-inline'");
        expected.remove("style-src-attr");
    }
    assert_eq!(directives.collect::<BTreeMap<_, _>>(), expected, "{what}");
    for (name, value) in [
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{what}");
    }
    assert!(
        !answer.header("x-request-id").expect("an id").is_empty(),
        "{what}"
    );
    let kept = answer
        .header("cache-control")
        .expect("whether it may be kept");
    assert!(
        ["no-store", "no-cache", "private, no-cache"].contains(&kept),
        "{what}: {kept}"
    );
    for silent in [
        "server",
        "x-powered-by",
        "set-cookie",
        "access-control-allow-origin",
    ] {
        assert_eq!(answer.header(silent), None, "{what}");
    }
    if answer.status >= 400 {
        let json = answer.json();
        let told = json["detail"].is_string() || json["detail"].is_array();
        assert!(told || json["status"] == "error", "{what}: {json}");
        if answer.status != 413 {
            assert_eq!(kept, "no-store", "{what}");
        }
    }
}

#[test]
fn every_answer_is_dressed() {
    let shop = shop_with_windows();
    let server = Server::keyed(&shop, &[]);
    let large = [("Content-Length", "100000")];
    let stranger = [("Host", "evil.example")];
    let key = [("X-API-Key", KEY)];
    let tag = get(server.batch(), "/api/daily");
    let tag = [("If-None-Match", tag.header("etag").unwrap())];
    for (name, method, path, headers, status) in [
        ("batch", "GET", "/", &[][..], 200),
        ("batch", "HEAD", "/", &[], 200),
        ("batch", "GET", "/assets/plotly.js", &[], 200),
        ("batch", "GET", "/favicon.svg", &[], 200),
        ("batch", "GET", "/api/daily", &[], 200),
        ("batch", "GET", "/api/daily", &tag, 304),
        ("batch", "GET", "/api/daily.csv", &[], 200),
        ("batch", "GET", "/metrics", &[], 200),
        ("batch", "GET", "/health", &[], 200),
        ("batch", "GET", "/login", &[], 200),
        ("batch", "POST", "/login", &[], 415),
        (
            "batch",
            "POST",
            "/login",
            &[("Content-Type", "application/x-www-form-urlencoded")],
            422,
        ),
        ("batch", "POST", "/", &[], 405),
        ("batch", "GET", "/nothing", &[], 404),
        ("batch", "GET", "/assets/nothing", &[], 404),
        ("batch", "GET", "/assets/%ff", &[], 400),
        ("batch", "GET", "/api/daily?a=b", &[], 422),
        ("batch", "GET", "/", &large, 413),
        ("batch", "POST", "/nothing", &large, 413),
        ("batch", "GET", "/", &stranger, 421),
        ("batch", "GET", "/analyses", &[], 303),
        ("batch", "GET", "/analyses/customers", &[], 200),
        ("batch", "GET", "/analyses/nothing", &[], 404),
        ("batch", "GET", "/api/analyses/customers", &[], 200),
        ("batch", "GET", "/api/analyses/customers?a=b", &[], 422),
        ("batch", "GET", "/api/analyses/nothing", &[], 404),
        ("batch", "POST", "/api/analyses/customers", &[], 405),
        ("api", "GET", "/api/analyses/customers", &[], 404),
        ("live", "GET", "/", &[], 200),
        ("live", "GET", "/api/stream", &[], 200),
        ("live", "GET", "/api/live", &[], 200),
        ("live", "GET", "/api/live?a=b", &[], 422),
        ("live", "DELETE", "/api/live", &[], 405),
        ("live", "GET", "/api/daily", &[], 404),
        ("live", "GET", "/shop", &[], 303),
        ("live", "GET", "/shop/alerts", &[], 200),
        ("live", "GET", "/shop/nothing", &[], 404),
        ("live", "GET", "/api/shop/alerts", &[], 200),
        ("live", "GET", "/api/shop/alerts?a=b", &[], 422),
        ("live", "GET", "/api/shop/nothing", &[], 404),
        ("live", "GET", "/api/shop/nothing/events", &[], 404),
        ("live", "POST", "/api/shop/alerts", &[], 405),
        ("api", "GET", "/api/shop/alerts", &[], 404),
        ("live", "GET", "/api/links", &[], 200),
        ("api", "GET", "/", &[], 303),
        ("api", "GET", "/docs", &[], 303),
        ("api", "GET", "/docs/", &[], 200),
        ("api", "GET", "/docs/nothing", &[], 404),
        ("api", "GET", "/docs/swagger-ui.css", &[], 200),
        ("api", "GET", "/openapi.json", &[], 200),
        ("api", "OPTIONS", "/openapi.json", &[], 200),
        ("api", "GET", "/api/v1/sales/metrics", &[], 403),
        ("api", "GET", "/api/v1/sales/metrics", &key, 200),
        ("api", "GET", "/api/v1/sales/metrics?limit=0", &key, 422),
        ("api", "GET", "/api/v1/sales/summary?period=year", &key, 400),
        ("api", "GET", "/api/v1/nothing", &key, 404),
        ("api", "GET", "/api/v1/customers/segments", &[], 403),
        ("api", "GET", "/api/v1/customers/segments", &key, 404),
        ("api", "GET", "/api/v1/trends/sales?limit=366", &key, 422),
        ("api", "GET", "/api/v1/anomalies", &[], 403),
        ("api", "GET", "/api/v1/monitoring/anomalies", &[], 403),
        ("api", "GET", "/api/v1/monitoring/anomalies", &key, 404),
        (
            "api",
            "GET",
            "/api/v1/monitoring/anomalies?hours=0",
            &key,
            422,
        ),
        ("api", "GET", "/api/v1/inventory/status", &[], 403),
        ("api", "GET", "/api/v1/sessions/funnel?limit=1", &key, 422),
        ("api", "POST", "/api/v1/sales/metrics", &key, 405),
    ] {
        let what = format!("{name} {method} {path}");
        let answer = ask(server.address(name), method, path, headers, b"");
        assert_eq!(answer.status, status, "{what}: {answer:?}");
        assert_dressed(&what, &answer);
    }
    let mut viewer = Client::to(server.live());
    let packed = [("Accept-Encoding", "gzip, br")];
    viewer.send(request("GET", "/api/live/events", &packed, b""));
    let head = viewer.head().unwrap();
    assert_eq!(head.header("content-type"), Some("text/event-stream"));
    assert_eq!(
        head.header("content-encoding"),
        None,
        "each event goes out at once"
    );
    assert_dressed("events", &head);
    let (name, data) = viewer.event().unwrap();
    assert_eq!(name, "live");
    let view: serde_json::Value = serde_json::from_str(&data).unwrap();
    assert_eq!(view["status"], "ended");
}

/// The values of `attribute` in a page.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let begin = format!(" {attribute}=\"");
    let parts = page.split(begin.as_str()).skip(1);
    parts.map(|part| part.split('"').next().unwrap()).collect()
}

fn path_of(target: &str) -> &str {
    target.split('?').next().unwrap()
}

#[test]
fn pages_bring_nothing_inline_and_need_nobody_else() {
    let shop = shop_with_windows();
    let server = Server::keyed(&shop, &[]);
    for (name, path) in [
        ("batch", "/"),
        ("live", "/"),
        ("batch", "/analyses/customers"),
        ("batch", "/analyses/products"),
        ("batch", "/analyses/trends"),
        ("batch", "/analyses/stores"),
        ("batch", "/analyses/returns"),
        ("live", "/shop/alerts"),
        ("live", "/shop/stock"),
        ("live", "/shop/sessions"),
        ("live", "/shop/countries"),
        ("live", "/shop/orders"),
        ("batch", "/login"),
        ("api", "/docs/"),
    ] {
        let address = server.address(name);
        let answer = get(address, path);
        assert!(
            answer
                .header("content-type")
                .unwrap()
                .starts_with("text/html")
        );
        let page = answer.text();
        assert!(!page.contains("<style"), "{name}{path}");
        for script in page.split("<script").skip(1) {
            let (tag, rest) = script.split_once('>').unwrap();
            assert!(tag.contains(" src=\""), "{name}{path}: {tag}");
            let (within, _) = rest.split_once("</script").unwrap();
            assert_eq!(within.trim(), "", "{name}{path}");
        }
        for tag in page.split('<').filter_map(|tag| tag.split('>').next()) {
            let mut words = tag.split_ascii_whitespace().skip(1);
            let handler = words.find(|word| word.starts_with("on") && word.contains('='));
            assert_eq!(handler, None, "{name}{path}: {tag}");
            assert!(!tag.contains("javascript:"), "{name}{path}: {tag}");
        }
        let linked = [values(&page, "src"), values(&page, "href")].concat();
        assert!(linked.len() > 3, "{name}{path}: {linked:?}");
        for link in linked.into_iter().filter(|link| !link.starts_with('#')) {
            assert!(
                !link.contains(':') && !link.starts_with("//"),
                "{name}{path}: {link}"
            );
            let target = match link.trim_start_matches("./") {
                whole if whole.starts_with('/') => whole.to_owned(),
                below => format!("{path}{below}"),
            };
            let found = get(address, &target);
            assert_eq!(found.status, 200, "{name}{path}: {link}");
            let kind = found.header("content-type").unwrap();
            let expected = match path_of(&target).rsplit_once('.').map(|(_, end)| end) {
                Some("js") => "text/javascript",
                Some("css") => "text/css",
                Some("svg") => "image/svg+xml",
                Some("png") => "image/png",
                Some("csv") => "text/csv",
                None if target.starts_with("/api/") => "application/json",
                _ => "text/html",
            };
            assert!(kind.starts_with(expected), "{link}: {kind}");
        }
    }
}

#[test]
fn modules_come_from_this_server() {
    let shop = shop_with_windows();
    let server = Server::keyed(&shop, &[]);
    let mut todo = vec![
        "analysis-customers.js".to_owned(),
        "analysis-products.js".to_owned(),
        "analysis-returns.js".to_owned(),
        "analysis-stores.js".to_owned(),
        "analysis-trends.js".to_owned(),
        "batch.js".to_owned(),
        "live.js".to_owned(),
        "login.js".to_owned(),
        "shop-alerts.js".to_owned(),
        "shop-countries.js".to_owned(),
        "shop-orders.js".to_owned(),
        "shop-sessions.js".to_owned(),
        "shop-stock.js".to_owned(),
    ];
    let mut seen: Vec<String> = Vec::new();
    while let Some(name) = todo.pop() {
        if seen.contains(&name) {
            continue;
        }
        let answer = get_with(server.batch(), &format!("/assets/{name}"), &[]);
        assert_eq!(answer.status, 200, "{name}");
        let text = answer.text();
        for line in text.lines().filter(|line| line.contains("import")) {
            for part in line.split("'./").skip(1) {
                todo.push(part.split('\'').next().unwrap().to_owned());
            }
        }
        for forbidden in ["http://", "https://", "eval(", "new Function", "innerHTML"] {
            let used = text.contains(forbidden) && !text.contains("http://www.w3.org/");
            assert!(!used, "{name}: {forbidden}");
        }
        seen.push(name);
    }
    assert!(seen.len() > 10, "{seen:?}");
}
