//! The input's sums beside those of the outputs and of the truth, one by one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::batch::categories::Categories;
use crate::batch::measures::Line;
use crate::batch::merge::Merge;
use crate::batch::products::Products;
use crate::batch::run::{Run, RunWriter};
use crate::batch::runs::Sums;
use crate::error::Result;
use crate::record::{Day, Money, Total};
use crate::signal::Stop;
use crate::verify::outputs::SUMS_IN_MEMORY;
use crate::verify::report::{Difference, Figure, Report};
use crate::verify::walk::{Source, Walk, source};

/// Groups between two looks at signals.
const STOP_EVERY: u64 = 1 << 16;

/// Sums that are compared with those of the input.
pub struct Side {
    /// What states them.
    pub name: &'static str,
    /// The sums; none where there is nothing to compare.
    pub sums: Option<Sums>,
    /// Whether the input should be as they say, rather than they as the input.
    pub declares: bool,
    /// The days that they speak of; without it, all.
    pub days: Option<BTreeSet<Day>>,
}

/// How many sums were compared.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Sums that there should be.
    pub expected: u64,
    /// Those that are there and equal.
    pub equal: u64,
    /// Sums that are missing, or should not be there, or are others.
    pub different: u64,
}

/// What the input adds up to.
#[derive(Debug, Default)]
pub struct Input {
    /// Days and products.
    pub groups: u64,
    /// Σ over all.
    pub grand_total: Total,
    /// Σ by day.
    pub by_day: BTreeMap<Day, Total>,
}

/// What a comparison by day and product yields.
pub struct Compared {
    /// What the input adds up to.
    pub input: Input,
    /// The input's sums by product; the day is the epoch.
    pub products: Sums,
    /// How the sides compare.
    pub tallies: [Tally; 3],
    /// Every day and product of the input again.
    pub lines: Run<Line>,
    /// The categories of its products.
    pub categories: Categories,
}

impl Tally {
    /// Tells whether all sums were equal.
    pub fn tell(self, name: impl Into<String>, report: &mut Report) {
        let same = self.different == 0;
        let why = (!same).then(|| format!("{} differ", self.different));
        report.check(name, self.expected, self.equal, same, why);
    }

    /// Counts a sum and says whether it differs.
    pub fn differs<F: PartialEq>(&mut self, expected: Option<F>, found: Option<F>) -> bool {
        self.expected += u64::from(expected.is_some());
        let differs = expected != found;
        if differs {
            self.different += 1;
        } else if expected.is_some() {
            self.equal += 1;
        }
        differs
    }
}

impl Side {
    /// Sums that should be as the input says.
    pub fn of_output(name: &'static str, sums: Option<Sums>) -> Self {
        Self {
            name,
            sums,
            declares: false,
            days: None,
        }
    }

    fn speaks_of(&self, day: Day) -> bool {
        self.days.as_ref().is_none_or(|days| days.contains(&day))
    }
}

/// Compares the `sides` with the sums of the input by day and product; what differs is told
/// to `report`.
///
/// # Errors
/// When spills fail, or a signal came.
pub fn compare(
    input: Vec<Run<Line>>,
    mut sides: [Side; 3],
    temp_dir: &Path,
    report: &mut Report,
    stop: &Stop,
) -> Result<Compared> {
    let stated = sides.each_mut().map(|side| side.sums.take());
    let compared = stated.each_ref().map(Option::is_some);
    let [a, b, c] = stated.map(side);
    let mut records = Sums::<u64>::new(SUMS_IN_MEMORY, temp_dir);
    let mut again = RunWriter::create(temp_dir)?;
    let mut products = Products::new(input)?;
    let input = Box::new(|| {
        products.next_group(|key, count| {
            *records.value(Day::EPOCH, key) += count;
            records.fit()
        })
    });
    let mut walk = Walk::new([input, a?, b?, c?])?;
    let mut input = Input::default();
    let mut products = Sums::new(SUMS_IN_MEMORY, temp_dir);
    let mut tallies = [Tally::default(); 3];
    let mut seen = 0u64;
    while let Some(group) = walk.next_group()? {
        seen += 1;
        if seen.is_multiple_of(STOP_EVERY) {
            stop.check()?;
        }
        let [in_input, ..] = &group.values;
        let product = || String::from_utf8_lossy(&group.key).into_owned();
        if let Some(line) = in_input {
            let total = line.net();
            input.groups += 1;
            input.grand_total += total;
            *input.by_day.entry(group.day).or_default() += total;
            let units = total.decimal_18_4(|| format!("{} {}", group.day, product()))?;
            // Fits, as `DECIMAL(18,4)` does.
            let money = i64::try_from(units).ok().and_then(Money::from_units);
            let money = money.unwrap_or_default();
            products.add(Day::EPOCH, &group.key, money);
            products.fit()?;
            again.push(group.day, &group.key, line)?;
        }
        let [in_input, stated @ ..] = group.values.map(|value| value.map(|line| line.net()));
        for (at, side) in sides.iter().enumerate() {
            if !compared[at] || !side.speaks_of(group.day) {
                continue;
            }
            let (expected, found) = match side.declares {
                true => (stated[at], in_input),
                false => (in_input, stated[at]),
            };
            if tallies[at].differs(expected, found) {
                report.differ(|| Difference {
                    day: Some(group.day.to_string()),
                    product: product(),
                    expected: expected.map(Figure::Money),
                    found: found.map(Figure::Money),
                    place: side.name.into(),
                });
            }
        }
    }
    drop(walk);
    Ok(Compared {
        input,
        products,
        tallies,
        lines: again.finish()?,
        categories: Categories::of(records.into_runs(), temp_dir)?,
    })
}

/// The sums of a side, as far as there are any.
fn side(sums: Option<Sums>) -> Result<Source<'static, Line>> {
    let runs = sums.map(Sums::into_runs).unwrap_or_default();
    Ok(source(Merge::new(runs)?, Line::of_net))
}

/// Counts the products of the input and compares their sums, so many times, with those of a
/// stream, where there are any.
///
/// # Errors
/// When spills fail.
pub fn products(
    input: Sums,
    stream: Option<(Sums, i128)>,
    report: &mut Report,
) -> Result<(u64, Option<Tally>)> {
    let (stream, factor) = match stream {
        Some((sums, factor)) => (Some(sums), factor),
        None => (None, 0),
    };
    let compared = stream.is_some();
    let stream = stream.map(Sums::into_runs).unwrap_or_default();
    let sides = [input.into_runs(), stream].map(Merge::new);
    let [input, stream] = sides.map(|merge| Ok(source(merge?, |total: Total| total)));
    let mut walk = Walk::new([input?, stream?])?;
    let (mut count, mut tally) = (0, Tally::default());
    while let Some(group) = walk.next_group()? {
        let [in_input, found] = group.values;
        count += u64::from(in_input.is_some());
        let expected = in_input.map(|total| Total::from_units(total.units() * factor));
        if compared && tally.differs(expected, found) {
            report.differ(|| Difference {
                day: None,
                product: String::from_utf8_lossy(&group.key).into_owned(),
                expected: expected.map(Figure::Money),
                found: found.map(Figure::Money),
                place: "stream".into(),
            });
        }
    }
    Ok((count, compared.then_some(tally)))
}
