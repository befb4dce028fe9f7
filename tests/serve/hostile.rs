//! Requests that nobody sends by mistake.

use crate::client::{Client, get, raw, request};
use crate::world::{KEY, Server, shop};

/// Paths that lead elsewhere, or would if somebody decoded them once more.
const TRICKS: [&str; 40] = [
    "/assets/../../etc/passwd",
    "/assets/../Cargo.toml",
    "/assets/../../../../../../../../etc/passwd",
    "/assets/..%2f..%2fetc%2fpasswd",
    "/assets/%2e%2e/%2e%2e/etc/passwd",
    "/assets/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/assets/%252e%252e%252fetc%252fpasswd",
    "/assets/....//....//etc/passwd",
    "/assets/..;/etc/passwd",
    "/assets/..%5c..%5cetc%5cpasswd",
    "/assets/..%00/etc/passwd",
    "/assets//etc/passwd",
    "/assets/%2fetc%2fpasswd",
    "/assets/batch.html",
    "/assets/live.html",
    "/assets/login.html",
    "/assets/batch%2ehtml",
    "/assets/batch.html%00.js",
    "/assets/batch.html/",
    "/assets/./batch.html",
    "/assets/BATCH.HTML",
    "/assets/batch.js%00",
    "/assets/batch.js/",
    "/assets/%c0%ae%c0%ae/etc/passwd",
    "/assets/%ff",
    "/assets/%",
    "/assets/%2",
    "/assets/",
    "/assets",
    "//assets/batch.js",
    "//etc/passwd",
    "/etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/data/output/analysis_csv/_run.json",
    "/docs/../../etc/passwd",
    "/docs/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "/docs/..%5c..%5cetc%5cpasswd",
    "/.env",
    "/.git/config",
    "/health/../.env",
];

#[test]
fn no_path_leads_out_of_the_binary() {
    let shop = shop();
    shop.write(".env", "SECRET=of-the-folder\n");
    let server = Server::keyed(&shop, &[]);
    for address in server.all() {
        for path in TRICKS {
            let answer = get(address, path);
            assert!([400, 404].contains(&answer.status), "{path}: {answer:?}");
            answer.detail();
            let text = answer.text();
            for secret in ["root:", "of-the-folder", "run_id", "<html", "[package]"] {
                assert!(!text.contains(secret), "{path}: {text}");
            }
        }
    }
}

#[test]
fn no_path_leads_around_the_key() {
    let shop = shop();
    let server = Server::open(&shop, &[]);
    for (name, inside) in [
        ("batch", "/api/daily"),
        ("live", "/api/live"),
        ("api", "/openapi.json"),
        ("api", "/api/v1/sales/summary"),
    ] {
        let open = server.address(name);
        let encoded = inside.replace('/', "%2f");
        let capital = inside.to_uppercase();
        for path in [
            format!("/{inside}"),
            format!("//localhost{inside}"),
            format!("/.{inside}"),
            format!("/assets/..{inside}"),
            format!("/assets/%2e%2e{inside}"),
            format!("/health/..{inside}"),
            format!("/login/..{inside}"),
            format!("/login;{inside}"),
            format!("/login?{inside}#{inside}"),
            format!("/assets/{encoded}"),
            format!("/health/{encoded}"),
            format!("{inside}/"),
            format!("{inside};x"),
            format!("{inside}%00"),
            format!("{inside}%20"),
            format!("/{}", &encoded[3..]),
            inside.replace("api", "%61pi"),
            capital,
        ] {
            let mut client = Client::to(open);
            client.send(request("GET", &path, &[], b""));
            let Some(answer) = client.answer("GET") else {
                continue;
            };
            let page = answer.status == 200 && path.starts_with("/login?");
            assert!(
                page || [400, 403, 404].contains(&answer.status),
                "{path}: {answer:?}"
            );
        }
    }
}

#[test]
fn bytes_that_are_no_path_are_no_request() {
    let shop = shop();
    let server = Server::keyed(&shop, &[]);
    for path in [
        &b"/\0"[..],
        b"/api/daily\0",
        b"/assets/..\\..\\etc\\passwd",
        b"\\api\\daily",
        b"/a b",
        b"/\x7f",
        b"/\x01",
        b"api/daily",
        b"",
        b"/\xff\xfe",
        b"/<script>",
        b"file:///etc/passwd",
        b"/\r\n\r\nGET /health",
        b"http://",
        b"http:///",
        b"://",
        b"*",
    ] {
        let bytes = [
            b"GET ",
            path,
            b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        ];
        let answer = raw(server.batch(), &bytes.concat());
        let shown = String::from_utf8_lossy(path);
        // A line break ends the request line early, which makes it one of another kind.
        let refused = [
            "HTTP/1.1 400 ",
            "HTTP/1.1 404 ",
            "HTTP/1.1 421 ",
            "HTTP/1.1 403 ",
        ];
        let refused = answer.is_empty() || refused.iter().any(|start| answer.starts_with(start));
        assert!(refused, "{shown}: {answer}");
        assert!(
            !answer.contains("root:") && !answer.contains("\"status\":\"ok\""),
            "{shown}"
        );
    }
    assert_eq!(get(server.batch(), "/health/live").status, 200);
}

#[test]
fn absurd_methods_get_nothing() {
    let shop = shop();
    let server = Server::keyed(&shop, &[]);
    let long = "M".repeat(5000);
    for method in [
        "GETS", "get", "G", "PROPFIND", "SEARCH", "CONNECT", "TRACE", "TRACK", "DEBUG", "!", "$",
        "GET\x0b", "\u{e9}", "G E T", "(", "M-SEARCH", "PURGE", &long,
    ] {
        for path in ["/api/daily", "/", "*", "localhost:80", "/nothing"] {
            let mut client = Client::to(server.batch());
            let close = [("Connection", "close")];
            client.send(request(method, path, &close, b""));
            let Some(answer) = client.answer(method) else {
                continue;
            };
            assert!(
                [400, 404, 405, 421, 431, 501].contains(&answer.status),
                "{method} {path}: {answer:?}"
            );
            assert!(!answer.body.starts_with(b"{\"status\""), "{method} {path}");
        }
    }
    assert_eq!(get(server.batch(), "/health/live").status, 200);
}

/// Requests of which two readers may disagree where the first ends. The second is one that
/// nobody should see answered.
fn smuggled() -> Vec<(&'static str, String)> {
    let second = "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let length = second.len();
    let get = |headers: &str, rest: &str| {
        format!("GET /health HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n{rest}")
    };
    let chunked = "Transfer-Encoding: chunked";
    vec![
        (
            "both",
            get(
                &format!("Content-Length: {length}\r\n{chunked}\r\n"),
                &format!("0\r\n\r\n{second}"),
            ),
        ),
        (
            "both, the other way",
            get(
                &format!("{chunked}\r\nContent-Length: 4\r\n"),
                &format!("0\r\n\r\n{second}"),
            ),
        ),
        (
            "two lengths",
            get("Content-Length: 0\r\nContent-Length: 5\r\n", second),
        ),
        (
            "two lengths in one",
            get("Content-Length: 0, 5\r\n", second),
        ),
        (
            "a length with a sign",
            get("Content-Length: +0\r\n", second),
        ),
        (
            "a length below nothing",
            get("Content-Length: -1\r\n", second),
        ),
        (
            "a length in hexadecimal",
            get("Content-Length: 0x0\r\n", second),
        ),
        ("a length of nothing", get("Content-Length: \r\n", second)),
        (
            "a length beyond all",
            get("Content-Length: 99999999999999999999999\r\n", second),
        ),
        (
            "a blank before the colon",
            get("Content-Length : 0\r\n", second),
        ),
        (
            "a blank before the coding's colon",
            get(
                "Transfer-Encoding : chunked\r\n",
                &format!("0\r\n\r\n{second}"),
            ),
        ),
        (
            "chunked is not last",
            get(
                "Transfer-Encoding: chunked, identity\r\n",
                &format!("0\r\n\r\n{second}"),
            ),
        ),
        (
            "no known coding",
            get(
                "Transfer-Encoding: xchunked\r\n",
                &format!("0\r\n\r\n{second}"),
            ),
        ),
        (
            "a coding of HTTP/1.0",
            format!("GET /health HTTP/1.0\r\n{chunked}\r\n\r\n0\r\n\r\n{second}"),
        ),
        (
            "a folded line",
            get(
                "Transfer-Encoding:\r\n chunked\r\n",
                &format!("0\r\n\r\n{second}"),
            ),
        ),
        ("a header without a name", get(": chunked\r\n", second)),
        ("a header without a colon", get("chunked\r\n", second)),
        ("a bare CR", get("X: a\rContent-Length: 0\r\n", second)),
        ("a NUL", get("X: a\0b\r\n", second)),
        (
            "a size with a sign",
            get(&format!("{chunked}\r\n"), &format!("+0\r\n\r\n{second}")),
        ),
        (
            "a size that wraps",
            get(
                &format!("{chunked}\r\n"),
                &format!("10000000000000000\r\n\r\n{second}"),
            ),
        ),
        (
            "a size of letters",
            get(&format!("{chunked}\r\n"), &format!("zz\r\n\r\n{second}")),
        ),
    ]
}

#[test]
fn no_request_hides_in_another() {
    let shop = shop();
    let server = Server::keyed(&shop, &[]);
    for (name, bytes) in smuggled() {
        let answer = raw(server.batch(), bytes.as_bytes());
        assert!(
            !answer.contains("retail_http_requests_total"),
            "{name}: {answer}"
        );
        let answers = answer.matches("HTTP/1.").count();
        assert!(answers <= 1, "{name}: {answer}");
    }
    assert_eq!(get(server.batch(), "/health/live").status, 200);
}

#[test]
fn requests_one_after_the_other_are_answered_in_their_order() {
    let shop = shop();
    let server = Server::keyed(&shop, &[]);
    let mut client = Client::to(server.batch());
    let several = [
        ("GET", "/health", &b""[..], 200),
        ("GET", "/nothing", b"", 404),
        ("POST", "/", b"a body that nobody reads", 405),
        ("HEAD", "/api/daily", b"", 200),
        ("GET", "/api/daily?a=b", b"", 422),
        ("GET", "/", b"", 200),
    ];
    for (method, path, body, _) in several {
        client.send(request(method, path, &[], body));
    }
    for (method, path, _, status) in several {
        let answer = client.answer(method).unwrap();
        assert_eq!(answer.status, status, "{method} {path}");
    }
}

#[test]
fn garbage_is_answered_with_nothing_or_no() {
    let shop = shop();
    let server = Server::keyed(&shop, &[]);
    let hello =
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let mut noise = Vec::new();
    let mut state = 1u64;
    for _ in 0..50_000 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        noise.push((state >> 56) as u8);
    }
    let long = format!(
        "GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "a".repeat(100_000)
    );
    for (name, bytes) in [
        ("HTTP/0.9", &b"GET /health\r\n\r\n"[..]),
        ("no version", b"GET /health HTTP\r\n\r\n"),
        ("HTTP/3.0", b"GET /health HTTP/3.0\r\n\r\n"),
        ("HTTP/1.2", b"GET /health HTTP/1.2\r\n\r\n"),
        (
            "HTTP/2",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
        ),
        ("TLS", hello),
        ("an answer", b"HTTP/1.1 200 OK\r\n\r\n"),
        ("words", b"hello there\r\n\r\n"),
        ("noise", &noise),
        ("NULs", &[0; 4096]),
        ("a long address", long.as_bytes()),
    ] {
        let answer = raw(server.batch(), bytes);
        let refused = [
            "HTTP/1.1 400 ",
            "HTTP/1.1 414 ",
            "HTTP/1.1 431 ",
            "HTTP/1.1 505 ",
        ];
        let refused = answer.is_empty() || refused.iter().any(|start| answer.starts_with(start));
        assert!(refused, "{name}: {answer}");
    }
    assert_eq!(get(server.batch(), "/health/live").status, 200);
}

#[test]
fn a_flood_of_headers_is_refused() {
    let shop = shop();
    let server = Server::keyed(&shop, &[]);
    let flood = |count: usize, size: usize| {
        let value = "v".repeat(size);
        let lines: String = (0..count).map(|n| format!("X-{n}: {value}\r\n")).collect();
        let text = format!("GET /health HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n");
        let mut client = Client::to(server.batch());
        client.send(text);
        client.answer("GET").map(|answer| answer.status)
    };
    assert_eq!(flood(50, 100), Some(200), "what proxies add is fine");
    for (count, size) in [
        (1000, 1),
        (1000, 1000),
        (1, 1 << 20),
        (60, 1 << 10),
        (100_000, 0),
    ] {
        let status = flood(count, size);
        // Or the connection ends before the answer is read.
        assert!(
            [None, Some(431)].contains(&status),
            "{count} of {size}: {status:?}"
        );
    }
    let cookie = "c=".to_owned() + &"d".repeat(20_000);
    let headers = [("X-API-Key", KEY), ("Cookie", cookie.as_str())];
    let answer = crate::client::get_with(server.api(), "/api/v1/sales/summary", &headers);
    assert_eq!(
        answer.status, 200,
        "a long cookie of other programs is fine"
    );
    assert_eq!(get(server.batch(), "/health/live").status, 200);
}
