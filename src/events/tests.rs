//! Files played in every order, and gone on with from every place.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use tempfile::TempDir;

use super::batch::Order;
use super::player::{Place, Player};
use super::score::Score;
use super::survey::survey;
use crate::record::Rules;
use crate::signal::Stop;
use crate::source::input::discover;
use crate::store::Location;

/// A day of sales, every third at the minute of another, the last line no record.
fn day(day: u32, orders: std::ops::Range<u32>) -> String {
    let mut text = "order_id,product,amount,order_time\n".to_owned();
    for order in orders {
        let minute = order * 7 % 60 / 3;
        let _ = writeln!(
            text,
            "{order},P{},1.5,2025-01-{day:02}T10:{minute:02}:00",
            order % 4
        );
    }
    text + "\"never closed\n"
}

/// Two days that overlap, one that does not, and JSON lines among them.
fn files(dir: &Path) {
    fs::write(dir.join("a.csv"), day(1, 0..40)).unwrap();
    fs::write(dir.join("b.csv"), day(1, 40..60)).unwrap();
    fs::write(dir.join("c.csv"), day(3, 60..90)).unwrap();
    let mut lines = String::new();
    for order in 90..110 {
        let minute = order % 10;
        let _ = writeln!(
            lines,
            r#"{{"order_id":"{order}","product":"J","amount":2,"order_time":"2025-01-03T10:{minute:02}:30"}}"#
        );
    }
    fs::write(dir.join("d.jsonl"), lines).unwrap();
}

fn player(dir: &Path, order: Order, looped: bool) -> Player {
    let rules = Arc::new(Rules::default());
    let stop = Stop::never();
    let inputs = discover(&[Location::from_path(dir).unwrap()], false).unwrap();
    let inputs = inputs.into();
    let found = survey(&inputs, &rules, None, false, &stop).unwrap();
    let score = Score {
        inputs,
        survey: Some(found),
        rules,
        topics: None,
        delimiter: None,
        order,
        looped,
        timed: true,
        temp_dir: dir.to_owned(),
    };
    Player::new(score, &stop)
}

/// An event as it was played, and the place behind it.
type Played = (String, Option<String>, usize, u64, Place);

fn play(player: &mut Player, most: usize) -> Vec<Played> {
    let mut played = Vec::new();
    while played.len() < most {
        if !player.step().unwrap() {
            break;
        }
        let event = player.current().unwrap();
        let text = String::from_utf8(event.json.to_vec()).unwrap();
        let time = event.time.map(|time| time.to_string());
        let (source, line) = (event.source, event.line);
        player.take();
        played.push((text, time, source, line, player.place()));
    }
    played
}

/// Records in a lap: 110 sales, and a broken line in each CSV file.
const LAP: usize = 113;
const ORDERS: [Order; 3] = [Order::Time, Order::File, Order::Shuffle];

#[test]
fn a_lap_holds_every_record_once() {
    let dir = TempDir::new().unwrap();
    files(dir.path());
    for order in ORDERS {
        let played = play(&mut player(dir.path(), order, false), usize::MAX);
        let mut ids = Vec::new();
        for (json, ..) in &played {
            if let Ok(Value::Object(event)) = serde_json::from_str(json) {
                ids.push(event["order_id"].as_str().unwrap().parse::<u32>().unwrap());
            }
        }
        ids.sort_unstable();
        assert_eq!(ids, (0..110).collect::<Vec<_>>(), "{order:?}");
        assert_eq!(played.len(), LAP, "{order:?}");
    }
}

#[test]
fn time_order_is_by_time_then_file_then_line() {
    let dir = TempDir::new().unwrap();
    files(dir.path());
    let played = play(&mut player(dir.path(), Order::Time, false), usize::MAX);
    let keys: Vec<_> = played
        .iter()
        .filter_map(|(_, time, source, line, _)| Some((time.clone()?, *source, *line)))
        .collect();
    // The broken lines have the time of the line before them.
    assert_eq!(keys.len(), LAP);
    assert!(keys.is_sorted());
}

#[test]
fn file_order_is_by_file_and_line() {
    let dir = TempDir::new().unwrap();
    files(dir.path());
    let played = play(&mut player(dir.path(), Order::File, false), usize::MAX);
    assert!(played.iter().map(|p| (p.2, p.3)).is_sorted());
}

#[test]
fn chance_is_another_in_each_lap_and_the_same_in_each_run() {
    let dir = TempDir::new().unwrap();
    files(dir.path());
    let once = play(&mut player(dir.path(), Order::Shuffle, true), 2 * LAP);
    let again = play(&mut player(dir.path(), Order::Shuffle, true), 2 * LAP);
    assert_eq!(once, again);
    let places = |lap: &[Played]| lap.iter().map(|p| (p.2, p.3)).collect::<Vec<_>>();
    let (first, second) = once.split_at(LAP);
    assert_ne!(places(first), places(second));
    assert!(!places(first).is_sorted());
}

#[test]
fn every_place_can_be_gone_on_from() {
    let dir = TempDir::new().unwrap();
    files(dir.path());
    for order in ORDERS {
        let whole = play(&mut player(dir.path(), order, true), 2 * LAP + 20);
        for done in (1..2 * LAP).step_by(3) {
            let mut later = player(dir.path(), order, true);
            later.seek(whole[done - 1].4).unwrap();
            let rest = play(&mut later, 20);
            assert_eq!(rest, whole[done..done + 20], "{order:?} after {done}");
        }
    }
}

#[test]
fn a_lap_is_moved_by_whole_days() {
    let dir = TempDir::new().unwrap();
    files(dir.path());
    let played = play(&mut player(dir.path(), Order::File, true), 2 * LAP);
    let event = |n: usize| serde_json::from_str::<Value>(&played[n].0).unwrap();
    // From the first to the third of January: three days.
    assert_eq!(event(0)["order_time"], "2025-01-01T10:00:00");
    assert_eq!(event(LAP)["order_time"], "2025-01-04T10:00:00");
    assert_eq!(
        (&event(0)["lap"], &event(LAP)["lap"]),
        (&"0".into(), &"1".into())
    );
}
