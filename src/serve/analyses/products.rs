//! The last 30 days of products, of the analysis `products`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use serde_json::{Value, json};

use super::best::Best;
use super::source::{Digest, Tables};
use crate::error::Result;
use crate::record::Total;
use crate::source::held::Held;
use crate::source::rows::{Kind, Rows};

/// Products that a question may ask for.
pub const TOP: usize = 100;
/// Products at each end that are shown.
const ENDS: usize = 10;
/// Rising stars that are shown.
const STARS: usize = 50;
/// Categories that are shown.
const CATEGORIES: usize = 200;
/// Ratings that there can be, and one for none.
const RATINGS: usize = 16;

/// What is kept of the products.
#[derive(Debug)]
pub struct Products {
    /// Those with the largest revenue, the largest first.
    pub top: Vec<Product>,
    bottom: Vec<Product>,
    stars: Vec<Product>,
    star_count: u64,
    count: u64,
    revenue: Total,
    units: Option<Total>,
    ratings: BTreeMap<Box<str>, Sum>,
    categories: Vec<Category>,
    category_count: u64,
}

/// A product.
#[derive(Debug, Clone, Serialize)]
pub struct Product {
    /// What the records call it.
    pub product_id: Box<str>,
    /// Its name.
    pub product_name: Box<str>,
    /// Its category.
    pub category: Option<Box<str>>,
    /// Pieces.
    pub units_sold: Option<Total>,
    /// Sales less returns.
    pub total_revenue: Total,
    performance_score: Option<Total>,
    rank_in_category: Option<u64>,
    days_sold: Option<u64>,
    revenue_per_day: Option<Total>,
    revenue_share: Option<Total>,
    performance_rating: Option<Box<str>>,
}

/// Products of a rating.
#[derive(Debug, Clone, Default, Serialize)]
struct Sum {
    products: u64,
    revenue: Total,
}

#[derive(Debug, Clone, Serialize)]
struct Category {
    category: Option<Box<str>>,
    total_revenue: Total,
    total_transactions: Option<u64>,
    avg_order_value: Option<Total>,
    products: Option<u64>,
    revenue_share: Option<Total>,
    rank: Option<u64>,
    performance_rating: Option<Box<str>>,
    /// The product with the largest revenue.
    leader: Option<Box<str>>,
}

const PRODUCTS: [(&str, Kind); 12] = [
    ("product_id", Kind::Text),
    ("product_name", Kind::Text),
    ("category", Kind::MaybeText),
    ("units_sold", Kind::MaybeSum),
    ("total_revenue", Kind::Sum),
    ("performance_score", Kind::MaybeSum),
    ("rank_in_category", Kind::MaybeCount),
    ("days_sold", Kind::MaybeCount),
    ("revenue_per_day", Kind::MaybeSum),
    ("rising_star", Kind::MaybeBool),
    ("revenue_share", Kind::MaybeSum),
    ("performance_rating", Kind::MaybeText),
];

const CATEGORY: [(&str, Kind); 8] = [
    ("category", Kind::MaybeText),
    ("total_revenue", Kind::Sum),
    ("total_transactions", Kind::MaybeCount),
    ("avg_order_value", Kind::MaybeSum),
    ("data_points", Kind::MaybeCount),
    ("revenue_share", Kind::MaybeSum),
    ("rank", Kind::MaybeCount),
    ("performance_rating", Kind::MaybeText),
];

impl Digest for Products {
    const NAME: &'static str = "products";

    fn read(tables: &Tables<'_>) -> Result<Self> {
        let (mut categories, category_count) = categories(&tables.open("categories")?)?;
        let of_category = categories.iter().enumerate();
        let of_category: HashMap<Option<Box<str>>, usize> = of_category
            .map(|(at, category)| (category.category.clone(), at))
            .collect();
        let mut top: Best<i128, Product> = Best::new(TOP);
        let mut bottom: Best<Reverse<i128>, Product> = Best::new(ENDS);
        let mut stars: Best<i128, Product> = Best::new(STARS);
        let (mut count, mut star_count) = (0, 0);
        let (mut revenue, mut units) = (Total::default(), None);
        let mut ratings: BTreeMap<Box<str>, Sum> = BTreeMap::new();
        tables.open("products")?.read(&PRODUCTS, |rows| {
            for at in 0..rows.count() {
                let net = rows.sum(4, at);
                count += 1;
                revenue += net;
                if let Some(pieces) = rows.maybe_sum(3, at) {
                    *units.get_or_insert_with(Total::default) += pieces;
                }
                top.take(net.units(), || product(rows, at));
                bottom.take(Reverse(net.units()), || product(rows, at));
                if rows.maybe_bool(9, at) == Some(true) {
                    star_count += 1;
                    let per_day = rows.maybe_sum(8, at).unwrap_or_default();
                    stars.take(per_day.units(), || product(rows, at));
                }
                let rating = rows.maybe_text(11, at).unwrap_or_default();
                if ratings.len() < RATINGS || ratings.contains_key(rating) {
                    let sum = ratings.entry(rating.into()).or_default();
                    sum.products += 1;
                    sum.revenue += net;
                }
                if rows.maybe_number(6, at) == Some(1)
                    && let Some(at_category) = of_category.get(&text(rows, 2, at))
                {
                    categories[*at_category].leader = Some(rows.text(1, at).into());
                }
            }
            Ok(())
        })?;
        Ok(Self {
            top: top.into_vec(),
            bottom: bottom.into_vec(),
            stars: stars.into_vec(),
            star_count,
            count,
            revenue,
            units,
            ratings,
            categories,
            category_count,
        })
    }

    fn page(&self) -> Value {
        json!({
            "products": self.count,
            "revenue": self.revenue,
            "units": self.units,
            "top": &self.top[..self.top.len().min(ENDS)],
            "bottom": self.bottom,
            "stars": self.stars,
            "star_count": self.star_count,
            "ratings": self.ratings,
            "categories": self.categories,
            "category_count": self.category_count,
        })
    }
}

fn text(rows: &Rows, column: usize, at: usize) -> Option<Box<str>> {
    rows.maybe_text(column, at).map(Into::into)
}

fn product(rows: &Rows, at: usize) -> Product {
    Product {
        product_id: rows.text(0, at).into(),
        product_name: rows.text(1, at).into(),
        category: text(rows, 2, at),
        units_sold: rows.maybe_sum(3, at),
        total_revenue: rows.sum(4, at),
        performance_score: rows.maybe_sum(5, at),
        rank_in_category: rows.maybe_number(6, at),
        days_sold: rows.maybe_number(7, at),
        revenue_per_day: rows.maybe_sum(8, at),
        revenue_share: rows.maybe_sum(10, at),
        performance_rating: text(rows, 11, at),
    }
}

/// The first categories, and how many there are.
fn categories(file: &Held) -> Result<(Vec<Category>, u64)> {
    let mut first: Best<i128, Category> = Best::new(CATEGORIES);
    file.read(&CATEGORY, |rows| {
        for at in 0..rows.count() {
            first.take(rows.sum(1, at).units(), || Category {
                category: text(rows, 0, at),
                total_revenue: rows.sum(1, at),
                total_transactions: rows.maybe_number(2, at),
                avg_order_value: rows.maybe_sum(3, at),
                products: rows.maybe_number(4, at),
                revenue_share: rows.maybe_sum(5, at),
                rank: rows.maybe_number(6, at),
                performance_rating: text(rows, 7, at),
                leader: None,
            });
        }
        Ok(())
    })?;
    Ok((first.into_vec(), file.rows() as u64))
}
