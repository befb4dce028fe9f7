//! Planted faults.

use super::*;

fn with(malformed: f64, duplicates: f64, late: f64) -> Settings {
    let mut settings = settings(14, 300);
    settings.faults = Shares {
        malformed,
        duplicates,
        late,
    };
    settings
}

fn near(count: u64, share: f64, rows: u64) -> bool {
    (count as f64 / rows as f64 - share).abs() < 0.015
}

#[test]
fn truth_tells_what_the_files_hold() {
    for seed in 0..5 {
        for shares in [
            (0.05, 0.02, 0.1),
            (0.3, 0.3, 0.3),
            (0.0, 0.5, 0.0),
            (0.0, 0.0, 0.5),
        ] {
            let mut settings = with(shares.0, shares.1, shares.2);
            settings.seed = seed;
            let made = make(&settings, 1);
            assert_eq!(recount(&made.files), made.truth);
            let figures = &made.truth.figures;
            assert_eq!(figures.valid_rows + figures.malformed, 4_200);
            assert!(near(figures.malformed, shares.0, 4_200), "{figures:?}");
            assert!(
                near(figures.duplicates, (1.0 - shares.0) * shares.1, 4_200),
                "{figures:?}"
            );
        }
    }
}

#[test]
fn late_rows_are_as_many_as_asked_for() {
    let figures = make(&with(0.0, 0.0, 0.1), 1).truth.figures;
    assert!(near(figures.late, 0.1, 4_200), "{figures:?}");
}

#[test]
fn valid_rows_are_the_same_with_and_without_faults() {
    let clean = make(&with(0.0, 0.0, 0.0), 1);
    let faulty = make(&with(0.1, 0.1, 0.1), 1);
    for (day, file) in &faulty.files {
        let lines = |f: &[u8]| -> HashSet<String> {
            String::from_utf8_lossy(f)
                .lines()
                .map(str::to_owned)
                .collect()
        };
        let clean = lines(&clean.files[day]);
        let odd = lines(file).difference(&clean).count() as u64;
        assert_eq!(odd, faulty.truth.days[&day.to_string()].malformed);
    }
}

#[test]
fn duplicates_are_exact_and_stand_behind() {
    let made = make(&with(0.0, 0.2, 0.1), 1);
    for file in made.files.values() {
        let text = String::from_utf8_lossy(file);
        let mut seen: HashMap<&str, &str> = HashMap::new();
        for line in text.lines().skip(1) {
            let order = line.split(',').next().unwrap();
            let first = seen.entry(order).or_insert(line);
            assert_eq!(*first, line);
        }
    }
}

#[test]
fn late_rows_come_within_hours() {
    let made = make(&with(0.0, 0.0, 0.2), 1);
    let seconds = |text: &str| {
        let time = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S").unwrap();
        time.and_utc().timestamp()
    };
    let mut longest = 0;
    for file in made.files.values() {
        let mut latest = i64::MIN;
        for row in read(file) {
            let now = seconds(&row["order_time"]);
            latest = latest.max(now);
            longest = longest.max(latest - now);
        }
    }
    assert!((1_800..=2 * 3_600).contains(&longest), "{longest}");
}

#[test]
fn shares_of_one() {
    let all = make(&with(1.0, 1.0, 1.0), 2);
    assert_eq!(recount(&all.files), all.truth);
    let figures = &all.truth.figures;
    assert_eq!(
        (figures.rows, figures.malformed, figures.valid_rows),
        (4_200, 4_200, 0)
    );
    assert_eq!(figures.revenue.to_string(), "0.00");
    let twice = make(&with(0.0, 1.0, 1.0), 2);
    assert_eq!(recount(&twice.files), twice.truth);
    let figures = &twice.truth.figures;
    assert_eq!(
        (figures.rows, figures.duplicates, figures.late),
        (8_400, 4_200, 0)
    );
    let late = make(&with(0.0, 0.0, 1.0), 2);
    assert_eq!(recount(&late.files), late.truth);
    // One row in two hours stays, for the others to be late against.
    assert!(
        late.truth.figures.late > 4_200 - 14 * 9,
        "{:?}",
        late.truth.figures
    );
}

#[test]
fn malformed_rows_are_of_every_kind_and_stay_one_line() {
    let settings = with(1.0, 0.0, 0.0);
    let made = make(&settings, 1);
    let mut kinds: BTreeMap<String, u32> = BTreeMap::new();
    for (day, file) in &made.files {
        assert!(!file.contains(&b'"'));
        for row in read(file) {
            let wrong: Vec<&str> = [
                ("amount", row["amount"] == "N/A" && row["quantity"] == "?"),
                (
                    "time",
                    row["order_date"] == "unknown" && row["order_time"] == "unknown",
                ),
                ("type", row["transaction_type"] == "VOID"),
                ("shape", row.contains_key("surplus")),
            ]
            .into_iter()
            .filter_map(|(kind, is)| is.then_some(kind))
            .collect();
            assert_eq!(wrong.len(), 1, "{row:?}");
            *kinds.entry(wrong[0].to_owned()).or_default() += 1;
            assert!(row["order_id"].starts_with(&day.to_string().replace('-', "")));
        }
    }
    assert_eq!(kinds.len(), 4);
    assert!(kinds.values().all(|&n| n > 900), "{kinds:?}");
    let made = make(
        &Settings {
            format: Format::Jsonl,
            ..settings
        },
        1,
    );
    let lines = made.files.values().flat_map(|f| {
        String::from_utf8_lossy(f)
            .lines()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    });
    let (mut whole, mut cut) = (0, 0);
    for line in lines {
        match serde_json::from_str::<serde_json::Value>(&line) {
            Ok(_) => whole += 1,
            Err(_) => cut += 1,
        }
    }
    assert_eq!((whole + cut, cut), (4_200, kinds["shape"]));
}
