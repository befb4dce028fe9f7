//! A run that keeps days has the result of one that computes all.

use std::fs;
use std::path::Path;

use crate::analyses::tests::{Asked, Draws, assert_same, run, tables};
use crate::record::Day;

const HEADER: &str = "order_id,order_time,store_id,store_city,product,quantity,unit_price,amount,\
                      customer_id,category,transaction_type,country,promotion_id\n";

/// Writes a file with records of some days of January. With a few products at first and more later,
/// each of one category, and each store in one country.
fn file(path: &Path, days: &[u64], rows: u64, draws: &mut Draws) {
    let mut text = HEADER.to_owned();
    for row in 0..rows {
        let day = days[draws.below(days.len() as u64) as usize];
        let (quantity, price) = (1 + draws.below(4), 100 + draws.below(3) * 50);
        let customer = match draws.below(5) {
            0 => String::new(),
            _ => format!("c{}", draws.below(60)),
        };
        let kind = ["SALE", "SALE", "SALE", "RETURN", "RESTOCK"][draws.below(5) as usize];
        let amount = quantity * price;
        let (product, store) = (draws.below(40 + 5 * days[0]), draws.below(6));
        text += &format!(
            "o{},2025-01-{day:02}T{:02}:00:00,s{store},City,p{product:02},{quantity},{}.{:02},{}.{:02},{customer},\
             k{},{kind},{},{}\n",
            row / 2,
            draws.below(24),
            price / 100,
            price % 100,
            amount / 100,
            amount % 100,
            product % 3,
            country(store, draws),
            ["", "", "promo"][draws.below(3) as usize],
        );
    }
    fs::write(path, text).expect("written");
}

/// That of the store, where a record tells it.
fn country(store: u64, draws: &mut Draws) -> String {
    match draws.below(4) {
        0 => String::new(),
        _ => format!("L{}", store % 3),
    }
}

fn plain() -> Asked {
    Asked {
        threads: 2,
        slice: 90,
        ..Asked::default()
    }
}

/// A history of one file for each of the days 1 to 9.
fn history(dir: &Path) {
    fs::create_dir(dir.join("in")).expect("made");
    for day in 1..10 {
        file(
            &dir.join(format!("in/day-{day}.csv")),
            &[day],
            30,
            &mut Draws(day),
        );
    }
}

/// How many days were computed and kept by a run into `out`, whose result must be that of a full one.
fn counts(dir: &Path, asked: &Asked, what: &str) -> (u64, u64) {
    let out = dir.join("out");
    let days = run(dir, &out, asked).days;
    let full = dir.join("full");
    if full.exists() {
        fs::remove_dir_all(&full).expect("removed");
    }
    let whole = Asked {
        full: true,
        ..asked.clone()
    };
    let all = run(dir, &full, &whole).days;
    assert_eq!(
        (all.computed, all.kept),
        (days.computed + days.kept, 0),
        "{what}"
    );
    assert_same(&out, &full, what);
    (days.computed, days.kept)
}

#[test]
fn only_days_whose_records_changed_are_computed() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    history(dir);
    let count = |asked: &Asked, what: &str| counts(dir, asked, what);
    assert_eq!(count(&plain(), "the first"), (9, 0));
    assert_eq!(count(&plain(), "nothing changed"), (0, 9));
    // New products and customers, and a file that comes before the others.
    file(&dir.join("in/before.csv"), &[10], 50, &mut Draws(99));
    assert_eq!(count(&plain(), "a new day"), (1, 9));
    assert_eq!(count(&plain(), "again nothing"), (0, 10));
    let other_slices = Asked {
        slice: 150,
        threads: 1,
        ..plain()
    };
    assert_eq!(count(&other_slices, "other slices"), (0, 10));
    let earlier = Asked {
        as_of: Day::parse("2025-01-06"),
        ..plain()
    };
    assert_eq!(count(&earlier, "another date"), (0, 10));
    let full = Asked {
        full: true,
        ..plain()
    };
    assert_eq!(run(dir, &dir.join("out"), &full).days.computed, 10);
    assert_eq!(count(&plain(), "after a full run"), (0, 10));
    let left_out = Asked {
        rules: vec!["anonymous".to_owned()],
        ..plain()
    };
    assert_eq!(count(&left_out, "a rule"), (10, 0));
    assert_eq!(count(&left_out, "the same rule"), (0, 10));
    assert_eq!(count(&plain(), "no rule"), (10, 0));
}

#[test]
fn outputs_that_somebody_touched_are_computed() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    history(dir);
    assert_eq!(counts(dir, &plain(), "the first"), (9, 0));
    let table = dir.join("out/analyses/daily_sales/daily_sales.csv");
    fs::write(&table, "sale_date\n").expect("written");
    assert_eq!(counts(dir, &plain(), "a table was changed"), (9, 0));
    let text = fs::read_to_string(&table).expect("text");
    fs::write(&table, text.replace("1.5000", "1.9000")).expect("written");
    assert_eq!(counts(dir, &plain(), "a figure was changed"), (9, 0));
    let kept = fs::read_dir(dir.join("out/analyses/_days")).expect("a folder");
    let slice = kept.flatten().find(|entry| entry.path().is_dir());
    let feed = slice
        .expect("a slice")
        .path()
        .join("customer_lines.parquet");
    fs::remove_file(feed).expect("removed");
    assert_eq!(counts(dir, &plain(), "a file is gone"), (9, 0));
    fs::write(dir.join("out/analyses/_days/days.json"), "{").expect("written");
    assert_eq!(counts(dir, &plain(), "no manifest"), (9, 0));
    assert_eq!(counts(dir, &plain(), "all is well"), (0, 9));
}

#[test]
fn live_events_move_the_end_of_the_archive() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    history(dir);
    fs::create_dir(dir.join("live")).expect("made");
    file(&dir.join("live/live.csv"), &[9, 10], 40, &mut Draws(5));
    let live = Asked {
        live: true,
        ..plain()
    };
    assert_eq!(counts(dir, &live, "the first"), (10, 0));
    assert_eq!(counts(dir, &live, "nothing changed"), (0, 10));
    file(&dir.join("live/more.csv"), &[11], 40, &mut Draws(6));
    assert_eq!(counts(dir, &live, "more live events"), (1, 10));
    // Its last day was live, and is archive now; the new one is.
    file(&dir.join("in/day-91.csv"), &[10], 30, &mut Draws(7));
    assert_eq!(counts(dir, &live, "the archive goes on"), (2, 9));
    let left_out = Asked {
        rules: vec!["anonymous".to_owned()],
        ..live
    };
    assert_eq!(counts(dir, &left_out, "a rule"), (11, 0));
    let all = run(dir, &dir.join("full"), &left_out).left_out;
    assert_eq!(counts(dir, &left_out, "the same rule"), (0, 11));
    assert_eq!(run(dir, &dir.join("out"), &left_out).left_out, all);
}

/// What a line without a country takes from its store is seen as well.
#[test]
fn a_store_that_gets_another_country_moves_the_lines_without_one() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    fs::create_dir(dir.join("in")).expect("made");
    let day = |day: &str, lines: &[&str]| {
        let columns = "order_time,store_id,store_city,product,amount,country";
        let lines = lines.iter().map(|line| line.replace("DAY", day));
        let text = format!("{columns}\n{}\n", lines.collect::<Vec<_>>().join("\n"));
        fs::write(dir.join(format!("in/{day}.csv")), text).expect("written");
    };
    let first = ["DAY,S,X,a,1,", "DAY,S,X,a,1,DE", "DAY,T,X,a,1,US"];
    day("2025-01-01", &first);
    assert_eq!(counts(dir, &plain(), "the first"), (1, 0));
    day("2025-01-02", &["DAY,S,X,a,1,US"]);
    assert_eq!(counts(dir, &plain(), "the store moved"), (2, 0));
}

#[test]
fn what_is_left_out_is_counted_whatever_is_kept() {
    let dir = tempfile::tempdir().expect("a folder");
    let dir = dir.path();
    history(dir);
    let few = Asked {
        names: vec!["daily_sales".to_owned()],
        rules: vec!["anonymous".to_owned()],
        ..plain()
    };
    let out = dir.join("out");
    let left_out = run(dir, &out, &few).left_out;
    assert!(left_out["anonymous"] > 20, "{left_out:?}");
    let more = Asked {
        names: vec!["daily_sales".to_owned(), "trends".to_owned()],
        ..few
    };
    assert_eq!(run(dir, &out, &more).left_out, left_out);
    assert_eq!(run(dir, &out, &more).left_out, left_out);
}

/// Whatever becomes of the input between runs.
#[test]
fn any_changes_give_the_result_of_a_full_run() {
    for seed in 0..2 {
        let dir = tempfile::tempdir().expect("a folder");
        let dir = dir.path();
        history(dir);
        let mut draws = Draws(1000 + seed);
        let mut asked = plain();
        for round in 0..8 {
            let at = dir.join(format!("in/day-{}.csv", 1 + draws.below(12)));
            let change = draws.below(9);
            match change {
                0 => {}
                1 => fs::remove_file(&at).unwrap_or(()),
                2 => asked.slice = [40, 90, 1000][draws.below(3) as usize],
                3 => asked.threads = 1 + draws.below(3) as usize,
                6 => asked.as_of = Day::parse(&format!("2025-01-0{}", 1 + draws.below(9))),
                7 => {
                    asked.rules = match asked.rules.is_empty() {
                        true => vec!["returns".to_owned()],
                        false => Vec::new(),
                    }
                }
                8 => {
                    let some = ["daily_sales", "rfm", "trends", "warehouse", "all"];
                    asked.names = vec![some[draws.below(5) as usize].to_owned()];
                }
                4 => {
                    let days = [1 + draws.below(12), 1 + draws.below(12)];
                    file(&at, &days, draws.below(50), &mut draws);
                }
                // Categories that others name otherwise, and a city.
                _ => {
                    let moved = fs::read_to_string(dir.join("in/day-1.csv")).unwrap_or_default();
                    let moved = moved.replace(",k0,", ",k9,").replace("City", "Town");
                    fs::write(&at, moved.replace("2025-01-01", "2025-01-08")).expect("written");
                }
            }
            let what = format!("seed {seed}, round {round}, change {change}");
            counts(dir, &asked, &what);
        }
        assert!(!tables(&dir.join("out")).is_empty());
    }
}
