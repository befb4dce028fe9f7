//! Days without sales, first days, inputs that lack something, results that are not there.

use serde_json::{Value, json};

use crate::common::Shop;
use crate::{headline, page, report, sales};

/// Sales on Monday and Wednesday.
const TWO_DAYS: [&str; 3] = [
    "A,2025-01-13T09:00:00,S1,Rome,Tea,2,5.00,10.00,c1,Drinks,SALE,IT",
    "B,2025-01-15T10:30:00,S2,Oslo,Cup,1,4.00,4.00,c2,Things,SALE,NO",
    "R,2025-01-15T11:00:00,S1,Rome,Tea,1,5.00,5.00,c1,Drinks,RETURN,IT",
];

/// A bare date is of no hour; hours and what is of none add up to the day.
#[test]
fn lines_without_a_time_are_of_no_hour_and_said() {
    let shop = sales([
        "A,2025-01-15T09:00:00,S1,Rome,Tea,2,5.00,10.00,c1,Drinks,SALE,IT",
        "B,2025-01-15,S2,Oslo,Cup,1,4.00,4.00,c2,Things,SALE,NO",
    ]);
    shop.json(&["batch"]);
    let told = report(&shop, &[]);
    assert_eq!(told["without_hour"], "4.00");
    assert_eq!(told["by_hour"][9]["net_revenue"], "10.00");
    let text = page(&shop, &["--format", "md"]);
    assert!(
        text.contains("Lines that tell no time of day came to 4.00"),
        "{text}"
    );
    assert_eq!(headline(&told, "net_revenue")["value"], "14.00");
}

/// What a product is of a sum that is not above zero is no share.
#[test]
fn shares_are_of_sums_above_zero() {
    let shop = sales([
        "A,2025-01-15T09:00:00,S1,Rome,Tea,1,5.00,5.00,c1,Drinks,SALE,IT",
        "R,2025-01-15T10:00:00,S1,Rome,Cup,1,9.00,9.00,c1,Things,RETURN,IT",
    ]);
    shop.json(&["batch"]);
    let told = report(&shop, &[]);
    for product in told["top_products"].as_array().expect("products") {
        assert_eq!(product["share_pct"], Value::Null);
    }
}

/// Commands can be copied as they stand.
#[test]
fn commands_of_a_page_are_as_they_are_typed() {
    let shop = sales(TWO_DAYS);
    shop.json(&["batch", "--output", "a_b c"]);
    let text = page(&shop, &["--output", "a_b c", "--format", "md"]);
    assert!(text.contains("--output 'a_b c'\n"), "{text}");
}

#[test]
fn a_day_between_without_sales_has_zeros_and_says_so() {
    let shop = sales(TWO_DAYS);
    shop.json(&["batch", "--analysis", "daily_kpis,trends"]);
    let told = report(&shop, &["--date", "2025-01-14"]);
    assert_eq!(told["has_sales"], false);
    assert_eq!(told["weekday"], "Tuesday");
    assert_eq!(
        told["notes"],
        json!(["Nothing was sold or returned on this day."])
    );
    assert_eq!(
        told["business_metrics"].to_string(),
        r#"{"avg_transaction_value":null,"revenue_per_customer":null,"total_customers":0,"total_revenue":0.0,"total_transactions":0}"#
    );
    let net = headline(&told, "net_revenue");
    assert_eq!(net["value"], "0.00");
    assert_eq!(
        net["day_before"],
        json!({"value": "10.00", "change_pct": "-100.0"})
    );
    assert_eq!(
        net["week_before"],
        json!({"value": null, "change_pct": null})
    );
    let average = headline(&told, "average_transaction");
    assert_eq!(average["value"], Value::Null);
    assert_eq!(
        average["day_before"],
        json!({"value": "10.00", "change_pct": null})
    );
    assert_eq!(told["top_products"], json!([]));
    assert_eq!(told["top_products_count"], 0);
    assert_eq!(told["by_store"], json!([]));
    assert_eq!(told["trend"]["mean_7_days"], "5.00");

    // The day after it: nothing grows from nothing.
    let told = report(&shop, &[]);
    assert_eq!(told["report_date"], "2025-01-15");
    let net = headline(&told, "net_revenue");
    assert_eq!(net["value"], "-1.00");
    assert_eq!(
        net["day_before"],
        json!({"value": "0.00", "change_pct": null})
    );
    assert_eq!(
        net["average"],
        json!({"value": "5.00", "change_pct": "-120.0"})
    );
    for format in ["html", "md", "json"] {
        for date in ["2025-01-13", "2025-01-14", "2025-01-15"] {
            let text = page(&shop, &["--format", format, "--date", date]);
            let lower = text.to_lowercase();
            for wrong in ["nan", "infinity", " inf ", "null%", "none%"] {
                assert!(!lower.contains(wrong), "{format} {date}: {wrong}");
            }
        }
    }
    let text = page(&shop, &["--date", "2025-01-14", "--format", "md"]);
    assert!(
        text.contains("> Nothing was sold or returned on this day."),
        "{text}"
    );
    assert!(text.contains("No sales on this day."), "{text}");
}

#[test]
fn one_day_has_nothing_to_be_held_against() {
    let shop = sales([TWO_DAYS[0]]);
    shop.json(&["batch", "--analysis", "all"]);
    let told = report(&shop, &[]);
    for line in told["headline"].as_array().unwrap() {
        assert!(!line["value"].is_null(), "{line}");
        for other in ["day_before", "week_before", "average"] {
            assert_eq!(
                line[other],
                json!({"value": null, "change_pct": null}),
                "{line}"
            );
        }
    }
    assert_eq!(told["average_days"], 0);
    assert_eq!(told["last_28_days"].as_array().unwrap().len(), 1);
    assert_eq!(told["by_store"][0]["week_before"]["value"], Value::Null);
    let note = "The data begins with this day, so there is nothing to hold it against.";
    assert_eq!(told["notes"], json!([note]));
    let text = page(&shop, &["--format", "html"]);
    assert!(text.contains("There are no days before"), "{text}");
}

#[test]
fn a_day_outside_the_data_is_refused_with_its_days() {
    let shop = sales(TWO_DAYS);
    shop.json(&["batch"]);
    for date in ["2025-01-12", "2025-01-16", "1999-01-01"] {
        let error = shop.fail(&["report", "--date", date], 2);
        assert!(error.contains(date), "{error}");
        assert!(error.contains("2025-01-13 to 2025-01-15"), "{error}");
    }
    for text in ["yesterday", "2025-02-30", "14.1.2025"] {
        let error = shop.fail(&["report", "--date", text], 2);
        assert!(error.contains("--date") && error.contains(text), "{error}");
    }
}

#[test]
fn what_the_input_lacks_is_said() {
    let shop = Shop::new();
    shop.write(
        "data/input/sales.csv",
        "order_date,product,amount\n2025-01-13,Tea,10.00\n2025-01-14,Cup,4.00\n",
    );
    shop.json(&["batch", "--analysis", "all"]);
    let told = report(&shop, &[]);
    let missing = told["missing"].as_object().unwrap();
    for (field, part) in [
        ("by_store", "store_id"),
        ("by_category", "category"),
        ("by_country", "country"),
        ("by_hour", "no time of day"),
        ("customers", "customer_id"),
        ("units", "quantity"),
        ("stock", "--inventory"),
    ] {
        let why = missing[field].as_str().unwrap();
        assert!(why.contains(part), "{field}: {why}");
    }
    for field in ["by_store", "by_category", "by_country", "by_hour", "stock"] {
        assert_eq!(told[field], Value::Null, "{field}");
    }
    let names = told["headline"].as_array().unwrap().iter();
    let names: Vec<_> = names.map(|line| line["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"transactions"), "{names:?}");
    assert!(
        !names.contains(&"customers") && !names.contains(&"units"),
        "{names:?}"
    );
    assert_eq!(told["top_stores_count"], 0);
    for format in ["html", "md"] {
        let text = page(&shop, &["--format", format]).replace('\\', "");
        for part in [
            "names no stores (store_id)",
            "names no customers",
            "no time of day",
        ] {
            assert!(text.contains(part), "{format}: {part}");
        }
    }
}

#[test]
fn analyses_that_have_not_run_are_named_with_their_command() {
    let shop = sales(TWO_DAYS);
    shop.json(&["batch"]);
    let told = report(&shop, &[]);
    for (field, name) in [
        ("transactions", "daily_kpis"),
        ("trend", "trends"),
        ("stock", "inventory_kpis"),
    ] {
        let why = told["missing"][field].as_str().unwrap();
        let command = "retail batch again with --analysis daily_kpis,inventory_kpis,trends";
        assert!(why.contains(name) && why.contains(command), "{why}");
        for format in ["html", "md"] {
            let text = page(&shop, &["--format", format]).replace('\\', "");
            assert!(text.contains(command), "{format}: {command}");
        }
    }
    let metrics = &told["business_metrics"];
    assert_eq!(metrics["total_transactions"], Value::Null);
    assert_eq!(metrics["total_revenue"].to_string(), "-1.0");
    assert_eq!(told["trend"], Value::Null);
}

#[test]
fn figures_of_two_runs_are_not_mixed() {
    let shop = sales(TWO_DAYS);
    shop.json(&["batch", "--analysis", "daily_kpis,trends"]);
    let before = report(&shop, &[]);
    assert_eq!(before["business_metrics"]["total_transactions"], 2);
    shop.write(
        "data/input/more.csv",
        "order_id,order_time,product,amount\nZ,2025-01-15T12:00:00,Tea,100.00\n",
    );
    shop.json(&["batch"]);
    let told = report(&shop, &[]);
    assert_eq!(
        told["business_metrics"]["total_revenue"].to_string(),
        "99.0"
    );
    assert_eq!(told["business_metrics"]["total_transactions"], Value::Null);
    let old = before["basis"]["run_id"].as_str().unwrap();
    for field in ["transactions", "trend"] {
        let why = told["missing"][field].as_str().unwrap();
        assert!(
            why.contains(old) && why.contains("retail batch again with --analysis"),
            "{why}"
        );
    }
    assert_eq!(told["basis"]["analyses"], json!([]));

    // Totals of two runs are no totals.
    let folder = shop.path("data/output/analysis_products/_run.json");
    let record = std::fs::read_to_string(&folder).unwrap();
    let new = told["basis"]["run_id"].as_str().unwrap();
    std::fs::write(&folder, record.replace(new, old)).unwrap();
    let error = shop.fail(&["report"], 1);
    assert!(
        error.contains(old) && error.contains("run retail batch again"),
        "{error}"
    );
}

#[test]
fn the_command_that_is_named_keeps_what_there_is() {
    let shop = sales(TWO_DAYS);
    shop.json(&["batch", "--analysis", "daily_kpis,rfm"]);
    let told = report(&shop, &[]);
    let why = told["missing"]["trend"].as_str().unwrap();
    let (_, names) = why.split_once("--analysis ").unwrap();
    assert_eq!(names, "daily_kpis,inventory_kpis,rfm,trends");
    shop.json(&["batch", "--analysis", names]);
    let missing = report(&shop, &[])["missing"].clone();
    assert_eq!(missing.get("trend").or(missing.get("transactions")), None);
}

/// Batch replaces its folders one after the other.
#[test]
fn a_report_meanwhile_is_of_one_run_with_all_that_it_made() {
    let shop = sales(TWO_DAYS);
    let batch = ["batch", "--analysis", "daily_kpis,trends"];
    shop.json(&batch);
    for _ in 0..6 {
        let run = shop.start(&batch);
        for _ in 0..6 {
            let missing = report(&shop, &[])["missing"].clone();
            let missing: Vec<_> = missing.as_object().unwrap().keys().collect();
            assert_eq!(missing, ["stock"]);
        }
        assert!(run.end().status.success());
    }
}

#[test]
fn no_customers_are_not_zero_customers() {
    let shop = Shop::new();
    shop.write(
        "data/input/s.csv",
        "order_date,product,amount\n2025-01-01,Tea,1\n",
    );
    shop.json(&["batch", "--analysis", "daily_kpis"]);
    let told = report(&shop, &[]);
    assert_eq!(told["business_metrics"]["total_customers"], Value::Null);
    assert!(told["missing"]["customers"].is_string(), "{told}");
}

#[test]
fn a_file_that_is_gone_or_cut_is_no_day_without_sales() {
    for (folder, is_cut) in [("analysis_sales", false), ("analyses/trends", true)] {
        let shop = sales(TWO_DAYS);
        shop.json(&["batch", "--analysis", "daily_kpis,trends"]);
        let files = std::fs::read_dir(shop.path(&format!("data/output/{folder}"))).unwrap();
        let mut files = files.map(|file| file.unwrap().path());
        let file = files.find(|file| file.extension().is_some_and(|end| end == "parquet"));
        let file = file.unwrap();
        match is_cut {
            true => std::fs::write(&file, "PAR1").unwrap(),
            false => std::fs::remove_file(&file).unwrap(),
        }
        let error = shop.fail(&["report"], 1);
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(error.contains(folder) && error.contains(name), "{error}");
        assert!(error.contains("run retail batch again"), "{error}");
    }
}

#[test]
fn without_results_the_command_that_makes_them_is_named() {
    let shop = Shop::new();
    let error = shop.fail(&["report"], 1);
    assert!(error.contains("data/output"), "{error}");
    assert!(
        error.contains("retail batch --output data/output"),
        "{error}"
    );
    shop.write("data/input/none.csv", "order_date,product,amount\n");
    shop.json(&["batch", "--allow-empty"]);
    let error = shop.fail(&["report"], 1);
    assert!(error.contains("no sales"), "{error}");
}

#[test]
fn what_analyses_leave_out_is_said() {
    let back = "Q,2025-01-13T09:30:00,S1,Rome,Tea,1,5.00,5.00,c1,Drinks,RETURN,IT";
    let shop = sales(TWO_DAYS.into_iter().chain([back]));
    let batch = [
        "batch",
        "--analysis",
        "daily_kpis",
        "--leave-out",
        "returns",
    ];
    shop.json(&batch);
    let told = report(&shop, &[]);
    // The totals have the return, the orders do not.
    assert_eq!(
        told["business_metrics"]["total_revenue"].to_string(),
        "-1.0"
    );
    assert_eq!(told["business_metrics"]["total_transactions"], 1);
    // 10.00 in one order, and 4.00 in one: what is left out is in no part of a mean.
    let average = headline(&told, "average_transaction");
    assert_eq!(average["value"], "4.00");
    assert_eq!(
        average["average"],
        json!({"value": "10.00", "change_pct": "-60.0"})
    );
    let before = headline(
        &report(&shop, &["--date", "2025-01-14"]),
        "average_transaction",
    )
    .clone();
    assert_eq!(before["average"]["value"], "10.00");
    let note = told["notes"][0].as_str().unwrap();
    assert!(
        note.contains("leave out, of all days: returns (2)"),
        "{note}"
    );
}
