//! Lists of the dashboard as CSV.

use serde::Deserialize;

use super::sales::{Key, Sales};
use super::source::Book;
use crate::batch::breakdown::Grouping;
use crate::error::{Error, Result};
use crate::record::Day;
use crate::serve::figures::mean;

/// What a list has a row for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// Each day and product: the file of batch, of the days asked for.
    Row,
    /// Each day.
    Day,
    /// Each month.
    Month,
    /// Each product.
    Product,
    /// Each store.
    Store,
    /// Each category.
    Category,
    /// Each country.
    Country,
    /// Each weekday and hour.
    Hour,
}

impl By {
    /// The list called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "day" => Self::Day,
            "month" => Self::Month,
            "product" => Self::Product,
            "store" => Self::Store,
            "category" => Self::Category,
            "country" => Self::Country,
            "hour" => Self::Hour,
            _ => return None,
        })
    }
}

/// Names for [`By::named`].
pub const NAMES: &str = "day, month, product, store, category, country, hour";

type Rows = Vec<Vec<String>>;

/// The list as CSV; none where the input does not tell what it is by.
///
/// # Errors
/// None that can be helped: memory takes every row.
pub fn list(book: &Book, by: By, from: Day, to: Day) -> Result<Option<Vec<u8>>> {
    let (header, rows): (&[&str], Rows) = match by {
        By::Row => (
            &["order_date", "product", "total_amount"],
            rows(book, from, to),
        ),
        By::Day => (&["order_date", "total_amount"], by_day(book, from, to)),
        By::Month => (&["month", "total_amount"], by_month(book, from, to)),
        By::Product => (
            &["product", "category", "units", "total_amount"],
            by_product(book, from, to),
        ),
        By::Store | By::Category | By::Country | By::Hour => {
            let Some(sales) = &book.sales else {
                return Ok(None);
            };
            return grouped(sales, by, from, to);
        }
    };
    write(header, rows).map(Some)
}

fn write(header: &[&str], rows: Rows) -> Result<Vec<u8>> {
    let failed = |e: String| Error::Internal(format!("a list as CSV: {e}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(header)
        .map_err(|e| failed(e.to_string()))?;
    for row in rows {
        writer
            .write_record(row)
            .map_err(|e| failed(e.to_string()))?;
    }
    writer.into_inner().map_err(|e| failed(e.to_string()))
}

fn rows(book: &Book, from: Day, to: Day) -> Rows {
    let lines = book.daily.lines(from, to);
    lines
        .map(|line| {
            let (day, total) = (line.day.to_string(), line.total.to_string());
            vec![day, line.name.to_owned(), total]
        })
        .collect()
}

fn by_day(book: &Book, from: Day, to: Day) -> Rows {
    let daily = &book.daily;
    let days = daily.days(from, to).iter();
    days.map(|(day, _)| vec![day.to_string(), daily.revenue(*day, *day).to_string()])
        .collect()
}

fn by_month(book: &Book, from: Day, to: Day) -> Rows {
    let daily = &book.daily;
    let mut months: Vec<(String, crate::record::Total)> = Vec::new();
    for (day, _) in daily.days(from, to) {
        let month = day.to_string().get(..7).unwrap_or_default().to_owned();
        match months.last_mut() {
            Some((last, total)) if *last == month => *total += daily.revenue(*day, *day),
            _ => months.push((month, daily.revenue(*day, *day))),
        }
    }
    let months = months.into_iter();
    months
        .map(|(month, total)| vec![month, total.to_string()])
        .collect()
}

fn by_product(book: &Book, from: Day, to: Day) -> Rows {
    let daily = &book.daily;
    let lines = book.lines.as_ref();
    let units = lines.map(|lines| lines.units(daily, from, to));
    let ranking = daily.ranking(from, to).into_iter();
    ranking
        .map(|(product, total)| {
            let category = lines.and_then(|lines| lines.category(product));
            let units = units.as_ref().and_then(|units| units[product as usize]);
            vec![
                daily.name(product).to_owned(),
                category.unwrap_or_default().to_owned(),
                units.map(|units| units.to_string()).unwrap_or_default(),
                total.to_string(),
            ]
        })
        .collect()
}

fn grouped(sales: &Sales, by: By, from: Day, to: Day) -> Result<Option<Vec<u8>>> {
    let (grouping, key, name) = match by {
        By::Store => (Grouping::Store, Key::Store, "store"),
        By::Category => (Grouping::Category, Key::Category, "category"),
        By::Country => (Grouping::Country, Key::Country, "country"),
        _ => return by_hour(sales, from, to),
    };
    if !sales.knows(grouping) {
        return Ok(None);
    }
    let groups = sales.by(grouping, key, from, to).into_iter();
    let rows = groups.map(|(name, all)| {
        let all = all.line;
        let average = mean(all.gross, all.sales);
        vec![
            name.to_owned(),
            all.sales.to_string(),
            all.returns.to_string(),
            all.gross.to_string(),
            all.returned.to_string(),
            all.net().to_string(),
            average.map(|mean| mean.to_string()).unwrap_or_default(),
        ]
    });
    let header = [
        name,
        "sales",
        "returns",
        "gross",
        "returned",
        "total_amount",
        "average_sale",
    ];
    write(&header, rows.collect()).map(Some)
}

fn by_hour(sales: &Sales, from: Day, to: Day) -> Result<Option<Vec<u8>>> {
    let Some(week) = sales.week(from, to) else {
        return Ok(None);
    };
    let mut rows = Vec::new();
    for (weekday, hours) in (1..).zip(week) {
        for (hour, all) in hours
            .iter()
            .enumerate()
            .filter(|(_, all)| all.records() > 0)
        {
            rows.push(vec![
                u8::to_string(&weekday),
                hour.to_string(),
                all.sales.to_string(),
                all.net().to_string(),
            ]);
        }
    }
    write(&["weekday", "hour", "sales", "total_amount"], rows).map(Some)
}
