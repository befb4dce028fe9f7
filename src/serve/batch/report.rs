//! `/api/report`: everything that the batch dashboard shows of a span of days.

use serde::Serialize;
use serde_json::Value;

use super::daily::Daily;
use super::sales::{Key, Sales};
use super::source::Book;
use crate::batch::breakdown::Grouping;
use crate::batch::measures::Line;
use crate::record::{Day, Total};
use crate::serve::figures::{change, days, mean, percent};

/// Products that are ranked.
const TOP: usize = 10;
/// Rows that are shown.
const SAMPLE: usize = 50;

/// The answer; money and shares are texts, for exact figures in any language.
#[derive(Debug, Serialize)]
pub struct Report<'a> {
    status: &'static str,
    run: Option<RunOf<'a>>,
    range: Range,
    kpis: Kpis,
    previous: Option<Previous>,
    by_day: Vec<OfDay>,
    by_month: Vec<OfMonth>,
    top_products: Vec<OfProduct<'a>>,
    by_store: Option<Vec<Group<'a>>>,
    by_category: Option<Vec<Group<'a>>>,
    by_country: Option<Vec<Group<'a>>>,
    by_hour: Option<Vec<OfHour>>,
    sample: Vec<Row<'a>>,
    quality: Option<Value>,
    notes: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
struct RunOf<'a> {
    run_id: &'a str,
    finished: &'a str,
}

#[derive(Debug, Serialize)]
struct Range {
    from: String,
    to: String,
    first: String,
    last: String,
}

#[derive(Debug, Serialize)]
struct Kpis {
    revenue: Total,
    gross: Option<Total>,
    returned: Option<Total>,
    sales: Option<u64>,
    returns: Option<u64>,
    units: Option<Total>,
    products: usize,
    days: usize,
    average_sale: Option<Total>,
    return_rate: Option<String>,
}

#[derive(Debug, Serialize)]
struct Previous {
    from: String,
    to: String,
    revenue: Total,
    change: Option<String>,
}

#[derive(Debug, Serialize)]
struct OfDay {
    date: String,
    revenue: Total,
    sales: Option<u64>,
    returns: Option<u64>,
    returned: Option<Total>,
}

#[derive(Debug, Serialize)]
struct OfMonth {
    month: String,
    revenue: Total,
    days: usize,
    complete: bool,
    change: Option<String>,
}

#[derive(Debug, Serialize)]
struct OfProduct<'a> {
    product: &'a str,
    category: Option<&'a str>,
    revenue: Total,
    units: Option<Total>,
}

#[derive(Debug, Serialize)]
struct Group<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'a str>,
    revenue: Total,
    sales: u64,
    returned: Total,
    return_rate: Option<String>,
    share: Option<String>,
}

#[derive(Debug, Serialize)]
struct OfHour {
    weekday: u8,
    hour: usize,
    revenue: Total,
    sales: u64,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    order_date: String,
    product: &'a str,
    total_amount: Total,
}

/// The figures of a run record that say what became of the records.
const QUALITY: [&str; 5] = ["read", "accepted", "rejected", "duplicates", "non_sales"];

impl<'a> Report<'a> {
    /// Of the days `from` to `to`, as far as `book` has them.
    pub fn of(book: &'a Book, from: Option<Day>, to: Option<Day>) -> Self {
        let daily = &book.daily;
        let (first, last) = daily.span().unwrap_or((Day::EPOCH, Day::EPOCH));
        let (from, to) = (from.unwrap_or(first), to.unwrap_or(last));
        let ranking = daily.ranking(from, to);
        let sales = book.sales.as_ref();
        let units = book
            .lines
            .as_ref()
            .map(|lines| lines.units(daily, from, to));
        let revenue = daily.revenue(from, to);
        let groups = |grouping, key| groups(sales?, grouping, key, from, to, revenue);
        let top = ranking.iter().take(TOP);
        let newest = daily.newest(from, to, SAMPLE);
        Self {
            status: "ok",
            run: book.run.as_ref().map(|run| RunOf {
                run_id: &run.id,
                finished: &run.finished,
            }),
            range: Range {
                from: from.to_string(),
                to: to.to_string(),
                first: first.to_string(),
                last: last.to_string(),
            },
            kpis: kpis(daily, sales, from, to, ranking.len()),
            previous: previous(daily, from, to),
            by_day: by_day(daily, sales, from, to),
            by_month: by_month(daily, from, to),
            top_products: top
                .map(|&(product, total)| OfProduct {
                    product: daily.name(product),
                    category: book.lines.as_ref().and_then(|l| l.category(product)),
                    revenue: total,
                    units: units.as_ref().and_then(|units| units[product as usize]),
                })
                .collect(),
            by_store: groups(Grouping::Store, Key::Store),
            by_category: groups(Grouping::Category, Key::Category),
            by_country: groups(Grouping::Country, Key::Country),
            by_hour: sales.and_then(|sales| by_hour(sales, from, to)),
            sample: newest
                .into_iter()
                .map(|line| Row {
                    order_date: line.day.to_string(),
                    product: line.name,
                    total_amount: line.total.into(),
                })
                .collect(),
            quality: book.run.as_ref().map(|run| {
                let known = QUALITY.map(|name| (name.to_owned(), run.figures[name].clone()));
                Value::Object(known.into_iter().collect())
            }),
            notes: notes(sales),
        }
    }
}

fn kpis(daily: &Daily, sales: Option<&Sales>, from: Day, to: Day, products: usize) -> Kpis {
    let total = sales.map(|sales| sales.total(from, to).line);
    Kpis {
        revenue: daily.revenue(from, to),
        gross: total.map(|all| all.gross),
        returned: total.map(|all| all.returned),
        sales: total.map(|all| all.sales),
        returns: total.map(|all| all.returns),
        units: total.and_then(|all| all.units()),
        products,
        days: daily.days(from, to).len(),
        average_sale: total.and_then(|all| mean(all.gross, all.sales)),
        return_rate: total.and_then(return_rate),
    }
}

/// Returns among all that was sold, by money.
fn return_rate(all: Line) -> Option<String> {
    percent(all.returned.units(), all.gross.units())
}

/// As many days before; none where the data does not reach back so far.
fn previous(daily: &Daily, from: Day, to: Day) -> Option<Previous> {
    let length = days(from, to);
    let (start, end) = (from.plus(-length)?, from.plus(-1)?);
    if start < daily.span()?.0 {
        return None;
    }
    let revenue = daily.revenue(start, end);
    Some(Previous {
        from: start.to_string(),
        to: end.to_string(),
        revenue,
        change: change(revenue, daily.revenue(from, to)),
    })
}

fn by_day(daily: &Daily, sales: Option<&Sales>, from: Day, to: Day) -> Vec<OfDay> {
    let days = daily.days(from, to).iter();
    days.map(|&(day, _)| {
        let all = sales.map(|sales| sales.total(day, day).line);
        OfDay {
            date: day.to_string(),
            revenue: daily.revenue(day, day),
            sales: all.map(|all| all.sales),
            returns: all.map(|all| all.returns),
            returned: all.map(|all| all.returned),
        }
    })
    .collect()
}

/// Months of `from` to `to`. Growth is told between whole months only.
fn by_month(daily: &Daily, from: Day, to: Day) -> Vec<OfMonth> {
    let month = |day: Day| {
        day.to_string()
            .get(..7)
            .map(str::to_owned)
            .unwrap_or_default()
    };
    let mut months: Vec<(Day, Day, usize)> = Vec::new();
    for &(day, _) in daily.days(from, to) {
        match months.last_mut() {
            Some((first, last, days)) if month(*first) == month(day) => {
                *last = day;
                *days += 1;
            }
            _ => months.push((day, day, 1)),
        }
    }
    let (span_first, span_last) = daily.span().unwrap_or((from, to));
    let (from, to) = (from.max(span_first), to.min(span_last));
    let mut before: Option<(Day, Total)> = None;
    let rows = months.into_iter().map(|(first, last, days)| {
        let revenue = daily.revenue(first, last);
        let start = Day::parse(&format!("{}-01", month(first))).unwrap_or(first);
        let next = (28..=31)
            .filter_map(|length| start.plus(length))
            .find(|day| month(*day) != month(start));
        let end = next.and_then(|next| next.plus(-1)).unwrap_or(last);
        let complete = from <= start && end <= to;
        let follows = |last_of: Day| last_of.plus(1) == Some(start);
        let earlier = before.filter(|(last_of, _)| complete && follows(*last_of));
        before = complete.then_some((end, revenue));
        OfMonth {
            month: month(first),
            revenue,
            days,
            complete,
            change: earlier.and_then(|(_, earlier)| change(earlier, revenue)),
        }
    });
    rows.collect()
}

fn groups<'a>(
    sales: &'a Sales,
    grouping: Grouping,
    key: Key,
    from: Day,
    to: Day,
    revenue: Total,
) -> Option<Vec<Group<'a>>> {
    if !sales.knows(grouping) {
        return None;
    }
    let all = sales.groups(grouping, from, to);
    let city = |store: &str| {
        let of_store = |group: &&_| sales.key(group, Key::Store) == Some(store);
        let cities = all.iter().rev().filter(of_store);
        let mut cities = cities.filter_map(|group| sales.key(group, Key::City));
        cities.find(|city| !city.is_empty())
    };
    let groups = sales.by(grouping, key, from, to).into_iter();
    Some(
        groups
            .map(|(name, all)| {
                let all = all.line;
                let of = |wanted| (key == wanted).then_some(name);
                Group {
                    store: of(Key::Store),
                    city: of(Key::Store).and_then(city),
                    category: of(Key::Category),
                    country: of(Key::Country),
                    revenue: all.net(),
                    sales: all.sales,
                    returned: all.returned,
                    return_rate: return_rate(all),
                    share: percent(all.net().units(), revenue.units()),
                }
            })
            .collect(),
    )
}

fn by_hour(sales: &Sales, from: Day, to: Day) -> Option<Vec<OfHour>> {
    let rows = (1..)
        .zip(sales.week(from, to)?)
        .flat_map(|(weekday, hours)| {
            let hours = hours.into_iter().enumerate();
            hours.map(move |(hour, all)| OfHour {
                weekday,
                hour,
                revenue: all.net(),
                sales: all.sales,
            })
        });
    Some(rows.collect())
}

/// What is not shown, and why.
fn notes(sales: Option<&Sales>) -> Vec<&'static str> {
    let Some(sales) = sales else {
        return vec![
            "These results are of an earlier version, without stores, categories, countries and \
             hours; run retail batch again.",
        ];
    };
    let lacking = [
        (Grouping::Store, "The input names no stores."),
        (Grouping::Category, "The input names no categories."),
        (Grouping::Country, "The input names no countries."),
        (Grouping::Hour, "The input tells days only, no time of day."),
    ];
    let lacking = lacking.into_iter().filter(|(g, _)| !sales.knows(*g));
    lacking.map(|(_, note)| note).collect()
}
