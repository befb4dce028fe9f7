//! Results in databases, beside the folders: each row once, whatever dies when.
//!
//! A folder is written first and is the truth; what stands in a database is brought there from it. So
//! a database that is away holds nothing up and costs no memory: what it lacks is read from the
//! folder when it is back. A row is known by the run that made it and by its number in its table,
//! and a database keeps how many rows of which run it has ([`Standing`]). What each store promises
//! stands in `docs/exactly-once.md`.

pub mod address;
mod ahead;
pub mod batch;
mod cassandra;
pub mod catalog;
mod cell;
mod clickhouse;
mod client;
pub mod follow;
mod mongodb;
pub mod open;
mod postgres;
pub mod redis;
pub mod schema;
pub mod shape;
mod tls;
pub mod views;

use arrow::array::RecordBatch;

pub use address::{Address, Server};
pub use open::open;
pub use shape::{Column, Kind, Shape};

use crate::error::Result;
use crate::signal::Stop;

/// What a database has of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The run whose rows they are.
    pub run: String,
    /// So many of its first rows are there.
    pub rows: u64,
}

/// A table that is to replace what a database has of it.
pub struct Table<'a> {
    /// What it looks like.
    pub shape: Shape,
    /// Its rows in order.
    pub rows: Box<dyn Iterator<Item = Result<RecordBatch>> + 'a>,
}

/// The tables of a run, in the order in which they are written; it can be asked again when a
/// connection broke.
pub type Tables<'a> = &'a dyn Fn() -> Result<Vec<Table<'a>>>;

/// A database that takes rows. Every call may fail for a while
/// ([`retry`](crate::Error::retry)); it is then repeated as it was, and makes a new connection.
pub trait Sink: Send {
    /// Where it is, without secrets.
    fn place(&self) -> String;

    /// Makes the table where it is missing.
    ///
    /// # Errors
    /// When there is one of other columns, or it cannot be made.
    fn ensure(&mut self, shape: &Shape, stop: &Stop) -> Result<()> {
        let there = self.columns(&shape.table, stop)?;
        if !there.is_empty() {
            views::same(self, shape, &there)?;
            self.may_write(shape, stop)?;
        } else {
            let mut statements = self.foundation();
            statements.extend(self.create(shape));
            let mut statements = statements.iter();
            statements.try_for_each(|statement| self.execute(statement, stop))?;
        }
        self.beside(shape, stop)
    }

    /// Makes what it keeps beside a table that is there, and fills it.
    ///
    /// # Errors
    /// As [`Sink::ensure`].
    fn beside(&mut self, _shape: &Shape, _stop: &Stop) -> Result<()> {
        Ok(())
    }

    /// Refuses where this user may not write a table that is there; a server that does not tell lets
    /// that be found out.
    ///
    /// # Errors
    /// When it is not allowed, or cannot be asked.
    fn may_write(&mut self, _shape: &Shape, _stop: &Stop) -> Result<()> {
        Ok(())
    }

    /// What it has of a table, if anything.
    ///
    /// # Errors
    /// When it cannot be asked.
    fn standing(&mut self, table: &str, stop: &Stop) -> Result<Option<Standing>>;

    /// Drops what it has of a table, and expects the rows of `run`.
    ///
    /// # Errors
    /// When it cannot be done.
    fn begin(&mut self, shape: &Shape, run: &str, stop: &Stop) -> Result<()>;

    /// Adds rows of the table's run, the first of them number `from`; those that it has are left
    /// out.
    ///
    /// # Errors
    /// When they cannot be added.
    fn append(
        &mut self,
        shape: &Shape,
        run: &str,
        from: u64,
        rows: &RecordBatch,
        stop: &Stop,
    ) -> Result<()>;

    /// Replaces what it has of these tables by the rows of `run`: how many rows each got.
    ///
    /// # Errors
    /// When that cannot be done; then the old rows count.
    fn replace(&mut self, run: &str, tables: Tables<'_>, stop: &Stop)
    -> Result<Vec<(String, u64)>>;

    /// Makes what a table of ours lacks of its indexes and views.
    ///
    /// # Errors
    /// When it cannot be made.
    fn mend(&mut self, shape: &Shape, stop: &Stop) -> Result<()> {
        let statements = self.create(shape);
        let mut statements = statements.iter();
        statements.try_for_each(|statement| self.execute(statement, stop))
    }

    /// Runs a statement of ours, for `sinks init`.
    ///
    /// # Errors
    /// When it is refused.
    fn execute(&mut self, statement: &str, stop: &Stop) -> Result<()>;

    /// The statements that make a table.
    fn create(&self, shape: &Shape) -> Vec<String>;

    /// The statements that add a column to a table.
    fn add(&self, shape: &Shape, column: &Column) -> Vec<String>;

    /// Whether there is a view of this name, which may be in another database of the server.
    ///
    /// # Errors
    /// When it cannot be asked.
    fn has_view(&mut self, name: &str, stop: &Stop) -> Result<bool> {
        Ok(!self.columns(name, stop)?.is_empty())
    }

    /// Whether something of others stands under this name, which a view would replace.
    ///
    /// # Errors
    /// When it cannot be asked.
    fn holds(&mut self, _name: &str, _stop: &Stop) -> Result<bool> {
        Ok(false)
    }

    /// The statements that make what every table needs.
    fn foundation(&self) -> Vec<String>;

    /// The columns of a table or view with their types; none when there is no such table.
    ///
    /// # Errors
    /// When it cannot be asked.
    fn columns(&mut self, table: &str, stop: &Stop) -> Result<Vec<(String, String)>>;

    /// The type of a column in the words of [`Sink::columns`].
    fn type_of(&self, kind: Kind) -> &'static str;

    /// The server's clock, in milliseconds since 1970, if it tells it.
    ///
    /// # Errors
    /// When it cannot be asked.
    fn clock(&mut self, stop: &Stop) -> Result<Option<i64>>;

    /// How many bytes its disks have free, if it tells that.
    ///
    /// # Errors
    /// When it cannot be asked.
    fn free(&mut self, _stop: &Stop) -> Result<Option<u64>> {
        Ok(None)
    }

    /// The server's version.
    ///
    /// # Errors
    /// When it cannot be asked.
    fn version(&mut self, stop: &Stop) -> Result<String>;
}

/// The column of the name under which rows were written.
pub const OWNER: &str = "_owner";
/// The column of a row's number in its table.
pub const ROW: &str = "_row";
/// The table of what counts.
pub const OUTPUTS: &str = "retail_outputs";
