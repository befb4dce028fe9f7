//! The forms of a report, and where it goes.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::Value;

use crate::common::Shop;
use crate::markup::{Node, cells, parse};
use crate::{page, report, sales};

const HOSTILE: &str = "<script>alert(1)</script> & \"Tea|Cup\" `x` *b* [l](u) </td></table>";

fn hostile() -> Shop {
    let quoted = HOSTILE.replace('"', "\"\"");
    let row = |order: &str, day: &str, kind: &str| {
        format!(
            "{order},2025-01-{day}T09:00:00,\"{quoted}\",\"{quoted}\",\"{quoted}\",2,5.00,10.00,c1,\
             \"{quoted}\",{kind},\"{quoted}\""
        )
    };
    let rows = [
        row("A", "06", "SALE"),
        row("B", "13", "SALE"),
        row("C", "13", "SALE"),
        row("D", "13", "RETURN"),
        "E,2025-01-13T10:00:00,S2,Oslo,Cup,1,1.00,1.00,c2,Cups,SALE,NO".to_owned(),
    ];
    let shop = sales(rows.iter().map(String::as_str));
    shop.json(&["batch", "--analysis", "all"]);
    shop
}

#[test]
fn hostile_names_stay_text() {
    let shop = hostile();
    let html = page(&shop, &["--format", "html"]);
    assert!(!html.contains("<script"), "{html}");
    let tree = parse(&html);
    // Products, those that came back, both with their category; stores with their city;
    // categories; countries.
    let told = cells(&tree).into_iter().flatten().flatten();
    let found: usize = told.map(|text| text.matches(HOSTILE).count()).sum();
    assert_eq!(found, 8, "{html}");

    let md = page(&shop, &["--format", "md"]);
    assert!(!md.contains("<script") && !md.contains("[l](u)"), "{md}");
    assert_eq!(report(&shop, &[])["top_products"][0]["product"], HOSTILE);
}

#[test]
fn every_row_of_markdown_is_as_wide_as_its_heading() {
    let shop = hostile();
    let md = page(&shop, &["--format", "md"]);
    let bars = |line: &str| line.replace("\\|", "").matches('|').count();
    let mut tables = 0;
    let mut width = None;
    for line in md.lines() {
        if !line.starts_with('|') {
            width = None;
            continue;
        }
        tables += usize::from(width.is_none());
        assert_eq!(*width.get_or_insert(bars(line)), bars(line), "{line}");
    }
    assert!(tables >= 8, "{md}");
}

#[test]
fn the_page_needs_nothing_from_elsewhere() {
    let shop = hostile();
    let html = page(&shop, &["--format", "html"]);
    parse(&html).each(&mut |node: &Node| {
        assert_ne!(node.name, "script");
        assert_ne!(node.name, "link");
        for (name, _) in &node.attributes {
            assert!(
                !["src", "href", "srcset", "style"].contains(&name.as_str()),
                "{name}"
            );
            assert!(!name.starts_with("on"), "{name}");
        }
    });
    for wrong in ["url(", "@import", "http://", "https://"] {
        assert!(!html.contains(wrong), "{wrong}");
    }
    assert!(html.contains("@page") && html.contains("@media print"));
}

#[test]
fn html_and_markdown_have_the_figures_of_json() {
    let shop = Shop::new();
    let made = "generate --days 40 --start-date 2024-12-06 --transactions-per-day 60 --seed 4";
    shop.json(&made.split_whitespace().collect::<Vec<_>>());
    shop.json(&["batch", "--analysis", "all"]);
    let told = report(&shop, &[]);
    let html = page(&shop, &["--format", "html"]);
    let tree = parse(&html);
    let tables = cells(&tree);
    let md = page(&shop, &["--format", "md"]);
    let md = md.replace('\\', "").replace("&amp;", "&");
    let text = |value: &Value| match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        number => number.to_string(),
    };
    let change = |compared: &Value| match compared["change_pct"].as_str() {
        None => text(&compared["value"]),
        Some(change) => {
            let sign = if change.starts_with('-') || change == "0.0" {
                ""
            } else {
                "+"
            };
            format!("{} {sign}{change}%", text(&compared["value"]))
        }
    };
    let mut expected: Vec<Vec<String>> = Vec::new();
    for line in told["headline"].as_array().unwrap() {
        expected.push(vec![
            text(&line["label"]),
            text(&line["value"]),
            change(&line["day_before"]),
            change(&line["week_before"]),
            change(&line["average"]),
        ]);
    }
    assert_eq!(tables[0][1..], expected[..], "the headline");
    let row = |table: &Vec<Vec<String>>, row: Vec<String>| {
        assert!(table.contains(&row), "no {row:?} in {table:#?}");
        let name = row[0].split(' ').next().unwrap();
        let in_md = md.lines().any(|line| {
            let plain: String = line.replace(['|', '(', ')'], " ");
            let words: Vec<_> = plain.split_whitespace().collect();
            let wanted: Vec<_> = row
                .iter()
                .flat_map(|cell| cell.split_whitespace())
                .collect();
            words == wanted
        });
        assert!(in_md, "no {name} in {md}");
    };
    let with = |heading: &str| {
        let found = tables
            .iter()
            .find(|table| table[0].join(" ").contains(heading));
        found.unwrap_or_else(|| panic!("no table with {heading}"))
    };
    for of in told["top_products"].as_array().unwrap() {
        let share = format!("{}%", text(&of["share_pct"]));
        let name = format!("{} {}", text(&of["product"]), text(&of["category"]));
        let [rank, net, units] = ["rank", "net_revenue", "units"].map(|name| text(&of[name]));
        row(with("Place"), vec![name, rank, net, share, units]);
    }
    for period in told["trend"]["periods"].as_array().unwrap() {
        let before =
            serde_json::json!({"value": period["before"], "change_pct": period["change_pct"]});
        row(
            with("Period"),
            vec![
                format!("{} {} days", text(&period["period"]), text(&period["days"])),
                text(&period["net_revenue"]),
                text(&period["transactions"]),
                text(&period["average_transaction"]),
                change(&before),
            ],
        );
    }
    let days = with("Mean of 7 days");
    for of in told["last_28_days"].as_array().unwrap() {
        let cells = ["date", "net_revenue", "mean_7_days"].map(|name| text(&of[name]));
        assert!(days.contains(&cells.to_vec()), "{cells:?}");
        assert!(md.contains(&format!("| {} | {} | {} |", cells[0], cells[1], cells[2])));
    }
    for name in ["run_id", "output"] {
        let value = told["basis"][name].as_str().unwrap();
        assert!(html.contains(value) && md.contains(value), "{name}");
    }
}

/// The first fields are those that the analysis writes for its date.
#[test]
fn the_fields_of_the_replaced_report_are_those_of_the_analysis() {
    let shop = Shop::new();
    let made = "generate --days 12 --start-date 2025-01-06 --transactions-per-day 40";
    shop.json(&made.split_whitespace().collect::<Vec<_>>());
    let stock = "generate --world inventory --start 2025-01-14T10:00:00 --duration 30m";
    let stock = stock.split_whitespace().collect::<Vec<_>>();
    shop.json(&[&stock[..], &["--output", "data/worlds/inventory"]].concat());
    let events = "data/worlds/inventory/inventory_events";
    let batch = [
        "batch",
        "--analysis",
        "all",
        "--as-of",
        "2025-01-14",
        "--inventory",
        events,
    ];
    shop.json(&batch);
    let told = report(&shop, &["--date", "2025-01-14"]);
    let file = "data/output/analyses/daily_report/daily_report.json";
    let expected: Value = serde_json::from_str(&shop.read(file)).unwrap();
    let fields = expected.as_object().unwrap();
    assert_eq!(fields.len(), 6);
    for (name, value) in fields {
        assert_eq!(&told[name], value, "{name}");
    }
    assert!(expected["inventory_health"]["avg_out_of_stock_rate"].is_number());

    // The stock by store is that of the table; of another day its rates are nearly the same.
    let stores = told["stock"]["by_store"].as_array().unwrap();
    let sum = |name: &str| {
        stores
            .iter()
            .map(|of| of[name].as_u64().unwrap())
            .sum::<u64>()
    };
    let total = &told["stock"]["total"];
    for name in ["products", "out_of_stock", "low_stock"] {
        assert_eq!(total[name], sum(name), "{name}");
    }
    let table = shop.read("data/output/analyses/inventory_kpis/inventory_kpis.csv");
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let header = reader.headers().unwrap().clone();
    let at = header
        .iter()
        .position(|name| name == "total_products")
        .unwrap();
    let products = reader
        .records()
        .map(|row| row.unwrap()[at].parse::<u64>().unwrap());
    assert_eq!(total["products"], products.sum::<u64>());
    let other = report(&shop, &["--date", "2025-01-13"]);
    assert_eq!(
        other["inventory_health"]["avg_out_of_stock_rate"],
        told["inventory_health"]["avg_out_of_stock_rate"]
    );
    let text = page(&shop, &["--date", "2025-01-13", "--format", "html"]);
    assert!(text.contains("not those of 2025-01-13"), "{text}");
}

#[test]
fn it_goes_where_it_is_told_to() {
    let shop = hostile();
    let html = page(&shop, &[]);
    assert!(html.starts_with("<!DOCTYPE html>"));
    let told = shop.json(&["report", "--to", "reports/2025/today.md"]);
    let written = shop.read("reports/2025/today.md");
    assert!(written.starts_with("# Daily report: Monday, 13 January 2025"));
    assert_eq!(told["command"], "report");
    assert_eq!(told["date"], "2025-01-13");
    assert_eq!(told["format"], "md");
    assert_eq!(told["file"], "reports/2025/today.md");
    assert_eq!(told["bytes"], written.len());
    // The name decides, if nothing else does; the same results give the same bytes.
    for (to, format, start) in [
        ("a.HTML", None, "<!DOCTYPE"),
        ("a.json", None, "{\n  \"report_date\": \"2025-01-13\""),
        ("a.txt", None, "<!DOCTYPE"),
        ("a.txt", Some("md"), "# Daily"),
    ] {
        let format = format.map(|format| ["--format", format]);
        let args = [
            &["report", "--to", to][..],
            format.as_ref().map_or(&[], |f| &f[..]),
        ];
        let out = shop.run(&args.concat());
        assert!(out.status.success());
        let first = shop.read(to);
        assert!(first.starts_with(start), "{to}: {first}");
        assert!(String::from_utf8_lossy(&out.stdout).contains(to));
        shop.run(&args.concat());
        assert_eq!(shop.read(to), first);
    }
    assert_eq!(page(&shop, &["--to", "-"]), html);
    // What a link leads to is replaced, not the link.
    symlink(shop.path("a.txt"), shop.path("link.md")).unwrap();
    assert!(shop.run(&["report", "--to", "link.md"]).status.success());
    assert!(
        fs::symlink_metadata(shop.path("link.md"))
            .unwrap()
            .is_symlink()
    );
    assert_eq!(shop.read("a.txt"), written);
    assert_eq!(shop.litter(), Vec::<String>::new());

    let error = shop.fail(&["--json", "report"], 2);
    assert!(error.contains("--json"), "{error}");
    let error = shop.fail(&["report", "--to", "reports"], 2);
    assert!(error.contains("is a folder"), "{error}");
    let error = shop.fail(&["report", "--to", "/dev/null"], 2);
    assert!(error.contains("is no file"), "{error}");
    for page in ["page.html", "-"] {
        let error = shop.fail(&["report", "--output", page], 2);
        assert!(error.contains(&format!("--to {page}")), "{error}");
    }
    // A report that fails leaves the one before.
    shop.fail(&["report", "--to", "a.txt", "--date", "1990-01-01"], 2);
    assert_eq!(shop.read("a.txt"), written);
}

#[test]
fn the_currency_is_said() {
    let shop = hostile();
    assert!(page(&shop, &["--currency", "eur"]).contains("Amounts are in EUR."));
    assert_eq!(report(&shop, &["--currency", "INR"])["currency"], "INR");
    assert_eq!(report(&shop, &[])["currency"], Value::Null);
    let error = shop.fail(&["report", "--currency", "Euro"], 2);
    assert!(error.contains("--currency"), "{error}");
}
