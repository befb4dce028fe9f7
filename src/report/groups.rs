//! The day by hour, store, category, country and product.

use std::collections::BTreeMap;

use super::collect::pieces;
use super::figure::{Compared, Figure};
use super::model::{Group, OfHour, Product, Returned, Returns};
use super::totals::{ProductOf, Totals};
use crate::batch::breakdown::Grouping;
use crate::record::Total;
use crate::serve::batch::sales::Key;
use crate::serve::figures::{percent, weekday};

/// Products that are ranked.
const TOP: usize = 10;
/// Places of stores that count.
const TOP_STORES: usize = 5;
/// Products that came back which are told.
const RETURNED: usize = 5;

/// The day, broken down; none of what the input does not tell.
pub struct By {
    /// By hour.
    pub hours: Option<Vec<OfHour>>,
    /// The net revenue of lines that tell no time of day, where there are some beside others.
    pub no_hour: Option<Total>,
    /// By store.
    pub stores: Option<Vec<Group>>,
    /// By category.
    pub categories: Option<Vec<Group>>,
    /// By country.
    pub countries: Option<Vec<Group>>,
}

/// Breaks the day down; what the input does not tell goes to `missing`.
pub fn groups(totals: &Totals, missing: &mut BTreeMap<&'static str, String>) -> By {
    let mut of = |grouping, key, field, why: &str| {
        let found = by(totals, grouping, key);
        if found.is_none() {
            missing.insert(field, why.to_owned());
        }
        found
    };
    let stores = "the input names no stores (store_id)";
    let categories = "the input names no categories (category)";
    let countries = "the input names no countries (country)";
    let hours = hours(totals);
    let by = By {
        stores: of(Grouping::Store, Key::Store, "by_store", stores),
        categories: of(Grouping::Category, Key::Category, "by_category", categories),
        countries: of(Grouping::Country, Key::Country, "by_country", countries),
        no_hour: hours.as_ref().and_then(|hours| no_hour(totals, hours)),
        hours,
    };
    if by.hours.is_none() {
        let why = "the input tells days only, no time of day";
        missing.insert("by_hour", why.to_owned());
    }
    by
}

fn hours(totals: &Totals) -> Option<Vec<OfHour>> {
    let date = totals.date;
    let week = totals.sales.week(date, date)?;
    let day = week.get(usize::from(weekday(date).saturating_sub(1)))?;
    let hours = day.iter().enumerate().map(|(hour, line)| OfHour {
        hour,
        net_revenue: line.net(),
        sales: line.sales,
        returns: line.returns,
    });
    Some(hours.collect())
}

fn no_hour(totals: &Totals, hours: &[OfHour]) -> Option<Total> {
    let line = totals.sales.total(totals.date, totals.date).line;
    let told: u64 = hours.iter().map(|of| of.sales + of.returns).sum();
    let net: i128 = hours.iter().map(|of| of.net_revenue.units()).sum();
    let is_all = told == line.sales + line.returns;
    (!is_all).then(|| Total::from_units(line.net().units() - net))
}

fn by(totals: &Totals, grouping: Grouping, key: Key) -> Option<Vec<Group>> {
    let (sales, date) = (&totals.sales, totals.date);
    if !sales.knows(grouping) {
        return None;
    }
    let week = date.plus(-7).filter(|day| *day >= totals.span.0);
    let before: Option<BTreeMap<_, _>> = week.map(|day| {
        let groups = sales.by(grouping, key, day, day).into_iter();
        groups.map(|(name, cell)| (name, cell.line.net())).collect()
    });
    let all = sales.total(date, date).line.net();
    let groups = sales.by(grouping, key, date, date).into_iter();
    Some(
        groups
            .map(|(name, cell)| {
                let line = cell.line;
                let net = Figure::Money(line.net());
                let then = before.as_ref().map(|groups| groups.get(name).copied());
                let then = then.map(|net| Figure::Money(net.unwrap_or_default()));
                Group {
                    name: name.to_owned(),
                    city: (key == Key::Store).then(|| city(totals, name)).flatten(),
                    net_revenue: line.net(),
                    share_pct: share(line.net(), all),
                    week_before: Compared::of(Some(net), then),
                    sales: line.sales,
                    returns: line.returns,
                    returned_value: line.returned,
                    return_rate_pct: percent(line.returned.units(), line.gross.units()),
                }
            })
            .collect(),
    )
}

/// The part of a sum, in per cent; none of one that is not above zero.
fn share(part: Total, all: Total) -> Option<String> {
    match all > Total::ZERO {
        true => percent(part.units(), all.units()),
        false => None,
    }
}

/// The city that the records of the day name for a store.
fn city(totals: &Totals, store: &str) -> Option<String> {
    let (sales, date) = (&totals.sales, totals.date);
    let groups = sales.groups(Grouping::Store, date, date).iter();
    let of_store = groups.filter(|group| sales.key(group, Key::Store) == Some(store));
    let mut cities = of_store.filter_map(|group| sales.key(group, Key::City));
    cities.find(|city| !city.is_empty()).map(str::to_owned)
}

/// How many of `revenues`, the largest first, have a place up to `most`; equal ones share one.
pub fn places(revenues: impl Iterator<Item = Total>, most: usize) -> usize {
    ranked(revenues).take_while(|place| *place <= most).count()
}

/// The place of each, the largest first.
fn ranked(revenues: impl Iterator<Item = Total>) -> impl Iterator<Item = usize> {
    let mut last = None;
    let mut place = 0;
    revenues.map(move |revenue| {
        place += usize::from(last.replace(revenue) != Some(revenue));
        place
    })
}

/// Stores with a name and one of the first places.
pub fn top_stores(totals: &Totals) -> usize {
    let (sales, date) = (&totals.sales, totals.date);
    let stores = sales
        .by(Grouping::Store, Key::Store, date, date)
        .into_iter();
    let named = stores.filter(|(name, _)| !name.is_empty());
    places(named.map(|(_, cell)| cell.line.net()), TOP_STORES)
}

/// The products with the largest revenue.
pub fn top_products(totals: &Totals) -> Vec<Product> {
    let (sales, date) = (&totals.sales, totals.date);
    let all = sales.total(date, date).line.net();
    let ranks = ranked(totals.products.iter().map(|of| of.net));
    let top = totals.products.iter().zip(ranks).take(TOP);
    top.map(|(of, rank)| Product {
        rank,
        product: of.name.clone(),
        category: of.category.clone(),
        net_revenue: of.net,
        share_pct: share(of.net, all),
        units: pieces(of.units),
        sales: of.sales,
    })
    .collect()
}

/// What came back.
pub fn returns(totals: &Totals) -> Returns {
    let line = totals.sales.total(totals.date, totals.date).line;
    let returned = |of: &ProductOf| Total::from_units(of.gross.units() - of.net.units());
    let mut products: Vec<_> = totals.products.iter().collect();
    products.retain(|of| returned(of) > Total::ZERO);
    products.sort_by(|a, b| {
        let by_value = returned(b).cmp(&returned(a));
        by_value.then_with(|| a.name.cmp(&b.name))
    });
    let products = products.into_iter().take(RETURNED).map(|of| Returned {
        product: of.name.clone(),
        category: of.category.clone(),
        returned_value: returned(of),
        gross_revenue: of.gross,
    });
    Returns {
        lines: line.returns,
        value: line.returned,
        rate_pct: percent(line.returned.units(), line.gross.units()),
        products: products.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_revenues_share_a_place() {
        let revenues = |texts: &[&str]| {
            let texts = texts.iter().map(|text| Total::parse(text).unwrap());
            texts.collect::<Vec<_>>()
        };
        let some = revenues(&["9.00", "7.00", "7.00", "3.00", "-1.00"]);
        let all: Vec<_> = ranked(some.iter().copied()).collect();
        assert_eq!(all, [1, 2, 2, 3, 4]);
        assert_eq!(places(some.iter().copied(), 2), 3);
        assert_eq!(places(some.into_iter(), 10), 5);
        assert_eq!(places(std::iter::empty(), 10), 0);
        let zeros = revenues(&["0.00", "0.00"]);
        assert_eq!(places(zeros.into_iter(), 1), 2);
    }
}
