//! What `retail batch` writes beside the daily totals, cell by cell against a model that reads the
//! same files without any of our code.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
mod model;
mod output;

use std::fs;
use std::path::PathBuf;

use common::chance::Chance;
use common::figures::money;
use common::{Shop, gzip, shared_data};
use model::Model;
use output::{groupings, net, products, products_of, sales, sales_of};

/// The CSV files of the input, in order.
fn files(shop: &Shop) -> Vec<PathBuf> {
    let names = shop.tree("data/input").into_keys();
    let names = names.filter(|name| name.ends_with(".csv"));
    names
        .map(|name| shop.path("data/input").join(name))
        .collect()
}

/// Both folders are as the model says.
fn assert_as_modelled(shop: &Shop, model: Model) {
    let expected: Vec<_> = model.sales.into_iter().collect();
    let found = sales(shop);
    for (at, row) in found.iter().enumerate() {
        assert_eq!(Some(row), expected.get(at), "row {at} of sales");
    }
    assert_eq!(found.len(), expected.len());
    let expected: Vec<_> = model.products.into_iter().collect();
    let found = products(shop);
    for (at, row) in found.iter().enumerate() {
        assert_eq!(Some(row), expected.get(at), "row {at} of products");
    }
    assert_eq!(found.len(), expected.len());
}

#[test]
fn every_cell_of_generated_sales_is_as_modelled() {
    let shop = Shop::new();
    let days = ["--days", "6", "--transactions-per-day", "400"];
    let faults = [
        "--malformed",
        "0.03",
        "--duplicates",
        "0.05",
        "--late",
        "0.1",
    ];
    shop.json(
        &[
            &["generate", "--start-date", "2025-02-26"],
            &days[..],
            &faults,
        ]
        .concat(),
    );
    for dedup in [false, true] {
        let mut first = None;
        for threads in ["1", "2", "5"] {
            let mut args = vec!["batch", "--threads", threads];
            if dedup {
                args.extend(["--dedup", "order_id"]);
            }
            let summary = shop.json(&args);
            let model = Model::of(&files(&shop), dedup);
            assert_eq!(summary["rejected"], model.rejected);
            assert!(model.rejected > 20, "{}", model.rejected);
            let returns: i64 = model.sales.values().map(|sale| sale.returns).sum();
            assert!(returns > 20, "{returns}");
            assert_as_modelled(&shop, model);
            assert_eq!(groupings(&shop), output::GROUPINGS);
            for grouping in output::GROUPINGS {
                let total = money(&summary, "grand_total");
                assert_eq!(net(&shop, grouping), total, "{grouping}");
            }
            // Whatever the threads, and again, the same bytes.
            let tree = shop.tree("data/output");
            assert_eq!(first.get_or_insert_with(|| tree.clone()), &tree);
        }
    }
}

#[test]
fn classic_files_have_days_and_stores_only() {
    let shop = Shop::new();
    common::figures::classic(&shop);
    let summary = shop.json(&["batch"]);
    assert_eq!(summary["grand_total"], common::figures::CLASSIC);
    assert_eq!(groupings(&shop), ["day", "store"]);
    assert!(products(&shop).iter().all(|(_, p)| p.category.is_none()));
    assert_as_modelled(&shop, Model::of(&files(&shop), false));
}

#[test]
fn a_few_records_by_hand() {
    let shop = Shop::new();
    shop.write(
        "data/input/a.csv",
        "order_time,product,quantity,amount,transaction_type,store_id,category\n\
         2025-01-01T23:30:00-01:00,Tea,2,10,SALE, S1 ,Drinks\n\
         2025-01-02,Tea,,2.5,PURCHASE,S1,Hot drinks\n\
         2025-01-02T00:00:00Z,Tea,1,4,RETURN,S1,\n\
         2025-01-02 12:15,Cake,x,-1.5,,,Food\n\
         2025-01-02 12:15,Cake,5,,RESTOCK,S9,Shelf\n\
         2025-01-02 12:15,Cake,5,1,VIEW,S9,Shelf\n",
    );
    let summary = shop.json(&["batch"]);
    assert_eq!(summary["accepted"], 5);
    assert_eq!(groupings(&shop), ["day", "store", "category", "hour"]);
    let day = || "2025-01-02".to_owned();
    let some = |text: &str| Some(text.to_owned());
    let found: Vec<_> = sales(&shop);
    let row =
        |sales, returns, units, [gross, returned, net]: [i128; 3], span: Option<[i128; 2]>| {
            model::Sale {
                sales,
                returns,
                units,
                gross,
                returned,
                net,
                min: span.map(|span| span[0]),
                max: span.map(|span| span[1]),
            }
        };
    let tea_and_back = [125_000, 40_000, 85_000];
    let span = Some([25_000, 100_000]);
    let expected = [
        // 23:30 an hour west is half past midnight of the next day.
        (
            (0, day(), None, None, None, None, None),
            row(2, 2, Some(10_000), [125_000, 55_000, 70_000], span),
        ),
        (
            (1, day(), some(""), None, None, None, None),
            row(0, 1, None, [0, 15_000, -15_000], None),
        ),
        (
            (1, day(), some("S1"), None, None, None, None),
            row(2, 1, Some(10_000), tea_and_back, span),
        ),
        (
            (2, day(), None, None, some(""), None, None),
            row(0, 1, Some(-10_000), [0, 40_000, -40_000], None),
        ),
        (
            (2, day(), None, None, some("Drinks"), None, None),
            row(
                1,
                0,
                Some(20_000),
                [100_000, 0, 100_000],
                Some([100_000; 2]),
            ),
        ),
        (
            (2, day(), None, None, some("Food"), None, None),
            row(0, 1, None, [0, 15_000, -15_000], None),
        ),
        (
            (2, day(), None, None, some("Hot drinks"), None, None),
            row(1, 0, None, [25_000, 0, 25_000], Some([25_000; 2])),
        ),
        // The bare date tells no hour.
        (
            (4, day(), None, None, None, None, Some(0)),
            row(
                1,
                1,
                Some(10_000),
                [100_000, 40_000, 60_000],
                Some([100_000; 2]),
            ),
        ),
        (
            (4, day(), None, None, None, None, Some(12)),
            row(0, 1, None, [0, 15_000, -15_000], None),
        ),
    ];
    assert_eq!(found, expected);
    let of = |category: &str, units, sales, gross, net| model::Product {
        category: some(category),
        units,
        sales,
        gross,
        net,
    };
    assert_eq!(
        products(&shop),
        [
            ((day(), "Cake".to_owned()), of("Food", None, 0, 0, -15_000)),
            // One record each: the least in bytes. That one names none is no vote.
            (
                (day(), "Tea".to_owned()),
                of("Drinks", Some(10_000), 2, 125_000, 85_000)
            ),
        ]
    );
}

#[test]
fn files_of_different_columns_are_one_input() {
    let mut chance = Chance::new(7);
    for round in 0..6 {
        let shop = Shop::new();
        for file in 0..4 {
            let mut columns = vec!["order_id", "order_date", "product", "amount"];
            let further = [
                "order_time",
                "quantity",
                "store_id",
                "store_city",
                "category",
            ];
            let further = further.into_iter().chain(["country", "transaction_type"]);
            // In the last round all files have everything.
            columns.extend(further.filter(|_| round == 5 || chance.below(2) == 0));
            let mut text = columns.join(",") + "\n";
            for _ in 0..200 {
                let day = format!("2025-01-{:02}", 1 + chance.below(3));
                let values = columns.iter().map(|column| match *column {
                    "order_id" => chance.below(500).to_string(),
                    "order_date" => day.clone(),
                    "order_time" if chance.below(4) == 0 => String::new(),
                    "order_time" => format!("{day} {:02}:30:00", chance.below(24)),
                    "product" => {
                        ["Tea", " Tea ", "Tea a", "", "Thé"][chance.below(5) as usize].into()
                    }
                    "amount" => format!("{}.{:04}", chance.between(-20, 200), chance.below(10_000)),
                    "quantity" => ["", "1", "-3", "2.5", "many"][chance.below(5) as usize].into(),
                    "transaction_type" => {
                        ["", "sale", "RETURN", "RESTOCK", "??"][chance.below(5) as usize].into()
                    }
                    column => match chance.below(4) {
                        0 => " ".to_owned(),
                        number => format!("{column} {number}"),
                    },
                });
                text += &(values.collect::<Vec<_>>().join(",") + "\n");
            }
            shop.write(&format!("data/input/{file}.csv"), text);
        }
        for dedup in [false, true] {
            let dedup_args: &[&str] = if dedup { &["--dedup", "order_id"] } else { &[] };
            let args = ["batch", "--threads", "3", "--max-rejects", "100%"];
            shop.json(&[&args, dedup_args].concat());
            assert_as_modelled(&shop, Model::of(&files(&shop), dedup));
        }
    }
}

#[test]
fn every_format_gives_the_same_cells() {
    let mut outputs = Vec::new();
    for format in ["csv", "csv.gz", "jsonl", "parquet"] {
        let shop = Shop::new();
        let kind = if format == "csv.gz" { "csv" } else { format };
        let days = [
            "--days",
            "2",
            "--start-date",
            "2025-01-01",
            "--format",
            kind,
        ];
        shop.json(&[&["generate"], &days[..]].concat());
        if format == "csv.gz" {
            for file in files(&shop) {
                let packed = gzip(&fs::read(&file).unwrap());
                fs::write(file.with_extension("csv.gz"), packed).unwrap();
                fs::remove_file(file).unwrap();
            }
        }
        shop.json(&["batch"]);
        let tree = shop.tree("data/output");
        outputs.push((
            tree[&output::SALES[12..]].clone(),
            tree[&output::PRODUCTS[12..]].clone(),
        ));
    }
    for (at, output) in outputs.iter().enumerate() {
        assert!(*output == outputs[0], "format {at}");
    }
}

#[test]
fn events_may_lack_what_others_have() {
    let shop = Shop::new();
    shop.write(
        "data/input/a.jsonl",
        "{\"order_date\":\"2025-01-01\",\"product\":\"Tea\",\"amount\":1,\"qty\":2}\n\
         {\"date\":\"2025-01-01\",\"item\":\"Tea\",\"total\":2,\"Product Category\":\"a\\u0000b\"}\n",
    );
    shop.json(&["batch"]);
    assert_eq!(groupings(&shop), ["day", "category"]);
    let found = sales(&shop);
    let categories: Vec<_> = found
        .iter()
        .map(|(key, sale)| (key.4.as_deref(), sale.net))
        .collect();
    let expected = [(None, 30_000), (Some(""), 10_000), (Some("a\0b"), 20_000)];
    assert_eq!(categories, expected);
    assert_eq!(found[0].1.units, Some(20_000));
    assert_eq!(products(&shop)[0].1.category.as_deref(), Some("a\0b"));
}

#[test]
fn sums_that_only_these_folders_hold_do_not_fail_a_run() {
    let shop = Shop::new();
    let most = "99999999999999.9999";
    let rows = |day| format!("2025-01-{day},Tea,{most},{most}\n2025-01-{day},Cake,{most},{most}\n");
    let header = "order_date,product,amount,quantity\n";
    shop.write("data/input/a.csv", format!("{header}{}", rows("01")));
    shop.json(&["batch"]);
    let found = sales_of(&shop, 38);
    let units = 999_999_999_999_999_999;
    assert_eq!(found[0].1.net, 2 * units);
    assert_eq!(found[0].1.units, Some(2 * units));
    assert_eq!((found[0].1.min, found[0].1.max), (Some(units), Some(units)));
    assert_eq!(products(&shop)[0].1.gross, units);
    // A product whose quantities, not its money, are out of range.
    let back = format!("2025-01-01,Tea,-{most},1\n2025-01-01,Tea,{most},{most}\n");
    shop.write("data/input/b.csv", format!("{header}{back}"));
    shop.json(&["batch"]);
    let found = products_of(&shop, 38);
    assert_eq!(found[1].1.net, units);
    assert_eq!(found[1].1.gross, 2 * units);
    assert_eq!(found[1].1.units, Some(2 * units - 10_000));
    let report = shop.run(&["verify"]);
    assert!(report.status.success(), "{}", common::stdout(&report));
    let sum = "SELECT SUM(net) AS net FROM sales WHERE grouping = 'day'";
    let found = shop.run(&["query", "--format", "csv", sum]);
    assert_eq!(common::stdout(&found), "net\n199999999999999.9998\n");
}

#[test]
fn no_records_make_files_without_rows() {
    let shop = Shop::new();
    shop.write("data/input/a.csv", "order_date,product,amount,store_id\n");
    shop.json(&["batch", "--allow-empty"]);
    assert_eq!(sales(&shop), []);
    assert_eq!(products(&shop), []);
    let query = "SELECT COUNT(*) AS n FROM sales";
    let found = shop.run(&["query", "--format", "csv", query]);
    assert_eq!(common::stdout(&found), "n\n0\n");
}

#[test]
fn uci_sales_have_countries_and_hours() {
    let Some(data) = shared_data() else {
        return;
    };
    let folder = data.join("online-retail-2010-12");
    let shop = Shop::new();
    for dedup in [false, true] {
        let mut args = vec!["batch", "--input", folder.to_str().unwrap()];
        if dedup {
            args.extend(["--dedup", "order_id"]);
        }
        shop.json(&args);
        assert_eq!(groupings(&shop), ["day", "country", "hour"]);
        let mut files: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|e| e.unwrap().path())
            .collect();
        files.sort();
        assert_as_modelled(&shop, Model::of(&files, dedup));
    }
}

#[test]
fn supermarket_sales_have_branches_and_no_hours() {
    let Some(data) = shared_data() else {
        return;
    };
    let mut first = None;
    for (file, options) in [
        ("variant-mdy-numbered.csv", &[][..]),
        ("variant-semicolon-decimal-comma.csv", &["--decimal-comma"]),
    ] {
        let shop = Shop::new();
        let path = data.join("supermarket").join(file);
        let args = [
            "batch",
            "--input",
            path.to_str().unwrap(),
            "--date-format",
            "%m/%d/%Y",
        ];
        shop.json(&[&args, options].concat());
        // The format names no clock time, and the one in the column Time is not asked for.
        assert_eq!(groupings(&shop), ["day", "store"]);
        let rows = sales(&shop);
        let units = |store: &str| -> i128 {
            let of_store = rows
                .iter()
                .filter(|(key, _)| key.2.as_deref() == Some(store));
            of_store.map(|(_, sale)| sale.units.unwrap()).sum()
        };
        // Σ of the column Quantity, by awk.
        assert_eq!(
            ["A", "B", "C"].map(units),
            [18_590_000, 18_200_000, 18_310_000]
        );
        assert_eq!(
            rows.iter()
                .map(|(key, _)| key.3.clone())
                .max()
                .unwrap()
                .unwrap(),
            "Yangon"
        );
        assert_eq!(first.get_or_insert_with(|| rows.clone()), &rows);
    }
}
