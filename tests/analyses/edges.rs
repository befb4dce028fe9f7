//! Inputs with as little in them as there may be, or with everything the same.

use crate::common::{self, Shop};
use crate::play::{self, COLUMNS, assert_right, assert_skipped, row_of, rows_of, sales};

const NO_CUSTOMERS: &str = "the input names no customers (customer_id)";
const NO_STORES: &str = "the input names no stores (store_id)";
const NO_SALES: &str = "the input has no sales";
const TOO_FAR: &str = "the days of the sales reach over 100 years or more";

#[test]
fn one_customer_one_product_one_day() {
    let shop = sales(["o1,2025-01-01T10:00:00,S1,Tea,2,5.00,10.00,c1,Drinks,SALE,DE"]);
    assert_right(&shop, &[]);
    let customer = row_of(&shop, "rfm/rfm", "user_id", "c1");
    assert_eq!(customer["rfm_score"], "111");
    let product = &rows_of(&shop, "product_performance/product_performance")[0];
    assert_eq!(product["performance_score"], "100.00");
    let day = &rows_of(&shop, "trends/daily")[0];
    assert_eq!(day["revenue_growth_pct"], "");
}

#[test]
fn nobody_is_named_and_no_store() {
    let shop = Shop::new();
    let rows = "2025-01-01,Tea,1,1.00\n2025-01-01,Pot,2,2.50\n2025-01-03,Tea,1,0.10\n";
    let text = format!("order_date,product,quantity,amount\n{rows}");
    shop.write("data/input/sales.csv", text);
    let summary = assert_right(&shop, &[]);
    assert_skipped(&summary, "rfm", NO_CUSTOMERS);
    assert_skipped(&summary, "store_performance", NO_STORES);
    // Said to people as well, and no folder pretends.
    let printed = shop.run(&["batch", "--analysis", "all"]);
    let printed = common::stdout(&printed);
    let printed = printed.split_whitespace().collect::<Vec<_>>().join(" ");
    for what in [
        format!("rfm: {NO_CUSTOMERS}"),
        format!("store_performance: {NO_STORES}"),
    ] {
        assert!(printed.contains(&what), "{printed}");
    }
    assert!(!play::table(&shop, "rfm/rfm.csv").exists());
    // Where customers are missing, what is by customer is unknown, not zero.
    let day = &rows_of(&shop, "daily_kpis/daily_kpis")[0];
    assert_eq!(day["revenue_per_customer"], "");
}

#[test]
fn the_classic_profile_has_eight_columns_only() {
    let shop = Shop::new();
    common::figures::classic(&shop);
    let summary = assert_right(&shop, &[]);
    assert_skipped(&summary, "rfm", NO_CUSTOMERS);
    let days = rows_of(&shop, "daily_kpis/daily_kpis");
    let whole = common::figures::units(common::figures::CLASSIC);
    assert_eq!(play::sum(&days, "net_revenue"), whole);
}

#[test]
fn everything_is_returned() {
    let rows = (0..6).map(|at| {
        let (day, store, product) = (1 + at % 3, at % 2, at % 3);
        format!("o{at},2025-01-0{day},S{store},P{product},1,5,{at}.5,c{store},K,RETURN,DE")
    });
    let rows: Vec<_> = rows.collect();
    let shop = sales(rows.iter().map(String::as_str));
    assert_right(&shop, &[]);
    // Nobody bought, so nobody is in a segment; who returned is counted.
    assert!(rows_of(&shop, "rfm/rfm").is_empty());
    let coverage = rows_of(&shop, "rfm/coverage").remove(0);
    assert_eq!(coverage["customers"], "0");
    assert_eq!(coverage["customers_without_purchase"], "2");
    for product in rows_of(&shop, "returns/returns") {
        assert_eq!(product["return_rate_pct"], "", "{product:?}");
    }
}

/// A part of what is not above zero is no share, and no rating comes of it.
#[test]
fn what_returns_outweigh_has_no_shares() {
    let shop = sales([
        "o1,2025-01-01T10:00:00,S1,good,1,10,10,c1,k,SALE,DE",
        "o2,2025-01-01T11:00:00,S1,bad,1,15,15,c1,k,RETURN,DE",
        "o3,2025-01-02T10:00:00,S1,gone,1,100,100,c2,j,RETURN,DE",
        "o4,2025-01-02T11:00:00,S1,x,1,50,50,c2,i,SALE,DE",
    ]);
    assert_right(&shop, &[]);
    let products = rows_of(&shop, "products/products");
    let rated = products
        .iter()
        .filter(|row| !row["performance_rating"].is_empty());
    let rated: Vec<_> = rated.map(|row| row["product_id"].as_str()).collect();
    assert_eq!(rated, ["x"]);
    for category in rows_of(&shop, "products/categories") {
        assert_eq!(category["revenue_share"], "", "{category:?}");
    }
    for season in rows_of(&shop, "trends/seasonal_index") {
        assert_eq!(season["seasonal_index"], "", "{season:?}");
    }
}

/// Square feet are whole; what is none would be another figure.
#[test]
fn a_part_of_a_square_foot_is_refused_with_its_place() {
    let shop = sales(["o1,2025-01-01T10:00:00,S1,Tea,1,10,10,c1,k,SALE,DE"]);
    let stores = |feet: &str| {
        let text = format!("store_id,square_footage\nS1,{feet}\n");
        shop.write("data/master/stores.csv", text);
    };
    for wrong in ["1.9", "-5"] {
        stores(wrong);
        let told = shop.fail(&["batch", "--analysis", "store_performance"], 1);
        let said = format!("stores.csv:2: square_footage \"{wrong}\" is no whole number");
        assert!(told.contains(&said), "{told}");
    }
    stores("1000");
    assert_right(&shop, &[]);
}

#[test]
fn a_year_without_sales_between_two_days() {
    let shop = sales([
        "o1,2024-01-15T10:00:00,S1,Tea,2,5.00,10.00,c1,Drinks,SALE,DE",
        "o2,2025-02-20T10:00:00,S1,Tea,2,6.00,12.00,c1,Drinks,SALE,DE",
    ]);
    assert_right(&shop, &[]);
    assert_eq!(rows_of(&shop, "trends/daily").len(), 403);
    let months = rows_of(&shop, "trends/monthly");
    assert_eq!(months.len(), 14);
    for month in &months[1..13] {
        assert_eq!(month["total_revenue"], "0.00", "{month:?}");
        assert_eq!(month["avg_transaction_value"], "", "{month:?}");
    }
    let growth: Vec<_> = months
        .iter()
        .map(|month| &month["revenue_growth_pct"])
        .collect();
    assert_eq!(
        (growth[1].as_str(), growth[2].as_str(), growth[13].as_str()),
        ("-100.00", "", "")
    );
    assert_eq!(rows_of(&shop, "warehouse/dim_date").len(), 403);
}

#[test]
fn equal_values_share_ranks_and_scores() {
    let rows = (0..12).map(|at| {
        let of = at % 2;
        format!("o{at},2025-01-01,S{at},P{at},1,5,5,c{at},K{of},SALE,DE")
    });
    let rows: Vec<_> = rows.collect();
    let shop = sales(rows.iter().map(String::as_str));
    assert_right(&shop, &[]);
    for product in rows_of(&shop, "product_performance/product_performance") {
        assert_eq!(product["performance_score"], "100.00");
    }
    for customer in rows_of(&shop, "rfm/rfm") {
        assert_eq!(customer["rfm_score"], "111");
    }
    assert_eq!(
        rows_of(&shop, "daily_report/daily_report")[0]["top_stores_count"],
        "12"
    );
}

#[test]
fn a_product_in_several_categories_and_a_customer_in_several_countries() {
    let shop = sales([
        "o1,2025-01-01,S1,Tea,1,5,5,c1,B,SALE,FR",
        "o2,2025-01-02,S2,Tea,1,5,5,c1,A,SALE,DE",
        "o3,2025-01-02,S1,Soap,1,5,5,c2,X,RETURN,AT",
        "o4,2025-01-02,S1,Soap,1,5,5,c3,X,SALE,",
        "o5,2025-01-03,S1,Soap,1,5,5,c3,,RETURN,CH",
        "o6,2025-01-03,S1,Soap,1,5,5,c4,Y,SALE,FR",
        "o6,2025-01-03,S1,Cup,1,5,5,c4,,SALE,FR",
        "o6,2025-01-03,S1,Tea,1,5,5,c4,,SALE,BE",
    ]);
    assert_right(&shop, &[]);
    let of = |product: &str| {
        let row = row_of(&shop, "returns/returns", "product_id", product);
        row["category"].clone()
    };
    // Of the categories that are named equally often the first.
    assert_eq!([of("Tea"), of("Soap"), of("Cup")], ["A", "X", ""]);
    let of = |customer: &str| {
        let row = row_of(&shop, "rfm/rfm", "user_id", customer);
        row["country"].clone()
    };
    assert_eq!([of("c1"), of("c3"), of("c4")], ["DE", "CH", "BE"]);
}

#[test]
fn revenue_of_zero_divides_nothing() {
    let shop = sales([
        "o1,2025-01-01,S1,Tea,2,0.00,0.00,c1,Drinks,SALE,DE",
        "o2,2025-01-02,S1,Cup,1,4.00,4.00,c2,Cups,SALE,DE",
        "o3,2025-01-02,S1,Cup,1,4.00,4.00,c2,Cups,RETURN,DE",
    ]);
    assert_right(&shop, &[]);
    for segment in rows_of(&shop, "rfm/segment_summary") {
        assert_eq!(segment["revenue_share"], "");
    }
    for season in rows_of(&shop, "trends/seasonal_index") {
        assert_eq!(season["seasonal_index"], "");
    }
}

#[test]
fn quantities_that_are_none_or_negative_or_broken() {
    let shop = sales([
        "o1,2025-01-01,S1,Tea,,5,10.00,c1,Drinks,SALE,DE",
        "o2,2025-01-01,S1,Tea,0,5,10.00,c1,Drinks,SALE,DE",
        "o3,2025-01-01,S1,Cup,-2,5,10.00,c1,Cups,SALE,DE",
        "o4,2025-01-01,S1,Cup,2,5,-10.00,c1,Cups,SALE,DE",
        "o5,2025-01-01,,Pan,0.3333,3.3333,1.111,c1,Cups,SALE,DE",
    ]);
    assert_right(&shop, &[]);
}

#[test]
fn without_quantities_places_by_quantity_are_shared() {
    let shop = Shop::new();
    let rows = "2025-01-01,Tea,1.00\n2025-01-01,Pot,2.50\n";
    shop.write(
        "data/input/sales.csv",
        format!("order_date,product,amount\n{rows}"),
    );
    assert_right(&shop, &[]);
    let product = &rows_of(&shop, "product_performance/product_performance")[1];
    let found = ["total_quantity_sold", "quantity_rank", "performance_score"];
    assert_eq!(found.map(|name| product[name].as_str()), ["", "1", "75.00"]);
}

#[test]
fn names_of_all_kinds() {
    let shop = sales([
        r#""o ""1""",2025-01-01,"Süd, ""Mitte""","Käse, ""alt""
und jung",2,5,10,"Müller, Änne","Milch & ""Käse""",SALE,"Côte d'Ivoire""#,
        r#"o2,2025-01-01,𝔖,"  ""quoted""  ",2,5,10,ünal,"a,b",SALE,Österreich"#,
        "o3,2025-01-01,S,NaN,2,5,10,inf,infinity,SALE,null",
    ]);
    let summary = play::batch(&shop, &[]);
    assert_eq!(summary["accepted"], 3);
    // Names that look like no number are names, so only here they may stand in the tables.
    let told = play::oracle(&shop, &[]);
    let wrong = told["wrong"].as_object().expect("tables");
    assert!(wrong.keys().all(|what| what == "no number"), "{told:#}");
    let product = row_of(&shop, "products/products", "category", "Milch & \"Käse\"");
    assert_eq!(product["product_id"], "Käse, \"alt\"\nund jung");
}

#[test]
fn restocks_alone_are_no_sales_but_events() {
    let shop = sales(["o1,2025-01-01,S1,Tea,2,5.00,10.00,,Drinks,RESTOCK,DE"]);
    let summary = assert_right(&shop, &[]);
    let analyses = summary["analyses"].as_object().expect("analyses");
    assert!(analyses.len() >= 12);
    for name in analyses.keys().filter(|name| *name != "lambda") {
        assert_skipped(&summary, name, NO_SALES);
    }
}

#[test]
fn an_empty_input_leaves_no_table_of_the_run_before() {
    let shop = sales(["o1,2025-01-01,S1,Tea,2,5.00,10.00,c1,Drinks,SALE,DE"]);
    assert_right(&shop, &[]);
    assert!(play::table(&shop, "rfm/rfm.csv").exists());
    shop.write("data/input/sales.csv", format!("{COLUMNS}\n"));
    let error = shop.fail(&["batch", "--analysis", "all"], 1);
    assert!(error.contains("--allow-empty"), "{error}");
    assert!(play::table(&shop, "rfm/rfm.csv").exists());
    let summary = shop.json(&["batch", "--analysis", "all", "--allow-empty"]);
    let told = play::oracle(&shop, &[]);
    assert_eq!(told["wrong"], serde_json::json!({}));
    assert_skipped(&summary, "trends", NO_SALES);
    assert!(!play::table(&shop, "rfm/rfm.csv").exists());
}

#[test]
fn rules_that_leave_nothing_leave_no_table_and_count() {
    let shop = sales([
        "A1,2025-01-01,S1,POST,-1,5.00,0.00,,Drinks,SALE,DE",
        "A1,2025-01-01,S1,Tea,1,5.00,5.00,,Drinks,SALE,DE",
    ]);
    assert_right(&shop, &["--leave-out", "write-offs"]);
    let summary = assert_right(&shop, &["--leave-out", "write-offs,adjustments"]);
    assert_skipped(&summary, "daily_kpis", "--leave-out leaves no sales");
}

#[test]
fn who_is_named_by_restocks_only_neither_bought_nor_sold() {
    let shop = sales([
        "o1,2025-01-02,,Tea,2,5.00,10.00,,Drinks,SALE,DE",
        "o2,2025-01-01,S1,Tea,9,5.00,45.00,c1,Other,RESTOCK,DE",
        "o3,2025-01-03,S2,Pot,9,5.00,45.00,c2,Pots,RESTOCK,DE",
    ]);
    let summary = assert_right(&shop, &[]);
    assert_skipped(&summary, "rfm", NO_CUSTOMERS);
    assert_skipped(&summary, "store_performance", NO_STORES);
}

#[test]
fn on_the_first_day_everything_is_live() {
    let shop = sales([]);
    shop.write(
        "live/sales.csv",
        format!("{COLUMNS}\no1,2025-01-01,S1,Tea,2,5.00,10.00,c1,Drinks,SALE,DE\n"),
    );
    let summary = assert_right(&shop, &["--allow-empty", "--live", "live"]);
    assert_skipped(&summary, "daily_kpis", NO_SALES);
    let watermark = &play::rows_of(&shop, "lambda/batch_watermark")[0];
    assert_eq!(watermark["realtime_events"], "1");
    assert_eq!(watermark["historical_events"], "0");
}

#[test]
fn a_date_that_is_far_away_makes_no_calendar_of_millions_of_days() {
    let shop = sales([
        "o1,2025-01-01T10:00:00,S1,Tea,2,5.00,10.00,c1,Drinks,SALE,DE",
        "o2,9999-12-31T10:00:00,S1,Tea,1,5.00,5.00,c1,Drinks,SALE,DE",
    ]);
    let summary = shop.json(&["batch", "--analysis", "all"]);
    for name in ["daily_report", "trends", "warehouse"] {
        assert_skipped(&summary, name, TOO_FAR);
    }
    let days = rows_of(&shop, "daily_kpis/daily_kpis");
    assert_eq!(days.len(), 2);
    assert_eq!(rows_of(&shop, "rfm/rfm")[0]["monetary"], "15.00");
}

#[test]
fn sessions_that_are_not_there_are_named() {
    let shop = sales(["o1,2025-01-01T10:00:00,S1,Tea,2,5.00,10.00,c1,Drinks,SALE,DE"]);
    let args = ["batch", "--analysis", "warehouse", "--sessions", "nosuch"];
    let error = shop.fail(&args, 1);
    assert!(
        error.contains("nosuch: there is no such file or folder"),
        "{error}"
    );
}
