//! Everything that batch and stream write, in every database.

use crate::common::{Shop, stderr};
use crate::servers::{self, compare, cql, psql, shared, shared_as};

/// Fourteen days with customers, returns and faults.
fn days(shop: &Shop) {
    let days = ["generate", "--days", "14", "--start-date", "2025-01-01"];
    let faults = [
        "--malformed",
        "0.02",
        "--duplicates",
        "0.02",
        "--late",
        "0.01",
    ];
    shop.json(&[&days[..], &["--customers", "200"], &faults].concat());
}

/// All analyses of a batch, twice, and what is in the database each time.
fn batch_is_there(service: &str) {
    let Some(address) = shared(service) else {
        return;
    };
    let shop = Shop::new();
    days(&shop);
    let run = ["batch", "--analysis", "all", "--output", "data/output"];
    let run = [&run[..], &["--output", &address]].concat();
    let tables = [
        ("daily_products", "data/output/analysis_products/*.parquet"),
        (
            "fact_sales",
            "data/output/analyses/warehouse/fact_sales.parquet",
        ),
        (
            "dim_customer",
            "data/output/analyses/warehouse/dim_customer.parquet",
        ),
        (
            "dim_date",
            "data/output/analyses/warehouse/dim_date.parquet",
        ),
        ("rfm", "data/output/analyses/rfm/rfm.parquet"),
        ("trends_daily", "data/output/analyses/trends/daily.parquet"),
        (
            "product_kpis",
            "data/output/analyses/product_performance/product_performance.parquet",
        ),
        (
            "lambda_hourly_sales_trend",
            "data/output/analyses/lambda/hourly_sales_trend.parquet",
        ),
    ];
    let first = shop.json(&run);
    let Some(text) = compare(&shop, &address, &tables) else {
        return;
    };
    let told = &first["outputs"][0];
    assert_eq!(told["tables"], 37);
    assert!(!told["address"].as_str().expect("text").contains("secret"));
    let sales = first["accepted"].as_u64().expect("a number");
    assert!(text.contains(&format!("fact_sales {sales}\n")), "{text}");
    // The same again, and then a history that has become shorter: nothing is left of the longer one.
    shop.json(&run);
    assert_eq!(compare(&shop, &address, &tables).expect("as before"), text);
    std::fs::remove_file(shop.path("data/input/retail_2025-01-14.csv")).expect("removed");
    let shorter = shop.json(&run);
    assert!(shorter["accepted"].as_u64() < Some(sales));
    assert_ne!(compare(&shop, &address, &tables).expect("equal"), text);
}

#[test]
fn postgres_holds_what_batch_wrote() {
    batch_is_there("postgres");
}

#[test]
fn clickhouse_holds_what_batch_wrote() {
    batch_is_there("clickhouse");
}

#[test]
fn mongodb_holds_what_batch_wrote() {
    batch_is_there("mongo");
}

#[test]
fn cassandra_holds_what_batch_wrote() {
    batch_is_there("cassandra");
}

#[test]
fn all_databases_at_once_hold_what_streams_wrote() {
    let addresses: Vec<_> = servers::ALL
        .iter()
        .filter_map(|name| shared(name))
        .collect();
    if addresses.len() < servers::ALL.len() {
        return;
    }
    let shop = Shop::new();
    days(&shop);
    let outputs: Vec<_> = addresses.iter().flat_map(|a| ["--output", a]).collect();
    let windows = ["stream", "--rate", "0", "--until-end"];
    let jobs = [
        "stream",
        "--job",
        "sales,metrics,events,anomalies",
        "--rate",
        "0",
    ];
    let first = shop.json(&[&windows[..], &outputs].concat());
    let rows = &first["outputs"][0]["rows"];
    assert!(rows.as_u64() > Some(100), "{first}");
    assert_eq!(first["outputs"][0]["waiting"], 0);
    shop.json(&[&jobs[..], &outputs].concat());
    let live = "data/output/live";
    let tables = ["sales", "sales_metrics", "events"];
    let files: Vec<_> = tables
        .iter()
        .map(|name| format!("{live}/{name}/*.parquet"))
        .collect();
    let mut tables: Vec<_> = tables
        .into_iter()
        .zip(files.iter().map(String::as_str))
        .collect();
    let windows_files = "data/output/streaming_product_revenue/*.parquet";
    tables.push(("streaming_product_revenue", windows_files));
    for address in &addresses {
        let Some(text) = compare(&shop, address, &tables) else {
            return;
        };
        assert!(
            text.contains(&format!("streaming_product_revenue {rows}\n")),
            "{text}"
        );
    }
    // Run again at their end, they add nothing.
    let again = shop.json(&[&windows[..], &outputs].concat());
    assert_eq!(again["outputs"][0]["rows"], 0);
    for address in &addresses {
        compare(&shop, address, &tables);
    }
    // A database that is named later gets everything from the folder.
    let Some(late) = shared("postgres") else {
        return;
    };
    shop.json(&[&windows[..], &["--output", &late]].concat());
    compare(
        &shop,
        &late,
        &[("streaming_product_revenue", windows_files)],
    );
}

#[test]
fn totals_that_are_replaced_are_there_as_the_file_has_them() {
    let addresses: Vec<_> = servers::ALL
        .iter()
        .filter_map(|name| shared(name))
        .collect();
    let shop = Shop::new();
    let world = ["generate", "--world", "orders", "--duration", "2h"];
    shop.json(&world);
    let outputs: Vec<_> = addresses.iter().flat_map(|a| ["--output", a]).collect();
    let run = [
        "stream",
        "--job",
        "orders",
        "--rate",
        "0",
        "--input",
        "data/worlds/orders",
    ];
    shop.json(&[&run[..], &outputs].concat());
    for address in &addresses {
        let files = "data/output/live/orders/*.parquet";
        let Some(text) = compare(&shop, address, &[("orders", files)]) else {
            return;
        };
        assert!(!text.contains("orders 0\n"), "{text}");
    }
}

#[test]
fn cassandra_has_orders_under_their_number() {
    const ORDERS: &str = "order_table";
    let Some(address) = shared("cassandra") else {
        return;
    };
    let shop = Shop::new();
    let orders = "order_table(uuid:event_uuid,customer_id:user_id,source:source,quantity:quantity,\
                  total:amount,created_at:event_time)[event_type:ORDER]";
    let events = |name: &str| format!("data/{name}/events/*.parquet");
    let run = |name: &str, address: &str, seed: &str, more: &[&str]| {
        for world in ["orders", "retail_events"] {
            let world = [
                "generate",
                "--world",
                world,
                "--duration",
                "1h",
                "--rate",
                "1",
            ];
            shop.json(&[&world[..], &["--seed", seed]].concat());
        }
        let (output, checkpoint) = (format!("data/{name}"), format!("checkpoints/{name}"));
        let run = ["stream", "--job", "events", "--rate", "0", "--until-end"];
        let input = [
            "--input",
            "data/worlds/orders",
            "--input",
            "data/worlds/retail_events",
        ];
        let to = [
            "--output",
            &output,
            "--output",
            address,
            "--checkpoint",
            &checkpoint,
        ];
        shop.json(&[&run[..], &input, &to, more].concat());
    };
    run("first", &address, "1", &[]);
    let files = events("first");
    let Some(text) = compare(&shop, &address, &[("events", &files), (orders, &files)]) else {
        return;
    };
    assert!(!text.contains("order_table 0\n"), "{text}");
    // One that is lost is made again, and gets the orders of before as well as those that come.
    let name = address.rsplit('/').next().expect("a name");
    assert!(cql(&address, &format!("DROP TABLE {name}.{ORDERS}")));
    let again = ["stream", "--job", "events", "--rate", "0", "--until-end"];
    let from = [
        "--input",
        "data/worlds/orders",
        "--input",
        "data/worlds/retail_events",
    ];
    let to = [
        "--output",
        "data/first",
        "--output",
        &address,
        "--checkpoint",
        "checkpoints/first",
    ];
    shop.json(&[&again[..], &from, &to].concat());
    compare(&shop, &address, &[(orders, &files)]);
    // Rows that are dropped take their orders with them, and leave those of others.
    let beside = format!("{address}?as=eu");
    run("second", &beside, "2", &[]);
    run("third", &beside, "3", &["--fresh"]);
    run("first", &address, "4", &["--fresh"]);
    let both = "data/[ft]*ir*/events/*.parquet";
    compare(&shop, &address, &[("events", both), (orders, both)]);
}

#[test]
fn a_place_may_be_called_by_a_word_of_the_server() {
    let shop = Shop::new();
    days(&shop);
    for (service, name) in [("postgres", "user"), ("cassandra", "order")] {
        let Some(address) = shared_as(service, name) else {
            return;
        };
        let told = shop.json(&["batch", "--output", &address]);
        assert!(told["outputs"][0]["rows"].as_u64() > Some(0), "{told}");
        shop.json(&["batch", "--output", &address]);
        if service == "postgres" {
            let count = "SELECT count(*) FROM \"user\".daily_products";
            let kept = psql(&address, count).parse::<u64>().ok();
            assert!(kept > Some(0), "{kept:?}");
            psql(&address, "DROP SCHEMA \"user\" CASCADE");
        }
    }
}

#[test]
fn two_schemas_of_one_database_are_two_places() {
    let (Some(first), Some(second)) = (shared("postgres"), shared("postgres")) else {
        return;
    };
    let shop = Shop::new();
    days(&shop);
    let told = shop.json(&["batch", "--output", &first, "--output", &second]);
    assert_eq!(told["outputs"][0]["rows"], told["outputs"][1]["rows"]);
    assert_ne!(told["outputs"][0]["address"], told["outputs"][1]["address"]);
    let count = "SELECT count(*) FROM daily_products";
    assert_ne!(psql(&first, count), "0");
    assert_eq!(psql(&first, count), psql(&second, count));
}

#[test]
fn results_go_to_one_folder_and_no_database_twice() {
    let shop = Shop::new();
    let error = shop.fail(&["batch", "--output", "a", "--output", "b"], 2);
    assert!(error.contains("one folder"), "{error}");
    let twice = "clickhouse://u:pass-word@127.0.0.1:1/x";
    let error = shop.fail(&["batch", "--output", twice, "--output", twice], 2);
    assert!(
        error.contains("twice") && !error.contains("word"),
        "{error}"
    );
    let to_pipe = [
        "stream", "--job", "events", "--output", "-", "--output", twice,
    ];
    assert!(shop.fail(&to_pipe, 2).contains("--output -"));
    for wrong in [
        "redis://127.0.0.1/0",
        "postgres://u:pass-word@h/d;x",
        "clickhouse://",
    ] {
        let error = shop.fail(&["sinks", "init", "--output", wrong], 2);
        assert!(!error.contains("pass-word"), "{error}");
    }
    let output = shop.run(&["sinks", "check"]);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
}
