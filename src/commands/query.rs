//! `retail query`.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::{Outcome, location};
use crate::error::{Error, Result};
use crate::query::{self, Cell, Copies, Rows};
use crate::store::Location;
use crate::ui::{Context, Stdout, table};

/// Ask the outputs, or any CSV or Parquet file, in SQL
///
/// Tables are daily (order_date, product, total_amount), kpis (grand_total,
/// distinct_products, rows), products (order_date, product, category, units, sales, gross, net),
/// sales (the days broken down: order_date, grouping, store, store_city, category, country,
/// hour, sales, returns, units, gross, returned, net, min_sale, max_sale; name a grouping: day,
/// store, category, country, hour or category_country), and any quoted path after FROM or JOIN:
/// a file, a folder with all below it, or a pattern such as 'sales/2025-*.csv'. Numbers with
/// decimals are exact, up to 38 digits; AVG and a factor with decimals give floats.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct QueryArgs {
    /// The query, in quotes
    pub sql: String,
    /// Folder of the outputs
    #[arg(short, long, value_name = "FOLDER", default_value = "data/output")]
    pub output: PathBuf,
    /// Form of the result
    #[arg(short, long, value_enum, default_value = "table")]
    pub format: Format,
    /// Rows that a table shows at most; 0 shows all
    #[arg(short, long, value_name = "N", default_value_t = 100)]
    pub limit: usize,
}

const EXAMPLES: &str = "\
Examples:
  retail query \"SELECT * FROM kpis\"
  retail query \"SELECT product, SUM(total_amount) AS total FROM daily
                GROUP BY product ORDER BY total DESC LIMIT 10\"
  retail query \"SELECT store, SUM(net) AS net FROM sales WHERE grouping = 'store'
                GROUP BY store ORDER BY net DESC\"
  retail query --format csv \"SELECT * FROM 'data/input/*.csv' LIMIT 5\"";

/// The form of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Columns that fit the terminal
    Table,
    /// Comma-separated values with a header
    Csv,
    /// An array of objects, one a line; decimals are strings
    Json,
}

/// Prints the result of the query.
///
/// # Errors
/// When the query is wrong, or a file or standard output fails.
pub fn run(args: QueryArgs, context: &Context) -> anyhow::Result<Outcome> {
    if context.json() {
        let what = "query has no summary for --json; --format json prints its rows as JSON";
        return Err(Error::Usage(what.to_owned()).into());
    }
    let rows = ask(args.sql, location(&args.output)?, context)?;
    let out = context.claim_stdout_for_data()?;
    match args.format {
        Format::Table => print_table(&rows, args.limit, context.width(), out)?,
        Format::Csv => print_csv(&rows, out)?,
        Format::Json => print_json(&rows, out)?,
    }
    Ok(Outcome::Done)
}

/// Asks on another thread: Polars cannot be told to stop, but it can be left behind.
fn ask(sql: String, output: Location, context: &Context) -> Result<Rows> {
    let (answer, answers) = mpsc::channel();
    let copies = Arc::new(Copies::default());
    let theirs = Arc::clone(&copies);
    // The answer is lost only when nobody waits for it any more.
    thread::spawn(move || drop(answer.send(query::run(&sql, &output, &theirs))));
    loop {
        match answers.recv_timeout(Duration::from_millis(50)) {
            Ok(rows) => {
                // Here, as nobody waits for the other thread when the program ends.
                copies.remove();
                return rows;
            }
            Err(RecvTimeoutError::Timeout) => {
                context.stop.check().inspect_err(|_| copies.remove())?;
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Error::Internal(
                    "a query ended without an answer".to_owned(),
                ));
            }
        }
    }
}

fn print_table(rows: &Rows, limit: usize, width: usize, mut out: Stdout) -> Result<()> {
    let columns = rows.columns();
    let right: Vec<bool> = (0..columns.len())
        .map(|column| rows.is_number(column))
        .collect();
    let shown = match limit {
        0 => rows.count(),
        limit => limit.min(rows.count()),
    };
    let texts = (0..shown).map(|row| rows.row(row).iter().map(Cell::text).collect());
    let texts: Vec<Vec<String>> = texts.collect();
    out.text(&table(&columns, &right, &texts, width))?;
    if shown < rows.count() {
        let more = rows.count() - shown;
        out.line(&format!("({more} more rows; --limit 0 shows all)"))?;
    }
    out.finish()
}

fn print_csv(rows: &Rows, out: Stdout) -> Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(rows.columns()).map_err(failed)?;
    for row in 0..rows.count() {
        writer
            .write_record(rows.row(row).iter().map(Cell::text))
            .map_err(failed)?;
    }
    let out = writer
        .into_inner()
        .map_err(|e| failed(e.into_error().into()))?;
    out.finish()
}

fn print_json(rows: &Rows, mut out: Stdout) -> Result<()> {
    let columns = rows.columns();
    out.text("[")?;
    for row in 0..rows.count() {
        out.text(if row == 0 { "\n" } else { ",\n" })?;
        // Not one object of the library: it would sort the names.
        for (at, (name, cell)) in columns.iter().zip(rows.row(row)).enumerate() {
            out.text(if at == 0 { "{" } else { "," })?;
            out.text(&format!("{}:{}", json!(name), json_value(cell)))?;
        }
        out.text("}")?;
    }
    out.text("\n]\n")?;
    out.finish()
}

fn json_value(cell: Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Bool(value) => json!(value),
        Cell::Integer(value) => match i64::try_from(value) {
            Ok(value) => json!(value),
            Err(_) => json!(value.to_string()),
        },
        Cell::Float(value) => json!(value),
        Cell::Decimal(text) | Cell::Text(text) => Value::String(text),
    }
}

fn failed(error: csv::Error) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(e) => crate::ui::stdout_error(e),
        other => Error::Internal(format!("cannot write CSV: {other:?}")),
    }
}
