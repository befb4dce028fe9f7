//! What batch wrote, read again.

use std::collections::BTreeMap;
use std::path::Path;

use crate::batch::runs::Sums;
use crate::error::{Error, Result};
use crate::record::{Day, Money, Total};
use crate::signal::Stop;
use crate::source::input::Format;
use crate::source::rows::{self, Kind};
use crate::store::run_record::SUCCESS;
use crate::store::{self, Location, RunRecord};

/// What the sums of one output may take in memory before they go to disk.
pub const SUMS_IN_MEMORY: usize = 16 << 20;

/// Sums by day and product that an output states.
#[derive(Default)]
pub struct Stated {
    /// The sums, until they are taken to be compared; several rows of one day and product are
    /// added.
    pub sums: Option<Sums>,
    /// How many rows there were.
    pub rows: u64,
    /// Σ over all rows.
    pub total: Total,
}

/// The row of KPIs.
#[derive(Debug)]
pub struct Kpis {
    /// Σ m(r).
    pub grand_total: Total,
    /// Distinct products.
    pub products: u64,
    /// Accepted records that are sales.
    pub rows: u64,
}

/// How the files of a folder compare with those that its record lists.
#[derive(Debug, Default)]
pub struct Files {
    /// Files that the run wrote.
    pub written: u64,
    /// Those that are there as they were written.
    pub whole: u64,
    /// The first thing that is not as the run left it.
    pub problem: Option<String>,
}

impl Stated {
    fn add(&mut self, sums: &mut Sums, day: Day, product: &str, money: Money) -> Result<()> {
        self.rows += 1;
        self.total += money;
        sums.add(day, product.as_bytes(), money);
        sums.fit()
    }
}

/// The totals in `analysis_parquet`.
///
/// # Errors
/// [`Error::Data`] when a file is not as batch writes it.
pub fn totals_of_parquet(folder: &Location, temp_dir: &Path, stop: &Stop) -> Result<Stated> {
    let mut stated = Stated::default();
    let mut sums = Sums::new(SUMS_IN_MEMORY, temp_dir);
    let columns = [("product", Kind::Text), ("total_amount", Kind::Money)];
    rows::read(folder, &columns, stop, |entry, rows| {
        let wrong = |what: &str| Error::data(&entry.location, what);
        let parts = entry.path.split('/');
        let day = parts
            .filter_map(|part| part.strip_prefix("order_date="))
            .next_back();
        let day = day.and_then(Day::parse);
        let day = day.ok_or_else(|| wrong("is in no folder order_date=YYYY-MM-DD"))?;
        for row in 0..rows.count() {
            let money = rows.money(1, row);
            let money = money.ok_or_else(|| wrong("holds a sum that DECIMAL(18,4) has not"))?;
            stated.add(&mut sums, day, rows.text(0, row), money)?;
        }
        Ok(())
    })?;
    stated.sums = Some(sums);
    Ok(stated)
}

/// The totals in `analysis_csv`.
///
/// # Errors
/// [`Error::Data`] when a line is not as batch writes it.
pub fn totals_of_csv(folder: &Location, temp_dir: &Path, stop: &Stop) -> Result<Stated> {
    let mut stated = Stated::default();
    let mut sums = Sums::new(SUMS_IN_MEMORY, temp_dir);
    let header = ["order_date", "product", "total_amount"];
    csv(folder, header, stop, |[day, product, total]| {
        let day = Day::parse(day)?;
        let money = money(total)?;
        Some(stated.add(&mut sums, day, product, money))
    })?;
    stated.sums = Some(sums);
    Ok(stated)
}

/// The one row of `analysis_csv_kpis`.
///
/// # Errors
/// [`Error::Data`] when it is not as batch writes it, or not one.
pub fn kpis(folder: &Location, stop: &Stop) -> Result<Kpis> {
    let mut found = Vec::new();
    let header = ["grand_total", "distinct_products", "rows"];
    csv(folder, header, stop, |[grand_total, products, rows]| {
        found.push(Kpis {
            grand_total: Total::parse(grand_total)?,
            products: products.parse().ok()?,
            rows: rows.parse().ok()?,
        });
        Some(Ok(()))
    })?;
    match (found.pop(), found.len()) {
        (Some(kpis), 0) => Ok(kpis),
        (None, _) => Err(Error::data(folder, "has no row of KPIs")),
        (Some(_), more) => {
            let rows = more + 1;
            Err(Error::data(folder, format!("has {rows} rows of KPIs")))
        }
    }
}

fn money(text: &str) -> Option<Money> {
    Money::from_units(i64::try_from(Total::parse(text)?.units()).ok()?)
}

/// Hands every row of the CSV files below `folder` to `take`, which gives none for a row that
/// it cannot read.
fn csv(
    folder: &Location,
    header: [&str; 3],
    stop: &Stop,
    mut take: impl FnMut([&str; 3]) -> Option<Result<()>>,
) -> Result<()> {
    let store = store::open(folder)?;
    for entry in store.list(folder)? {
        if Format::of(&entry.path) != Some(Format::Csv) {
            continue;
        }
        stop.check()?;
        let mut reader = csv::Reader::from_reader(store.open(&entry.location)?);
        let broken = |e: csv::Error| Error::data(&entry.location, format!("is no CSV: {e}"));
        if reader.headers().map_err(broken)? != header.as_slice() {
            let what = format!("its first line is not {}", header.join(","));
            return Err(Error::data(&entry.location, what));
        }
        let mut row = csv::StringRecord::new();
        while reader.read_record(&mut row).map_err(broken)? {
            let line = row.position().map_or(0, csv::Position::line);
            let fields = row.iter().collect::<Vec<_>>().try_into().ok();
            match fields.and_then(&mut take) {
                Some(taken) => taken?,
                None => {
                    let place = format!("{}:{line}", entry.location);
                    let what = format!("is no {}", header.join(", "));
                    return Err(Error::data(place, what));
                }
            }
        }
    }
    Ok(())
}

/// Looks whether the files of `folder` are those that its record lists, by name and length.
///
/// # Errors
/// When the folder cannot be listed.
pub fn files(folder: &Location, record: &RunRecord) -> Result<Files> {
    let store = store::open(folder)?;
    let mut files = Files::default();
    let mut problem = |what: String| {
        files.problem.get_or_insert(what);
    };
    if store.stat(&folder.join(SUCCESS))?.is_none() {
        problem(format!("{SUCCESS} is missing: the folder is half written"));
    }
    let mut listed = BTreeMap::new();
    for entry in store.list(folder)? {
        if Format::of(&entry.path).is_some() {
            listed.insert(entry.path, entry.len);
        }
    }
    for file in &record.files {
        files.written += 1;
        // What begins with _ is not listed, such as the rejects.
        let listed = listed.remove(&file.name);
        let place = || folder.join(&file.name);
        let found = match listed {
            Some(bytes) => Some(bytes),
            None => store.stat(&place())?.map(|stat| stat.len),
        };
        match found {
            Some(bytes) if bytes == file.bytes => files.whole += 1,
            Some(bytes) => problem(format!(
                "{} has {bytes} bytes, not {}",
                file.name, file.bytes
            )),
            None => problem(format!("{} is missing", file.name)),
        }
    }
    if let Some((name, _)) = listed.first_key_value() {
        problem(format!("{name} is not of this run"));
    }
    Ok(files)
}
