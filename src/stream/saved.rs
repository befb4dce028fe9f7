//! The windows as a value: what changed since the last commit, or all of it.

use serde::{Deserialize, Serialize};

use crate::stream::cells::{Cell, Cells};
use crate::stream::window::{Progress, Windows};

/// Product, sum in units of 1/10,000, number of records.
type SavedCell<'a> = (&'a [u8], i128, u64);
/// A slice or window by its number, and its sums.
type SavedCells<'a> = (i64, Vec<SavedCell<'a>>);

/// A change of the windows: new values of the sums that changed. Sums of what has closed since
/// need no mention.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct SavedWindows<'a> {
    /// Latest event time and floor by partition. Idleness is of the moment and is not saved.
    progress: Vec<(Option<i64>, Option<i64>)>,
    next: Option<i64>,
    #[serde(borrow)]
    slices: Vec<SavedCells<'a>>,
    withheld: Vec<SavedCells<'a>>,
}

impl Windows {
    /// What changed since [`Windows::settle`].
    pub fn changes(&self) -> SavedWindows<'_> {
        self.saved(|cells| Box::new(cells.changed()))
    }

    /// All of it.
    pub fn whole(&self) -> SavedWindows<'_> {
        self.saved(|cells| Box::new(cells.iter()))
    }

    fn saved<'a>(
        &'a self,
        which: impl Fn(&'a Cells) -> Box<dyn Iterator<Item = (&'a [u8], &'a Cell)> + 'a>,
    ) -> SavedWindows<'a> {
        let save = |(&at, cells): (&i64, &'a Cells)| {
            let cells = which(cells).map(|(product, cell)| (product, cell.sum, cell.count));
            let cells: Vec<_> = cells.collect();
            (!cells.is_empty()).then_some((at, cells))
        };
        let progress = self.progress().iter();
        SavedWindows {
            progress: progress.map(|p| (p.latest, p.floor)).collect(),
            next: self.next(),
            slices: self.slices.iter().filter_map(save).collect(),
            withheld: self.withheld.iter().filter_map(save).collect(),
        }
    }

    /// From now on nothing counts as changed.
    pub fn settle(&mut self) {
        let all = self.slices.values_mut().chain(self.withheld.values_mut());
        all.for_each(Cells::settle);
    }

    /// Puts saved values in place.
    pub fn apply(&mut self, saved: &SavedWindows<'_>) {
        for (target, saved) in [
            (&mut self.slices, &saved.slices),
            (&mut self.withheld, &saved.withheld),
        ] {
            for (at, cells) in saved {
                let target = target.entry(*at).or_default();
                for (product, sum, count) in cells {
                    target.put(
                        product,
                        Cell {
                            sum: *sum,
                            count: *count,
                        },
                    );
                }
            }
        }
        let progress = saved.progress.iter().map(|(latest, floor)| Progress {
            latest: *latest,
            floor: *floor,
            idle: false,
        });
        self.restore(progress.collect(), saved.next);
    }
}
