//! The accepted records of a run as the analyses read them.

use std::collections::HashMap as Map;

use hashbrown::HashMap;
use polars::prelude::{Column, DataFrame, NamedFrom, Series};

use crate::analyses::engine::kept::{Kept, NAMES, PRODUCTS, SPAN};
use crate::analyses::groundwork::{EVENTS, SALES, UNIFIED};
use crate::analyses::leave_out::{LeaveOut, Rule};
use crate::error::{Error, Result};
use crate::record::Day;
use crate::spark::clean::text::literal;
use crate::spark::rows::Rows;
use crate::spark::sums::placed;
use crate::spark::{Session, plan};

/// What the records of a run tell, restocks included.
#[derive(Debug, Default)]
pub struct Told {
    /// How many days have records.
    pub days: u64,
    /// The first and the last.
    pub span: Option<(Day, Day)>,
    /// The latest event time, in microseconds since 1970.
    pub latest: Option<i64>,
}

/// The view of the accepted records of `lines`, each counted once; kept on the cluster.
///
/// # Errors
/// When Spark refuses it.
pub fn keep(session: &Session, lines: &str, parts: usize) -> Result<String> {
    let name = format!("{lines}_kept");
    let placed = placed(lines, parts);
    let text = format!("SELECT * EXCEPT (place) FROM {placed} WHERE status IS NULL AND place = 1");
    session.keep(&name, &text)?;
    Ok(name)
}

/// What the records of a view tell.
///
/// # Errors
/// When Spark refuses to say.
pub fn told(session: &Session, kept: &str) -> Result<Told> {
    let text = format!(
        "SELECT COUNT(DISTINCT day) AS days, MIN(day) AS first, MAX(day) AS last, \
         MAX(micros) AS latest FROM {kept}"
    );
    let mut told = Told::default();
    session.query(&text, |batch| {
        let rows = Rows::of(&batch);
        for row in 0..batch.num_rows() {
            told.days = rows.number("days", row)?.unwrap_or_default().unsigned_abs();
            let day = |name| Ok::<_, Error>(rows.number(name, row)?.and_then(as_day));
            told.span = day("first")?.zip(day("last")?);
            told.latest = rows.number("latest", row)?;
        }
        Ok(())
    })?;
    Ok(told)
}

fn as_day(number: i64) -> Option<Day> {
    i32::try_from(number).ok().and_then(Day::from_number)
}

/// Names `lines`, `events`, `sales`, `live_events` and `unified`, over the kept records of the
/// archive and of the live events.
///
/// # Errors
/// When Spark refuses them.
pub fn name(
    session: &Session,
    (archive, live): (&str, Option<&str>),
    leave_out: &LeaveOut,
    watermark: i64,
) -> Result<()> {
    let lines = |kept: &str, more: &str| lines(kept, more, leave_out, watermark);
    session.name("lines", plan::sql(&lines(archive, "")))?;
    session.name("events", plan::sql(EVENTS))?;
    session.name("sales", plan::sql(SALES))?;
    // Without live events, theirs are none of the archive's.
    let (live, more) = live.map_or((archive, " AND FALSE"), |live| (live, ""));
    session.name("live_lines", plan::sql(&lines(live, more)))?;
    let live = EVENTS.replace("FROM lines", "FROM live_lines");
    session.name("live_events", plan::sql(&live))?;
    session.name("unified", plan::sql(UNIFIED))
}

fn lines(kept: &str, more: &str, leave_out: &LeaveOut, watermark: i64) -> String {
    let or_null = |name: &str| format!("NULLIF({name}, '')");
    let money =
        |units: &str| format!("CAST(CAST({units} AS DECIMAL(18, 0)) * 0.0001BD AS DECIMAL(18, 4))");
    format!(
        "SELECT *, {} AS left_out FROM (SELECT date_from_unix_date(l.day) AS order_date, \
         CAST(l.day AS BIGINT) AS day_number, timestamp_micros(l.micros) AS event_time, \
         CAST(l.hour AS BIGINT) AS hour, \
         CASE WHEN l.order_id = '' THEN concat('line ', l.source, ' ', l.line) \
         ELSE concat('order ', l.day, ' ', length(l.store), ' ', l.store, ' ', l.order_id) END \
         AS order_key, {} AS order_id, {} AS store_id, {} AS store_city, l.product, \
         n.product_number, {} AS customer_number, {} AS category, {} AS customer_id, \
         {} AS country, {} AS payment_method, {} AS promotion_id, {} AS original_order_id, \
         l.kind, {} AS quantity, {} AS unit_price, {} AS amount, \
         timestamp_micros(l.micros - pmod(l.micros, 3600000000L)) AS hour_start, \
         l.micros < {watermark} AS is_before, l.source, l.line AS position \
         FROM {kept} l LEFT JOIN product_names n ON l.product = n.product WHERE TRUE{more})",
        left_out(leave_out),
        or_null("l.order_id"),
        or_null("l.store"),
        or_null("l.store_city"),
        or_null("l.customer_id"),
        or_null("l.category"),
        or_null("l.customer_id"),
        or_null("l.country"),
        or_null("l.payment_method"),
        or_null("l.promotion_id"),
        or_null("l.original_order_id"),
        money("l.units"),
        money("l.unit_price"),
        money("l.money"),
    )
}

/// The name of the rule by which a line is left out; null if it is not.
fn left_out(leave_out: &LeaveOut) -> String {
    let mut whens = String::new();
    for (rule, name) in leave_out.rules() {
        let applies = match rule {
            Rule::WriteOffs => "quantity < 0 AND amount = 0".to_owned(),
            Rule::NonProducts => {
                let codes = leave_out.non_products().iter();
                let codes = codes.map(|code| match code.strip_suffix('*') {
                    Some(begin) => format!("startswith(lower(product), {})", literal(begin)),
                    None => format!("lower(product) = {}", literal(code)),
                });
                codes.collect::<Vec<_>>().join(" OR ")
            }
            Rule::Adjustments => "order_id RLIKE '\\\\AA[0-9]+\\\\z'".to_owned(),
            Rule::Anonymous => "customer_id IS NULL".to_owned(),
            Rule::Returns => "kind = 'RETURN'".to_owned(),
        };
        whens.push_str(&format!(" WHEN {applies} THEN '{name}'"));
    }
    match whens.as_str() {
        "" => "CAST(NULL AS STRING)".to_owned(),
        whens => format!("CASE{whens} END"),
    }
}

/// How many records of `lines` each rule leaves out.
///
/// # Errors
/// When Spark refuses to say.
pub fn count_left_out(session: &Session, lines: &str) -> Result<Map<String, u64>> {
    let text = format!(
        "SELECT left_out, COUNT(*) AS records FROM {lines} WHERE left_out IS NOT NULL GROUP BY left_out"
    );
    let mut counts = Map::new();
    session.query(&text, |batch| {
        let rows = Rows::of(&batch);
        for row in 0..batch.num_rows() {
            let name = rows.text("left_out", row)?.unwrap_or_default().to_owned();
            let count = rows.number("records", row)?.unwrap_or_default();
            counts.insert(name, count.unsigned_abs());
        }
        Ok(())
    })?;
    Ok(counts)
}

/// What sales and returns tell that no rule leaves out; `products` are those of batch, which hold
/// where there is no rule. Names `product_names`.
///
/// # Errors
/// When Spark refuses to say.
pub fn look(
    session: &Session,
    kept: &str,
    leave_out: &LeaveOut,
    products: DataFrame,
) -> Result<Kept> {
    // Their numbers are not known yet, and nobody asks for them here.
    let none = Series::new("product_number".into(), [0_i64]);
    let name = Series::new("product".into(), [""]);
    let none = DataFrame::new(1, vec![Column::from(none), Column::from(name)]);
    let none = none.map_err(|e| Error::Internal(e.to_string()))?;
    super::frames::bring(session, "product_names", &none)?;
    self::name(session, (kept, None), leave_out, i64::MAX)?;
    session.name("parts", plan::sql(PRODUCTS))?;
    let mut found = Kept {
        span: None,
        products,
        customers: 0,
        stores: 0,
        left_out: HashMap::new(),
    };
    session.query(SPAN, |batch| {
        let rows = Rows::of(&batch);
        for row in 0..batch.num_rows() {
            let day = |name| Ok::<_, Error>(rows.number(name, row)?.and_then(as_day));
            found.span = day("first")?.zip(day("last")?);
            found.customers = rows.number("customers", row)?.unwrap_or_default();
            found.stores = rows.number("stores", row)?.unwrap_or_default();
        }
        Ok(())
    })?;
    if leave_out.is_nothing() {
        return Ok(found);
    }
    found.left_out.extend(count_left_out(session, "lines")?);
    let (mut numbers, mut products, mut categories) = (Vec::new(), Vec::new(), Vec::new());
    session.query(NAMES, |batch| {
        let rows = Rows::of(&batch);
        for row in 0..batch.num_rows() {
            numbers.push(rows.number("product_number", row)?.unwrap_or_default());
            products.push(rows.text("product", row)?.unwrap_or_default().to_owned());
            categories.push(rows.text("category", row)?.map(str::to_owned));
        }
        Ok(())
    })?;
    let height = numbers.len();
    let columns = vec![
        Column::from(Series::new("product_number".into(), numbers)),
        Column::from(Series::new("product".into(), products)),
        Column::from(Series::new("category".into(), categories)),
    ];
    let names = DataFrame::new(height, columns).map_err(|e| Error::Internal(e.to_string()))?;
    found.products = names;
    Ok(found)
}
