//! The standard profile.

use super::*;

#[test]
fn the_same_bytes_from_any_number_of_threads() {
    let mut settings = settings(3, 80_000);
    settings.faults = Shares {
        malformed: 0.01,
        duplicates: 0.01,
        late: 0.01,
    };
    let one = make(&settings, 1);
    assert_eq!(make(&settings, 2), one);
    assert_eq!(make(&settings, 16), one);
    // A Wednesday has 90 % of the average, which is more than a chunk.
    let day = &one.truth.days["2025-01-01"];
    assert_eq!(day.valid_rows + day.malformed, 72_000);
}

#[test]
fn a_day_does_not_depend_on_the_first_day_or_the_number_of_days() {
    let long = make(&settings(40, 60), 2);
    let mut short = settings(3, 60);
    short.start = date("2025-01-20");
    for (day, file) in make(&short, 1).files {
        assert_eq!(long.files[&day], file);
    }
    let mut other = settings(1, 60);
    other.seed = 2025;
    assert_ne!(
        make(&other, 1).files[&date("2025-01-01")],
        long.files[&date("2025-01-01")]
    );
}

#[test]
fn any_week_has_seven_times_the_average() {
    for per_day in [0u32, 1, 5, 48, 100] {
        let made = make(&settings(20, per_day), 1);
        let rows: Vec<usize> = made.files.values().map(|f| read(f).len()).collect();
        for week in rows.windows(7) {
            assert_eq!(week.iter().sum::<usize>(), 7 * per_day as usize);
        }
    }
    assert_eq!(make(&settings(14, 48), 1).truth.figures.rows, 672);
}

#[test]
fn rows_are_in_order_and_well_formed() {
    let mut settings = settings(4, 500);
    settings.start = date("2024-02-27");
    let made = make(&settings, 1);
    assert!(made.files.contains_key(&date("2024-02-29")));
    let mut orders = HashSet::new();
    for (day, file) in &made.files {
        let text = std::str::from_utf8(file).unwrap();
        assert!(!text.contains('"') && !text.contains('\r') && text.ends_with('\n'));
        assert!(text.starts_with("order_id,order_date,store_id,store_city,product,quantity,unit_price,amount,order_time,customer_id,category,transaction_type,payment_method,country,promotion_id,original_order_id\n"));
        let mut last = String::new();
        for (i, row) in read(file).iter().enumerate() {
            assert!(valid(row));
            let compact = day.to_string().replace('-', "");
            assert_eq!(row["order_id"], format!("{compact}-{:04}", i + 1));
            assert_eq!(row["order_date"], day.to_string());
            assert!(orders.insert(row["order_id"].clone()));
            let time = &row["order_time"];
            assert!(chrono::NaiveDateTime::parse_from_str(time, "%Y-%m-%dT%H:%M:%S").is_ok());
            assert!(time.starts_with(&row["order_date"]) && *time >= last);
            last.clone_from(time);
            assert_eq!(
                row["transaction_type"] == "RETURN",
                !row["original_order_id"].is_empty()
            );
            let customer: u32 = row["customer_id"]
                .strip_prefix('C')
                .unwrap()
                .parse()
                .unwrap();
            assert!((1..=5_000).contains(&customer));
        }
    }
    assert_eq!(recount(&made.files), made.truth);
}

#[test]
fn every_return_reverses_one_sale() {
    for (seed, per_day) in [(2024, 48), (1, 7), (2, 300), (3, 1_000)] {
        let mut settings = settings(65, per_day);
        settings.seed = seed;
        let made = make(&settings, 2);
        let rows: Vec<Fields> = made.files.values().flat_map(|f| read(f)).collect();
        let by_order: HashMap<&str, &Fields> =
            rows.iter().map(|r| (r["order_id"].as_str(), r)).collect();
        let mut reversed = HashSet::new();
        let (mut returns, mut found) = (0, 0);
        for row in rows.iter().filter(|r| r["transaction_type"] == "RETURN") {
            returns += 1;
            let original = row["original_order_id"].as_str();
            assert!(reversed.insert(original), "{original} comes back twice");
            let Some(sale) = by_order.get(original) else {
                assert!(original < "20250101", "{original} is nowhere");
                continue;
            };
            found += 1;
            assert_eq!(sale["transaction_type"], "SALE");
            assert!(sale["order_time"] < row["order_time"]);
            let days = date(&row["order_date"]) - date(&sale["order_date"]);
            assert!((0..=30).contains(&days.num_days()));
            for same in [
                "product",
                "store_id",
                "store_city",
                "customer_id",
                "unit_price",
                "category",
                "payment_method",
                "country",
                "promotion_id",
            ] {
                assert_eq!(sale[same], row[same]);
            }
            let quantity = |r: &Fields| r["quantity"].parse::<u32>().unwrap();
            assert!(quantity(row) <= quantity(sale));
        }
        let share = f64::from(returns) / rows.len() as f64;
        assert!((0.015..0.05).contains(&share), "{share} of {}", rows.len());
        assert!(found * 2 > returns);
    }
}

#[test]
fn the_smallest_and_the_largest_shop() {
    let mut tiny = settings(60, 20);
    (tiny.products, tiny.stores, tiny.customers) = (1, 1, 1);
    let made = make(&tiny, 2);
    assert_eq!(recount(&made.files), made.truth);
    assert!(
        made.truth
            .by_day_product
            .values()
            .all(|products| products.len() == 1)
    );
    let mut huge = settings(2, 3_000);
    (huge.products, huge.stores, huge.customers) = (MAX_PRODUCTS, MAX_STORES, MAX_CUSTOMERS);
    let made = make(&huge, 2);
    assert_eq!(recount(&made.files), made.truth);
    assert!(made.truth.by_day_product["2025-01-01"].len() > 1_000);
}

#[test]
fn json_lines_hold_what_csv_holds() {
    let mut settings = settings(40, 50);
    settings.faults = Shares {
        malformed: 0.0,
        duplicates: 0.1,
        late: 0.1,
    };
    let csv = make(&settings, 1);
    settings.format = Format::Jsonl;
    let json = make(&settings, 1);
    assert_eq!(csv.truth, json.truth);
    for (day, file) in &csv.files {
        let lines = std::str::from_utf8(&json.files[day]).unwrap().lines();
        let rows = read(file);
        assert_eq!(lines.clone().count(), rows.len());
        for (line, row) in lines.zip(rows) {
            // Raw values keep the text of numbers.
            let values: HashMap<String, Box<serde_json::value::RawValue>> =
                serde_json::from_str(line).unwrap();
            for (name, text) in &row {
                let said = values.get(name).map_or("", |v| v.get());
                let number = ["quantity", "unit_price", "amount"].contains(&name.as_str());
                let expected = if number || text.is_empty() {
                    text.clone()
                } else {
                    format!("\"{text}\"")
                };
                assert_eq!(said, expected, "{name} in {line}");
            }
        }
    }
}

#[test]
fn nothing_sold_leaves_the_header() {
    for format in [Format::Csv, Format::Jsonl] {
        let mut settings = settings(2, 0);
        settings.format = format;
        let made = make(&settings, 2);
        assert!(
            made.files
                .values()
                .all(|f| *f == header(Profile::Standard, format))
        );
        assert_eq!(made.truth.by_day["2025-01-02"].to_string(), "0.00");
    }
}

#[test]
fn master_data_names_what_is_sold() {
    let settings = settings(10, 200);
    let plan = Plan::new(settings.clone()).unwrap();
    let world = plan.world().unwrap();
    let table = |write: fn(&World, &mut Vec<u8>) -> std::io::Result<()>| {
        let mut bytes = Vec::new();
        write(world, &mut bytes).unwrap();
        read(&bytes)
    };
    let products = table(|w, out| master::products(w, out));
    let stores = table(|w, out| master::stores(w, out));
    let customers = table(|w, out| master::customers(w, out));
    assert_eq!(
        (products.len(), stores.len(), customers.len()),
        (200, 20, 5_000)
    );
    let index = |table: &[Fields], column: &str| -> HashMap<String, Fields> {
        let rows = table.iter().map(|row| (row[column].clone(), row.clone()));
        rows.collect()
    };
    let (products, stores) = (index(&products, "product"), index(&stores, "store_id"));
    let customers = index(&customers, "customer_id");
    assert_eq!(
        (products.len(), stores.len(), customers.len()),
        (200, 20, 5_000)
    );
    let (mut at_home, mut rows) = (0, 0);
    for row in make(&settings, 1).files.values().flat_map(|f| read(f)) {
        assert_eq!(products[&row["product"]]["category"], row["category"]);
        assert_eq!(stores[&row["store_id"]]["store_city"], row["store_city"]);
        assert_eq!(stores[&row["store_id"]]["country"], row["country"]);
        rows += 1;
        at_home += usize::from(customers[&row["customer_id"]]["home_store_id"] == row["store_id"]);
    }
    assert!(at_home * 10 > rows * 8);
}
