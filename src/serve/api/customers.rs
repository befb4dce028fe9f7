//! `/api/v1/customers/segments`: customers by recency, frequency and money, and how many are in
//! which segment.

use axum::http::{HeaderMap, Uri};
use axum::{Extension, Json};
use serde::Serialize;
use tokio::task::block_in_place;
use utoipa::{IntoParams, ToSchema};

use super::found::whose;
use super::paging::{Page, Paging};
use super::refusal::{NoAnalysis, Refusal};
use crate::record::Day;
use crate::serve::analyses::customers::Customers;
use crate::serve::analyses::results::{Seen, results};
use crate::serve::answer::{Exact, Fail};
use crate::serve::params::Params;
use crate::source::rows::{Kind, Rows};

/// A customer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Customer {
    /// Who it is.
    user_id: String,
    /// Where it buys, else where it returns; of several countries the first by name. Null where no
    /// record tells.
    country: Option<String>,
    /// Whole days from its last purchase to `analysis_date`.
    recency: u64,
    /// Distinct orders with a sale.
    frequency: u64,
    /// Sales less returns.
    #[schema(value_type = f64)]
    monetary: Exact,
    /// 1 to 5; the more recent, the higher. Equal values share a score.
    r_score: u64,
    /// 1 to 5; the more often, the higher.
    f_score: u64,
    /// 1 to 5; the more money, the higher.
    m_score: u64,
    /// The three digits.
    rfm_score: String,
    /// The name of the segment.
    rfm_segment: String,
    /// The same.
    segment_name: String,
    /// The date that is looked back from.
    #[schema(format = Date)]
    analysis_date: String,
}

const COLUMNS: [(&str, Kind); 12] = [
    ("user_id", Kind::Text),
    ("country", Kind::MaybeText),
    ("recency", Kind::Count),
    ("frequency", Kind::Count),
    ("monetary", Kind::Sum),
    ("r_score", Kind::Count),
    ("f_score", Kind::Count),
    ("m_score", Kind::Count),
    ("rfm_score", Kind::Text),
    ("rfm_segment", Kind::Text),
    ("segment_name", Kind::Text),
    ("analysis_date", Kind::Date),
];

impl Customer {
    fn of(rows: &Rows, at: usize) -> Self {
        let number = |column| rows.number(column, at).unwrap_or_default();
        let text = |column| rows.text(column, at).to_owned();
        let date = rows.day(11, at);
        Self {
            user_id: text(0),
            country: rows.maybe_text(1, at).map(str::to_owned),
            recency: number(2),
            frequency: number(3),
            monetary: Exact(rows.sum(4, at)),
            r_score: number(5),
            f_score: number(6),
            m_score: number(7),
            rfm_score: text(8),
            rfm_segment: text(9),
            segment_name: text(10),
            analysis_date: date.as_ref().map(Day::to_string).unwrap_or_default(),
        }
    }
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what Params reads")]
pub(super) struct Query {
    /// This segment only: its name, as `Champions`, or the three digits of the scores, as `555`.
    segment: Option<String>,
}

/// Customers by recency, frequency and money
///
/// In order of their names. Sales without a customer are in no segment. The header X-Total-Count
/// says how many rows there are, Link where the next are; X-Analysis-Run which run found them, and
/// X-Newer-Run, if it is there, that batch has run since without this analysis.
#[utoipa::path(
    get, path = "/api/v1/customers/segments", tag = "customers",
    params(Query, Paging), security(("api_key" = [])),
    responses((status = 200, body = Vec<Customer>), NoAnalysis, Refusal)
)]
pub async fn segments(
    Extension(shown): Seen<Customers>,
    uri: Uri,
    mut params: Params,
) -> Result<Page<Customer>, Fail> {
    let wanted = params.text("segment");
    let paging = Paging::of(&mut params);
    params.end()?;
    let (found, customers) = results(&shown)?;
    let wanted = wanted.as_deref();
    let mut page = Vec::new();
    block_in_place(|| {
        customers.select(wanted, paging.range(), &COLUMNS, |rows| {
            page.extend((0..rows.count()).map(|at| Customer::of(rows, at)));
            Ok(())
        })
    })?;
    let (mut headers, rows) = paging.part(page, customers.count(wanted), &uri);
    headers.extend(whose(found));
    Ok((headers, rows))
}

/// How many customers are in which segment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Distribution {
    /// The segments, the one with the most customers first.
    segments: Vec<Segment>,
    /// Customers in all of them.
    customers: u64,
    /// Revenue of sales less returns without a customer: it is in no segment.
    #[schema(value_type = f64)]
    anonymous_revenue: Exact,
    /// In per cent of all revenue; null where there is none.
    #[schema(value_type = Option<f64>)]
    anonymous_revenue_share: Option<Exact>,
    /// The date that is looked back from.
    #[schema(value_type = Option<String>, format = Date)]
    analysis_date: Option<String>,
}

/// A segment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Segment {
    /// Its name.
    #[schema(value_type = String)]
    segment: Box<str>,
    /// Customers in it.
    customer_count: u64,
    /// `total_segment_value / customer_count`, to four decimals.
    #[schema(value_type = Option<f64>)]
    avg_customer_value: Option<Exact>,
    /// What they brought: sales less returns.
    #[schema(value_type = f64)]
    total_segment_value: Exact,
}

/// How many customers are in which segment
///
/// The headers are those of `/api/v1/customers/segments`.
#[utoipa::path(
    get, path = "/api/v1/customers/segments/distribution", tag = "customers",
    security(("api_key" = [])),
    responses((status = 200, body = Distribution), NoAnalysis, Refusal)
)]
pub async fn distribution(
    Extension(shown): Seen<Customers>,
    params: Params,
) -> Result<(HeaderMap, Json<Distribution>), Fail> {
    params.end()?;
    let (found, customers) = results(&shown)?;
    let coverage = &customers.coverage;
    let segments = customers.segments.iter().map(|segment| Segment {
        segment: segment.segment.clone(),
        customer_count: segment.customers,
        avg_customer_value: segment.avg_monetary.map(Exact),
        total_segment_value: Exact(segment.revenue),
    });
    let told = Distribution {
        segments: segments.collect(),
        customers: coverage.customers,
        anonymous_revenue: Exact(coverage.anonymous_revenue),
        anonymous_revenue_share: coverage.anonymous_revenue_share.map(Exact),
        analysis_date: found.as_of.clone(),
    };
    Ok((whose(found), Json(told)))
}
