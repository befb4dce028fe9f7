//! Keys of the API, and names under which loopback answers.

use crate::client::{ask, get, get_with, raw};
use crate::common::Shop;
use crate::world::{KEY, Server, shop, wait_until};

const PATH: &str = "/api/v1/sales/summary";

/// The status and the sentence of the API's answer to one who shows `key`.
fn refusal(server: &Server, path: &str, key: Option<&str>) -> String {
    let headers: Vec<_> = key.iter().map(|key| ("X-API-Key", *key)).collect();
    let answer = get_with(server.api(), path, &headers);
    assert_eq!(answer.status, 403, "{path} {key:?}: {answer:?}");
    answer.detail()
}

fn opens(server: &Server, key: &str) -> bool {
    let answer = get_with(server.api(), PATH, &[("X-API-Key", key)]);
    assert!([200, 403].contains(&answer.status), "{answer:?}");
    answer.status == 200
}

#[test]
fn the_api_wants_a_whole_key_in_its_header() {
    let shop = shop();
    let server = Server::keyed(&shop, &["-v"]);
    assert!(opens(&server, KEY));
    assert!(refusal(&server, PATH, None).contains("X-API-Key"));
    let (upper, longer) = (KEY.to_uppercase(), format!("{KEY}0"));
    for wrong in ["", "x", &KEY[1..], &KEY[..KEY.len() - 1], &upper, &longer] {
        let detail = refusal(&server, PATH, Some(wrong));
        assert_eq!(detail, "Invalid API Key", "{wrong}");
    }
    // What opens pages elsewhere is not what the API asks for.
    let bearer = format!("Bearer {KEY}");
    for (name, value) in [
        ("Authorization", bearer.as_str()),
        ("Cookie", KEY),
        ("api_key", KEY),
    ] {
        let answer = get_with(server.api(), PATH, &[(name, value)]);
        assert_eq!(answer.status, 403, "{name}");
    }
    for path in ["/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v1/sales"] {
        refusal(&server, path, None);
        let answer = get_with(server.api(), path, &[("X-API-Key", KEY)]);
        assert_eq!(answer.status, 404, "{path}");
        answer.detail();
    }
    for other in [server.batch(), server.live()] {
        assert_eq!(get(other, PATH).status, 403);
        let answer = get_with(other, PATH, &[("X-API-Key", KEY)]);
        assert_eq!(answer.status, 404);
    }
    let post = ask(server.api(), "POST", PATH, &[], b"");
    assert_eq!(post.status, 403, "before the key nothing else is told");
}

#[test]
fn a_key_in_an_address_is_refused_and_not_repeated() {
    let shop = shop();
    let server = Server::keyed(&shop, &["-v"]);
    for name in [
        "api_key",
        "key",
        "apikey",
        "X-API-Key",
        "token",
        "access_token",
    ] {
        let path = format!("{PATH}?{name}={KEY}");
        let detail = refusal(&server, &path, None);
        assert!(detail.contains("X-API-Key"), "{detail}");
        assert!(detail.contains("address"), "{name}: {detail}");
        let answer = get_with(server.api(), &path, &[("X-API-Key", KEY)]);
        assert_eq!(answer.status, 422, "{name}");
        assert!(!answer.text().contains(KEY), "{answer:?}");
    }
    wait_until("a line", || {
        server.log().contains("GET /api/v1/sales/summary 403")
    });
    let log = server.log();
    assert!(!log.contains(KEY), "{log}");
}

#[test]
fn without_a_key_the_api_says_how_to_set_one() {
    let shop = shop();
    for nothing in [
        &[][..],
        &[("RETAIL_API_KEY", "")],
        &[("RETAIL_API_KEY", " , ,")],
    ] {
        let server = Server::with(&shop, &[], nothing);
        for key in [None, Some(""), Some(KEY)] {
            let detail = refusal(&server, PATH, key);
            assert!(detail.contains("RETAIL_API_KEY"), "{detail}");
            assert!(detail.contains("--api-key-file"), "{detail}");
        }
        assert_eq!(get(server.batch(), "/api/daily").status, 200);
    }
}

#[test]
fn keys_come_from_a_list_and_a_file() {
    let shop = shop();
    let file = "\u{feff}file-key-number-one\r\n\r\n  # a comment\r\n\tfile-key-number-two  \r\n";
    shop.write("keys", file);
    let keys = " list-key-number-one ,list-key-number-two,,";
    let server = Server::with(
        &shop,
        &["--api-key-file", "keys"],
        &[("RETAIL_API_KEY", keys)],
    );
    for from in ["list", "file"] {
        assert!(opens(&server, &format!("{from}-key-number-one")), "{from}");
        assert!(opens(&server, &format!("{from}-key-number-two")), "{from}");
    }
    for wrong in [
        "list-key-number-one,list-key-number-two",
        "# a comment",
        ",",
    ] {
        assert!(!opens(&server, wrong), "{wrong}");
    }
}

#[test]
fn dotenv_has_a_key_unless_the_environment_has() {
    let shop = shop();
    shop.write(".env", "RETAIL_API_KEY=a-key-of-the-folder\n");
    let server = Server::start(&shop, &[]);
    assert!(opens(&server, "a-key-of-the-folder"));
    let server = Server::keyed(&shop, &[]);
    assert!(opens(&server, KEY));
    assert!(!opens(&server, "a-key-of-the-folder"));
}

#[test]
fn a_key_that_can_be_guessed_is_warned_of_and_not_shown() {
    let shop = shop();
    let server = Server::with(&shop, &[], &[("RETAIL_API_KEY", "hunter2")]);
    assert!(opens(&server, "hunter2"));
    wait_until("a warning", || {
        server.log().contains("fewer than 16 characters")
    });
    let log = server.log();
    assert!(!log.contains("hunter2"), "{log}");
}

#[test]
fn keys_that_cannot_be_used_are_refused_at_the_start() {
    let shop = Shop::new();
    shop.write("empty", "\n# nothing\n");
    for (file, what) in [("absent", "absent"), ("empty", "holds no API key")] {
        let error = shop.fail(&["serve", "--api-key-file", file], 2);
        assert!(error.contains(what), "{error}");
    }
    for key in [
        "with a blank",
        "with\ta-tab",
        "\u{e4}\u{f6}\u{fc}-no-header-carries",
    ] {
        let mut command = shop.retail(&["serve"]);
        let output = command.env("RETAIL_API_KEY", key).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
        assert!(error.contains("RETAIL_API_KEY"), "{error}");
        assert!(!error.contains(key), "{error}");
    }
}

#[test]
fn loopback_answers_to_its_own_names_only() {
    let shop = shop();
    let server = Server::keyed(&shop, &[]);
    let port = server.batch().rsplit_once(':').unwrap().1;
    let with_port = format!("localhost:{port}");
    let asked = |address: &str, path: &str, host: &str| {
        get_with(address, path, &[("Host", host), ("X-API-Key", KEY)])
    };
    for host in [
        "localhost",
        &with_port,
        "127.0.0.1",
        "127.0.0.1:1",
        "127.9.9.9",
        "[::1]",
        "[::1]:5000",
        "LocalHost",
        "localhost.",
        "shop.localhost:8000",
    ] {
        let answer = asked(server.batch(), "/api/daily", host);
        assert_eq!(answer.status, 200, "{host}: {answer:?}");
    }
    for host in [
        "evil.example",
        "evil.example:5000",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evillocalhost",
        "169.254.169.254",
        "user@localhost",
        "localhost:5000@evil.example",
        "[::1].evil.example",
        "",
    ] {
        for (address, path) in [
            (server.batch(), "/api/daily"),
            (server.batch(), "/"),
            (server.batch(), "/login"),
            (server.live(), "/api/live/events"),
            (server.live(), "/metrics"),
            (server.api(), PATH),
            (server.api(), "/docs/"),
            (server.api(), "/health"),
        ] {
            let answer = asked(address, path, host);
            assert_eq!(answer.status, 421, "{host} {path}: {answer:?}");
            assert!(answer.detail().contains("--allow-host"), "{answer:?}");
        }
    }
    // Where the request line names a server, that is the one that is meant.
    let whole = get_with(
        server.batch(),
        "http://evil.example/",
        &[("Host", "localhost")],
    );
    assert_eq!(whole.status, 421);
    // Clients so old that they name none are no browsers.
    let old = raw(server.batch(), b"GET /health HTTP/1.0\r\n\r\n");
    assert!(old.starts_with("HTTP/1.0 200 "), "{old}");
}

#[test]
fn other_names_can_be_allowed() {
    let shop = shop();
    let allow = [
        "--allow-host",
        "Shop.Example",
        "--allow-host",
        "192.168.7.7",
    ];
    let server = Server::start(&shop, &allow);
    for (host, status) in [
        ("shop.example", 200),
        ("SHOP.example:8443", 200),
        ("shop.example.", 200),
        ("192.168.7.7", 200),
        ("localhost", 200),
        ("www.shop.example", 421),
        ("shop.example.evil.example", 421),
    ] {
        let answer = get_with(server.batch(), "/api/daily", &[("Host", host)]);
        assert_eq!(answer.status, status, "{host}");
    }
}
