use std::sync::Arc;

use super::*;
use crate::source::json::{EventColumns, Events};

fn rules() -> Rules {
    Rules {
        events: true,
        ..Rules::default()
    }
}

fn see<T>(json: &str, look: impl Fn(&Event<'_>) -> T) -> Result<T, Reason> {
    let known = Arc::new(EventColumns::new(&rules()));
    let mut events = Events::new(&known);
    events.read(json).expect("an object");
    read(&events, known.mapping(), &rules()).map(|event| look(&event))
}

fn money(text: &str) -> Money {
    Money::parse(text.as_bytes(), b'.').expect("a number")
}

#[test]
fn every_system_tells_its_kinds() {
    let kinds = [
        (r#"{"product":"Tea","amount":1"#, Kind::Sale),
        (
            r#"{"product_id":"p","transaction_type":"RETURN","quantity":1,"unit_price":2"#,
            Kind::Return,
        ),
        (
            r#"{"product_id":"p","transaction_type":"RESTOCK","quantity":10"#,
            Kind::Restock,
        ),
        (
            r#"{"product_id":"p","session_id":"s","duration_seconds":5"#,
            Kind::View,
        ),
        (
            r#"{"product_id":"p","user_session":"s","event_type":"view","price":3"#,
            Kind::View,
        ),
        (
            r#"{"product_id":"p","user_session":"s","event_type":"cart","price":3"#,
            Kind::CartAdd,
        ),
        (
            r#"{"product_id":"p","user_session":"s","event_type":"purchase","price":3,"quantity":1"#,
            Kind::Sale,
        ),
        (
            r#"{"product_id":"p","session_id":"s","action":"add","quantity":1"#,
            Kind::CartAdd,
        ),
        (
            r#"{"product_id":"p","session_id":"s","action":"update","quantity":4"#,
            Kind::CartUpdate,
        ),
        (
            r#"{"product_id":"p","session_id":"s","action":"remove","quantity":0"#,
            Kind::CartRemove,
        ),
        (r#"{"product_id":"p","current_stock":5"#, Kind::Stock),
        (
            r#"{"product_id":"p","event_type":"inventory_update","new_quantity":5"#,
            Kind::Stock,
        ),
        (
            r#"{"event_type":"sales_transaction","total_amount":5"#,
            Kind::Sale,
        ),
        (
            r#"{"customer_id":3,"source":"Takeaway","quantity":2,"total":600.0"#,
            Kind::Order,
        ),
    ];
    for (json, kind) in kinds {
        let json = format!(r#"{json},"timestamp":"2025-01-01T10:00:00.000001"}}"#);
        assert_eq!(see(&json, |event| event.kind), Ok(kind), "{json}");
    }
}

#[test]
fn a_transaction_has_its_lines() {
    let json = r#"{"transaction_id":"t1","user_id":"u","timestamp":"2025-01-01T10:00:00","products":
        [{"product_id":"a","quantity":2,"price":10.50,"category":"Books"},
         {"product_id":"b","quantity":"1","price":"0.10"}],"total_amount":21.10,"country":"UK"}"#;
    see(json, |event| {
        assert_eq!(event.amount, money("21.10"));
        assert_eq!(&*event.category, b"Books");
        let lines: Vec<_> = event
            .lines
            .iter()
            .map(|line| (&*line.product, line.units, line.amount))
            .collect();
        let wanted = [
            ("a", money("2"), money("21.00")),
            ("b", money("1"), money("0.10")),
        ];
        assert_eq!(lines, wanted);
    })
    .expect("a transaction");
    // Without a total, the lines are it.
    let json = json.replace(r#""total_amount":21.10,"#, "");
    assert_eq!(see(&json, |event| event.amount), Ok(money("21.10")));
}

#[test]
fn lines_are_called_as_flat_records_are() {
    for line in [
        r#"{"product_id":17,"quantity":2,"price":2.50}"#,
        r#"{"product_id":"17","quantity":"2","unit_price":"2.50"}"#,
        r#"{"Product":" 17 ","qty":" 2 ","UnitPrice":2.50,"category":null}"#,
        r#"{"StockCode":17,"Description":"Tea","quantity":2,"price":3,"unit_price":2.50}"#,
        r#"{"product_id":17,"quantity":2,"unit_price":2.50,"price":3}"#,
        r#"{"product":"","product_id":17,"quantity":null,"qty":2,"unit_price":" ","price":2.5}"#,
        r#"{"product\u005fid":"1\u0037","quantity":2,"price":2.5,"extra":{"a":[1]}}"#,
    ] {
        let json =
            format!(r#"{{"timestamp":"2025-01-01T10:00:00","user_id":1,"products":[{line}]}}"#);
        let seen = see(&json, |event| {
            let [line] = &event.lines[..] else {
                panic!("{json}")
            };
            (event.amount, line.product.to_string(), line.units)
        });
        let wanted = (money("5.00"), "17".to_owned(), money("2"));
        assert_eq!(seen, Ok(wanted), "{json}");
    }
    let told = |line: &str| {
        let json = format!(r#"{{"timestamp":"2025-01-01T10:00:00","products":[{line}]}}"#);
        see(&json, |event| {
            let line = &event.lines[0];
            (line.product.to_string(), line.category.to_string())
        })
    };
    let named = |product: &str, category: &str| Ok((product.to_owned(), category.to_owned()));
    assert_eq!(told(r#"{"quantity":1,"price":1}"#), named("UNKNOWN", ""));
    assert_eq!(
        told(r#"{"product_id":[1],"product_category":"Tea","quantity":1,"price":1}"#),
        named("UNKNOWN", "Tea")
    );
    for (line, reason) in [
        (r#"{"product_id":"a","quantity":1}"#, Reason::BadLines),
        (r#"{"product_id":"a","price":1}"#, Reason::BadLines),
        (
            r#"{"product_id":"a","quantity":"two","price":1}"#,
            Reason::BadLines,
        ),
        (
            r#"{"product_id":"a","quantity":true,"price":1}"#,
            Reason::BadLines,
        ),
        (
            r#"{"product_id":"a\u0000","quantity":1,"price":1}"#,
            Reason::NulByte,
        ),
        ("17", Reason::BadLines),
    ] {
        assert_eq!(told(line), Err(reason), "{line}");
    }
}

#[test]
fn what_cannot_be_counted_is_rejected() {
    let at = r#""timestamp":"2025-01-01T10:00:00""#;
    for (json, reason) in [
        (
            r#"{"product_id":"p","duration_seconds":5"#,
            Reason::MissingSession,
        ),
        (
            r#"{"product_id":"p","action":"steal","session_id":"s""#,
            Reason::UnknownType,
        ),
        (
            r#"{"product_id":"p","event_type":"looked""#,
            Reason::UnknownType,
        ),
        (
            r#"{"product_id":"p","event_type":"inventory_update""#,
            Reason::BadQuantity,
        ),
        (
            r#"{"product_id":"p","current_stock":"many""#,
            Reason::BadQuantity,
        ),
        (
            r#"{"product_id":"p","quantity":"twelve","total_amount":24"#,
            Reason::BadQuantity,
        ),
        (
            r#"{"product_id":"p","event_type":"purchase","quantity":"1,5","price":2,"total":24"#,
            Reason::BadQuantity,
        ),
        (
            r#"{"product_id":"p","transaction_type":"return","quantity":true,"amount":2"#,
            Reason::BadQuantity,
        ),
        (
            r#"{"products":[{"product_id":"a","quantity":1,"price":2}],"quantity":"some""#,
            Reason::BadQuantity,
        ),
        (r#"{"products":[],"total_amount":1"#, Reason::BadLines),
        (
            r#"{"products":[{"product_id":"a"}],"total_amount":1"#,
            Reason::BadLines,
        ),
        (r#"{"product_id":"p""#, Reason::MissingAmount),
    ] {
        let json = format!("{json},{at}}}");
        assert_eq!(see(&json, |_| ()), Err(reason), "{json}");
    }
    let timeless = r#"{"product_id":"p","session_id":"s","duration_seconds":5}"#;
    assert_eq!(see(timeless, |_| ()), Err(Reason::MissingTime));
}

#[test]
fn only_what_says_that_it_is_a_sale_is_guessed_to_be_of_one_piece() {
    let at = r#""product_id":"p","timestamp":"2025-01-01T10:00:00""#;
    let money_of = |json: &str| {
        let json = format!("{{{json}{at}}}");
        let batch = Rules::default();
        let known = Arc::new(EventColumns::new(&batch));
        let mut events = Events::new(&known);
        events.read(&json).expect("an object");
        let batch = clean::clean(&events, known.mapping(), &batch).map(|sale| sale.money);
        (see(&json, |event| event.amount), batch)
    };
    // A feed of prices is no sale, as in batch.
    for feed in [
        r#""price":9.99,"#,
        r#""unit_price":9.99,"event_type":"","#,
        r#""price":9.99,"quantity":null,"store_id":"s","#,
        r#""price":9.99,"transaction_type":"return","#,
    ] {
        let missing = Err(Reason::MissingAmount);
        assert_eq!(money_of(feed), (missing, missing), "{feed}");
    }
    // What tells how much is a sale, as in batch.
    for (sale, amount) in [
        (r#""price":9.99,"quantity":2,"#, "19.98"),
        (r#""price":9.99,"amount":5,"#, "5"),
    ] {
        let amount = Ok(money(amount));
        assert_eq!(money_of(sale), (amount, amount), "{sale}");
    }
    for word in ["purchase", "SALE", "sales_transaction"] {
        let sale = format!(r#""price":9.99,"event_type":"{word}","#);
        assert_eq!(money_of(&sale).0, Ok(money("9.99")), "{word}");
    }
}

#[test]
fn an_order_of_unknown_source_is_an_order() {
    let order = r#""customer_id":3,"quantity":2,"total":600.0,"created_at":"12/31/2025, 23:05:09""#;
    for more in [
        "",
        r#","source":"""#,
        r#","source":" ""#,
        r#","source":null"#,
    ] {
        let json = format!("{{{order}{more}}}");
        let seen = see(&json, |event| {
            (event.kind, event.source.to_vec(), event.amount, event.units)
        });
        let wanted = (Kind::Order, Vec::new(), money("600"), Some(money("2")));
        assert_eq!(seen, Ok(wanted), "{json}");
    }
    // What only sales have makes a sale.
    for more in [
        r#","product":"Tea""#,
        r#","unit_price":300"#,
        r#","order_id":"o""#,
        r#","event_type":"sale""#,
    ] {
        let json = format!("{{{order}{more}}}");
        assert_eq!(see(&json, |event| event.kind), Ok(Kind::Sale), "{json}");
    }
}

#[test]
fn orders_and_stock_have_times_of_their_own() {
    let time = |json: &str| see(json, |event| event.time.to_string());
    let order = r#"{"customer_id":3,"source":"Takeaway","quantity":2,"total":600.0,"created_at":"12/31/2025, 23:05:09"}"#;
    assert_eq!(time(order).as_deref(), Ok("2025-12-31T23:05:09Z"));
    let stock = r#"{"inventory_id":"i","product_id":"p","current_stock":5,"last_restock_date":"2024-01-01T00:00:00","update_timestamp":"2025-01-01T10:00:00"}"#;
    assert_eq!(time(stock).as_deref(), Ok("2025-01-01T10:00:00Z"));
    let bad = order.replace("12/31/2025", "31/12/2025");
    assert_eq!(time(&bad), Err(Reason::BadTime));
}

#[test]
fn a_return_counts_negative_in_every_line() {
    let json = r#"{"product":"Tea","quantity":2,"unit_price":1.50,"transaction_type":"return","order_time":"2025-01-01T10:00:00"}"#;
    see(json, |event| {
        assert_eq!(event.amount, money("-3"));
        assert_eq!(event.lines[0].units, money("-2"));
        assert_eq!(event.lines[0].amount, money("-3"));
    })
    .expect("a return");
}

#[test]
fn a_sale_with_a_price_and_no_quantity_is_of_one_piece() {
    let sold = |rest: &str| {
        let json = format!(
            r#"{{"product_id":"p","event_type":"purchase","event_time":"2019-10-01 00:00:00 UTC",{rest}}}"#
        );
        see(&json, |event| (event.amount, event.lines[0].units))
    };
    assert_eq!(sold(r#""price":35.79"#), Ok((money("35.79"), Money::ONE)));
    assert_eq!(
        sold(r#""price":35.79,"quantity":2"#),
        Ok((money("71.58"), money("2")))
    );
    assert_eq!(sold(r#""price":"dear""#), Err(Reason::MissingAmount));
    assert_eq!(
        sold(r#""price":5,"amount":"much""#),
        Err(Reason::BadAmount),
        "an amount that cannot be read is none that is missing"
    );
    assert_eq!(sold(r#""quantity":2"#), Err(Reason::MissingAmount));
}
