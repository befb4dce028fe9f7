//! Real sales: December 2010 of the UCI Online Retail set, whose figures its folder states.

use crate::common::{self, Shop};
use crate::play::{self, row_of, rows_of, sum};

/// The input, or none with the reason printed.
fn input() -> Option<String> {
    let data = common::shared_data()?.join("online-retail-2010-12");
    Some(data.to_str().expect("UTF-8").to_owned())
}

#[test]
fn every_figure_that_is_stated_is_found_and_every_table_is_that_of_the_oracle() {
    let Some(input) = input() else {
        return;
    };
    let shop = Shop::new();
    let summary = play::assert_right(&shop, &["--input", &input]);
    let no_stores = "the input names no stores (store_id)";
    play::assert_skipped(&summary, "store_performance", no_stores);
    let days = rows_of(&shop, "daily_kpis/daily_kpis");
    assert_eq!(days.len(), 20);
    assert_eq!(sum(&days, "net_revenue"), 7_489_570_200);
    assert_eq!(sum(&days, "gross_revenue"), 8_237_461_400);
    let nets: Vec<_> = days.iter().map(|day| day["net_revenue"].as_str()).collect();
    assert_eq!(nets[..3], ["58635.56", "46207.28", "45620.46"]);
    let count = |name: &str| -> u64 {
        let counts = days.iter().map(|day| day[name].parse::<u64>());
        counts.map(|count| count.expect("a count")).sum()
    };
    assert_eq!(count("sales") + count("returns"), 42_481);
    // Every cancellation is a return, and nothing else is: write-offs move no money.
    assert_eq!(count("returns"), 728);
    let products = rows_of(&shop, "product_performance/product_performance");
    assert_eq!(products.len(), 2_822);
    let first = products
        .iter()
        .take(4)
        .map(|row| row["product_id"].as_str());
    assert!(first.eq(["22423", "DOT", "84029E", "22086"]));
    for (product, net) in [
        ("22423", "26897.36"),
        ("DOT", "24671.19"),
        ("84029E", "9291.73"),
        ("22086", "9205.15"),
        ("85123A", "9078.96"),
        ("85123a", "798.86"),
    ] {
        let row = row_of(
            &shop,
            "product_performance/product_performance",
            "product_id",
            product,
        );
        assert_eq!(row["total_revenue"], net, "{product}");
    }
    assert_eq!(rows_of(&shop, "daily_sales/daily_sales").len(), 20_477);
    // What is anonymous is in no segment, and said.
    let coverage = rows_of(&shop, "rfm/coverage").remove(0);
    assert_eq!(coverage["revenue"], "748957.02");
    let nobodys = rows_of(&shop, "warehouse/fact_sales");
    let nobodys = nobodys.iter().filter(|row| row["customer_key"] == "0");
    assert_eq!(nobodys.count(), 15_631);
}

#[test]
fn what_rules_leave_out_is_in_no_table() {
    let Some(input) = input() else {
        return;
    };
    let input = format!("{input}/2010-12-03.csv");
    let shop = Shop::new();
    let plain = ["--input", &input];
    let given = [&plain[..], &["--leave-out", "write-offs,non-products"]].concat();
    let summary = play::assert_right(&shop, &given);
    for rule in ["write-offs", "non-products"] {
        assert!(summary["left_out"][rule].as_u64() > Some(0), "{rule}");
    }
    assert_eq!(naming(&shop, &["POST", "DOT"]), [""; 0]);
    // The totals of batch stay, and without the rule they are in the tables too.
    play::batch(&shop, &plain);
    let named = naming(&shop, &["POST", "DOT"]);
    assert!(
        named.contains(&"warehouse/dim_product.csv".to_owned()),
        "{named:?}"
    );
    assert!(
        named.contains(&"lambda/product_performance.csv".to_owned()),
        "{named:?}"
    );
    for rule in ["adjustments", "anonymous", "returns,anonymous"] {
        play::assert_right(&shop, &[&plain[..], &["--leave-out", rule]].concat());
    }
}

/// The tables of which a cell is one of these.
fn naming(shop: &Shop, texts: &[&str]) -> Vec<String> {
    let tables = shop.tree("data/output/analyses");
    let tables = tables
        .into_iter()
        .filter(|(path, _)| path.ends_with(".csv"));
    let naming = tables.filter(|(_, content)| {
        let mut reader = csv::Reader::from_reader(&content[..]);
        let mut rows = reader.records().map(|row| row.expect("a row"));
        rows.any(|row| row.iter().any(|cell| texts.contains(&cell)))
    });
    naming.map(|(path, _)| path).collect()
}
