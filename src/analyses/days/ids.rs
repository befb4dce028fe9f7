//! Products by numbers that stay the same from run to run.

use hashbrown::HashMap;
use polars::prelude::{Column, DataFrame, DataType, NamedFrom, PolarsResult, Series};

/// The column that is translated.
const NUMBER: &str = "product_number";

/// Ids of the products, and their numbers in this run, which are by their names.
#[derive(Debug, Default)]
pub struct Ids {
    names: Vec<String>,
    /// By id.
    numbers: Vec<Option<i64>>,
    /// By number.
    ids: HashMap<i64, i64>,
}

impl Ids {
    /// Gives ids to the products of this run; `names` have theirs already.
    pub fn new(names: Vec<String>, products: &HashMap<String, i64>) -> Self {
        let mut this = Self {
            numbers: names.iter().map(|n| products.get(n).copied()).collect(),
            names,
            ids: HashMap::with_capacity(products.len()),
        };
        for (id, number) in this.numbers.iter().enumerate() {
            this.ids.extend(number.map(|number| (number, id as i64)));
        }
        let mut new: Vec<_> = products
            .iter()
            .filter(|(_, number)| !this.ids.contains_key(*number))
            .collect();
        new.sort_unstable_by_key(|(_, number)| **number);
        for (name, number) in new {
            this.ids.insert(*number, this.names.len() as i64);
            this.names.push(name.clone());
            this.numbers.push(Some(*number));
        }
        this
    }

    /// The products by id.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Rows of this run as they are kept.
    ///
    /// # Errors
    /// When the column is none of numbers.
    pub fn keep(&self, rows: &DataFrame) -> PolarsResult<DataFrame> {
        translated(rows, |number| self.ids.get(&number).copied())
    }

    /// Rows that were kept as those of this run.
    ///
    /// # Errors
    /// When the column is none of ids.
    pub fn restore(&self, rows: &DataFrame) -> PolarsResult<DataFrame> {
        translated(rows, |id| {
            let at = usize::try_from(id).ok()?;
            self.numbers.get(at).copied().flatten()
        })
    }
}

fn translated(rows: &DataFrame, to: impl Fn(i64) -> Option<i64>) -> PolarsResult<DataFrame> {
    let mut rows = rows.clone();
    if rows.get_column_index(NUMBER).is_none() {
        return Ok(rows);
    }
    let values = rows.column(NUMBER)?.cast(&DataType::Int64)?;
    let values = values.i64()?.iter().map(|value| to(value?));
    let values = Series::new(NUMBER.into(), values.collect::<Vec<_>>());
    rows.with_column(Column::from(values))?;
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn products(names: &[&str]) -> HashMap<String, i64> {
        let mut names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        names.sort();
        names.into_iter().zip(1..).collect()
    }

    fn frame(numbers: &[Option<i64>]) -> DataFrame {
        let column = Column::from(Series::new(NUMBER.into(), numbers));
        DataFrame::new(numbers.len(), vec![column]).expect("a table")
    }

    #[test]
    fn ids_outlast_the_numbers() {
        let first = Ids::new(Vec::new(), &products(&["b", "d"]));
        let kept = first.keep(&frame(&[Some(1), Some(2), None])).expect("kept");
        // Before, between and behind, and one is gone.
        let next = Ids::new(first.names().to_vec(), &products(&["a", "c", "d", "e"]));
        let rows = next.restore(&kept).expect("restored");
        assert!(rows.equals_missing(&frame(&[None, Some(3), None])));
        assert_eq!(next.names(), ["b", "d", "a", "c", "e"]);
        let again = next.keep(&frame(&[Some(3), Some(1)])).expect("kept");
        assert!(again.equals_missing(&frame(&[Some(1), Some(2)])));
    }
}
