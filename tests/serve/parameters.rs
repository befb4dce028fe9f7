//! What is wrong with a request is told, parameter by parameter.

use serde_json::Value;

use crate::client::{Answer, get};
use crate::world::{Server, shop_with_windows};

/// The entries of a refusal, by the parameter that each is about.
fn wrong(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 422, "{answer:?}");
    let json = answer.json();
    assert_eq!(json.as_object().unwrap().len(), 1);
    let entries = json["detail"].as_array().expect("a list");
    let name = |entry: &Value| {
        let entry = entry.as_object().unwrap();
        assert_eq!(entry.keys().collect::<Vec<_>>(), ["loc", "msg", "type"]);
        assert!(entry["msg"].as_str().is_some_and(|msg| msg.len() > 5));
        assert!(entry["type"].is_string());
        let loc = entry["loc"].as_array().unwrap();
        assert_eq!((loc.len(), loc[0].as_str()), (2, Some("query")));
        loc[1].as_str().unwrap().to_owned()
    };
    assert!(!entries.is_empty());
    entries.iter().map(name).collect()
}

#[test]
fn numbers_are_digits_within_their_range() {
    let shop = shop_with_windows();
    let server = Server::keyed(&shop, &[]);
    for path in ["/sales/metrics", "/products/performance"] {
        for value in [
            "0",
            "1001",
            "-1",
            "1e3",
            "%2B5",
            "+5",
            "",
            "%205",
            "5%20",
            "5.0",
            "0x10",
            "five",
            "%EF%BC%95",
            "99999999999999999999",
            "1_0",
            "1,0",
            "null",
            "true",
        ] {
            let answer = server.v1(&format!("{path}?limit={value}"));
            assert_eq!(wrong(&answer), ["limit"], "{path} {value}");
            let text = answer.text();
            assert!(text.contains("1 to 1000"), "{text}");
        }
        for value in ["-1", "1000000001", "", "a", "1e3", "18446744073709551616"] {
            let answer = server.v1(&format!("{path}?offset={value}"));
            assert_eq!(wrong(&answer), ["offset"], "{path} {value}");
        }
        for (query, name) in [
            ("limit=1&limit=2", "limit"),
            ("limit=1&limit=1", "limit"),
            ("limit=1&%6Cimit=2", "limit"),
            ("offset=1&limit=5&offset=2", "offset"),
        ] {
            assert_eq!(
                wrong(&server.v1(&format!("{path}?{query}"))),
                [name],
                "{query}"
            );
        }
        for query in [
            "limit=1",
            "limit=1000",
            "offset=0",
            "offset=1000000000",
            "limit=%31",
            "",
            "&&",
        ] {
            let answer = server.v1(&format!("{path}?{query}"));
            assert_eq!(answer.status, 200, "{query}: {answer:?}");
        }
    }
}

#[test]
fn days_are_days_in_their_order() {
    let shop = shop_with_windows();
    let server = Server::keyed(&shop, &[]);
    let ask = |path: &str, query: &str| match path {
        "/api/v1/sales/metrics" => server.v1(&format!("/sales/metrics?{query}")),
        path => get(server.batch(), &format!("{path}?{query}")),
    };
    for (path, from, to) in [
        ("/api/v1/sales/metrics", "start_date", "end_date"),
        ("/api/report", "from", "to"),
        ("/api/daily.csv", "from", "to"),
        ("/api/report.csv", "from", "to"),
    ] {
        for value in [
            "2025-13-01",
            "2025-02-30",
            "2025-02-29",
            "20250101",
            "2025-1-1",
            "tomorrow",
            "",
            "2025-01-01T00:00:00",
            "2025-01-01Z",
            "01-01-2025",
            "2025/01/01",
            "10000-01-01",
            "-2025-01-01",
            "%2B2025-01-01",
            "2025-W01-1",
            "2025-001",
            "2025-01-01%00",
            "%D9%A2025-01-01",
        ] {
            for name in [from, to] {
                let answer = ask(path, &format!("{name}={value}"));
                assert_eq!(wrong(&answer), [name], "{path} {value}");
            }
        }
        let answer = ask(path, &format!("{from}=2025-01-02&{to}=2025-01-01"));
        match path {
            // The description of the API cannot say that dates must not cross: none lies between.
            "/api/v1/sales/metrics" => assert_eq!(answer.json(), serde_json::json!([])),
            path => assert_eq!(wrong(&answer), [to], "{path}"),
        }
        let answer = ask(path, &format!("{from}=x&{to}=y&limits=3"));
        assert_eq!(wrong(&answer), [from, to, "limits"], "{path}");
        for query in [
            format!("{from}=2025-01-01&{to}=2025-01-01"),
            format!("{from}=2024-02-29"),
            format!("{to}=2024-02-29"),
            format!("{from}=0001-01-01&{to}=9999-12-31"),
            format!("{from}=9999-12-31"),
            format!("{to}=0001-01-01"),
        ] {
            let answer = ask(path, &query);
            assert_eq!(answer.status, 200, "{path} {query}: {answer:?}");
        }
    }
}

#[test]
fn parameters_that_nobody_asked_for_are_wrong() {
    let shop = shop_with_windows();
    let server = Server::keyed(&shop, &[]);
    for path in [
        "/sales/metrics",
        "/sales/summary",
        "/products/performance",
        "/products/top-performers",
        "/customers/segments",
        "/customers/segments/distribution",
        "/trends/sales",
        "/monitoring/dashboard",
        "/dashboard",
    ] {
        let answer = server.v1(&format!("{path}?Limit=5"));
        assert_eq!(wrong(&answer), ["Limit"], "{path}");
    }
    for (name, path) in [
        ("batch", "/api/daily"),
        ("batch", "/api/report"),
        ("batch", "/api/daily.csv"),
        ("batch", "/api/report.csv"),
        ("live", "/api/stream"),
        ("live", "/api/live"),
        ("live", "/api/live/events"),
    ] {
        let answer = get(server.address(name), &format!("{path}?a=b"));
        assert_eq!(wrong(&answer), ["a"], "{path}");
    }
    // However many there are, the answer stays short.
    let many: Vec<String> = (0..2000).map(|number| format!("p{number}")).collect();
    let answer = server.v1(&format!("/sales/metrics?{}", many.join("&")));
    assert!(wrong(&answer).len() <= 20);
    assert!(answer.body.len() < 10_000);
    let long = "x".repeat(20_000);
    let answer = server.v1(&format!("/sales/metrics?{long}=1"));
    assert_eq!(wrong(&answer).len(), 1);
}

#[test]
fn choices_are_told() {
    let shop = shop_with_windows();
    let server = Server::keyed(&shop, &[]);
    for by in ["planet", "", "Day", "day,month", "row"] {
        let answer = get(server.batch(), &format!("/api/report.csv?by={by}"));
        assert_eq!(wrong(&answer), ["by"], "{by}");
        assert!(answer.text().contains("category"), "{answer:?}");
    }
    for by in [
        "day", "month", "product", "store", "category", "country", "hour",
    ] {
        let answer = get(server.batch(), &format!("/api/report.csv?by={by}"));
        assert_eq!(answer.status, 200, "{by}");
        let saved = answer.header("content-disposition").unwrap();
        assert_eq!(saved, format!("attachment; filename=\"by-{by}.csv\""));
    }
    // As the replaced API did.
    for period in ["year", "", "TODAY"] {
        let answer = server.v1(&format!("/sales/summary?period={period}"));
        assert_eq!(answer.status, 400, "{period}");
        assert!(answer.detail().contains("today, week or month"));
    }
    for sort in [
        "nothing",
        "total_revenue",
        "units_sold",
        "performance_score",
    ] {
        let answer = server.v1(&format!("/products/performance?sort_by={sort}"));
        assert_eq!(answer.status, 200, "{sort}");
    }
    // Text is compared, not searched for or run.
    for text in ["'%20OR%201=1--", "%25", "*", "%00", "..%2F", "%ff"] {
        let answer = server.v1(&format!("/sales/metrics?category={text}"));
        assert_eq!(answer.status, 200, "{text}");
        assert_eq!(answer.json(), serde_json::json!([]), "{text}");
    }
}
