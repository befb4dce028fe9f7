//! The same dirt through both engines: equal records, money, rejects, reasons, positions.

use std::fmt::Write;

use crate::common::Shop;
use crate::common::chance::Chance;
use crate::corpus::{LARGE, NAMES, NUMBERS, TIMES, TYPES, any, field, mostly};
use crate::servers::{both, spark};

/// Everything is to be rejected where it must be, and no check on the first records is in the way.
const ALL: [&str; 2] = ["--max-rejects", "100%"];

#[test]
fn every_text_that_tests_know_is_cleaned_alike() {
    let Some(remote) = spark() else { return };
    let shop = Shop::new();
    let mut csv = String::from(
        "order_id,order_date,order_time,product,amount,quantity,unit_price,transaction_type,store_id,category,country\n",
    );
    let mut line = |texts: [&str; 11]| {
        let quoted = texts.map(|text| match text.contains([',', '"', '\n']) {
            true => format!("\"{}\"", text.replace('"', "\"\"")),
            false => text.to_owned(),
        });
        csv.push_str(&quoted.join(","));
        csv.push('\n');
    };
    for time in TIMES {
        line(["1", time, "", "Dosa", "1.5", "", "", "", "S", "c", "FR"]);
        line([
            "1",
            "2025-02-03",
            time,
            "Dosa",
            "1.5",
            "",
            "",
            "",
            "",
            "",
            "FR",
        ]);
    }
    // Each on a day of its own, as their sum leaves what a decimal holds.
    for (at, number) in LARGE.iter().enumerate() {
        let days = [at * 3, at * 3 + 1, at * 3 + 2].map(|day| format!("19{:02}-01-01", day));
        line(["2", &days[0], "", "Dosa", number, "", "", "", "", "", ""]);
        line([
            "2", &days[1], "", "Dosa", number, "", "", "return", "", "c", "",
        ]);
        line(["2", &days[2], "", "Dosa", "", number, "1", "", "", "", ""]);
    }
    for number in NUMBERS {
        line([
            "2",
            "2025-01-02",
            "",
            "Dosa",
            number,
            "",
            "",
            "",
            "",
            "",
            "",
        ]);
        line([
            "2",
            "2025-01-02",
            "",
            "Dosa",
            number,
            "2",
            "3",
            "return",
            "",
            "c",
            "",
        ]);
        for other in NUMBERS {
            // Of a product of its own, for the same reason.
            let product = format!("{number} {other}").replace('"', "");
            let texts = [
                "2",
                "2025-01-03",
                "",
                &product,
                "",
                number,
                other,
                "",
                "",
                "",
                "",
            ];
            line(texts);
        }
    }
    for kind in TYPES {
        line([
            "3",
            "2025-01-04",
            "",
            "Dosa",
            "2",
            "3",
            "",
            kind,
            "",
            "",
            "",
        ]);
        line([
            "3",
            "2025-01-04",
            "",
            "Dosa",
            "-2",
            "-3",
            "",
            kind,
            "",
            "",
            "",
        ]);
        line(["3", "2025-01-04", "", "Dosa", "", "", "", kind, "", "", ""]);
    }
    for name in NAMES {
        line([
            "4",
            "2025-01-05",
            "",
            name,
            "2",
            "",
            "",
            "",
            name,
            name,
            name,
        ]);
    }
    shop.write("in/a.csv", &csv);
    let summary = both(&shop, remote, &[&["--input", "in"], &ALL[..]].concat());
    assert!(summary["accepted"].as_u64() > Some(2_500), "{summary}");
    assert!(summary["rejected"].as_u64() > Some(5_000), "{summary}");
    let commas = csv.replace(',', ";").replace('.', ",");
    shop.write("in/a.csv", commas);
    both(
        &shop,
        remote,
        &[&["--input", "in", "--decimal-comma"], &ALL[..]].concat(),
    );
}

#[test]
fn broken_lines_are_told_alike() {
    let Some(remote) = spark() else { return };
    let shop = Shop::new();
    let head = "order_date,product,amount\n";
    let good = "2025-01-01,Dosa,1\n";
    let mut single = head.as_bytes().to_vec();
    for line in [
        &b"2025-01-01,Dosa,1,extra"[..],
        b"2025-01-01,Dosa",
        b"2025-01-01",
        b"",
        b" ",
        b"\t",
        b",,",
        b" , ,",
        b"2025-01-01,\"Dosa\",2",
        b"2025-01-01,\"Do\"\"sa\",2",
        b"2025-01-01,Do\"sa,2",
        b"2025-01-01,\"Dosa\"x,2",
        b"2025-01-01,\"Dosa\" ,2",
        b"2025-01-01,x\"Dosa\",2",
        b"2025-01-01,\"\",2",
        b"\"2025-01-01\",\"a,b\",\"3\"",
        b"2025-01-01,\xa3,5",
        b"2025-01-01,\xff\xfe,5",
        b"2025-01-01,a\0b,5",
        b"2025-01-01,Dosa,5\r",
        b"\r",
        b"2025-01-01,\"Dosa\",5\r",
        b"2025-01-01,Do\rsa,5",
        b"\"2025-01-01\",\"a\"\"\",\"3\"",
        b"2025-01-01,\xed\xa0\x80,5",
        b"2025-01-01,\xc0\xaf,5",
        b"2025-01-01,\xf4\x90\x80\x80,5",
        b"order_date,product,amount",
        b"sep=;",
        b"2025-01-01,\"\"\"\",2",
        b"\"\"\"",
        b"\"",
    ] {
        single.extend_from_slice(line);
        single.push(b'\n');
        single.extend_from_slice(good.as_bytes());
    }
    shop.write("in/single.csv", &single);
    shop.write("in/no-end.csv", format!("{head}{good}2025-01-02,Idli,7"));
    shop.write("in/bom.csv", format!("\u{feff}{head}{good}"));
    shop.write(
        "in/crlf.csv",
        format!("{head}{good}\n2025-01-02,Idli,x\n").replace('\n', "\r\n"),
    );
    shop.write(
        "in/told.csv",
        "sep=;\n\norder_date;product;amount\n2025-01-01;a,b;2\n;;\n \n2025-01-01;c;x\n",
    );
    shop.write("in/empty.csv", "");
    shop.write("in/blank.csv", "\n\n \n");
    shop.write("in/head.csv", head);
    shop.write("in/lines.csv", format!("{head}2025-01-01,\"a\nb\",1\n{good}2025-01-02,\"x\r\ny\"\"\n\",2\r\n2025-01-03,\"open,3\n{good}2025-01-04,\"a\"b\nc\",4\n{good}\n2025-01-01,\"\n\",x\n"));
    shop.write(
        "in/long head.csv",
        format!("\"order\n_date\",product,amount\n{good}2025-01-02,\"x\ny\",5\n"),
    );
    shop.write("in/we%20ird[1]{2}*?.csv", format!("{head}{good}"));
    shop.write(
        "in/order_date=2025-01-01/é ü.csv",
        format!("{head}{good}bad,x,1\n"),
    );
    let summary = both(&shop, remote, &[&["--input", "in"], &ALL[..]].concat());
    assert!(
        summary["rejected_by_reason"].as_object().unwrap().len() >= 6,
        "{summary}"
    );
}

#[test]
fn thousands_of_random_records_are_cleaned_alike() {
    let Some(remote) = spark() else { return };
    let mut chance = Chance::new(20261123);
    for round in 0..3 {
        let shop = Shop::new();
        let delimiter = [',', ';', '\t'][round];
        for file in 0..3 {
            let mut text = [
                "Order ID",
                "order_time",
                "date",
                "Description",
                "StockCode",
                "total",
                "Quantity",
                "Unit price",
                "event_type",
                "Store",
                "City",
                "Category",
                "Country",
            ]
            .join(&delimiter.to_string());
            text.push('\n');
            for row in 0..1_500 {
                let id = chance.below(900).to_string();
                let texts = [
                    mostly(&mut chance, &[id.as_str()], &["", " ", "7", " 7"]),
                    mostly(
                        &mut chance,
                        &[
                            "2025-03-01T10:20:30",
                            "2025-03-02 23:59",
                            "",
                            "2025-03-01T10:20:30+02:00",
                        ],
                        TIMES,
                    ),
                    mostly(&mut chance, &["2025-03-03", "20250304"], TIMES),
                    mostly(&mut chance, &["Dosa", "", "Idli"], NAMES),
                    mostly(&mut chance, &["A1", "B2"], NAMES),
                    mostly(&mut chance, &["", "12.5", "-3"], NUMBERS),
                    mostly(&mut chance, &["2", "3.5", "-1"], NUMBERS),
                    mostly(&mut chance, &["1.25", "0.3333"], NUMBERS),
                    mostly(&mut chance, &["", "sale", "Return"], TYPES),
                    any(&mut chance, NAMES),
                    any(&mut chance, NAMES),
                    any(&mut chance, NAMES),
                    any(&mut chance, NAMES),
                ];
                let fields = texts.map(|text| {
                    let text = text.replace(delimiter, " ");
                    field(&mut chance, &text, delimiter)
                });
                let _ = writeln!(text, "{}", fields.join(&delimiter.to_string()));
                if row % 97 == 0 {
                    text.push('\n');
                }
            }
            shop.write(&format!("in/{file}.csv"), text);
        }
        let asked: [&[&str]; 3] = [
            &[],
            &["--dedup", "order_id"],
            &["--dedup", "order_id,product", "--map", "product=StockCode"],
        ];
        let args = [&["--input", "in"], &ALL[..], asked[round]].concat();
        let summary = both(&shop, remote, &args);
        assert!(summary["accepted"].as_u64() > Some(500), "{summary}");
    }
}

#[test]
fn json_is_read_alike() {
    let Some(remote) = spark() else { return };
    let shop = Shop::new();
    let mut text = String::new();
    for line in [
        r#"{"date":"2025-01-01","product":"a","amount":1.10}"#,
        r#"{"date":"2025-01-01","product":"a","amount":"2"}"#,
        r#"{"date":"2025-01-01","product":"a","amount":1e2}"#,
        r#"{"date":"2025-01-01","product":"a","amount":1E2}"#,
        r#"{"date":"2025-01-01","product":"a","amount":1.000050000000000000000000000000000000000001}"#,
        r#"{"date":"2025-01-01","product":"a","amount":123456789012345678901234567890}"#,
        r#"{"date":"2025-01-01","amount":-0}"#,
        r#"{"date":"2025-01-01","product":null,"amount":3}"#,
        r#"{"date":"2025-01-01","product":["x"],"amount":3}"#,
        r#"{"date":"2025-01-01","product":{"name":"x"},"item":"y","amount":3}"#,
        r#"{"date":"2025-01-01","product":"[x]","amount":3}"#,
        r#"{"date":"2025-01-01","product":"{\"x\":1}","amount":3}"#,
        r#"{"date":"2025-01-01","product":true,"amount":3}"#,
        r#"{"date":"2025-01-01","product":"tab\tand \"quotes\" \u00e9 \/","amount":3}"#,
        r#"{"date":"2025-01-01","product":"\ud83d\uded2","amount":3}"#,
        r#"{"date":"2025-01-01","product":"\ud83d","amount":3}"#,
        r#"{"date":"2025-01-01","product":"nul\u0000","amount":3}"#,
        r#"{"date":"2025-01-01","product":"a","amount":1,"amount":2}"#,
        r#"{"date":"2025-01-01","product":"","product":"b","amount":2}"#,
        r#"{"date":"2025-01-01","Product ID":"p","amount":1}"#,
        r#"{"date":"2025-01-01","PRODUCT":"p","pro-duct":"q","amount":1}"#,
        r#"{"date":"2025-01-01","product":"a","amount":01}"#,
        r#"{"date":"2025-01-01","product":"a","amount":+1}"#,
        r#"{"date":"2025-01-01","product":"a","amount":.5}"#,
        r#"{"date":"2025-01-01","product":"a","amount":NaN}"#,
        r#"{'date':'2025-01-01','product':'a','amount':1}"#,
        r#"{date:"2025-01-01",product:"a",amount:1}"#,
        r#"{"date":"2025-01-01","product":"a","amount":1,}"#,
        r#"{"date":"2025-01-01","product":"a","amount":1} x"#,
        r#"{"date":"2025-01-01","product":"a","amount":1}{}"#,
        r#"  {"date" : "2025-01-01" , "product":"a","amount": 1 }  "#,
        r#"[{"date":"2025-01-01","amount":1}]"#,
        "null",
        "1",
        "\"x\"",
        "",
        " ",
        "{}",
        "{",
        "}",
        r#"{"date":"2025-01-01","amount":1"#,
        r#"/* c */{"date":"2025-01-01","amount":1}"#,
        r#"{"date":"2025-01-01","product":"raw	tab","amount":1}"#,
        r#"{"date":"2025-01-01","product":"a\x","amount":1}"#,
        r#"{"date":"2025-01-01","product":"a","quantity":2,"price":1.255555}"#,
        r#"{"date":"2025-01-01","deep":[[[[[[1]]]]],{"a":{"b":{"c":{"d":{}}}}}],"product":"d","amount":4}"#,
        r#"{"date":"2025-01-01","product":"é","größe":5,"amount":4,"transaction_type":"RETURN"}"#,
        r#"{"date":20250101,"product":5,"amount":5}"#,
        r#"{"date":"2025-01-01","":"x","amount":5}"#,
        // Digits of other kinds and marks that count as letters stay in names, others do not.
        r#"{"date":"2025-01-01","product":"a","amount²":5}"#,
        r#"{"date":"2025-01-01","product":"a","amount":1,"amount½":5}"#,
        r#"{"date":"2025-01-01","①product":"b","amount":7}"#,
        r#"{"date":"2025-01-01","amount":7,"Ⅷamount":3,"ⓐmount":4}"#,
        "{\"date\":\"2025-01-01\",\"amo\u{301}unt\":7,\"\u{345}amount\":4}",
    ] {
        text.push_str(line);
        text.push('\n');
    }
    shop.write("in/a.jsonl", &text);
    shop.write(
        "in/bom.jsonl",
        format!("\u{feff}{text}").replace('\n', "\r\n"),
    );
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(b"{\"date\":\"2025-01-01\",\"product\":\"\xff\",\"amount\":1}\n{\"date\":\"2025-01-01\",\"product\":\"a\0\",\"amount\":1}");
    shop.write("in/b.jsonl", bytes);
    let summary = both(&shop, remote, &[&["--input", "in"], &ALL[..]].concat());
    assert!(summary["accepted"].as_u64() > Some(60), "{summary}");
    both(
        &shop,
        remote,
        &[&["--input", "in", "--dedup", "product,amount"], &ALL[..]].concat(),
    );
}
