//! Windows of many shapes over random sales, row for row as the model has them.

use crate::common::Shop;
use crate::common::chance::Chance;
use crate::common::figures::units;
use crate::model::{HOUR, Kind, Line, Model, Shape, csv, lines};
use crate::{assert_as_model, in_file_order, pipe};

/// 2025-01-01T00:00:00Z.
const START: i64 = 1_735_689_600;

fn options(shape: Shape) -> [String; 6] {
    let seconds = |n: i64| format!("{n}s");
    [
        "--window".into(),
        seconds(shape.size),
        "--slide".into(),
        seconds(shape.slide),
        "--watermark".into(),
        seconds(shape.patience),
    ]
}

/// Streams the lines in file order, by files and by stdin, and holds both to the model.
fn holds(lines: &[Line], shape: Shape) -> Model {
    let model = Model::of(shape, lines);
    let options = options(shape);
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let overlap = i128::from(shape.size / shape.slide);
    let shop = Shop::new();
    // In several files, whose names give the order.
    for (i, part) in lines.chunks(97).enumerate() {
        shop.write(&format!("data/input/{i:03}.csv"), csv(part, 97 * i));
    }
    let summary = in_file_order(&shop, &options);
    assert_as_model(&shop, &summary, &model, overlap);
    let summary = pipe(
        &shop,
        csv(lines, 0).as_bytes(),
        &[&options[..], &["--fresh"]].concat(),
    );
    assert_as_model(&shop, &summary, &model, overlap);
    model
}

#[test]
fn random_sales_out_of_order() {
    let mut chance = Chance::new(1);
    for jitter in [0, 1800, 40_000] {
        let sales = lines(&mut chance, 600, START, 120, jitter);
        let model = holds(&sales, HOUR);
        assert_eq!(model.late > 0, jitter > 900, "{jitter}: {}", model.late);
    }
}

#[test]
fn windows_from_one_to_sixty_slides() {
    let mut chance = Chance::new(2);
    for (size, slide) in [
        (3600, 3600),
        (3600, 1800),
        (3600, 300),
        (3600, 60),
        (7, 7),
        (90, 30),
    ] {
        for patience in [0, 900] {
            let sales = lines(&mut chance, 200, START + 11, 60, 1800);
            let model = holds(
                &sales,
                Shape {
                    size,
                    slide,
                    patience,
                },
            );
            assert!(model.late > 0);
        }
    }
}

#[test]
fn times_before_1970() {
    let mut chance = Chance::new(3);
    // Two days around the epoch, and a day of 1899.
    for start in [-86_400, -2_208_988_800 - 40_000] {
        let sales = lines(&mut chance, 300, start, 570, 2000);
        assert!(sales.iter().any(|sale| sale.time < 0));
        holds(&sales, HOUR);
        holds(
            &sales,
            Shape {
                size: 7 * 3600,
                slide: 420,
                patience: 60,
            },
        );
    }
}

#[test]
fn returns_can_outweigh_sales() {
    let line = |minute: i64, kind, amount| Line {
        time: START + minute * 60,
        product: "Tea".to_owned(),
        kind,
        amount,
    };
    let sales = [
        line(0, Kind::Sale, units("3")),
        line(1, Kind::Return, units("10.0001")),
        line(200, Kind::Return, units("0.0001")),
        line(1, Kind::Return, units("5")),
        line(400, Kind::Restock, 0),
        line(390, Kind::Sale, units("2")),
    ];
    let model = holds(&sales, HOUR);
    assert_eq!(model.late, 1);
    assert_eq!(model.late_revenue, -4 * units("5"));
    assert_eq!(model.rows()[0].1, -units("7.0001"));
    assert_eq!(model.accepted_revenue, -units("10.0002"));
}

#[test]
fn a_restock_moves_the_watermark_and_is_never_late() {
    let line = |minute: i64, kind| Line {
        time: START + minute * 60,
        product: "Tea".to_owned(),
        kind,
        amount: units("1"),
    };
    // The restock at 300 closes what the sale at 0 opened; the one at 0 is not late.
    let sales = [
        line(0, Kind::Sale),
        line(300, Kind::Restock),
        line(0, Kind::Restock),
        line(0, Kind::Sale),
    ];
    let model = holds(&sales, HOUR);
    assert_eq!((model.late, model.late_revenue), (1, 4 * units("1")));
    assert_eq!(model.rows().len(), 4);
}
