//! What the replaced systems computed wrong, and these analyses do not.

use crate::common::figures::units;
use crate::common::{self, Shop};
use crate::play::{batch, row_of, rows_of, sales, sum};

/// The value of a column where another has this value.
fn value(shop: &Shop, name: &str, row: (&str, &str), column: &str) -> String {
    row_of(shop, name, row.0, row.1)[column].clone()
}

/// Sales of so many products, the later the cheaper, and of three customers.
fn catalogue(products: usize) -> Shop {
    let rows = (0..products).map(|at| {
        let (amount, customer) = (10 * (products - at), at % 3);
        format!("o{at},2025-01-01,S1,P{at:03},1,{amount},{amount},c{customer},K,SALE,DE")
    });
    let rows: Vec<_> = rows.collect();
    sales(rows.iter().map(String::as_str))
}

/// Mistake 2.
#[test]
fn a_mean_is_of_all_that_it_speaks_of_and_not_of_means() {
    let shop = sales([
        "o1,2025-01-01T09:00:00,S1,Tea,1,10,10,c1,K,SALE,DE",
        "o2,2025-01-01T09:10:00,S1,Tea,9,1,9,c2,K,SALE,DE",
        "o3,2025-01-02T09:00:00,S1,Tea,1,41,41,c3,K,SALE,DE",
    ]);
    batch(&shop, &[]);
    // 19.00 for ten pieces, not the mean of 10.00 and 1.00.
    let day = ("sale_date", "2025-01-01");
    assert_eq!(
        value(&shop, "daily_sales/daily_sales", day, "avg_unit_price"),
        "1.90"
    );
    // 60.00 for eleven.
    let tea = ("product_id", "Tea");
    let product = "product_performance/product_performance";
    assert_eq!(value(&shop, product, tea, "avg_selling_price"), "5.4545");
    let view = "lambda/product_performance";
    assert_eq!(value(&shop, view, tea, "avg_unit_price"), "5.4545");
    // 60.00 in three orders, not the mean of 9.50 and 41.00.
    let month = ("period", "2025-01");
    assert_eq!(
        value(&shop, "trends/monthly", month, "avg_transaction_value"),
        "20.00"
    );
    let store = ("store_id", "S1");
    let stores = "store_performance/store_performance";
    assert_eq!(
        value(&shop, stores, store, "avg_transaction_value"),
        "20.00"
    );
}

/// Mistakes 4 and 5.
#[test]
fn every_table_adds_up_to_the_sales_and_to_no_multiple() {
    let shop = Shop::new();
    let made = "generate --days 40 --transactions-per-day 30 --start-date 2024-12-10 --seed 5";
    shop.json(&made.split_whitespace().collect::<Vec<_>>());
    let summary = batch(&shop, &[]);
    let whole = common::figures::money(&summary, "grand_total");
    assert!(whole > 0);
    for (name, column) in [
        ("daily_kpis/daily_kpis", "net_revenue"),
        ("daily_sales/daily_sales", "daily_revenue"),
        ("store_performance/store_performance", "total_revenue"),
        ("product_performance/product_performance", "total_revenue"),
        ("returns/returns", "net_revenue"),
        ("returns/categories", "net_revenue"),
        ("trends/daily", "total_revenue"),
        ("trends/weekly", "total_revenue"),
        ("trends/monthly", "total_revenue"),
        ("trends/countries", "total_revenue"),
        ("lambda/retail_events_unified", "amount"),
        ("lambda/sales_by_category", "net_revenue"),
        ("lambda/sales_by_store", "net_revenue"),
        ("lambda/hourly_sales_trend", "net_revenue"),
        ("lambda/product_performance", "net_revenue"),
        ("warehouse/fact_sales", "revenue"),
    ] {
        assert_eq!(sum(&rows_of(&shop, name), column), whole, "{name}");
    }
    let coverage = &rows_of(&shop, "rfm/coverage")[0];
    assert_eq!(units(&coverage["revenue"]), whole);
    for kind in ["weekday", "month"] {
        let mut seasons = rows_of(&shop, "trends/seasonal_index");
        seasons.retain(|row| row["season_type"] == kind);
        assert_eq!(sum(&seasons, "total_revenue"), whole, "{kind}");
    }
}

/// Mistake 7.
#[test]
fn a_second_run_takes_the_place_of_the_first() {
    let shop = catalogue(5);
    let files = || {
        batch(&shop, &[]);
        let mut files = shop.tree("data/output/analyses");
        // The time of its run stands in it.
        files
            .remove("daily_report/daily_report.json")
            .expect("a report");
        files
    };
    let first = files();
    assert!(first.len() > 50, "{:?}", first.keys());
    assert_eq!(files(), first);
}

/// Mistakes 8 and 9: levels are levels, however often they are told, and multiply no sales.
#[test]
fn stock_is_the_latest_level_and_multiplies_no_sales() {
    let shop = sales([
        "o1,2025-01-01T09:00:00,S1,Tea,3,5,15,c1,K,SALE,DE",
        "o2,2025-01-02T09:00:00,S1,Cup,4,5,20,c1,K,SALE,DE",
    ]);
    let level = |product: &str, time: &str, level: u32| {
        format!(
            r#"{{"inventory_id":"{product}{time}","store_id":"S1","product_id":"{product}","current_stock":{level},"minimum_stock":5,"reorder_point":20,"update_timestamp":"2025-01-{time}"}}"#
        )
    };
    let mut levels = vec![
        level("Tea", "01T08:00:00", 90),
        level("Cup", "02T10:00:00", 0),
        level("Tea", "02T10:00:00", 30),
        // Told late, and told again.
        level("Tea", "01T12:00:00", 40),
    ];
    levels.extend(std::iter::repeat_n(level("Tea", "02T10:00:00", 30), 20));
    shop.write("stock/a.jsonl", levels.join("\n"));
    let given = ["--inventory", "stock"];
    batch(&shop, &given);
    let stock = rows_of(&shop, "inventory_kpis/inventory_kpis").remove(0);
    for (column, must) in [
        ("total_stock", "30.00"),
        ("total_products", "2"),
        ("out_of_stock_items", "1"),
        ("low_stock_items", "1"),
    ] {
        assert_eq!(stock[column], must, "{column}");
    }
    // The day is looked back from: what was told later is not known.
    batch(&shop, &[&given[..], &["--as-of", "2025-01-01"]].concat());
    let stock = rows_of(&shop, "inventory_kpis/inventory_kpis").remove(0);
    assert_eq!(stock["total_stock"], "40.00");
    batch(&shop, &given);
    let report = &rows_of(&shop, "daily_report/daily_report")[0];
    assert_eq!(report["total_revenue"], "20.00");
    assert_eq!(report["avg_out_of_stock_rate"], "50.00");
    let facts = rows_of(&shop, "warehouse/fact_sales");
    assert_eq!(sum(&facts, "revenue"), 350_000);
}

/// Mistake 9.
#[test]
fn who_buys_three_products_is_one_customer() {
    let shop = sales([
        "o1,2025-01-01,S1,Tea,1,5,5,c1,K,SALE,DE",
        "o1,2025-01-01,S1,Cup,1,5,5,c1,L,SALE,DE",
        "o1,2025-01-01,S1,Pot,1,5,5,c1,K,SALE,DE",
        "o2,2025-01-01,S2,Pot,1,5,5,c1,K,SALE,DE",
        "o3,2025-01-02,S1,Pot,1,5,5,c2,K,SALE,DE",
    ]);
    batch(&shop, &["--as-of", "2025-01-01"]);
    let report = &rows_of(&shop, "daily_report/daily_report")[0];
    let found = [
        "total_customers",
        "total_transactions",
        "revenue_per_customer",
    ];
    assert_eq!(found.map(|name| report[name].as_str()), ["1", "2", "20.00"]);
    let day = ("order_date", "2025-01-01");
    assert_eq!(value(&shop, "daily_kpis/daily_kpis", day, "customers"), "1");
    // Over days and stores as well.
    let store = ("store_id", "S1");
    let stores = "store_performance/store_performance";
    assert_eq!(value(&shop, stores, store, "unique_customers"), "2");
    // An order with two products of a category is one order of it.
    let category = ("category", "K");
    assert_eq!(
        value(&shop, "products/categories", category, "total_transactions"),
        "2"
    );
    let customer = ("customer_id", "c1");
    assert_eq!(
        value(&shop, "warehouse/dim_customer", customer, "total_purchases"),
        "2"
    );
}

/// Mistake 23: scores do not tear equal customers apart, and do not hang on the order of the input.
#[test]
fn equal_customers_share_scores_in_any_order_of_the_input() {
    let rows: Vec<_> = (0..40)
        .map(|at| {
            let (day, amount) = (1 + at % 20, 5 * (1 + at % 4));
            format!("o{at},2025-01-{day:02},S1,Tea,1,5,{amount},c{at:02},K,SALE,DE")
        })
        .collect();
    let shop = sales(rows.iter().map(String::as_str));
    batch(&shop, &[]);
    let found = rows_of(&shop, "rfm/rfm");
    for (score, measure) in [
        ("r_score", "recency"),
        ("f_score", "frequency"),
        ("m_score", "monetary"),
    ] {
        for one in &found {
            let equal = found.iter().filter(|other| other[measure] == one[measure]);
            assert!({ equal }.all(|other| other[score] == one[score]), "{one:?}");
        }
    }
    let other = sales(rows.iter().rev().map(String::as_str));
    batch(&other, &[]);
    assert_eq!(rows_of(&other, "rfm/rfm"), found);
    assert_eq!(found.len(), 40, "customers, not their countries");
}

/// Mistake 23: At Risk does not stand before it.
#[test]
fn cannot_lose_them_can_be_reached_and_the_date_is_given() {
    // Ten customers; the two who bought most and most often stayed away for longest.
    let mut rows = Vec::new();
    for customer in 0..10 {
        let day = if customer < 2 { 1 } else { 10 + customer };
        for order in 0..if customer < 2 { 5 } else { 1 } {
            rows.push(format!(
                "o{customer}-{order},2025-01-{day:02},S1,Tea,1,9,9,c{customer},K,SALE,DE"
            ));
        }
    }
    let shop = sales(rows.iter().map(String::as_str));
    batch(&shop, &["--as-of", "2025-02-01"]);
    for customer in ["c0", "c1"] {
        let row = row_of(&shop, "rfm/rfm", "user_id", customer);
        assert_eq!(row["rfm_segment"], "Cannot Lose Them", "{row:?}");
        assert_eq!(row["recency"], "31");
        assert_eq!(row["analysis_date"], "2025-02-01");
    }
    // Before the second week there was nobody else.
    batch(&shop, &["--as-of", "2025-01-03"]);
    assert_eq!(rows_of(&shop, "rfm/rfm").len(), 2);
}

/// Mistake 25.
#[test]
fn returns_stand_beside_sales_and_are_taken_off_and_restocks_are_neither() {
    let shop = sales([
        "o1,2025-01-01T09:00:00,S1,Tea,4,5,20,c1,K,SALE,DE",
        "o2,2025-01-01T09:30:00,S1,Tea,1,5,5,c1,K,RETURN,DE",
        // A negative amount is a return, whatever it says it is.
        "o3,2025-01-01T09:40:00,S1,Tea,-1,5,-5,c1,K,SALE,DE",
        "o4,2025-01-01T09:50:00,S1,Tea,100,5,500,,K,RESTOCK,DE",
    ]);
    batch(&shop, &[]);
    let both = ["20.00", "10.00", "10.00"];
    let names = [
        (
            "daily_kpis/daily_kpis",
            ["gross_revenue", "returned_value", "net_revenue"],
        ),
        (
            "daily_sales/daily_sales",
            ["gross_revenue", "returned_value", "daily_revenue"],
        ),
        (
            "store_performance/store_performance",
            ["gross_revenue", "returned_value", "total_revenue"],
        ),
        (
            "product_performance/product_performance",
            ["gross_revenue", "returned_value", "total_revenue"],
        ),
        (
            "returns/returns",
            ["total_sales_revenue", "total_return_value", "net_revenue"],
        ),
        (
            "lambda/sales_by_store",
            ["total_revenue", "return_value", "net_revenue"],
        ),
        (
            "lambda/hourly_sales_trend",
            ["total_revenue", "return_value", "net_revenue"],
        ),
    ];
    for (name, columns) in names {
        let rows = rows_of(&shop, name);
        assert_eq!(rows.len(), 1, "{name}");
        assert_eq!(
            columns.map(|column| rows[0][column].as_str()),
            both,
            "{name}"
        );
    }
    let returns = &rows_of(&shop, "returns/returns")[0];
    assert_eq!(returns["return_rate_pct"], "200.00");
    let quantity = &rows_of(&shop, "daily_sales/daily_sales")[0]["daily_quantity"];
    assert_eq!(quantity, "2.00");
}

/// Mistake 26.
#[test]
fn weeks_have_their_own_year_periods_sort_and_growth_knows_gaps_and_zero() {
    let shop = sales([
        "o1,2024-12-30,S1,Tea,1,5,10,c1,K,SALE,DE",
        "o2,2025-01-05,S1,Tea,1,5,5,c1,K,SALE,DE",
        "o3,2025-01-20,S1,Tea,1,5,8,c1,K,SALE,DE",
        "o4,2025-03-01,S1,Tea,1,5,4,c1,K,SALE,DE",
    ]);
    batch(&shop, &[]);
    let weeks = rows_of(&shop, "trends/weekly");
    let periods: Vec<_> = weeks.iter().map(|week| week["period"].as_str()).collect();
    assert!(periods.is_sorted());
    assert_eq!(periods[..3], ["2025-W01", "2025-W02", "2025-W03"]);
    assert_eq!(periods.len(), 9);
    // 30 December and 5 January are of one week, of the year 2025.
    assert_eq!(weeks[0]["total_revenue"], "15.00");
    let growth: Vec<_> = weeks
        .iter()
        .map(|week| week["revenue_growth_pct"].as_str())
        .collect();
    assert_eq!(growth[..5], ["", "-100.00", "", "", "-100.00"]);
    let months = rows_of(&shop, "trends/monthly");
    let periods: Vec<_> = months
        .iter()
        .map(|month| month["period"].as_str())
        .collect();
    assert_eq!(periods, ["2024-12", "2025-01", "2025-02", "2025-03"]);
    let growth: Vec<_> = months
        .iter()
        .map(|month| month["revenue_growth_pct"].as_str())
        .collect();
    assert_eq!(growth, ["", "30.00", "-100.00", ""]);
}

/// Mistake 27.
#[test]
fn days_and_hours_are_those_of_utc_wherever_it_runs() {
    let rows = [
        "o1,2025-01-01T00:30:00+02:00,S1,Tea,1,5,5,c1,K,SALE,DE",
        "o2,2024-12-31T23:30:00-01:00,S1,Tea,1,5,7,c1,K,SALE,DE",
        "o3,2025-01-01T23:59:59Z,S1,Tea,1,5,9,c1,K,SALE,DE",
    ];
    let mut all = Vec::new();
    for zone in ["UTC", "Asia/Kolkata", "America/Los_Angeles"] {
        let shop = sales(rows);
        let mut run = shop.retail(&["batch", "--analysis", "all"]);
        let output = run.env("TZ", zone).output().expect("it starts");
        assert!(output.status.success(), "{}", common::stderr(&output));
        let mut files = shop.tree("data/output/analyses");
        files
            .remove("daily_report/daily_report.json")
            .expect("a report");
        let days = rows_of(&shop, "daily_kpis/daily_kpis");
        let days: Vec<_> = days
            .iter()
            .map(|day| (&*day["order_date"], &*day["net_revenue"]))
            .collect();
        assert_eq!(days, [("2024-12-31", "5.00"), ("2025-01-01", "16.00")]);
        let hours = rows_of(&shop, "lambda/hourly_sales_trend");
        assert_eq!(hours[1]["hour"], "2025-01-01T00:00:00Z");
        all.push(files);
    }
    assert!(all.iter().all(|files| *files == all[0]));
}

/// Mistake 28.
#[test]
fn scores_of_more_than_a_hundred_products_are_meaningful() {
    let shop = catalogue(150);
    batch(&shop, &[]);
    let rows = rows_of(&shop, "product_performance/product_performance");
    assert_eq!(rows.len(), 150);
    let scores: Vec<_> = rows
        .iter()
        .map(|row| units(&row["performance_score"]))
        .collect();
    assert!(
        scores.iter().all(|score| (1..=1_000_000).contains(score)),
        "{scores:?}"
    );
    assert!(scores.is_sorted_by(|a, b| a > b), "{scores:?}");
    // Of the three customers that there are, not of a thousand.
    for row in &rows {
        assert_eq!(row["customer_penetration_rate"], "33.3333", "{row:?}");
    }
}
