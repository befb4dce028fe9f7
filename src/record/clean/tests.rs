use super::*;
use crate::record::time::DateFormat;

struct Fields(Vec<String>);

impl Row for Fields {
    fn get(&self, column: usize) -> &[u8] {
        self.0.get(column).map_or(b"", |v| v.as_bytes())
    }
}

/// Cleans one CSV-like record; `;` separates.
fn run(header: &str, row: &str, rules: &Rules) -> Result<(String, String, String, Kind), Reason> {
    let split = |text: &str| text.split(';').map(str::to_owned).collect::<Vec<_>>();
    let mapping = Mapping::of_header(split(header), rules, "test").expect("a mapping");
    let row = Fields(split(row));
    clean(&row, &mapping, rules).map(|sale| {
        let product = String::from_utf8(sale.product.to_vec()).expect("UTF-8");
        (
            product,
            sale.time.to_string(),
            sale.money.to_string(),
            sale.kind,
        )
    })
}

fn money(header: &str, row: &str) -> Result<String, Reason> {
    run(header, row, &Rules::default()).map(|sale| sale.2)
}

fn time(header: &str, row: &str) -> Result<String, Reason> {
    run(header, row, &Rules::default()).map(|sale| sale.1)
}

#[test]
fn product_is_trimmed_and_never_empty() {
    let product = |row: &str| {
        let header = "product;item;date;amount";
        run(header, row, &Rules::default()).map(|sale| sale.0)
    };
    assert_eq!(
        product(" Masala Dosa ;x;2025-01-01;1").as_deref(),
        Ok("Masala Dosa")
    );
    assert_eq!(product("  ;Chai;2025-01-01;1").as_deref(), Ok("Chai"));
    assert_eq!(
        product("\u{a0}Thé\u{a0};;2025-01-01;1").as_deref(),
        Ok("Thé")
    );
    assert_eq!(product(" ; ;2025-01-01;1").as_deref(), Ok("UNKNOWN"));
}

#[test]
fn the_first_time_that_parses_counts() {
    let header = "date;order_date;order_time;amount";
    assert_eq!(
        time(header, "2025-01-03;2025-01-02;2025-01-01 10:00;1").as_deref(),
        Ok("2025-01-01T10:00:00Z")
    );
    assert_eq!(
        time(header, "2025-01-03;2025-01-02;10:00;1").as_deref(),
        Ok("2025-01-02T00:00:00Z")
    );
    assert_eq!(time(header, "x;;10:00;1"), Err(Reason::BadTime));
    assert_eq!(time(header, ";; ;1"), Err(Reason::MissingTime));
    assert_eq!(time("product;amount", "Tea;1"), Err(Reason::MissingTime));
}

#[test]
fn a_date_format_comes_before_iso() {
    let rules = Rules {
        date_format: Some(DateFormat::new("%Y-%d-%m").expect("a format")),
        ..Rules::default()
    };
    let time = |row: &str| run("date;amount", row, &rules).map(|sale| sale.1);
    assert_eq!(time("2025-02-01;1").as_deref(), Ok("2025-01-02T00:00:00Z"));
    assert_eq!(time("2025-01-31;1").as_deref(), Ok("2025-01-31T00:00:00Z"));
}

#[test]
fn amount_then_aliases_then_quantity_times_price() {
    let header = "amount;total;quantity;unit_price;date";
    assert_eq!(
        money(header, "5.10;9;2;3;2025-01-01").as_deref(),
        Ok("5.10")
    );
    assert_eq!(money(header, "?;9;2;3;2025-01-01").as_deref(), Ok("9.00"));
    assert_eq!(
        money(header, " ;;2;3.333;2025-01-01").as_deref(),
        Ok("6.666")
    );
    assert_eq!(money(header, "?;;2;;2025-01-01"), Err(Reason::BadAmount));
    assert_eq!(money(header, ";;2;;2025-01-01"), Err(Reason::MissingAmount));
    assert_eq!(
        money(header, "1e14;;2;3;2025-01-01"),
        Err(Reason::AmountOutOfRange)
    );
    assert_eq!(money(header, "NaN;;;3;2025-01-01"), Err(Reason::BadAmount));
    assert_eq!(money(header, "-0;;;;2025-01-01").as_deref(), Ok("0.00"));
}

#[test]
fn returns_are_negative_and_restocks_need_no_money() {
    let header = "transaction_type;amount;date";
    let sale = |row: &str| run(header, row, &Rules::default()).map(|s| (s.2, s.3));
    for (row, m, kind) in [
        ("return;5;2025-01-01", "-5.00", Kind::Return),
        ("RETURN;-5;2025-01-01", "-5.00", Kind::Return),
        ("Sale;-5;2025-01-01", "-5.00", Kind::Return),
        (" purchase ;5;2025-01-01", "5.00", Kind::Sale),
        (";5;2025-01-01", "5.00", Kind::Sale),
        ("Restock;;2025-01-01", "0.00", Kind::Restock),
        ("Restock;7;2025-01-01", "0.00", Kind::Restock),
    ] {
        assert_eq!(sale(row), Ok((m.to_owned(), kind)), "{row}");
    }
    assert_eq!(sale("view;5;2025-01-01"), Err(Reason::UnknownType));
    assert_eq!(sale("restock;5;"), Err(Reason::MissingTime));
}

#[test]
fn maps_override_and_must_exist() {
    let mut rules = Rules::default();
    rules.map("product=Description").expect("a field");
    rules.map("order_date=Datum").expect("a time column");
    rules.map("transaction_type=").expect("no column");
    let header = "StockCode;Description;Datum;total;event_type";
    let sale = run(header, "1;Lamp;2025-01-01;2;view", &rules).expect("a sale");
    assert_eq!((sale.0.as_str(), sale.2.as_str()), ("Lamp", "2.00"));
    let error = Mapping::of_header(vec!["item".into()], &rules, "a.csv").expect_err("missing");
    assert!(
        error
            .to_string()
            .contains("no column \"Description\" for --map"),
        "{error}"
    );
    assert_eq!(
        rules.map("colour=x").expect_err("no field").exit_status(),
        2
    );
    assert_eq!(rules.map("product").expect_err("no =").exit_status(), 2);
}

#[test]
fn a_header_without_any_known_column_is_refused() {
    let header = vec!["a".to_owned(), "b".to_owned()];
    let error = Mapping::of_header(header, &Rules::default(), "a.csv").expect_err("unusable");
    assert!(
        error
            .to_string()
            .starts_with("a.csv: no usable column among a, b"),
        "{error}"
    );
}

#[test]
fn the_mapping_is_stated() {
    let header =
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";
    let header = header.split(',').map(str::to_owned).collect();
    let mapping = Mapping::of_header(header, &Rules::default(), "uci").expect("a mapping");
    let text = format!("{:?}", mapping.describe(|_| true));
    for part in [
        r#""product": "StockCode|Description""#,
        r#""time": "InvoiceDate""#,
        r#""amount": "Quantity*UnitPrice""#,
        r#""order_id": "InvoiceNo""#,
        r#""customer_id": "CustomerID""#,
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn keys_are_as_written_and_never_blank() {
    let rules = Rules {
        dedup: vec!["order_id".into(), "Line No".into()],
        ..Rules::default()
    };
    let header = ["sale_id", "order_id", "line_no", "date"].map(str::to_owned);
    let mapping = Mapping::of_header(header.to_vec(), &rules, "test").expect("a mapping");
    let key_of = |row: &[&str]| {
        let mut bytes = Vec::new();
        let row = Fields(row.iter().map(|&v| v.to_owned()).collect());
        key(&row, &mapping, &mut bytes).then_some(bytes)
    };
    assert_eq!(key_of(&["", "7", "1"]), key_of(&["7", "", "1"]));
    assert_ne!(key_of(&["", "7", "1"]), key_of(&["", "7 ", "1"]));
    assert_ne!(key_of(&["", "71", "1"]), key_of(&["", "7", "11"]));
    assert_eq!(key_of(&["", "7", " "]), None);
    assert_eq!(key_of(&["", "", "1"]), None);
}
