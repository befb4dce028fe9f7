//! `/api/v1/products/top-performers`: what brings the most.

use axum::http::HeaderMap;
use axum::{Extension, Json};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::found::whose;
use super::refusal::{NoAnalysis, Refusal};
use crate::serve::analyses::products::{Product, Products, TOP};
use crate::serve::analyses::results::{Seen, results};
use crate::serve::answer::{Exact, Fail};
use crate::serve::params::Params;

/// Products of an answer, where the request does not say.
const DEFAULT: usize = 10;

/// The products that bring the most.
#[derive(Debug, Serialize, ToSchema)]
pub struct Top {
    /// The products, the largest revenue first, equal ones by name.
    top_products: Vec<Performer>,
    /// How many they are.
    count: usize,
}

/// A product.
#[derive(Debug, Serialize, ToSchema)]
pub struct Performer {
    /// What the records call it.
    #[schema(value_type = String)]
    product_id: Box<str>,
    /// Its name in the master data, else the same.
    #[schema(value_type = String)]
    product_name: Box<str>,
    /// Its category; null where nothing tells.
    #[schema(value_type = Option<String>)]
    category: Option<Box<str>>,
    /// Sales less returns.
    #[schema(value_type = f64)]
    total_revenue: Exact,
    /// Pieces sold less pieces returned; null where the input tells no quantities.
    #[schema(value_type = Option<f64>)]
    units_sold: Option<Exact>,
}

impl From<&Product> for Performer {
    fn from(product: &Product) -> Self {
        Self {
            product_id: product.product_id.clone(),
            product_name: product.product_name.clone(),
            category: product.category.clone(),
            total_revenue: Exact(product.total_revenue),
            units_sold: product.units_sold.map(Exact),
        }
    }
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what Params reads")]
pub(super) struct Query {
    /// So many of them.
    #[param(minimum = 1, maximum = 100, default = 10)]
    top_n: Option<u32>,
}

/// What brings the most
///
/// Of the 30 days that end with the date that the analysis looks back from. X-Analysis-Run says
/// which run found it, and X-Newer-Run, if it is there, that batch has run since without this
/// analysis.
#[utoipa::path(
    get, path = "/api/v1/products/top-performers", tag = "products",
    params(Query), security(("api_key" = [])),
    responses((status = 200, body = Top), NoAnalysis, Refusal)
)]
pub async fn performers(
    Extension(shown): Seen<Products>,
    mut params: Params,
) -> Result<(HeaderMap, Json<Top>), Fail> {
    let most = params.number("top_n", 1..=TOP, DEFAULT);
    params.end()?;
    let (found, products) = results(&shown)?;
    let top = products.top.iter().take(most).map(Performer::from);
    let top_products: Vec<Performer> = top.collect();
    let count = top_products.len();
    Ok((
        whose(found),
        Json(Top {
            top_products,
            count,
        }),
    ))
}
