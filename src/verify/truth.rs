//! What `_truth.json` declares of the files that were generated.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use crate::batch::runs::Sums;
use crate::error::{Error, Result};
use crate::generate::{Figures, TRUTH, Truth};
use crate::record::counts::Counts;
use crate::record::{Day, Money, Total};
use crate::source::input::{Format, Input};
use crate::store::{self, Location};
use crate::verify::groups::{self, Side, Tally};
use crate::verify::outputs::SUMS_IN_MEMORY;
use crate::verify::records::Cleaning;
use crate::verify::report::{MOST_DIFFERENCES, Report};

/// The truths of all input folders together.
#[derive(Default)]
pub struct Declared {
    /// Counts and revenue.
    pub figures: Figures,
    /// Revenue by day; the days that are spoken of.
    pub by_day: BTreeMap<Day, Total>,
    /// Revenue by day and product, until it is taken to be compared.
    pub sums: Option<Sums>,
    /// The first input file of which no truth speaks.
    pub unknown: Option<String>,
}

/// Reads the truth of each folder among `places`; none when none has one.
///
/// # Errors
/// [`Error::Data`] when a truth cannot be read.
pub fn read(places: &[Location], inputs: &[Input], temp_dir: &Path) -> Result<Option<Declared>> {
    let mut declared: Option<Declared> = None;
    let mut sums = Sums::new(SUMS_IN_MEMORY, temp_dir);
    let mut folders = HashSet::new();
    let mut known = HashSet::new();
    for folder in places {
        let store = store::open(folder)?;
        let place = folder.join(TRUTH);
        let Some(content) = store.read_small(&place)? else {
            continue;
        };
        let truth: Truth = serde_json::from_slice(&content)
            .map_err(|e| Error::data(&place, format!("is no truth of generated files ({e})")))?;
        let of_truth = |input: &&Input| is_of(folder, &truth, input);
        known.extend(inputs.iter().filter(of_truth).map(|input| &input.path));
        // One folder under two names declares once.
        if !folders.insert(store.resolve(folder)?) {
            continue;
        }
        let all = declared.get_or_insert_default();
        all.add(truth, &mut sums)
            .ok_or_else(|| Error::data(&place, "names what is no day, or too large a sum"))??;
    }
    if let Some(declared) = &mut declared {
        let unknown = inputs.iter().find(|input| !known.contains(&input.path));
        declared.unknown = unknown.map(|input| input.path.clone());
        declared.sums = Some(sums);
    }
    Ok(declared)
}

/// Whether `truth` of `folder` speaks of the input.
fn is_of(folder: &Location, truth: &Truth, input: &Input) -> bool {
    let name = input.entry.path.as_str();
    let date = name
        .strip_prefix("retail_")
        .and_then(|name| name.split('.').next());
    Format::of(name).is_some()
        && date.is_some_and(|date| truth.days.contains_key(date))
        && input.entry.location == folder.join(name)
}

impl Declared {
    /// Adds another truth; none when it holds what cannot be meant.
    fn add(&mut self, truth: Truth, sums: &mut Sums) -> Option<Result<()>> {
        self.figures.add(&truth.figures);
        for (day, revenue) in truth.by_day {
            *self.by_day.entry(Day::parse(&day)?).or_default() += revenue;
        }
        for (day, products) in truth.by_day_product {
            let day = Day::parse(&day)?;
            for (product, total) in products {
                let money = Money::from_units(i64::try_from(total.units()).ok()?)?;
                sums.add(day, product.as_bytes(), money);
            }
            if let Err(e) = sums.fit() {
                return Some(Err(e));
            }
        }
        Some(Ok(()))
    }
}

/// The sums to compare with the input: none where duplicates were declared and not looked for.
pub fn side(declared: Option<&mut Declared>, cleaning: &Cleaning) -> Side {
    let declared = declared.filter(|declared| declared.counts_once(cleaning));
    let mut side = Side {
        name: "truth",
        sums: None,
        declares: true,
        days: None,
    };
    if let Some(declared) = declared {
        side.sums = declared.sums.take();
        // Of other files there may be other days.
        let days = declared.by_day.keys().copied().collect();
        side.days = declared.unknown.is_some().then_some(days);
    }
    side
}

/// Compares what is declared with what the input holds.
pub fn check(
    declared: Option<&Declared>,
    cleaning: &Cleaning,
    counts: &Counts,
    input: &groups::Input,
    tally: Tally,
    report: &mut Report,
) {
    let Some(declared) = declared else {
        return report.not_comparable("truth", "no _truth.json in the input");
    };
    let figures = &declared.figures;
    let once = declared.counts_once(cleaning);
    if let Some(unknown) = &declared.unknown {
        report.not_comparable("truth: totals", format!("{unknown} is not in _truth.json"));
    } else {
        report.compare("truth: rows", figures.rows, counts.read);
        report.compare("truth: malformed", figures.malformed, counts.all_rejected());
        if once {
            report.compare("truth: valid rows", figures.valid_rows, counts.accepted());
            report.compare("truth: duplicates", figures.duplicates, counts.duplicates);
            report.compare("truth: revenue", figures.revenue, input.grand_total);
        }
    }
    if !once {
        let why = format!("{} duplicates, read without --dedup", figures.duplicates);
        return report.not_comparable("truth: revenue", why);
    }
    declared.days(input, report);
    tally.tell("truth: days by product", report);
}

impl Declared {
    /// Whether the input was read so that each order counts once, as the truth does.
    fn counts_once(&self, cleaning: &Cleaning) -> bool {
        self.figures.duplicates == 0 || !cleaning.dedup.is_empty()
    }

    /// Tells in one line that all days agree, else also the first that do not.
    fn days(&self, input: &groups::Input, report: &mut Report) {
        let days: BTreeSet<&Day> = match self.unknown {
            Some(_) => self.by_day.keys().collect(),
            None => self.by_day.keys().chain(input.by_day.keys()).collect(),
        };
        let sums = days.into_iter().map(|day| {
            let of = |sums: &BTreeMap<Day, Total>| sums.get(day).copied().unwrap_or_default();
            (day, of(&self.by_day), of(&input.by_day))
        });
        let differing: Vec<_> = sums
            .filter(|(_, declared, found)| declared != found)
            .collect();
        let declared = self.by_day.len() as u64;
        let equal = declared.saturating_sub(differing.len() as u64);
        let same = differing.is_empty();
        let why = (!same).then(|| format!("{} differ", differing.len()));
        report.check("truth: days", declared, equal, same, why);
        for (day, declared, found) in differing.into_iter().take(MOST_DIFFERENCES) {
            report.compare(format!("truth: {day}"), declared, found);
        }
    }
}
