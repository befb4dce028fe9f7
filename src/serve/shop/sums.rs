//! Sales by country and category, as the job `metrics` tells them: its windows do not overlap, so
//! every stretch of time adds up to the truth.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::table::Digest;
use super::values::{Amount, Moment};
use super::view::Job;
use crate::record::{Day, Total};
use crate::source::rows::{Kind, Rows};

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;
/// So many of the newest hours are kept: a day, and the 24 hours before any moment of it.
const HOURS: usize = 48;
/// So many of the newest windows are kept.
const WINDOWS: usize = 240;
/// Beyond so many names, sums are of [`OTHERS`]: a name that is made up for every sale must not
/// fill the memory.
const NAMES: usize = 2_000;
/// What there is no room for.
const OTHERS: &str = "others";

/// Money and transactions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// Sales less returns.
    pub amount: Total,
    /// Sales and returns.
    pub count: u64,
}

impl Sum {
    fn add(&mut self, more: Self) {
        self.amount += more.amount;
        self.count += more.count;
    }
}

/// A row of `sales_metrics`.
#[derive(Debug, Clone, Deserialize)]
pub struct Row {
    window_start: Moment,
    window_end: Moment,
    country: Option<Box<str>>,
    category: Option<Box<str>>,
    total_amount: Amount,
    transaction_count: u64,
}

/// What many rows of a window add up to.
#[derive(Debug, Clone, Deserialize)]
struct Group {
    window_start: Moment,
    window_end: Moment,
    countries: Vec<(Box<str>, Amount, u64)>,
    categories: Vec<(Box<str>, Amount, u64)>,
}

/// Sales of a window by country, and the same sales by category.
struct Parts<'a> {
    countries: &'a [(&'a str, Sum)],
    categories: &'a [(&'a str, Sum)],
}

/// One window over all countries and categories.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Window {
    /// Its start.
    pub start: Moment,
    /// Its end.
    pub end: Moment,
    /// Whether events may still come.
    pub open: bool,
    /// What it holds.
    #[serde(flatten)]
    pub sum: Sum,
}

/// Sums by name.
type Named = HashMap<Arc<str>, Sum>;

/// Sums by country and by category.
#[derive(Debug, Clone, Default)]
struct Groups {
    all: Sum,
    countries: Named,
    categories: Named,
}

/// What is known of sales.
#[derive(Debug, Clone, Default)]
pub struct Sums {
    since: Groups,
    /// By the start of the hour.
    hours: BTreeMap<i64, Groups>,
    /// By their start.
    windows: BTreeMap<Moment, Window>,
    /// Whether the jobs hold sales that they do not tell.
    cut: bool,
}

/// Sums of a name over several stretches.
#[derive(Debug, Serialize)]
pub struct Line<'a> {
    name: &'a str,
    day: Sum,
    last_24h: Sum,
    all: Sum,
}

/// What there is to show.
#[derive(Debug, Serialize)]
pub struct Told<'a> {
    /// The latest window that has anything.
    latest: Window,
    /// The day of it: where `day` begins.
    day_from: Moment,
    /// Where `last_24h` begins: with a whole hour.
    last_24h_from: Moment,
    /// All countries.
    total: Line<'a>,
    countries: Vec<Line<'a>>,
    categories: Vec<Line<'a>>,
    /// Those of the last hour, in order.
    windows: Vec<Window>,
}

impl From<Row> for Group {
    fn from(row: Row) -> Self {
        let line = |name: Option<Box<str>>| {
            let name = name.unwrap_or_default();
            vec![(name, row.total_amount, row.transaction_count)]
        };
        Self {
            window_start: row.window_start,
            window_end: row.window_end,
            countries: line(row.country),
            categories: line(row.category),
        }
    }
}

fn sums(lines: &[(Box<str>, Amount, u64)]) -> Vec<(&str, Sum)> {
    let lines = lines.iter();
    lines
        .map(|(name, amount, count)| {
            let sum = Sum {
                amount: amount.0,
                count: *count,
            };
            (&**name, sum)
        })
        .collect()
}

fn add(names: &mut Named, name: &str, sum: Sum) {
    match names.get_mut(name) {
        Some(known) => known.add(sum),
        None => {
            let name = if names.len() < NAMES { name } else { OTHERS };
            names.entry(name.into()).or_default().add(sum);
        }
    }
}

impl Groups {
    fn add(&mut self, parts: &Parts<'_>) {
        for (country, sum) in parts.countries {
            self.all.add(*sum);
            add(&mut self.countries, country, *sum);
        }
        for (category, sum) in parts.categories {
            add(&mut self.categories, category, *sum);
        }
    }
}

impl Digest for Sums {
    const COLUMNS: &'static [(&'static str, Kind)] = &[
        ("window_start", Kind::Time),
        ("window_end", Kind::Time),
        ("country", Kind::MaybeText),
        ("category", Kind::MaybeText),
        ("total_amount", Kind::Sum),
        ("transaction_count", Kind::Count),
    ];

    fn take(&mut self, rows: &Rows) {
        for row in 0..rows.count() {
            let name = |column| rows.maybe_text(column, row).unwrap_or_default();
            let sum = Sum {
                amount: rows.sum(4, row),
                count: rows.number(5, row).unwrap_or_default(),
            };
            let parts = Parts {
                countries: &[(name(2), sum)],
                categories: &[(name(3), sum)],
            };
            self.add((rows.micros(0, row), rows.micros(1, row)), &parts, false);
        }
    }
}

impl Sums {
    fn add(&mut self, window: (i64, i64), parts: &Parts<'_>, open: bool) {
        let (start, end) = (Moment(window.0), Moment(window.1));
        self.since.add(parts);
        let hour = start.0 - start.0.rem_euclid(HOUR);
        self.hours.entry(hour).or_default().add(parts);
        while self.hours.len() > HOURS {
            self.hours.pop_first();
        }
        let window = self.windows.entry(start).or_insert(Window {
            start,
            end,
            open,
            sum: Sum::default(),
        });
        let sums = parts.countries.iter();
        sums.for_each(|(_, sum)| window.sum.add(*sum));
        while self.windows.len() > WINDOWS {
            self.windows.pop_first();
        }
    }

    /// Adds what the job tells and no file has yet. A window goes into a file as a whole, so one
    /// that is in a file is known, however old the job's view is.
    pub fn with(mut self, job: Option<&Job>) -> Self {
        const TABLE: &str = "sales_metrics";
        let Some(job) = job else { return self };
        let known: Vec<Moment> = self.windows.keys().copied().collect();
        let older = |start: &Moment| {
            let first = known.first().filter(|_| known.len() >= WINDOWS);
            first.is_some_and(|first| start < first)
        };
        let is_new = |start: &Moment| !older(start) && known.binary_search(start).is_err();
        let groups = match job.waiting_sums(TABLE) {
            Some(sums) => sums.collect::<Vec<Group>>(),
            None => {
                self.cut |= job.is_cut(TABLE);
                job.waiting(TABLE).map(|row: Row| row.into()).collect()
            }
        };
        // Of the open windows the rows are told or, where they are many, their sums.
        let told = job.shows("open") || job.shows("open_sums");
        self.cut |= job.keys > 0 && !told;
        let open = job.rows("open").map(|row: Row| row.into());
        let open = open.chain(job.rows::<Group>("open_sums"));
        let groups = groups.into_iter().map(|group| (group, false));
        for (group, open) in groups.chain(open.map(|group| (group, true))) {
            if is_new(&group.window_start) {
                let (countries, categories) = (sums(&group.countries), sums(&group.categories));
                let parts = Parts {
                    countries: &countries,
                    categories: &categories,
                };
                self.add((group.window_start.0, group.window_end.0), &parts, open);
            }
        }
        self
    }

    /// Whether the jobs hold sales that are not among them.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// What there is to show; none before the first sale.
    pub fn told(&self) -> Option<Told<'_>> {
        let (_, latest) = self.windows.last_key_value()?;
        let at = latest.start.0;
        let day_from = at - at.rem_euclid(DAY);
        let last_24h_from = at - at.rem_euclid(HOUR) - 23 * HOUR;
        let hour_ago = Moment(latest.end.0 - HOUR);
        let windows = self.windows.range(hour_ago..);
        Some(Told {
            latest: *latest,
            day_from: Moment(day_from),
            last_24h_from: Moment(last_24h_from),
            total: Line {
                name: "",
                day: self.whole(day_from),
                last_24h: self.whole(last_24h_from),
                all: self.since.all,
            },
            countries: self.lines(|groups| &groups.countries, day_from, last_24h_from),
            categories: self.lines(|groups| &groups.categories, day_from, last_24h_from),
            windows: windows.map(|(_, window)| *window).collect(),
        })
    }

    /// What a day amounts to; none where it is not kept any more, or not all is told.
    pub fn day(&self, day: Day) -> Option<Sum> {
        let from = i64::from(day.number()) * DAY;
        let oldest = self.hours.keys().next();
        let is_kept = self.hours.len() < HOURS || oldest.is_some_and(|oldest| *oldest <= from);
        let mut whole = Sum::default();
        for (_, groups) in self.hours.range(from..from + DAY) {
            whole.add(groups.all);
        }
        Some(whole).filter(|_| is_kept && !self.cut)
    }

    /// The country with the most money of a day, if that is known.
    pub fn top_country(&self, day: Day) -> Option<String> {
        self.top(day, |groups| &groups.countries)
    }

    /// The category with the most money of a day, if that is known.
    pub fn top_category(&self, day: Day) -> Option<String> {
        self.top(day, |groups| &groups.categories)
    }

    fn top(&self, day: Day, of: impl Fn(&Groups) -> &Named) -> Option<String> {
        let from = i64::from(day.number()) * DAY;
        let mut sums: BTreeMap<&str, Sum> = BTreeMap::new();
        for (_, groups) in self.hours.range(from..from + DAY) {
            for (name, sum) in of(groups).iter().filter(|(name, _)| !name.is_empty()) {
                sums.entry(name).or_default().add(*sum);
            }
        }
        // Of equal ones the first by name.
        let top = sums.into_iter().rev().max_by_key(|(_, sum)| sum.amount);
        top.map(|(name, _)| name.to_owned())
    }

    fn whole(&self, from: i64) -> Sum {
        let mut whole = Sum::default();
        for (_, groups) in self.hours.range(from..) {
            whole.add(groups.all);
        }
        whole
    }

    /// The largest first.
    fn lines(
        &self,
        of: impl Fn(&Groups) -> &Named,
        day_from: i64,
        last_24h_from: i64,
    ) -> Vec<Line<'_>> {
        let since = |from: i64| {
            let mut sums: HashMap<&str, Sum> = HashMap::new();
            for (_, groups) in self.hours.range(from..) {
                for (name, sum) in of(groups) {
                    sums.entry(name).or_default().add(*sum);
                }
            }
            sums
        };
        let (day, last_24h) = (since(day_from), since(last_24h_from));
        let get = |sums: &HashMap<&str, Sum>, name: &str| sums.get(name).copied();
        let mut lines: Vec<Line<'_>> = of(&self.since)
            .iter()
            .map(|(name, all)| Line {
                name,
                day: get(&day, name).unwrap_or_default(),
                last_24h: get(&last_24h, name).unwrap_or_default(),
                all: *all,
            })
            .collect();
        lines.sort_by(|a, b| {
            let by_day = b.last_24h.amount.cmp(&a.last_24h.amount);
            by_day
                .then(b.all.amount.cmp(&a.all.amount))
                .then(a.name.cmp(b.name))
        });
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000_000;

    fn sum(amount: &str, count: u64) -> Sum {
        Sum {
            amount: Total::parse(amount).unwrap(),
            count,
        }
    }

    fn add(sums: &mut Sums, start: i64, country: &str, amount: &str) {
        let window = (start, start + MINUTE);
        let sum = sum(amount, 1);
        let parts = Parts {
            countries: &[(country, sum)],
            categories: &[("Tea", sum)],
        };
        sums.add(window, &parts, false);
    }

    fn job(value: serde_json::Value) -> Job {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn each_sale_is_once_in_every_stretch() {
        let mut sums = Sums::default();
        assert!(sums.told().is_none());
        let midnight = 20_000 * DAY;
        add(&mut sums, midnight - 20 * HOUR, "UK", "1.00");
        add(&mut sums, midnight - 2 * HOUR, "UK", "20.00");
        add(&mut sums, midnight + 2 * HOUR, "USA", "3.00");
        add(&mut sums, midnight + 5 * HOUR, "UK", "0.50");
        add(&mut sums, midnight + 5 * HOUR + MINUTE, "UK", "0.25");
        let told = sums.told().unwrap();
        // 24 hours back from 05:00 to 06:00 begin at 06:00 of the day before.
        assert_eq!(told.last_24h_from, Moment(midnight - 18 * HOUR));
        assert_eq!(told.total.day, sum("3.75", 3));
        assert_eq!(told.total.last_24h, sum("23.75", 4));
        assert_eq!(told.total.all, sum("24.75", 5));
        let uk = &told.countries[0];
        assert_eq!((uk.name, uk.day), ("UK", sum("0.75", 2)));
        assert_eq!((uk.last_24h, uk.all), (sum("20.75", 3), sum("21.75", 4)));
        assert_eq!(told.categories[0].all, told.total.all);
        assert_eq!(told.windows.len(), 2);
        let top = |day| sums.top_country(Day::from_number(day).unwrap());
        assert_eq!(top(20_000).as_deref(), Some("USA"));
        assert_eq!(top(19_999).as_deref(), Some("UK"));
        assert_eq!(top(19_998), None);
        let day = |day| sums.day(Day::from_number(day).unwrap());
        assert_eq!(day(20_000), Some(sum("3.75", 3)));
        assert_eq!(day(19_999), Some(sum("21.00", 2)));
        assert_eq!(day(19_998), Some(Sum::default()));
    }

    #[test]
    fn windows_of_a_file_are_not_added_again() {
        let mut sums = Sums::default();
        add(&mut sums, 0, "UK", "1.00");
        let row = |minute: i64, amount: &str| {
            let moment = |at: i64| crate::serve::live::windows::instant(at * MINUTE);
            serde_json::json!({
                "window_start": moment(minute), "window_end": moment(minute + 1),
                "country": "UK", "category": "Tea", "total_amount": amount,
                "transaction_count": 1, "avg_transaction_value": amount,
            })
        };
        let job = job(serde_json::json!({
            "taken": 5, "late": 0, "watermark": null, "keys": 1,
            "view": {"open": [row(0, "1.00"), row(2, "4.00")]},
            "waiting": {"sales_metrics": {"rows": 2, "newest": [row(1, "2.00"), row(0, "1.00")]}},
        }));
        let sums = sums.with(Some(&job));
        let told = sums.told().unwrap();
        assert_eq!(told.total.all, sum("7.00", 3));
        let open: Vec<bool> = told.windows.iter().map(|window| window.open).collect();
        assert_eq!(open, [false, false, true]);
    }

    #[test]
    fn what_is_not_told_is_said_to_be_missing() {
        for (waiting, view, cut) in [
            (0, serde_json::json!({"open": []}), false),
            (0, serde_json::json!({"open_sums": []}), false),
            // More keys are open than can be added up.
            (0, serde_json::Value::Null, true),
            // An earlier version tells the newest rows alone.
            (1, serde_json::json!({"open": []}), true),
        ] {
            let job = job(serde_json::json!({
                "taken": 5, "late": 0, "watermark": null, "keys": 1, "view": view,
                "waiting": {"sales_metrics": {"rows": waiting, "newest": []}},
            }));
            let sums = Sums::default().with(Some(&job));
            assert_eq!(sums.is_cut(), cut, "{waiting} {view}");
        }
    }

    #[test]
    fn what_is_kept_does_not_grow() {
        let mut sums = Sums::default();
        for minute in 0..10_000 {
            add(
                &mut sums,
                minute * MINUTE,
                &format!("land {minute}"),
                "1.00",
            );
        }
        assert_eq!(sums.windows.len(), WINDOWS);
        assert_eq!(sums.hours.len(), HOURS);
        assert_eq!(sums.since.countries.len(), NAMES + 1);
        // 10,000 minutes are less than 7 days: the last day is whole, the first is gone.
        let day = |day| sums.day(Day::from_number(day).unwrap());
        assert_eq!(day(6), Some(sum("1360.00", 1_360)));
        assert_eq!(day(0), None);
        assert_eq!(sums.told().unwrap().total.all, sum("10000.00", 10_000));
    }
}
