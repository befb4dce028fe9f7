//! `/api/shop/…`: what each page of the live shop shows. Money is text.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::alerts::{Alert, Alerts};
use super::orders::OrderTotal;
use super::sessions::Session;
use super::source::{ALERTS, Shop};
use super::values::{Amount, Moment};
use crate::error::{Error, Result};
use crate::record::Total;
use crate::serve::figures::percent;
use crate::serve::live::state::{State, Told};
use crate::serve::site::Settings;

/// Alerts of the feed.
const NEWEST: usize = 100;
/// Of a kind that is not among them, so many all the same.
const EACH: usize = 25;
/// Rows of other lists.
const ROWS: usize = 50;

/// A page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Alerts of all jobs.
    Alerts,
    /// What is in stock.
    Stock,
    /// Visits and carts.
    Sessions,
    /// Sales by country and category.
    Countries,
    /// Orders by source and state.
    Orders,
}

impl Topic {
    /// All of them, as the pages name each other.
    pub const ALL: [Self; 5] = [
        Self::Alerts,
        Self::Stock,
        Self::Sessions,
        Self::Countries,
        Self::Orders,
    ];

    /// Its name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Alerts => "alerts",
            Self::Stock => "stock",
            Self::Sessions => "sessions",
            Self::Countries => "countries",
            Self::Orders => "orders",
        }
    }

    /// The topic of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }

    /// The jobs that it shows.
    fn jobs(self) -> &'static [&'static str] {
        match self {
            Self::Alerts => &["anomalies", "inventory", "cart_abandonment"],
            Self::Stock => &["inventory"],
            Self::Sessions => &["sessions", "cart_abandonment"],
            Self::Countries => &["metrics"],
            Self::Orders => &["orders"],
        }
    }
}

/// What all pages have.
#[derive(Serialize)]
struct Page<'a> {
    #[serde(flatten)]
    state: State<'a>,
    stream: Option<Stream<'a>>,
    /// The jobs of the page: null for one that does not run.
    jobs: BTreeMap<&'static str, Option<Job>>,
    #[serde(flatten)]
    content: Option<Content<'a>>,
}

#[derive(Serialize)]
struct Stream<'a> {
    run_id: &'a str,
    read: u64,
    rejected: u64,
    duplicates: u64,
    late: u64,
    rate: f64,
    lag: Option<u64>,
    latest: Option<Moment>,
}

#[derive(Serialize)]
struct Job {
    taken: u64,
    late: u64,
    watermark: Option<Moment>,
    keys: usize,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Alerts(AlertsPage),
    Stock(StockPage<'a>),
    Sessions(SessionsPage<'a>),
    Countries(CountriesPage),
    Orders(OrdersPage),
}

#[derive(Serialize)]
struct AlertsPage {
    /// Final ones.
    total: u64,
    /// Those that may yet be taken back.
    provisional: usize,
    /// Whether some that wait for a file are not counted yet.
    truncated: bool,
    counts: Value,
    alerts: Vec<Value>,
}

#[derive(Serialize)]
struct StockPage<'a> {
    /// What the job shows: counts by status, those with the least stock.
    stock: &'a Value,
    counts: Value,
    alerts: Vec<Value>,
}

#[derive(Serialize)]
struct SessionsPage<'a> {
    /// What the job shows.
    active: &'a Value,
    funnel: Vec<Step>,
    /// Carts that were left behind: how many, and the newest.
    abandoned: Option<Abandoned>,
    latest: Vec<Value>,
}

/// A step of the funnel, and its share of all visits.
#[derive(Serialize)]
struct Step {
    step: &'static str,
    count: u64,
    share: Option<String>,
}

#[derive(Serialize)]
struct Abandoned {
    count: u64,
    newest: Vec<Value>,
}

#[derive(Serialize)]
struct CountriesPage {
    /// None before the first sale.
    sales: Value,
    /// Whether the jobs hold more sales than can be told.
    truncated: bool,
}

#[derive(Serialize)]
struct OrdersPage {
    total: OrderSum,
    sources: Vec<OrderSum>,
    states: Vec<OrderSum>,
    rows: Vec<OrderRow>,
}

/// Orders of a source or state.
#[derive(Default, Serialize)]
struct OrderSum {
    name: String,
    orders: u64,
    quantity: Total,
    amount: Total,
}

#[derive(Serialize)]
struct OrderRow {
    source: String,
    state: String,
    orders: u64,
    quantity: Option<Total>,
    amount: Total,
}

/// The page as JSON.
///
/// # Errors
/// None that can be helped: every value is JSON.
pub fn text(
    topic: Topic,
    shop: Result<Option<&Shop>, &Error>,
    settings: &Settings,
) -> Result<String> {
    let told = shop.map(|shop| {
        shop.map(|shop| Told {
            updated: Some(&*shop.view.updated),
            ended: shop.view.ended,
        })
    });
    let view = shop.ok().flatten().map(|shop| &shop.view);
    let job = |name: &str| {
        let job = view?.jobs.get(name)?;
        Some(Job {
            taken: job.taken,
            late: job.late,
            watermark: job.watermark,
            keys: job.keys,
        })
    };
    let page = Page {
        state: State::of(told, || nothing(topic), settings),
        stream: view.map(|view| Stream {
            run_id: &view.run_id,
            read: view.read,
            rejected: view.rejected,
            duplicates: view.duplicates,
            late: view.late,
            rate: view.rate,
            lag: view.lag,
            latest: view.latest,
        }),
        jobs: topic.jobs().iter().map(|name| (*name, job(name))).collect(),
        content: shop.ok().flatten().map(|shop| content(topic, shop)),
    };
    serde_json::to_string(&page).map_err(|e| Error::Internal(format!("the shop as JSON: {e}")))
}

fn nothing(topic: Topic) -> String {
    let jobs = topic.jobs().join(",");
    format!("No job has run yet: start them with retail stream --job {jobs}.")
}

fn content(topic: Topic, shop: &Shop) -> Content<'_> {
    match topic {
        Topic::Alerts => Content::Alerts(alerts(shop)),
        Topic::Stock => Content::Stock(stock(shop)),
        Topic::Sessions => Content::Sessions(sessions(shop)),
        Topic::Countries => Content::Countries(countries(shop)),
        Topic::Orders => Content::Orders(orders(shop)),
    }
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn total(amount: Option<Amount>) -> Option<Total> {
    amount.map(|amount| amount.0)
}

/// An alert, with money and pieces as text.
fn row(alert: &Alert, is_final: bool) -> Value {
    let mut row = json(alert);
    row["value"] = json(&total(alert.value));
    row["threshold"] = json(&total(alert.threshold));
    row["final"] = is_final.into();
    row
}

/// A visit, likewise.
fn visit(session: &Session) -> Value {
    let mut row = json(session);
    for (name, amount) in [
        ("total_amount", session.total_amount),
        ("cart_value", session.cart_value),
    ] {
        row[name] = json(&total(amount));
    }
    row
}

/// The early ones and the newest of the final ones, in order.
fn feed(alerts: &Alerts, early: &[Arc<Alert>]) -> Vec<Value> {
    let early = early.iter().take(NEWEST).map(|alert| (alert, false));
    let known = alerts.mixed(NEWEST, EACH).into_iter();
    let mut all: Vec<(&Arc<Alert>, bool)> = early.chain(known.map(|alert| (alert, true))).collect();
    // Stable: of the same moment, the early ones first.
    all.sort_by_key(|(alert, _)| std::cmp::Reverse(alert.detected_at));
    all.into_iter()
        .map(|(alert, is_final)| row(alert, is_final))
        .collect()
}

/// The newest of the final ones.
fn newest(alerts: &Alerts) -> Vec<Value> {
    let newest = alerts.newest(|_, _| true).into_iter().take(ROWS);
    newest.map(|alert| row(alert, true)).collect()
}

fn alerts(shop: &Shop) -> AlertsPage {
    let jobs = ALERTS.map(|(job, _)| job);
    let alerts = shop.alerts(&jobs);
    let early = alerts.early(&shop.view);
    let cut = |(job, table): &(&str, &str)| shop.job(job).is_some_and(|job| job.is_cut(table));
    AlertsPage {
        total: alerts.len(),
        provisional: early.len(),
        truncated: ALERTS.iter().any(cut),
        counts: json(&alerts.counts()),
        alerts: feed(&alerts, &early),
    }
}

fn stock(shop: &Shop) -> StockPage<'_> {
    let alerts = shop.alerts(&["inventory"]);
    StockPage {
        stock: shop.job("inventory").map_or(&Value::Null, |job| &job.view),
        counts: json(&alerts.counts()),
        alerts: newest(&alerts),
    }
}

fn sessions(shop: &Shop) -> SessionsPage<'_> {
    let job = shop.job("sessions");
    let sessions = shop.sessions();
    let funnel = sessions.funnel(job);
    let carts = shop.alerts(&["cart_abandonment"]);
    let step = |step, count: u64| Step {
        step,
        count,
        share: percent(count.into(), funnel.sessions.into()),
    };
    let latest = sessions.newest().take(ROWS);
    SessionsPage {
        active: job.map_or(&Value::Null, |job| &job.view),
        funnel: vec![
            step("sessions", funnel.sessions),
            step("with_view", funnel.with_view),
            step("with_cart", funnel.with_cart),
            step("purchased", funnel.purchased),
            step("abandoned", funnel.abandoned),
        ],
        abandoned: shop.job("cart_abandonment").map(|_| Abandoned {
            count: carts.len(),
            newest: newest(&carts),
        }),
        latest: latest.map(|session| visit(session)).collect(),
    }
}

fn countries(shop: &Shop) -> CountriesPage {
    let sums = shop.sums();
    CountriesPage {
        sales: json(&sums.told()),
        truncated: sums.is_cut(),
    }
}

fn orders(shop: &Shop) -> OrdersPage {
    let rows = shop.orders().told(shop.job("orders"));
    let mut all = OrderSum::default();
    let mut sources: BTreeMap<String, OrderSum> = BTreeMap::new();
    let mut states: BTreeMap<String, OrderSum> = BTreeMap::new();
    let name = |name: &Option<Box<str>>| name.as_deref().unwrap_or_default().to_owned();
    for row in &rows {
        all.add(row);
        sources.entry(name(&row.source)).or_default().add(row);
        states.entry(name(&row.state)).or_default().add(row);
    }
    let ranked = |sums: BTreeMap<String, OrderSum>| {
        let named = sums.into_iter().map(|(name, sum)| OrderSum { name, ..sum });
        let mut ranked: Vec<OrderSum> = named.collect();
        ranked.sort_by_key(|row| std::cmp::Reverse(row.amount));
        ranked
    };
    OrdersPage {
        total: all,
        sources: ranked(sources),
        states: ranked(states),
        rows: rows
            .iter()
            .map(|row| OrderRow {
                source: name(&row.source),
                state: name(&row.state),
                orders: row.order_count,
                quantity: total(row.total_quantity),
                amount: row.total_sum_amount.0,
            })
            .collect(),
    }
}

impl OrderSum {
    fn add(&mut self, row: &OrderTotal) {
        self.orders += row.order_count;
        self.quantity += total(row.total_quantity).unwrap_or_default();
        self.amount += row.total_sum_amount.0;
    }
}
