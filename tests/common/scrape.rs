//! `/metrics` of a run beside the test: found in its log, asked for, and read strictly.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use super::Running;

/// What a client waits for at most.
const PATIENCE: Duration = Duration::from_secs(20);

/// Name and labels of a value.
pub type Series = (String, BTreeMap<String, String>);

/// The values of one name.
#[derive(Debug, Clone)]
pub struct Family {
    /// What it is, in words.
    pub help: String,
    /// `counter`, `gauge` or `histogram`.
    pub kind: String,
    /// The values, a histogram's by their own names.
    pub values: BTreeMap<Series, f64>,
}

/// A text, family by family.
pub type Scrape = BTreeMap<String, Family>;

/// Where a run says that it serves metrics. Its log is read on, so that it never has to wait.
pub fn address(run: &mut Running) -> String {
    let mut log = BufReader::new(run.stderr());
    let mut said = String::new();
    loop {
        let mut line = String::new();
        let more = log.read_line(&mut line).expect("a line");
        said += &line;
        assert_ne!(more, 0, "it ended: {said}");
        if let Some((_, rest)) = line.split_once("metrics are at http://") {
            let (address, path) = rest.trim_end().split_once('/').expect("a path");
            assert_eq!(path, "metrics");
            thread::spawn(move || log.read_to_end(&mut Vec::new()));
            return address.to_owned();
        }
    }
}

/// The answer to a request: its status, its headers, and its body.
pub fn ask(address: &str, request: &str) -> (u16, BTreeMap<String, String>, String) {
    let mut connection = TcpStream::connect(address).expect("it listens");
    connection.set_read_timeout(Some(PATIENCE)).expect("set");
    connection.write_all(request.as_bytes()).expect("sent");
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).expect("an answer");
    let answer = String::from_utf8(answer).expect("UTF-8");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(": ").expect("a header");
        (name.to_ascii_lowercase(), value.to_owned())
    });
    let status = status.expect("a status").parse().expect("a number");
    (status, headers.collect(), body.to_owned())
}

/// The answer to a GET.
pub fn get(address: &str, path: &str) -> (u16, BTreeMap<String, String>, String) {
    ask(
        address,
        &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n"),
    )
}

/// A scrape.
pub fn scrape(address: &str) -> Scrape {
    let (status, headers, text) = get(address, "/metrics");
    assert_eq!(status, 200);
    assert_eq!(
        headers["content-type"],
        "text/plain; version=0.0.4; charset=utf-8"
    );
    read(&text)
}

/// Scrapes until it is so.
pub fn scrape_until(address: &str, ready: impl Fn(&Scrape) -> bool) -> Scrape {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = scrape(address);
        if ready(&found) {
            return found;
        }
        assert!(Instant::now() < deadline, "never so: {found:?}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// The value of a name without labels; none where it is not told.
pub fn value(scrape: &Scrape, name: &str) -> Option<f64> {
    labelled(scrape, name, &[])
}

/// The value of a name with these labels.
pub fn labelled(scrape: &Scrape, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let labels = labels
        .iter()
        .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
    let series = (name.to_owned(), labels.collect());
    let mut families = scrape.values();
    families.find_map(|family| family.values.get(&series).copied())
}

/// Counters, and what histograms count, must not have gone down.
pub fn assert_grows(before: &Scrape, after: &Scrape) {
    for (name, family) in before.iter().filter(|(_, f)| f.kind != "gauge") {
        for (series, value) in &family.values {
            let now = after[name].values[series];
            assert!(now >= *value, "{series:?}: {value}, then {now}");
        }
    }
}

/// Reads the text format 0.0.4 and accepts nothing that it does not allow, or does not recommend.
pub fn read(text: &str) -> Scrape {
    assert!(text.ends_with('\n'), "no last newline");
    let mut families = Scrape::new();
    let mut current: Option<(String, Family)> = None;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            finish(&mut families, current.take());
            let (name, help) = rest.split_once(' ').expect("a help text");
            assert!(!families.contains_key(name), "{name} comes twice");
            let family = Family {
                help: unescape(help, "\\n"),
                kind: String::new(),
                values: BTreeMap::new(),
            };
            current = Some((name.to_owned(), family));
            continue;
        }
        let (name, family) = current
            .as_mut()
            .unwrap_or_else(|| panic!("no HELP: {line}"));
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (typed, kind) = rest.split_once(' ').expect("a type");
            assert_eq!((typed, &*family.kind), (&**name, ""), "{line}");
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            kind.clone_into(&mut family.kind);
            continue;
        }
        let (series, value) = sample(line);
        let suffixes: &[&str] = match &*family.kind {
            "histogram" => &["_bucket", "_sum", "_count"],
            _ => &[""],
        };
        let own = suffixes
            .iter()
            .any(|suffix| series.0 == format!("{name}{suffix}"));
        assert!(own, "{line} below {name}");
        assert!(!value.is_nan(), "{line}");
        let twice = family.values.insert(series, value);
        assert_eq!(twice, None, "twice: {line}");
    }
    finish(&mut families, current);
    families
}

fn finish(families: &mut Scrape, family: Option<(String, Family)>) {
    let Some((name, family)) = family else { return };
    assert!(
        family.help.len() > 10 && family.help.ends_with('.'),
        "{name}: {}",
        family.help
    );
    assert!(!family.values.is_empty(), "{name} has no values");
    assert_eq!(family.kind == "counter", name.ends_with("_total"), "{name}");
    match &*family.kind {
        "histogram" => assert_histogram(&name, &family),
        "counter" => assert!(
            family
                .values
                .values()
                .all(|v| *v >= 0.0 && v.fract() == 0.0)
        ),
        kind => assert_eq!(kind, "gauge", "{name}"),
    }
    families.insert(name, family);
}

fn assert_histogram(name: &str, family: &Family) {
    let mut buckets: BTreeMap<_, Vec<(f64, f64)>> = BTreeMap::new();
    for ((own, labels), value) in &family.values {
        if own.ends_with("_bucket") {
            let mut labels = labels.clone();
            let bound = labels.remove("le").expect("a bound");
            let bound = bound.replace("+Inf", "inf").parse().expect("a number");
            buckets.entry(labels).or_default().push((bound, *value));
        }
    }
    assert!(!buckets.is_empty(), "{name}");
    for (labels, mut buckets) in buckets {
        buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert!(
            buckets.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1),
            "{buckets:?}"
        );
        let last = buckets.last().expect("one");
        let count = family.values[&(format!("{name}_count"), labels.clone())];
        assert_eq!(*last, (f64::INFINITY, count), "{name}");
        assert!(family.values.contains_key(&(format!("{name}_sum"), labels)));
    }
}

/// `name{label="value"} number`.
fn sample(line: &str) -> (Series, f64) {
    let (series, number) = line.rsplit_once(' ').expect("a value");
    let (name, labels) = match series.split_once('{') {
        Some((name, labels)) => (name, labels.strip_suffix('}').expect("a closing brace")),
        None => (series, ""),
    };
    assert!(is_name(name), "{line}");
    let mut found = BTreeMap::new();
    let mut rest = labels;
    while !rest.is_empty() {
        let (label, value) = rest.split_once("=\"").expect("a label");
        assert!(is_name(label) && !label.contains(':'), "{line}");
        let mut escaped = false;
        let end = value.find(|c| {
            let closes = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            closes
        });
        let (value, after) = value.split_at(end.expect("a closing quote"));
        let twice = found.insert(label.to_owned(), unescape(value, "\\\"n"));
        assert_eq!(twice, None, "{line}");
        rest = after[1..].strip_prefix(',').unwrap_or(&after[1..]);
        assert!(!rest.is_empty() || !after.ends_with(','), "{line}");
    }
    let number = match number {
        "+Inf" => f64::INFINITY,
        number => number.parse().expect("a number"),
    };
    ((name.to_owned(), found), number)
}

fn is_name(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    !text.is_empty() && text.chars().all(word) && !text.starts_with(|c: char| c.is_ascii_digit())
}

/// Takes the backslashes before these letters away.
fn unescape(text: &str, letters: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        let letter = chars.next().expect("a letter");
        assert!(letters.contains(letter), "{text}");
        plain.push(if letter == 'n' { '\n' } else { letter });
    }
    plain
}
