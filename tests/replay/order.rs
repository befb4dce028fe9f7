//! In which order events come.

use crate::common::chance::Chance;
use crate::common::{Shop, stderr};
use crate::{events, field, lines};

/// 900 rows in three files whose times overlap, many of them equal; gives ids with their times.
fn shop() -> (Shop, Vec<(String, u64)>) {
    let shop = Shop::new();
    let mut chance = Chance::new(9);
    let mut rows = Vec::new();
    for file in 0..3 {
        let mut text = String::from("order_id,order_time,product,amount\n");
        for i in 0..300 {
            let (id, second) = (format!("{file}-{i}"), chance.below(400));
            let (hour, minute) = (8 + second / 60, second % 60);
            text.push_str(&format!(
                "{id},2025-01-01 {hour:02}:{minute:02}:00,Tea,1.00\n"
            ));
            rows.push((id, second));
        }
        shop.write(&format!("data/input/{file}.csv"), text);
    }
    (shop, rows)
}

fn ids(shop: &Shop, options: &[&str]) -> Vec<String> {
    field(&events(shop, options), "order_id")
}

#[test]
fn by_event_time_and_equal_times_by_file_and_line() {
    let (shop, mut rows) = shop();
    // Stable: the files in the order of their paths, rows as they stand there.
    rows.sort_by_key(|row| row.1);
    let expected: Vec<_> = rows.into_iter().map(|row| row.0).collect();
    assert_eq!(ids(&shop, &[]), expected);
    assert_eq!(ids(&shop, &["--order", "time"]), expected);
}

#[test]
fn by_file() {
    let (shop, rows) = shop();
    let expected: Vec<_> = rows.into_iter().map(|row| row.0).collect();
    assert_eq!(ids(&shop, &["--order", "file"]), expected);
    // Several inputs are one, by path.
    let inputs = ["2", "0", "1"].map(|file| format!("data/input/{file}.csv"));
    let inputs = inputs.iter().flat_map(|path| ["--input", path.as_str()]);
    let options: Vec<_> = inputs.chain(["--order", "file"]).collect();
    assert_eq!(ids(&shop, &options), expected);
}

#[test]
fn shuffled_is_the_same_events_in_another_order() {
    let (shop, rows) = shop();
    let mut files: Vec<_> = rows.into_iter().map(|row| row.0).collect();
    let shuffled = ids(&shop, &["--shuffle"]);
    assert_eq!(
        ids(&shop, &["--shuffle"]),
        shuffled,
        "the same in every run"
    );
    // Of 900 only a few stand where they stood, and few behind the one they stood behind.
    let in_place = shuffled.iter().zip(&files).filter(|(a, b)| a == b).count();
    assert!(in_place < 20, "{in_place}");
    let place = |id: &String| files.iter().position(|other| other == id).unwrap();
    let places: Vec<_> = shuffled.iter().map(place).collect();
    let follow = places
        .windows(2)
        .filter(|pair| pair[1] == pair[0] + 1)
        .count();
    assert!(follow < 20, "{follow}");
    // Each third of it comes from everywhere.
    let early = places[..300].iter().filter(|place| **place < 300).count();
    assert!((50..150).contains(&early), "{early}");
    let mut sorted = shuffled;
    sorted.sort();
    files.sort();
    assert_eq!(sorted, files);
}

#[test]
fn files_that_do_not_overlap_go_by_time_not_by_name() {
    let shop = Shop::new();
    for (name, day) in [("a", 3), ("b", 1), ("c", 2)] {
        let text = format!("order_id,order_date,product,amount\n{name},2025-01-0{day},Tea,1\n");
        shop.write(&format!("data/input/{name}.csv"), text);
    }
    assert_eq!(ids(&shop, &[]), ["b", "c", "a"]);
}

#[test]
fn times_of_all_kinds_are_one_order() {
    let shop = Shop::new();
    // Before 1970, fractions, offsets, bare dates.
    let times = [
        "1899-12-31T23:59:59Z",
        "1969-12-31",
        "2024-12-31T23:59:59.999999Z",
        "2025-01-01",
        "2025-01-01T02:00:00+01:59",
        "2025-01-01 00:01:00.5",
        "20250102",
    ];
    let mut text = String::from("order_id,order_time,product,amount\n");
    for at in [4, 1, 6, 0, 5, 3, 2] {
        text.push_str(&format!("{at},{},Tea,1\n", times[at]));
    }
    shop.write("data/input/a.csv", text);
    assert_eq!(ids(&shop, &[]), ["0", "1", "2", "3", "4", "5", "6"]);
}

#[test]
fn sorting_a_large_input_stays_within_bounds() {
    let shop = Shop::new();
    let size = ["--days", "75", "--transactions-per-day", "5000"];
    shop.json(&[&["generate", "--start-date", "2025-01-01"], &size[..]].concat());
    let files = shop.tree("data/input");
    let csv = files.iter().filter(|(name, _)| name.ends_with(".csv"));
    let (bytes, rows) = csv.fold((0, 0), |(bytes, rows), (_, text)| {
        let lines = text.iter().filter(|byte| **byte == b'\n').count();
        (bytes + text.len(), rows + lines - 1)
    });
    assert!(bytes > 55 << 20, "{bytes}");
    let mut run = shop.start(&["replay", "--rate", "0", "--shuffle"]);
    let mut stdout = run.stdout();
    let reader = std::thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        let (mut lines, mut bytes) = (0, 0);
        while let Ok(count @ 1..) = std::io::Read::read(&mut stdout, &mut buffer) {
            lines += buffer[..count]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count();
            bytes += count;
        }
        (lines, bytes)
    });
    let (ended, peak) = run.end_with_peak();
    assert!(ended.status.success(), "{}", stderr(&ended));
    let (lines, written) = reader.join().unwrap();
    assert_eq!(lines, rows);
    // As events the input is more than 160 MB; what is sorted in memory is 96 MiB.
    assert!(written > 150 << 20, "{written}");
    assert!(peak < 150 << 10, "{peak} KiB");
}

#[test]
fn an_empty_input_is_no_event_and_none_is_an_error() {
    let shop = Shop::new();
    let error = shop.fail(&["replay"], 1);
    assert!(error.contains("data/input"), "{error}");
    shop.write("data/input/a.csv", "order_id,order_date,product,amount\n");
    shop.write("data/input/b.csv", "");
    shop.write("data/input/c.jsonl", "");
    assert!(lines(&shop, &[]).is_empty());
}
