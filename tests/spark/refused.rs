//! What Spark cannot honour is refused by name.

use crate::common::Shop;
use crate::live::on;

/// Nobody listens there: what is refused asks no server.
const NOBODY: &str = "sc://127.0.0.1:1";

#[test]
fn options_of_the_local_engine_are_refused_by_name() {
    let shop = Shop::new();
    let refused = |more: &[&str], named: &str| {
        let args = [&["stream", "--brokers", "127.0.0.1:1"], more].concat();
        let text = shop.fail(&on(NOBODY, &args), 2);
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.contains(named), "{named}: {text}");
    };
    for (more, named) in [
        (&["--dedup", "order_id"][..], "--dedup"),
        (&["--date-format", "%d.%m.%Y"], "--date-format"),
        (&["--dlq"], "--dlq"),
        (&["--on-gap", "continue"], "--on-gap"),
        (&["--fresh"], "--fresh"),
        (&["--metrics-addr", "1234"], "--metrics-addr"),
        (&["--delimiter", ";"], "--delimiter"),
        (&["--rate", "5"], "--rate"),
        (&["--loop"], "--loop"),
        (&["--idle", "5s"], "--idle"),
        (&["--group", "mine"], "--group"),
        (&["--partitions", "3"], "--partitions"),
        (&["--temp-dir", "/tmp"], "--temp-dir"),
        (
            &["--output", "postgres://localhost/retail", "--output", "far"],
            "postgres",
        ),
        (&["--output", "-"], "--job revenue"),
        (&["--job", "sales"], "--job sales"),
        (&["--job", "orders"], "--job orders: has totals"),
        (&["--job", "revenue,sessions"], "--job sessions"),
        (
            &["--job", "revenue,metrics"],
            "--job metrics: takes a stream of its own",
        ),
        (
            &["--job", "metrics", "--window", "5m"],
            "--set metrics.window",
        ),
        (&["--job", "metrics", "--webhook", "http://x"], "--webhook"),
        (&["--set", "revenue.window=1h"], "--set"),
        (&["--job", "archive"], "--job archive"),
        (&["-X", "ssl.ca.location=/x"], "ssl.truststore.location"),
        (
            &["--checkpoint", "x/y", "--output", "x"],
            "lie in each other",
        ),
        (&["--window", "1h", "--slide", "7m"], "--slide"),
    ] {
        refused(more, named);
    }
    let text = shop.fail(&on(NOBODY, &["stream", "--input", "-"]), 2);
    assert!(text.contains("--input"), "{text}");
    let text = shop.fail(&on(NOBODY, &["stream"]), 2);
    assert!(text.contains("--brokers"), "{text}");
    let text = shop.fail(&["stream", "--engine", "spark", "--brokers", "x:1"], 2);
    assert!(text.contains("SPARK_REMOTE"), "{text}");
    let text = shop.fail(&["stream", "--engine", "auto", "--brokers", "x:1"], 2);
    assert!(text.contains("--engine auto"), "{text}");
}

#[test]
fn jobs_take_what_belongs_together() {
    let shop = Shop::new();
    for (args, named) in [
        (&["status"][..], "name it"),
        (&["stop"], "--all"),
        (&["stop", "x", "--all"], "leave one out"),
        (&["list", "x"], "no NAME"),
        (&["list", "--yes"], "--yes"),
        (&["stop", "x", "--checkpoint", "y"], "--checkpoint"),
        (&["list", "--all"], "--all"),
    ] {
        let args = [&["jobs"], args, &["--remote", NOBODY]].concat();
        let text = shop.fail(&args, 2);
        assert!(text.contains(named), "{args:?}: {text}");
    }
    let text = shop.fail(&["jobs", "list"], 2);
    assert!(text.contains("SPARK_REMOTE"), "{text}");
    let text = shop.fail(&["jobs", "list", "--remote", NOBODY], 1);
    assert!(text.contains("no Spark Connect server answers"), "{text}");
}
