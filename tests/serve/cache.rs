//! Answers that are kept, tagged and packed.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::client::{Answer, ask, get, get_with};
use crate::common::skip;
use crate::world::{KEY, Server, shop};

const PATH: &str = "/sales/metrics";

fn tag(answer: &Answer) -> String {
    answer.header("etag").expect("a tag").to_owned()
}

fn kept(answer: &Answer) -> &str {
    answer.header("x-cache").expect("whether it was kept")
}

#[test]
fn an_answer_is_kept_until_the_results_change() {
    let shop = shop();
    let server = Server::keyed(&shop, &[]);
    let first = server.v1(PATH);
    assert_eq!((first.status, kept(&first)), (200, "MISS"));
    let again = server.v1(PATH);
    assert_eq!((again.status, kept(&again)), (200, "HIT"));
    assert_eq!((&again.body, tag(&again)), (&first.body, tag(&first)));
    for name in [
        "x-total-count",
        "content-type",
        "link",
        "vary",
        "cache-control",
    ] {
        assert_eq!(again.joined(name), first.joined(name));
    }
    // Another question is another answer.
    for query in ["?limit=3", "?offset=1", "?limit=3&offset=1"] {
        let answer = server.v1(&format!("{PATH}{query}"));
        assert_eq!(kept(&answer), "MISS", "{query}");
        assert_ne!(tag(&answer), tag(&first), "{query}");
    }
    assert_eq!(
        kept(&server.v1(&format!("{PATH}?offset=1&limit=3"))),
        "HIT",
        "in any order"
    );
    // Errors are not kept.
    for _ in 0..2 {
        let answer = server.v1(&format!("{PATH}?limit=0"));
        assert_eq!((answer.status, answer.header("etag")), (422, None));
        assert_ne!(answer.header("x-cache"), Some("HIT"));
    }
    // The same figures by another run are made again, and are still the same.
    shop.json(&["batch"]);
    let same = server.v1(PATH);
    assert_eq!((kept(&same), tag(&same)), ("MISS", tag(&first)));
    // Other figures are told at once.
    shop.json(&["generate", "--days", "3", "--seed", "7"]);
    shop.json(&["batch"]);
    let other = server.v1(PATH);
    assert_eq!(kept(&other), "MISS");
    assert_ne!(tag(&other), tag(&first));
    let old = tag(&first);
    let asked = server.v1_with(PATH, &[("If-None-Match", &old)]);
    assert_eq!((asked.status, &asked.body), (200, &other.body));
}

#[test]
fn who_has_the_answer_is_told_so() {
    let shop = shop();
    let server = Server::keyed(&shop, &[]);
    let first = server.v1(PATH);
    let tag = tag(&first);
    assert!(
        tag.starts_with('"') && tag.ends_with('"') && tag.len() > 10,
        "{tag}"
    );
    for tags in [
        tag.clone(),
        format!("W/{tag}"),
        format!("\"other\", {tag}"),
        format!("{tag},\"other\""),
        format!("W/\"other\" , W/{tag}"),
        "*".to_owned(),
    ] {
        for method in ["GET", "HEAD"] {
            let headers = [("X-API-Key", KEY), ("If-None-Match", tags.as_str())];
            let answer = ask(server.api(), method, "/api/v1/sales/metrics", &headers, b"");
            assert_eq!(
                (answer.status, answer.body.len()),
                (304, 0),
                "{method} {tags}"
            );
            assert_eq!(answer.header("etag"), Some(tag.as_str()));
            assert_eq!(
                answer.header("cache-control"),
                first.header("cache-control")
            );
            assert_eq!(answer.joined("vary"), first.joined("vary"));
            assert_eq!(answer.header("content-type"), None);
            let length = answer.header("content-length");
            assert!(length.is_none_or(|length| length == first.body.len().to_string()));
            assert_eq!(kept(&answer), "HIT");
        }
    }
    let two = [
        ("If-None-Match", "\"other\""),
        ("If-None-Match", tag.as_str()),
    ];
    assert_eq!(server.v1_with(PATH, &two).status, 304, "in two lines");
    for tags in [
        "\"other\"",
        "",
        tag.trim_matches('"'),
        &tag[..tag.len() - 1],
        "W/",
        ",,",
    ] {
        let answer = server.v1_with(PATH, &[("If-None-Match", tags)]);
        assert_eq!((answer.status, &answer.body), (200, &first.body), "{tags}");
    }
    // A tag does not open anything.
    let stranger = [("If-None-Match", "*"), ("X-API-Key", "wrong")];
    assert_eq!(
        get_with(server.api(), "/api/v1/sales/metrics", &stranger).status,
        403
    );
    // Nor does it make an error an unchanged answer.
    let wrong = server.v1_with("/sales/metrics?limit=0", &[("If-None-Match", "*")]);
    assert_eq!(wrong.status, 422);
}

#[test]
fn a_packed_answer_is_the_same_answer() {
    let shop = shop();
    let server = Server::keyed(&shop, &[]);
    for (address, path) in [
        (server.api(), "/api/v1/sales/metrics"),
        (server.batch(), "/api/daily"),
        (server.batch(), "/api/daily.csv"),
        (server.batch(), "/"),
        (server.batch(), "/assets/plotly.js"),
        (server.api(), "/openapi.json"),
    ] {
        let asked = |encoding: &str| {
            let headers = [("X-API-Key", KEY), ("Accept-Encoding", encoding)];
            get_with(address, path, &headers)
        };
        let plain = asked("identity");
        assert_eq!(plain.status, 200, "{path}");
        assert_eq!(plain.header("content-encoding"), None);
        let key = [("X-API-Key", KEY)];
        assert_eq!(get_with(address, path, &key).body, plain.body);
        let gzip = asked("gzip");
        assert_eq!(gzip.unpacked(), plain.body, "{path}");
        assert!(gzip.body.len() < plain.body.len(), "{path}");
        let br = asked("gzip, deflate, br");
        assert_eq!(br.header("content-encoding"), Some("br"), "{path}");
        assert!(br.body.len() < plain.body.len(), "{path}");
        if let Some(unpacked) = unbrotli(&br.body) {
            assert!(unpacked == plain.body, "{path}");
        }
        let tags = [tag(&plain), tag(&gzip), tag(&br)];
        assert!(
            tags[0] != tags[1] && tags[1] != tags[2] && tags[0] != tags[2],
            "{tags:?}"
        );
        for answer in [&plain, &gzip, &br] {
            assert!(
                answer
                    .joined("vary")
                    .to_lowercase()
                    .contains("accept-encoding"),
                "{path}"
            );
        }
        // However the same wish is worded, it is packed once.
        for (wish, same) in [
            ("gzip;q=0.5", &gzip),
            ("GZIP", &gzip),
            ("deflate, gzip;q=1.0, *;q=0.5", &gzip),
            ("br;q=0.1, gzip;q=0.2", &gzip),
            ("gzip, br;q=0", &gzip),
            ("br", &br),
            ("zstd, br", &br),
            ("gzip, br", &br),
            ("", &plain),
            ("*", &plain),
            ("zstd", &plain),
            ("gzip;q=0", &plain),
            ("gzip;q=nan, br;q=x", &plain),
            ("identity, gzip;q=0.5", &plain),
        ] {
            let answer = asked(wish);
            assert_eq!(kept(&answer), "HIT", "{path} {wish}");
            assert_eq!(tag(&answer), tag(same), "{path} {wish}");
            assert!(answer.body == same.body, "{path} {wish}");
        }
        for encoding in ["identity", "gzip", "br"] {
            let whole = asked(encoding);
            let headers = [("X-API-Key", KEY), ("Accept-Encoding", encoding)];
            let head = ask(address, "HEAD", path, &headers, b"");
            assert_eq!(head.status, 200);
            let length = whole.body.len().to_string();
            assert_eq!(
                head.header("content-length"),
                Some(&*length),
                "{path} {encoding}"
            );
            for name in [
                "etag",
                "content-type",
                "content-encoding",
                "x-total-count",
                "link",
            ] {
                assert_eq!(head.header(name), whole.header(name), "{path} {encoding}");
            }
        }
    }
}

/// Unpacked by another program, where it is there.
fn unbrotli(packed: &[u8]) -> Option<Vec<u8>> {
    let script = "process.stdout.write(require('zlib').brotliDecompressSync(require('fs')\
        .readFileSync(0)))";
    let mut command = Command::new("node");
    command.args(["-e", script]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        skip("no node, which unpacks br");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    let packed = packed.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&packed));
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    writer.join().unwrap().unwrap();
    Some(output.stdout)
}

#[test]
fn files_are_kept_whatever_stands_behind_their_names() {
    let shop = shop();
    let server = Server::keyed(&shop, &[]);
    let first = get(server.batch(), "/assets/batch.js");
    assert_eq!(kept(&first), "MISS");
    for query in ["?", "?v=1", "?v=2", "?limit=0&limit=1"] {
        let answer = get(server.batch(), &format!("/assets/batch.js{query}"));
        assert_eq!(
            (kept(&answer), tag(&answer)),
            ("HIT", tag(&first)),
            "{query}"
        );
    }
    // One server's page is not another's.
    let (batch, live) = (get(server.batch(), "/"), get(server.live(), "/"));
    assert_ne!(tag(&batch), tag(&live));
    assert_eq!(kept(&live), "MISS");
}

#[test]
fn what_changes_by_itself_is_not_kept() {
    let shop = shop();
    let server = Server::keyed(&shop, &[]);
    for (name, path) in [
        ("batch", "/metrics"),
        ("batch", "/health"),
        ("live", "/health/ready"),
        ("live", "/api/live"),
        ("live", "/api/links"),
        ("api", "/login"),
    ] {
        let answer = get(server.address(name), path);
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("x-cache"), None, "{path}");
        assert_eq!(answer.header("etag"), None, "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
    // What a key opens is not for caches that several share.
    let answer = server.v1(PATH);
    assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
}

#[test]
fn answers_of_an_analysis_are_kept_until_batch_has_run() {
    let shop = shop();
    shop.json(&["batch", "--analysis", "rfm"]);
    let server = Server::keyed(&shop, &[]);
    let path = "/customers/segments";
    let first = server.v1(path);
    assert_eq!((first.status, kept(&first)), (200, "MISS"));
    let again = server.v1(path);
    assert_eq!((kept(&again), &again.body), ("HIT", &first.body));
    let other = server.v1(&format!("{path}?segment=Champions"));
    assert_eq!(kept(&other), "MISS");
    assert_eq!(first.header("x-newer-run"), None);
    // Batch without the analysis: the same customers, and who has it already is told what is new.
    shop.json(&["batch"]);
    let old = tag(&first);
    let asked = server.v1_with(path, &[("If-None-Match", &old)]);
    assert_eq!((asked.status, kept(&asked)), (304, "MISS"));
    assert!(asked.header("x-newer-run").is_some());
    let run = |answer: &Answer| answer.header("x-analysis-run").map(str::to_owned);
    assert_eq!(run(&asked), run(&first));
    // With it, it is of that run.
    shop.json(&["batch", "--analysis", "rfm"]);
    let anew = server.v1(path);
    assert_eq!((kept(&anew), tag(&anew)), ("MISS", old));
    assert_ne!(run(&anew), run(&first));
    assert_eq!(anew.header("x-newer-run"), None);
}
