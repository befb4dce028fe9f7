//! `/api/live`: everything that the live dashboard shows.

use serde::Serialize;

use super::source::Feed;
use super::state::{State, Told};
use super::windows::{Window, apart, instant, products, totals};
use crate::error::Error;
use crate::record::Total;
use crate::serve::site::Settings;

/// Rows of the rankings.
const TOP: usize = 12;

/// The answer; money is text.
#[derive(Debug, Serialize)]
pub struct Page<'a> {
    #[serde(flatten)]
    state: State<'a>,
    #[serde(flatten)]
    content: Option<Content<'a>>,
}

#[derive(Debug, Serialize)]
struct Content<'a> {
    stream: Option<Stream<'a>>,
    window: Shape,
    latest: Health,
    covered: Covered,
    products: usize,
    tracked_windows: usize,
    windows: Vec<Health>,
    series: Vec<Series<'a>>,
    leaderboard: Vec<Leader<'a>>,
    movers: Option<Movers<'a>>,
}

#[derive(Debug, Serialize)]
struct Stream<'a> {
    run_id: &'a str,
    read: u64,
    rejected: u64,
    late: u64,
    late_revenue: Total,
    rate: f64,
    lag: Option<u64>,
    watermark: Option<String>,
    open_windows: usize,
    written_rows: usize,
    truncated: bool,
}

#[derive(Debug, Serialize)]
struct Shape {
    size_seconds: f64,
    slide_seconds: f64,
}

#[derive(Debug, Serialize)]
struct Health {
    start: String,
    end: String,
    state: &'static str,
    revenue: Total,
    products: usize,
}

#[derive(Debug, Serialize)]
struct Covered {
    from: String,
    to: String,
    revenue: Total,
}

#[derive(Debug, Serialize)]
struct Series<'a> {
    product: &'a str,
    revenue: Total,
    points: Vec<Point>,
}

#[derive(Debug, Serialize)]
struct Point {
    end: String,
    revenue: Total,
    state: &'static str,
}

#[derive(Debug, Serialize)]
struct Leader<'a> {
    product: &'a str,
    revenue: Total,
}

#[derive(Debug, Serialize)]
struct Movers<'a> {
    end: String,
    previous_end: String,
    items: Vec<Mover<'a>>,
}

#[derive(Debug, Serialize)]
struct Mover<'a> {
    product: &'a str,
    revenue: Total,
    previous: Total,
    change: Total,
}

impl<'a> Page<'a> {
    /// Of `feed`, at this moment.
    pub fn of(feed: Result<Option<&'a Feed>, &Error>, settings: &'a Settings) -> Self {
        let shown = feed.map(|feed| {
            let feed = feed?;
            Some((feed, content_of(feed, settings)?))
        });
        let told = shown.as_ref().map(|shown| {
            shown.as_ref().map(|(feed, _)| Told {
                updated: feed.view.as_ref().map(|view| view.updated.as_str()),
                ended: feed.ended,
            })
        });
        Self {
            state: State::of(told.map_err(|e| *e), nothing, settings),
            content: shown.ok().flatten().map(|(_, content)| content),
        }
    }
}

fn nothing() -> String {
    "No window has been seen yet: start one with retail stream --rate 20 --loop.".to_owned()
}

fn state(window: &Window) -> &'static str {
    if window.open { "open" } else { "final" }
}

fn health(window: &Window) -> Health {
    Health {
        start: instant(window.start),
        end: instant(window.end),
        state: state(window),
        revenue: window.revenue,
        products: window.rows.len(),
    }
}

fn content_of<'a>(feed: &'a Feed, settings: &Settings) -> Option<Content<'a>> {
    // The newest that are shown; a total is one of these.
    let first = feed.windows.len().saturating_sub(settings.windows);
    let windows = &feed.windows[first..];
    let latest = windows.last()?;
    let once: Vec<&Window> = apart(windows, feed.size).collect();
    let from = once.first().map_or(latest.start, |window| window.start);
    let seconds = |micros: i64| micros as f64 / 1e6;
    Some(Content {
        stream: feed.view.as_ref().map(|view| Stream {
            run_id: &view.run_id,
            read: view.read,
            rejected: view.rejected,
            late: view.late,
            late_revenue: view.late_revenue.0,
            rate: view.rate,
            lag: view.lag,
            watermark: view.watermark.as_deref().map(with_zone),
            open_windows: view.open_windows,
            written_rows: feed.rows,
            truncated: view.truncated,
        }),
        window: Shape {
            size_seconds: seconds(feed.size),
            slide_seconds: seconds(feed.slide),
        },
        latest: health(latest),
        covered: Covered {
            from: instant(from),
            to: instant(latest.end),
            revenue: once.iter().map(|window| window.revenue).sum(),
        },
        products: products(windows),
        tracked_windows: windows.len(),
        windows: windows.iter().rev().map(health).collect(),
        series: totals(windows, feed.size)
            .into_iter()
            .take(settings.series)
            .map(|(product, revenue)| Series {
                product,
                revenue,
                points: points(windows, feed.slide, product),
            })
            .collect(),
        leaderboard: latest
            .ranking()
            .into_iter()
            .take(TOP)
            .map(|(product, revenue)| Leader { product, revenue })
            .collect(),
        movers: movers(windows, feed.size),
    })
}

/// A window without the product is one in which it sold nothing, and where windows are missing
/// nothing was sold at all: the first and the last of these are told, so that a line lies on the
/// ground between them.
fn points(windows: &[Window], slide: i64, product: &str) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::new();
    let mut before: Option<&Window> = None;
    for window in windows {
        let gap = before.filter(|before| window.end - before.end > slide);
        if let Some(before) = gap {
            let mut ends = vec![before.end + slide, window.end - slide];
            ends.dedup();
            points.extend(ends.into_iter().map(|end| Point {
                end: instant(end),
                revenue: Total::default(),
                state: state(before),
            }));
        }
        points.push(Point {
            end: instant(window.end),
            revenue: window.of(product).unwrap_or_default(),
            state: state(window),
        });
        before = Some(window);
    }
    points
}

/// What changed most from one window to the next that does not overlap it, both final.
fn movers(windows: &[Window], size: i64) -> Option<Movers<'_>> {
    let newest = windows.iter().rev().find(|window| !window.open)?;
    let end = newest.end - size;
    let before = windows.iter().find(|window| window.end == end);
    if before.is_none() && windows.first()?.end > end {
        return None;
    }
    let earlier = |product: &str| before.and_then(|window| window.of(product));
    let mut items: Vec<Mover<'_>> = newest
        .rows
        .iter()
        .map(|(product, revenue)| (product, *revenue, earlier(product).unwrap_or_default()))
        .chain(before.into_iter().flat_map(|window| {
            let gone = window.rows.iter();
            let gone = gone.filter(|(product, _)| newest.of(product).is_none());
            gone.map(|(product, previous)| (product, Total::default(), *previous))
        }))
        .map(|(product, revenue, previous)| Mover {
            product,
            revenue,
            previous,
            change: Total::from_units(revenue.units() - previous.units()),
        })
        .collect();
    items.sort_by(|a, b| {
        let size = |mover: &Mover<'_>| mover.change.units().abs();
        size(b).cmp(&size(a)).then(a.product.cmp(b.product))
    });
    items.truncate(TOP);
    Some(Movers {
        end: instant(newest.end),
        previous_end: instant(end),
        items,
    })
}

/// Times of the view stand without their zone, which is UTC.
fn with_zone(text: &str) -> String {
    match text.ends_with('Z') {
        true => text.to_owned(),
        false => format!("{text}Z"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_lies_on_the_ground_where_nothing_was_sold() {
        const QUARTER: i64 = 900_000_000;
        let window = |end: i64, product: &str, revenue: &str| {
            let rows = vec![(product.into(), Total::parse(revenue).unwrap())];
            Window::new((end - 4) * QUARTER, end * QUARTER, false, rows)
        };
        let windows = [
            window(4, "Tea", "3.00"),
            window(5, "Rice", "1.00"),
            window(7, "Tea", "2.00"),
            window(20, "Tea", "4.00"),
        ];
        let points = points(&windows, QUARTER, "Tea");
        let told = points
            .iter()
            .map(|p| (p.end.as_str(), p.revenue.to_string()));
        let told: Vec<(&str, String)> = told.collect();
        let expected = [
            ("1970-01-01T01:00:00Z", "3.00"),
            ("1970-01-01T01:15:00Z", "0.00"),
            ("1970-01-01T01:30:00Z", "0.00"),
            ("1970-01-01T01:45:00Z", "2.00"),
            ("1970-01-01T02:00:00Z", "0.00"),
            ("1970-01-01T04:45:00Z", "0.00"),
            ("1970-01-01T05:00:00Z", "4.00"),
        ];
        let expected = expected.map(|(end, revenue)| (end, revenue.to_owned()));
        assert_eq!(told, expected);
    }
}
