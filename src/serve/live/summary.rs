//! `/api/stream`, field for field as the replaced dashboard answered, but for its sums: it added
//! overlapping windows up, and its totals were four times the truth.

use serde::Serialize;

use super::source::Feed;
use super::windows::{Window, instant, products, totals};
use crate::record::Total;
use crate::serve::answer::Exact;

/// The answer.
#[derive(Debug, Serialize)]
pub struct Summary<'a> {
    status: &'static str,
    last_updated: String,
    summary: Counts,
    timeline: Vec<Series<'a>>,
    leaderboard: Vec<Leader<'a>>,
    window_health: Vec<Health>,
    raw_windows: usize,
}

#[derive(Debug, Serialize)]
struct Counts {
    unique_products: usize,
    windows: usize,
    latest_window_end: String,
}

#[derive(Debug, Serialize)]
struct Series<'a> {
    product: &'a str,
    total_revenue: Exact,
    points: Vec<Point>,
}

/// Said of windows that may still grow only.
fn closed(open: &bool) -> bool {
    !open
}

#[derive(Debug, Serialize)]
struct Point {
    window_start: String,
    window_end: String,
    revenue: Exact,
    #[serde(skip_serializing_if = "closed")]
    open: bool,
}

#[derive(Debug, Serialize)]
struct Leader<'a> {
    product: &'a str,
    window_end: String,
    revenue: Exact,
    #[serde(skip_serializing_if = "closed")]
    open: bool,
}

#[derive(Debug, Serialize)]
struct Health {
    window_start: String,
    window_end: String,
    total_revenue: Exact,
    product_count: usize,
    #[serde(skip_serializing_if = "closed")]
    open: bool,
}

impl<'a> Summary<'a> {
    /// Of `feed`, with so many windows and products at most; none without any window.
    pub fn of(feed: &'a Feed, windows: usize, series: usize) -> Option<Self> {
        let all = &feed.windows;
        let latest = all.iter().max_by_key(|window| window.end)?;
        let end = instant(latest.end);
        let top = totals(all, feed.size).into_iter().take(series);
        Some(Self {
            status: "ok",
            last_updated: end.clone(),
            summary: Counts {
                unique_products: products(all),
                windows: all.len(),
                latest_window_end: end.clone(),
            },
            timeline: top
                .map(|(product, total)| Series {
                    product,
                    total_revenue: Exact(total),
                    points: points(all, product),
                })
                .collect(),
            leaderboard: latest
                .ranking()
                .into_iter()
                .map(|(product, revenue)| Leader {
                    product,
                    window_end: end.clone(),
                    revenue: Exact(revenue),
                    open: latest.open,
                })
                .collect(),
            window_health: all.iter().rev().take(windows).map(health).collect(),
            raw_windows: all.len(),
        })
    }
}

fn points(windows: &[Window], product: &str) -> Vec<Point> {
    let of = |window: &Window| -> Option<Total> { window.of(product) };
    windows
        .iter()
        .filter_map(|window| {
            Some(Point {
                window_start: instant(window.start),
                window_end: instant(window.end),
                revenue: Exact(of(window)?),
                open: window.open,
            })
        })
        .collect()
}

fn health(window: &Window) -> Health {
    Health {
        window_start: instant(window.start),
        window_end: instant(window.end),
        total_revenue: Exact(window.revenue),
        product_count: window.rows.len(),
        open: window.open,
    }
}
