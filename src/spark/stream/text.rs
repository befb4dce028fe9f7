//! The steps of a stream as Spark SQL: messages, what cleaning makes of them, windows, rejects.

use super::Job;
use crate::record::{Mapping, Reason, Rules};
use crate::spark::clean::{ASK, BLANK, Cleaning, Form};
use crate::stream::window::Shape;

/// The reason of a message that SQL is not sure to read as `retail` does. Nobody can be asked about
/// it while a stream runs, so it is kept and counted apart.
pub const UNSURE: &str = "unsure";
/// The column of event time.
pub const TIME: &str = "event_time";
/// What is read of a message. Its place goes through cleaning as one column.
pub const MESSAGE: [&str; 3] = [
    "named_struct('topic', topic, 'partition', partition, 'offset', offset, \
     'stamp', CASE WHEN timestampType >= 0 THEN unix_micros(timestamp) END, 'raw', value) AS source",
    "offset AS line",
    "CAST(COALESCE(value, X'') AS STRING) AS value",
];

/// Every message of `raw` with the reason to reject it, or what it sells.
pub fn judged(raw: &str, job: Job, mapping: &Mapping, rules: &Rules, max_jump: i64) -> String {
    let cleaning = Cleaning {
        form: Form::Json,
        mapping,
        rules,
        details: false,
        names: None,
        dates: None,
    };
    format!(
        "SELECT source, CASE WHEN source.raw IS NULL THEN '{}' WHEN status = '{ASK}' THEN '{UNSURE}' \
         WHEN status = '{BLANK}' THEN '{}' WHEN status IS NOT NULL THEN status \
         WHEN micros > source.stamp + {max_jump}L THEN '{}' END AS reason, \
         micros, kind, money, {} FROM ({})",
        Reason::NullValue,
        Reason::InvalidJson,
        Reason::EventInFuture,
        job.key(),
        cleaning.sql(raw),
    )
}

/// What is accepted of `judged`.
pub fn accepted(judged: &str, job: Job) -> String {
    format!(
        "SELECT timestamp_micros(micros) AS {TIME}, kind, money, {} FROM {judged} \
         WHERE reason IS NULL",
        job.key_of_sale(),
    )
}

/// The windows of `marked`, which has a watermark.
pub fn windows(marked: &str, job: Job, shape: Shape) -> String {
    let (start, end) = ("window.start AS window_start", "window.end AS window_end");
    let columns = match job {
        Job::Revenue => format!("product, {} AS revenue, {start}, {end}", revenue("money")),
        // In the order of the local engine.
        Job::Metrics => format!(
            "{start}, {end}, country, category, {} AS total_amount, COUNT(*) AS transaction_count, \
             {} AS avg_transaction_value",
            revenue("money"),
            mean("money"),
        ),
    };
    // What is no sale makes no window, but moves the watermark. A condition of its kind alone would
    // be taken up before the watermark; one that asks for the time is not.
    format!(
        "SELECT {columns} FROM {marked} \
         WHERE CASE WHEN kind IN ('SALE', 'RETURN') THEN TRUE ELSE {TIME} IS NULL END \
         GROUP BY window({TIME}, '{} microseconds', '{} microseconds'), {}",
        shape.size,
        shape.slide,
        job.key(),
    )
}

/// The mean of units as money, half to even; their sum is money.
fn mean(units: &str) -> String {
    let sum = format!("CAST({} AS BIGINT)", sum(units));
    // By the floor, as the local engine has it.
    let whole = format!("(({sum} - pmod({sum}, COUNT(*))) DIV COUNT(*))");
    format!(
        "CAST(({whole} + CASE WHEN 2 * pmod({sum}, COUNT(*)) > COUNT(*) \
         OR (2 * pmod({sum}, COUNT(*)) = COUNT(*) AND {whole} % 2 <> 0) THEN 1L ELSE 0L END) \
         * 0.0001 AS DECIMAL(18, 4))"
    )
}

/// A sum of units as money. One that does not fit is an error.
fn revenue(units: &str) -> String {
    format!("CAST({} * 0.0001 AS DECIMAL(18, 4))", sum(units))
}

/// A sum of units, which nothing leaves.
pub fn sum(units: &str) -> String {
    format!("SUM(CAST({units} AS DECIMAL(20, 0)))")
}

/// The rejects of `judged`, with the names of the local engine.
pub fn rejects(judged: &str) -> String {
    let text = "CAST(source.raw AS STRING)";
    format!(
        "SELECT source.topic AS source, source.partition AS partition, source.offset AS offset, \
         reason, COALESCE({}, '') AS raw, \
         CASE WHEN NOT is_valid_utf8({text}) THEN lower(hex(source.raw)) END AS raw_hex \
         FROM {judged} WHERE reason IS NOT NULL",
        format_args!("make_valid_utf8({text})"),
    )
}

/// How many messages of `judged` there are of each kind, and what they come to.
pub fn counts(judged: &str) -> String {
    format!(
        "SELECT reason, kind, COUNT(*) AS records, \
         CAST({} AS DECIMAL(38, 0)) AS units FROM {judged} GROUP BY reason, kind",
        sum("money"),
    )
}
