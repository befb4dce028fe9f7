//! Long lists, a page at a time.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use utoipa::IntoParams;

use crate::serve::params::Params;

/// Rows of an answer, where the request does not say.
const LIMIT: usize = 100;
/// Rows of an answer at most.
const MOST: usize = 1000;
/// Rows that can be passed over at most.
const FAR: usize = 1_000_000_000;

/// Which rows of a list are asked for.
#[derive(Debug, Clone, Copy, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// Rows of the answer.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1000, default = 100)]
    limit: usize,
    /// Rows to pass over.
    #[param(value_type = Option<u32>, minimum = 0, maximum = 1000000000, default = 0)]
    offset: usize,
}

/// A page of a list: its rows, and headers that say how many there are and where the next are.
pub type Page<T> = (HeaderMap, Json<Vec<T>>);

impl Paging {
    /// Takes it from the parameters of a request.
    pub fn of(params: &mut Params) -> Self {
        Self {
            limit: params.number("limit", 1..=MOST, LIMIT),
            offset: params.number("offset", 0..=FAR, 0),
        }
    }

    /// How many rows are passed over, and how many follow.
    pub fn range(self) -> (usize, usize) {
        (self.offset, self.limit)
    }

    /// That page of all `rows`, which were asked for at `uri`.
    pub fn page<T>(self, rows: impl IntoIterator<Item = T>, uri: &Uri) -> Page<T> {
        let rows: Vec<T> = rows.into_iter().collect();
        let all = rows.len();
        let rows = rows.into_iter().skip(self.offset).take(self.limit);
        self.part(rows.collect(), all, uri)
    }

    /// The same, where the `rows` are those of [`Paging::range`] already, of `all` that there are.
    pub fn part<T>(self, rows: Vec<T>, all: usize, uri: &Uri) -> Page<T> {
        let mut headers = HeaderMap::new();
        headers.insert("x-total-count", HeaderValue::from(all));
        if self.offset + rows.len() < all {
            let link = format!("<{}>; rel=\"next\"", next(uri, self.offset + self.limit));
            if let Ok(link) = HeaderValue::from_str(&link) {
                headers.insert(header::LINK, link);
            }
        }
        (headers, Json(rows))
    }
}

/// The address of the next page.
fn next(uri: &Uri, offset: usize) -> String {
    let pairs = uri.query().unwrap_or_default().split('&');
    let mut pairs: Vec<String> = pairs
        .filter(|pair| !pair.is_empty() && !pair.starts_with("offset="))
        .map(str::to_owned)
        .collect();
    pairs.push(format!("offset={offset}"));
    format!("{}?{}", uri.path(), pairs.join("&"))
}
