//! Products, stores, categories, countries, returns, the week, the month and the stock.

use super::figures::{plain, since_week};
use super::{Cell, Column, Part, Section, Table, bars, missing, per_cent, signed, tone};
use crate::record::Total;
use crate::report::model::{Group, Period, Report, Stock, StockOf};

/// Rows of a table that are shown; the rest is added up.
const SHOWN: usize = 20;

/// All of them.
pub fn sections(report: &Report) -> Vec<Section> {
    let mut sections = vec![
        products(report),
        of_groups(report, ("stores", "by_store"), "By store", &report.by_store),
        of_groups(
            report,
            ("categories", "by_category"),
            "By category",
            &report.by_category,
        ),
    ];
    // One that all records name is no news.
    if report
        .by_country
        .as_ref()
        .is_some_and(|groups| groups.len() > 1)
    {
        sections.push(of_groups(
            report,
            ("countries", "by_country"),
            "By country",
            &report.by_country,
        ));
    }
    sections.extend([returns(report), trend(report), stock(report)]);
    sections
}

fn products(report: &Report) -> Section {
    let bar = bars(report.top_products.iter().map(|of| of.net_revenue));
    let rows = report.top_products.iter().map(|of| {
        vec![
            Cell {
                note: of.category.clone().and_then(plain),
                ..Cell::from(of.product.as_str())
            },
            of.rank.to_string().into(),
            of.net_revenue.to_string().into(),
            Cell {
                bar: bar(of.net_revenue),
                ..per_cent(of.share_pct.as_ref())
            },
            Cell::of(of.units),
        ]
    });
    let table = Table {
        caption: format!(
            "The {} of {} products with the largest net revenue",
            report.top_products.len(),
            report.products
        ),
        columns: vec![
            Column::text("Product"),
            Column::number("Place"),
            Column::number("Net revenue"),
            Column::number("Share"),
            Column::number("Pieces"),
        ],
        rows: rows.collect(),
    };
    Section::new("products", "Top products", vec![or_none(report, table)])
}

/// The table, or that there is nothing to show.
fn or_none(report: &Report, table: Table) -> Part {
    match report.has_sales {
        true => Part::Table(table),
        false => Part::Text("No sales on this day.".to_owned()),
    }
}

fn of_groups(
    report: &Report,
    (id, field): (&'static str, &'static str),
    title: &'static str,
    groups: &Option<Vec<Group>>,
) -> Section {
    let Some(groups) = groups else {
        return Section::new(id, title, vec![missing(report, field)]);
    };
    let name = |of: &Group| Cell {
        note: of.city.clone().and_then(plain),
        ..match of.name.as_str() {
            "" => Cell::from("(not named)"),
            name => Cell::from(name),
        }
    };
    let bar = bars(groups.iter().map(|of| of.net_revenue));
    let mut rows: Vec<_> = groups
        .iter()
        .take(SHOWN)
        .map(|of| {
            vec![
                name(of),
                of.net_revenue.to_string().into(),
                Cell {
                    bar: bar(of.net_revenue),
                    ..per_cent(of.share_pct.as_ref())
                },
                since_week(&of.week_before),
                of.sales.to_string().into(),
                Cell {
                    note: of
                        .return_rate_pct
                        .as_ref()
                        .and_then(|rate| plain(format!("{rate}%"))),
                    ..of.returned_value.to_string().into()
                },
            ]
        })
        .collect();
    rows.extend(others(groups));
    let table = Table {
        caption: format!("{title}: revenue, share, the week before, lines sold, value of returns"),
        columns: vec![
            Column::text("Name"),
            Column::number("Net revenue"),
            Column::number("Share"),
            Column::number("Week before"),
            Column::number("Lines sold"),
            Column::number("Returned"),
        ],
        rows,
    };
    Section::new(id, title, vec![or_none(report, table)])
}

/// What the groups that are not shown come to.
fn others(groups: &[Group]) -> Option<Vec<Cell>> {
    let rest = groups.get(SHOWN..).filter(|rest| !rest.is_empty())?;
    let net: Total = rest.iter().map(|of| of.net_revenue).sum();
    let returned: Total = rest.iter().map(|of| of.returned_value).sum();
    Some(vec![
        format!("{} others", rest.len()).into(),
        net.to_string().into(),
        Cell::default(),
        Cell::default(),
        rest.iter()
            .map(|of| of.sales)
            .sum::<u64>()
            .to_string()
            .into(),
        returned.to_string().into(),
    ])
}

fn returns(report: &Report) -> Section {
    let returns = &report.returns;
    if returns.lines == 0 {
        let text = "Nothing came back on this day.".to_owned();
        return Section::new("returns", "Returns", vec![Part::Text(text)]);
    }
    let rate = returns.rate_pct.as_ref();
    let rate = rate.map(|rate| format!(", {rate}% of what was sold"));
    let text = format!(
        "{} {} came back, for {}{}.",
        returns.lines,
        if returns.lines == 1 { "line" } else { "lines" },
        returns.value,
        rate.unwrap_or_default()
    );
    let rows = returns.products.iter().map(|of| {
        vec![
            Cell {
                note: of.category.clone().and_then(plain),
                ..Cell::from(of.product.as_str())
            },
            of.returned_value.to_string().into(),
            of.gross_revenue.to_string().into(),
        ]
    });
    let table = Table {
        caption: "The products with the largest value of returns".to_owned(),
        columns: vec![
            Column::text("Product"),
            Column::number("Returned"),
            Column::number("Sold on the day"),
        ],
        rows: rows.collect(),
    };
    Section::new(
        "returns",
        "Returns",
        vec![Part::Text(text), Part::Table(table)],
    )
}

fn trend(report: &Report) -> Section {
    let title = "The week and the month";
    let Some(trend) = &report.trend else {
        return Section::new("trend", title, vec![missing(report, "trend")]);
    };
    let row = |of: &Period| {
        let change = of.change_pct.as_ref();
        vec![
            Cell {
                note: plain(match of.days {
                    1 => "1 day".to_owned(),
                    days => format!("{days} days"),
                }),
                ..Cell::from(of.period.as_str())
            },
            of.net_revenue.to_string().into(),
            of.transactions.to_string().into(),
            Cell::of(of.average_transaction),
            Cell {
                note: change.map(|change| (signed(change), tone(change, Some(true)))),
                ..Cell::of(of.before)
            },
        ]
    };
    let table = Table {
        caption: "The week and the month of the day, as far as the data reaches".to_owned(),
        columns: vec![
            Column::text("Period"),
            Column::number("Net revenue"),
            Column::number("Transactions"),
            Column::number("Average"),
            Column::number("Period before"),
        ],
        rows: trend.periods.iter().map(row).collect(),
    };
    let whole = trend.periods.iter().any(|of| of.change_pct.is_none());
    let whole = whole.then(|| {
        Part::Text("Growth is told between whole weeks and whole months only.".to_owned())
    });
    let mean = trend.mean_7_days.map(|mean| {
        Part::Text(format!(
            "The seven days up to this one come to {mean} a day, on average."
        ))
    });
    let parts = std::iter::once(Part::Table(table)).chain(mean).chain(whole);
    Section::new("trend", title, parts.collect())
}

fn stock(report: &Report) -> Section {
    let title = "Stock";
    let Some(stock) = &report.stock else {
        return Section::new("stock", title, vec![missing(report, "stock")]);
    };
    let row = |of: &StockOf, name: &str| {
        let share = |part: u64| {
            let share = crate::serve::figures::percent(part.into(), of.products.into());
            share.and_then(|share| plain(format!("{share}%")))
        };
        vec![
            Cell::from(name),
            of.products.to_string().into(),
            Cell::of(of.pieces),
            Cell {
                note: share(of.out_of_stock),
                ..of.out_of_stock.to_string().into()
            },
            Cell {
                note: of.low_stock.and_then(share),
                ..Cell::of(of.low_stock)
            },
        ]
    };
    let mut rows = vec![row(&stock.total, "All stores")];
    rows.extend(stock.by_store.iter().take(SHOWN).map(|of| {
        let name = if of.store.is_empty() {
            "(not named)"
        } else {
            &of.store
        };
        row(of, name)
    }));
    let table = Table {
        caption: "Products of each store that are out of stock or low".to_owned(),
        columns: vec![
            Column::text("Store"),
            Column::number("Products"),
            Column::number("Pieces"),
            Column::number("Out of stock"),
            Column::number("Low"),
        ],
        rows,
    };
    let mut parts = vec![Part::Table(table), Part::Text(levels(report, stock))];
    if let Some(more @ 1..) = stock.by_store.len().checked_sub(SHOWN) {
        parts.insert(1, Part::Text(format!("And {more} more stores.")));
    }
    Section::new("stock", title, parts)
}

/// Which levels these are: the latest that batch saw, which need not be those of the day.
fn levels(report: &Report, stock: &Stock) -> String {
    let date = &report.report_date;
    match &stock.as_of {
        Some(as_of) if as_of == date => {
            "These are the latest levels that batch was given.".to_owned()
        }
        _ => format!(
            "These are the latest levels that batch was given, not those of {date}, which retail \
             batch --as-of {date} tells."
        ),
    }
}
