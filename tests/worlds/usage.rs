//! Options that would do nothing are refused, and sizes that do not fit.

use crate::common::Shop;

#[test]
fn options_that_do_nothing_are_refused() {
    let shop = Shop::new();
    let cases: [(&[&str], &str); 26] = [
        (&["--duration", "5m"], "--world"),
        (&["--mix", "sale=1"], "--world"),
        (&["--start", "2025-01-01T10:00:00"], "--world"),
        (&["--speed", "1"], "--world"),
        (&["--shape", "readme"], "--world"),
        (&["--anomalies", "0.1"], "--world"),
        (&["--topics", "create"], "--world"),
        (&["--world", "globalmart", "--days", "3"], "--duration"),
        (
            &["--world", "orders", "--transactions-per-day", "3"],
            "--rate",
        ),
        (&["--world", "orders", "--keep-existing"], "--keep-existing"),
        (&["--world", "orders", "--profile", "classic"], "--profile"),
        (&["--world", "orders", "--topic", "x"], "--topic-prefix"),
        (&["--world", "orders", "--topics", "create"], "--brokers"),
        (&["--world", "orders", "--partitions", "3"], "--brokers"),
        (&["--world", "orders", "--speed", "3"], "--output -"),
        (&["--world", "globalmart", "--stores", "3"], "none"),
        (&["--world", "orders", "--products", "3"], "none"),
        (&["--world", "retail_events", "--customers", "3"], "none"),
        (&["--world", "orders", "--anomalies", "0.1"], "--anomalies"),
        (&["--world", "globalmart", "--shape", "readme"], "--shape"),
        (&["--world", "inventory", "--master", "m"], "--master"),
        (&["--world", "orders", "--customers-csv"], "globalmart"),
        (&["--world", "inventory", "--format", "csv"], "JSON lines"),
        (&["--world", "orders", "--format", "parquet"], "JSON lines"),
        (&["--world", "orders", "--mix", "Order=1"], "one kind"),
        (
            &[
                "--world",
                "orders",
                "--start",
                "2025-01-01",
                "--start-date",
                "2025-01-01",
            ],
            "cannot be used",
        ),
    ];
    for (args, hint) in cases {
        let error = shop.fail(&[&["generate"], args].concat(), 2);
        assert!(error.contains(hint), "{args:?}: {error}");
    }
    assert!(!shop.path("data").exists(), "nothing was written");
}

#[test]
fn impossible_worlds_are_refused() {
    let shop = Shop::new();
    let cases: [(&[&str], &str); 10] = [
        (&["globalmart", "--customers", "1000"], "810001 or more"),
        (&["globalmart", "--products", "99"], "100 to 250000"),
        (&["globalmart", "--mix", "views=1"], "product_views"),
        (&["globalmart", "--mix", "transactions=0"], "above 0"),
        (&["inventory", "--mix", "sale=2,inventory=1"], "every sale"),
        (
            &["inventory", "--stores", "20000", "--products", "20000"],
            "stocks",
        ),
        (&["retail_events", "--products", "26"], "1 to 25"),
        (&["orders", "--rate", "0"], "--speed 0"),
        (&["globalmart", "--anomalies", "0.5"], "0.1"),
        (&["orders", "--duration", "9999999d"], "9999"),
    ];
    for (args, hint) in cases {
        let error = shop.fail(&[&["generate", "--world"], args].concat(), 2);
        assert!(error.contains(hint), "{args:?}: {error}");
    }
}

#[test]
fn a_world_can_be_configured() {
    let shop = Shop::new();
    shop.write(
        "retail.toml",
        "[generate]\nworld = \"inventory\"\nmix = [\"sale=1\", \"inventory=1.5\"]\n\
         duration = \"30s\"\nstart = \"2025-01-01T10:00:00\"\ndays = 3\n",
    );
    let summary = shop.json(&["generate"]);
    assert_eq!(summary["world"], "inventory");
    assert_eq!(summary["events"], 300);
    let moved = shop.json(&["generate", "--start", "2025-01-02T10:00:00"]);
    assert_eq!(moved["start"], "2025-01-02T10:00:00Z");
}

#[test]
fn a_file_that_this_run_does_not_write_stands_in_nobodys_way() {
    let days = ["--days", "2"];
    let globalmart = ["--world", "globalmart", "--duration", "1s"];
    let orders = ["--world", "orders", "--duration", "10s"];
    let cases: [(&str, &[&str]); 3] = [
        ("data/master/customers.csv", &days),
        ("data/master/globalmart/customers.csv", &globalmart),
        ("data/master/orders/products.csv", &orders),
    ];
    for (theirs, args) in cases {
        let shop = Shop::new();
        shop.write(theirs, "mine\n");
        shop.json(&[&["generate"], args].concat());
        assert_eq!(shop.read(theirs), "mine\n");
        // On request it is one that is written.
        if theirs.ends_with("customers.csv") {
            let error = shop.fail(&[&["generate"], args, &["--customers-csv"]].concat(), 1);
            assert!(error.contains("customers.csv"), "{error}");
            assert_eq!(shop.read(theirs), "mine\n");
        }
    }
}

#[test]
fn a_file_of_the_user_is_never_replaced() {
    let orders = ["--world", "orders", "--duration", "10s"];
    let globalmart = ["--world", "globalmart", "--duration", "1s"];
    let cases: [(&str, &[&str], &str); 8] = [
        (
            "own/Order/part-00000.jsonl",
            &orders,
            "not written by retail",
        ),
        // It would stand among the events, and be read as one of them.
        (
            "own/Order/part-00007.jsonl",
            &orders,
            "not written by retail",
        ),
        ("own/_truth.json", &orders, "not written by retail"),
        ("own/Order/part-00000.jsonl/x", &orders, "part-00000.jsonl"),
        ("data/master/orders/customers.csv", &orders, "customers.csv"),
        (
            "data/master/globalmart/products.csv",
            &globalmart,
            "products.csv",
        ),
        ("data/master/products.csv", &[], "products.csv"),
        ("data/master/stores.csv", &["--days", "2"], "stores.csv"),
    ];
    for (theirs, args, hint) in cases {
        let shop = Shop::new();
        let precious = "{\"precious\":\"mine\"}\n";
        shop.write(theirs, precious);
        let error = shop.fail(&[&["generate", "--output", "own"], args].concat(), 1);
        assert!(error.contains(hint), "{theirs}: {error}");
        assert!(error.contains("move it away"), "{theirs}: {error}");
        assert_eq!(shop.read(theirs), precious);
        assert!(!shop.path("own/_run.json").exists(), "{theirs}");
        // It stands in nobody's way any more.
        std::fs::rename(shop.path(theirs), shop.path("mine")).unwrap();
        let mut empty = shop.path(theirs);
        while empty.pop() && std::fs::remove_dir(&empty).is_ok() {}
        for _ in 0..2 {
            shop.json(&[&["generate", "--output", "own"], args].concat());
        }
        assert_eq!(shop.read("mine"), precious);
    }
}
