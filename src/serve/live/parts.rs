//! Closed windows, from the files of the stream's output.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indexmap::IndexSet;

use super::windows::Window;
use crate::error::{Error, Result};
use crate::record::{Money, Total};
use crate::serve::stamps::{self, files};
use crate::signal::Stop;
use crate::source::rows::{self, Kind};
use crate::store::Location;

/// Rows that are looked back over at most, however many products there are.
const MOST_ROWS: usize = 1_000_000;

/// A row as a file has it: start, end, number of the product in the file, revenue.
type Row = (i64, i64, u32, Money);

/// Revenue by product.
type Rows = Vec<(Arc<str>, Total)>;

/// One file, as it was read.
#[derive(Debug)]
struct Part {
    stamp: u64,
    /// The products in it.
    names: Vec<Arc<str>>,
    rows: usize,
}

/// The closed windows that are looked back over.
#[derive(Debug, Default)]
pub struct Parts {
    stamp: u64,
    known: HashMap<PathBuf, Arc<Part>>,
    /// In order of time.
    pub windows: Vec<Window>,
    /// Products in all files.
    pub names: HashSet<Arc<str>>,
    /// Rows in all files.
    pub rows: usize,
}

impl Parts {
    /// Reads what changed since `before`; `limit` windows of all products are looked back over.
    ///
    /// # Errors
    /// When a file cannot be read, or is none of a stream.
    pub fn read(folder: &Path, limit: usize, before: Option<&Arc<Self>>) -> Result<Arc<Self>> {
        let files = files(folder, "parquet")?;
        let stamp = stamps::of(files.iter().map(PathBuf::as_path));
        if let Some(before) = before.filter(|before| before.stamp == stamp) {
            return Ok(Arc::clone(before));
        }
        let mut this = Self {
            stamp,
            ..Self::default()
        };
        // The newest come last, and only their rows are kept.
        let mut fresh: HashMap<PathBuf, Vec<Row>> = HashMap::new();
        for path in files.iter().rev() {
            let mut hasher = DefaultHasher::new();
            stamps::stamp(path, &mut hasher);
            let stamp = hasher.finish();
            let known = before.and_then(|before| before.known.get(path));
            let part = match known.filter(|part| part.stamp == stamp) {
                Some(part) => Arc::clone(part),
                None => {
                    let (names, rows) = read(path)?;
                    let part = Arc::new(Part {
                        stamp,
                        names,
                        rows: rows.len(),
                    });
                    if this.rows < MOST_ROWS {
                        fresh.insert(path.clone(), rows);
                    }
                    part
                }
            };
            this.rows += part.rows;
            this.names.extend(part.names.iter().cloned());
            this.known.insert(path.clone(), part);
        }
        let most = (limit * this.names.len().max(1)).min(MOST_ROWS);
        let mut taken = 0;
        let mut windows: BTreeMap<i64, (i64, Rows)> = BTreeMap::new();
        for path in files.iter().rev() {
            if taken >= most {
                break;
            }
            let rows = match fresh.remove(path) {
                Some(rows) => rows,
                None => read(path)?.1,
            };
            let names = this.known.get(path).map_or(&[][..], |part| &part.names);
            taken += rows.len();
            for (start, end, product, revenue) in rows {
                let Some(name) = names.get(product as usize) else {
                    // Another file by now: the next look reads it.
                    let place = path.display().to_string();
                    let what = "was replaced while it was read; ask again".to_owned();
                    return Err(Error::Busy { place, what });
                };
                let window = windows.entry(start).or_insert_with(|| (end, Vec::new()));
                window.1.push((Arc::clone(name), revenue.into()));
            }
        }
        let whole = windows.into_iter();
        let whole = whole.map(|(start, (end, rows))| Window::new(start, end, false, rows));
        this.windows = whole.collect();
        // A window is looked at as a whole or not at all.
        let mut rows: usize = this.windows.iter().map(|window| window.rows.len()).sum();
        let cut = this.windows.iter().take_while(|window| {
            let over = rows > most;
            rows -= window.rows.len();
            over
        });
        let cut = cut.count().min(this.windows.len().saturating_sub(1));
        this.windows.drain(..cut);
        Ok(Arc::new(this))
    }
}

/// The products and the rows of a file.
fn read(path: &Path) -> Result<(Vec<Arc<str>>, Vec<Row>)> {
    let place = Location::from_path(path)?;
    let wrong = || Error::data(&place, "holds a row that no stream writes");
    let columns = [
        ("product", Kind::Text),
        ("revenue", Kind::Money),
        ("window_start", Kind::Time),
        ("window_end", Kind::Time),
    ];
    let mut names = IndexSet::new();
    let mut found = Vec::new();
    rows::read(&place, &columns, &Stop::never(), |_, rows| {
        for row in 0..rows.count() {
            let name = rows.text(0, row);
            let number = match names.get_index_of(name) {
                Some(number) => number,
                None => names.insert_full(Arc::from(name)).0,
            };
            let number = u32::try_from(number).map_err(|_| wrong())?;
            let revenue = rows.money(1, row).ok_or_else(wrong)?;
            found.push((rows.micros(2, row), rows.micros(3, row), number, revenue));
        }
        Ok(())
    })?;
    Ok((names.into_iter().collect(), found))
}
