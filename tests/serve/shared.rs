//! Servers that share their answers in a real Redis, which may go, come, be slow, full or lie.

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::client::{Answer, ask};
use crate::common::services::Own;
use crate::common::{Shop, signal, stderr, stdout};
use crate::world::{KEY, Server, shop, wait_until};

/// What they are asked.
const PATHS: [&str; 5] = [
    "/sales/metrics?limit=3",
    "/sales/summary",
    "/products/performance?limit=5",
    "/trends/sales",
    "/customers/segments?limit=4",
];

/// A Redis of a test's own.
struct Redis(Own);

impl Redis {
    fn prepare() -> Option<Self> {
        Own::prepare("redis", &["PORT", "TLS_PORT"]).map(Self)
    }

    fn start() -> Option<Self> {
        let redis = Self::prepare()?;
        redis.begin();
        Some(redis)
    }

    fn begin(&self) {
        self.0.act("start", "").expect("it starts");
    }

    fn crash(&self) {
        self.0.act("crash", "").expect("it is killed");
    }

    fn address(&self) -> String {
        format!("redis://:retailsecret@127.0.0.1:{}/3", self.0.port(0))
    }

    fn pid(&self) -> u32 {
        let text = std::fs::read_to_string(self.0.file("redis.pid")).expect("it runs");
        let pid = text.split_whitespace().next().expect("a number");
        pid.parse().expect("a number")
    }

    /// What its own client says.
    fn cli(&self, args: &[&str]) -> String {
        let output = Command::new("redis-cli")
            .env("REDISCLI_AUTH", "retailsecret")
            .args(["-h", "127.0.0.1", "-n", "3", "-p"])
            .arg(self.0.port(0).to_string())
            .args(args)
            .output()
            .expect("it starts");
        assert!(output.status.success(), "{args:?}: {}", stderr(&output));
        stdout(&output).trim().to_owned()
    }

    fn keys(&self) -> Vec<String> {
        let keys = self.cli(&["--raw", "KEYS", "*"]);
        keys.lines().map(str::to_owned).collect()
    }

    fn holds(&self, answers: usize) {
        wait_until("the answers are there", || self.keys().len() == answers);
    }
}

/// Sales and what all analyses make of them.
fn analysed() -> Shop {
    let shop = Shop::new();
    shop.json(&["generate", "--days", "3"]);
    shop.json(&["batch", "--analysis", "all"]);
    shop
}

fn start(shop: &Shop, address: &str, options: &[&str]) -> Server {
    Server::keyed(shop, &[&["--cache", address], options].concat())
}

/// One that has reached Redis.
fn connected(shop: &Shop, address: &str, options: &[&str]) -> Server {
    let server = start(shop, address, options);
    wait_until("it is connected", || up(&server));
    server
}

fn value(server: &Server, series: &str) -> Option<f64> {
    let text = ask(server.api(), "GET", "/metrics", &[], b"").text();
    let line = text.lines().find_map(|line| line.strip_prefix(series));
    line.map(|value| value.trim().parse().expect("a number"))
}

fn up(server: &Server) -> bool {
    value(server, "retail_shared_cache_up ") == Some(1.0)
}

/// Answers that came from Redis.
fn hits(server: &Server) -> f64 {
    value(server, "retail_shared_cache_total{result=\"hit\"} ").unwrap_or(0.0)
}

/// Status, headers and body.
type Content = (u16, Vec<(String, String)>, Vec<u8>);

/// All of an answer but what is of this one request.
fn content(answer: &Answer) -> Content {
    let own = ["date", "x-request-id", "x-cache"];
    let headers = answer.headers.iter();
    let headers = headers.filter(|(name, _)| !own.contains(&name.as_str()));
    (
        answer.status,
        headers.cloned().collect(),
        answer.body.clone(),
    )
}

fn all(server: &Server) -> Vec<Content> {
    let answers = PATHS.map(|path| server.v1(path));
    answers.iter().map(content).collect()
}

#[test]
fn what_one_server_made_the_others_give_byte_for_byte() {
    let Some(redis) = Redis::start() else { return };
    let shop = analysed();
    let plain = Server::keyed(&shop, &[]);
    let first = connected(&shop, &redis.address(), &[]);
    let expected = all(&plain);
    assert!(
        expected.iter().all(|(status, ..)| *status == 200),
        "{expected:?}"
    );
    assert_eq!(all(&first), expected);
    assert_eq!(hits(&first), 0.0);
    redis.holds(PATHS.len());
    for key in redis.keys() {
        assert!(key.starts_with("retail:answer:"), "{key}");
        let life: i64 = redis.cli(&["TTL", &key]).parse().unwrap();
        assert!((3_500..=3_600).contains(&life), "{life}");
    }
    let second = connected(&shop, &redis.address(), &[]);
    for path in PATHS {
        assert_eq!(second.v1(path).header("x-cache"), Some("HIT"), "{path}");
    }
    assert_eq!(hits(&second), PATHS.len() as f64);
    assert_eq!(all(&second), expected);
    // Packed answers are others, and questions are put again in any order.
    let packed = [("Accept-Encoding", "gzip")];
    let made = first.v1_with("/sales/metrics?limit=9&offset=1", &packed);
    redis.holds(PATHS.len() + 1);
    let given = second.v1_with("/sales/metrics?offset=1&limit=9", &packed);
    assert_eq!(given.header("x-cache"), Some("HIT"));
    assert_eq!(content(&given), content(&made));
    // Who has it already is told so.
    let tag = given.header("etag").unwrap();
    let third = connected(&shop, &redis.address(), &[]);
    let known = third.v1_with(
        "/sales/metrics?limit=9&offset=1",
        &[packed[0], ("If-None-Match", tag)],
    );
    assert_eq!((known.status, known.body.len()), (304, 0));
    assert_eq!(hits(&third), 1.0);
}

#[test]
fn other_results_settings_and_keys_are_other_answers() {
    let Some(redis) = Redis::start() else { return };
    let shop = analysed();
    let first = connected(&shop, &redis.address(), &[]);
    all(&first);
    redis.holds(PATHS.len());
    // Another day is today, other names: nothing of that fits.
    for options in [
        &["--as-of", "latest"][..],
        &["--currency", "EUR"],
        &["--locale", "de"],
    ] {
        let other = connected(&shop, &redis.address(), options);
        let alone = Server::keyed(&shop, options);
        assert_eq!(all(&other), all(&alone), "{options:?}");
        assert_eq!(hits(&other), 0.0, "{options:?}");
    }
    // Another name beside is another place.
    let beside = connected(&shop, &format!("{}?as=eu", redis.address()), &[]);
    all(&beside);
    assert_eq!(hits(&beside), 0.0);
    wait_until("beside", || {
        let keys = redis.keys();
        keys.iter()
            .filter(|key| key.starts_with("eu:answer:"))
            .count()
            == PATHS.len()
    });
    // Another run, with the same figures or with others, is told by its own answers only.
    for seed in ["42", "7"] {
        shop.json(&["generate", "--days", "3", "--seed", seed]);
        shop.json(&["batch", "--analysis", "all"]);
        let alone = Server::keyed(&shop, &[]);
        let expected = all(&alone);
        let before = hits(&first);
        assert_eq!(all(&first), expected);
        assert_eq!(hits(&first), before);
    }
    // Nobody without a key sees what somebody with one asked for.
    let answer = ask(
        first.api(),
        "GET",
        &format!("/api/v1{}", PATHS[0]),
        &[],
        b"",
    );
    assert_eq!(answer.status, 403);
    // Failures are not shared, nor is what changes by itself.
    let before = redis.keys().len();
    assert_eq!(first.v1("/sales/metrics?limit=0").status, 422);
    first.v1("/monitoring/anomalies");
    ask(first.api(), "GET", "/docs/", &[], b"");
    thread::sleep(Duration::from_millis(300));
    assert_eq!(redis.keys().len(), before);
}

#[test]
fn the_api_works_on_when_redis_is_gone_and_uses_it_when_it_is_back() {
    let Some(redis) = Redis::prepare() else {
        return;
    };
    let shop = analysed();
    let expected = all(&Server::keyed(&shop, &[]));
    // It is not there yet.
    let server = start(&shop, &redis.address(), &[]);
    assert_eq!(all(&server), expected);
    assert_eq!(value(&server, "retail_shared_cache_up "), Some(0.0));
    redis.begin();
    wait_until("it is connected", || up(&server));
    assert_eq!(server.v1("/sales/metrics?limit=7").status, 200);
    redis.holds(1);
    for round in 0..3 {
        redis.crash();
        let path = format!("/sales/metrics?limit={}", 10 + round);
        let began = Instant::now();
        assert_eq!(server.v1(&path).status, 200);
        assert!(
            began.elapsed() < Duration::from_secs(2),
            "{:?}",
            began.elapsed()
        );
        assert_eq!(all(&server), expected);
        wait_until("it is seen", || {
            server.v1(&format!("/sales/metrics?offset={round}&limit=2"));
            !up(&server)
        });
        redis.begin();
        wait_until("it is connected again", || up(&server));
        let other = connected(&shop, &redis.address(), &[]);
        assert_eq!(other.v1("/sales/metrics?limit=7").status, 200);
        assert_eq!(hits(&other), 1.0, "it has kept what it acknowledged");
    }
    let log = server.log();
    let lost = log
        .matches("keeps its answers for itself meanwhile")
        .count();
    assert!((1..=8).contains(&lost), "once for every loss: {log}");
    assert!(!log.contains("retailsecret"), "{log}");
}

#[test]
fn a_redis_that_does_not_answer_holds_nobody_up() {
    let Some(redis) = Redis::start() else { return };
    let shop = analysed();
    let expected = all(&Server::keyed(&shop, &[]));
    let server = connected(&shop, &redis.address(), &[]);
    signal(redis.pid(), "STOP");
    let began = Instant::now();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(all(&server), expected));
        }
    });
    let took = began.elapsed();
    signal(redis.pid(), "CONT");
    assert!(took < Duration::from_secs(3), "{took:?}");
    wait_until("it is connected again", || up(&server));
}

#[test]
fn a_redis_that_is_full_or_forbids_costs_only_the_sharing() {
    let Some(redis) = Redis::start() else { return };
    let shop = analysed();
    let expected = all(&Server::keyed(&shop, &[]));
    let server = connected(&shop, &redis.address(), &[]);
    redis.cli(&["CONFIG", "SET", "maxmemory", "1"]);
    assert_eq!(all(&server), expected);
    wait_until("it is told", || server.log().contains("OOM"));
    wait_until("each is counted", || {
        let failed = value(&server, "retail_shared_cache_total{result=\"failed\"} ");
        failed == Some(PATHS.len() as f64)
    });
    assert_eq!(
        server.log().matches("OOM").count(),
        1,
        "once: {}",
        server.log()
    );
    assert!(up(&server) && redis.keys().is_empty());
    let output = shop.run(&["--json", "doctor", &redis.address()]);
    assert!(
        stdout(&output).contains("refuses when full"),
        "{}",
        stdout(&output)
    );
    redis.cli(&["CONFIG", "SET", "maxmemory", "0"]);
    assert_eq!(server.v1("/sales/metrics?limit=8").status, 200);
    redis.holds(1);
    // A user who may not read there.
    redis.cli(&[
        "ACL",
        "SETUSER",
        "shop",
        "on",
        ">shopsecret",
        "~none:*",
        "+@all",
    ]);
    let address = redis.address().replace(":retailsecret", "shop:shopsecret");
    let barred = connected(&shop, &address, &[]);
    assert_eq!(all(&barred), expected);
    assert!(barred.log().contains("no permissions"), "{}", barred.log());
    assert!(!barred.log().contains("shopsecret"));
    // One who may do nothing else than it takes.
    let least = ["+get", "+setex", "+set", "+ping", "+select"];
    let user = [
        "ACL",
        "SETUSER",
        "least",
        "on",
        ">shopsecret",
        "~retail:answer:*",
    ];
    redis.cli(&[&user[..], &least].concat());
    let address = redis.address().replace(":retailsecret", "least:shopsecret");
    let first = connected(&shop, &address, &[]);
    assert_eq!(all(&first), expected);
    redis.holds(1 + PATHS.len());
    let output = shop.run(&["--json", "doctor", &address]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("keeps its version from this user"), "{text}");
}

#[test]
fn what_others_wrote_there_is_not_believed() {
    let Some(redis) = Redis::start() else { return };
    let shop = analysed();
    let first = connected(&shop, &redis.address(), &[]);
    let expected = all(&first);
    redis.holds(PATHS.len());
    let keys = redis.keys();
    let whole = "\"asked\"";
    let copy = redis.cli(&["--raw", "GET", &keys[0]]);
    assert!(copy.contains(whole), "{copy}");
    for (number, key) in keys.iter().enumerate() {
        match number {
            0 => redis.cli(&["SET", key, ""]),
            1 => redis.cli(&["SET", key, "{\"status\":\"fine\"}"]),
            2 => redis.cli(&["SETRANGE", key, "900", "9999"]),
            // Of another question.
            3 => redis.cli(&["COPY", &keys[4], key, "REPLACE"]),
            // No text at all.
            _ => redis.cli(&[
                "EVAL",
                "redis.call('DEL', KEYS[1]); redis.call('LPUSH', KEYS[1], 1)",
                "1",
                key,
            ]),
        };
    }
    let second = connected(&shop, &redis.address(), &[]);
    assert_eq!(all(&second), expected);
    assert_eq!(hits(&second), 0.0);
}

#[test]
fn a_password_that_is_wrong_and_a_server_that_is_another_are_told_in_one_line() {
    let Some(redis) = Redis::start() else { return };
    let shop = shop();
    let port = redis.0.port(0);
    let told = |address: &str| {
        let server = start(&shop, address, &[]);
        wait_until("it is told", || server.log().contains("meanwhile"));
        assert_eq!(server.v1(PATHS[0]).status, 200);
        let log = server.log();
        assert_eq!(log.lines().count(), 1, "{log}");
        assert!(!log.contains("wrongsecret"), "{log}");
        log
    };
    let log = told(&format!("redis://:wrongsecret@127.0.0.1:{port}"));
    assert!(
        log.contains("authentication failed") && log.contains("RETAIL_REDIS_PASSWORD"),
        "{log}"
    );
    let log = told(&format!("redis://127.0.0.1:{port}"));
    assert!(
        log.contains("NOAUTH") && log.contains("RETAIL_REDIS_PASSWORD"),
        "{log}"
    );
    // TLS: who it is must be proved where that is asked for.
    let secure = redis.0.port(1);
    let address = format!("rediss://:retailsecret@127.0.0.1:{secure}/3");
    let (ca, other) = (redis.0.file("ca.pem"), redis.0.file("other-ca.pem"));
    told(&address);
    told(&format!("{address}?ca={other}"));
    connected(&shop, &format!("{address}?ca={ca}"), &[]);
    connected(&shop, &format!("{address}?tls=require"), &[]);
    let variable = [
        ("RETAIL_REDIS_PASSWORD", "retailsecret"),
        ("RETAIL_API_KEY", KEY),
    ];
    let address = format!("redis://127.0.0.1:{port}");
    let server = Server::with(&shop, &["--cache", &address], &variable);
    wait_until("it is connected", || up(&server));
    // What is no Redis is refused at once.
    for wrong in [
        "postgres://u:wrongsecret@db/x",
        "redis://u:wrongsecret@db/x",
        "127.0.0.1:6379",
    ] {
        let output = shop.run(&["serve", "--cache", wrong]);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
        let text = stderr(&output);
        assert!(
            text.contains("--cache") && !text.contains("wrongsecret"),
            "{text}"
        );
    }
    let doctor = |address: &str| {
        let output = shop.run(&["--json", "doctor", address]);
        (output.status.code(), stdout(&output))
    };
    let (status, text) = doctor(&redis.address());
    assert!(status == Some(0) && text.contains("version 7."), "{text}");
    let (status, text) = doctor(&format!("redis://:wrongsecret@127.0.0.1:{port}"));
    assert!(
        status == Some(3) && text.contains("authentication failed"),
        "{text}"
    );
    assert!(!text.contains("wrongsecret"), "{text}");
}
