//! Every table that we write, and what it looks like.

use super::shape::{Column, Kind, Shape};
use crate::analyses::list::{ALL, LAMBDA};
use crate::analyses::spec::{self, Analysis};
use crate::error::Result;
use crate::stream::jobs::layout::Columns;
use crate::stream::jobs::list::JOBS;
use crate::stream::output::{Layout, Products};

/// Revenue by window and product, as `stream` writes it without jobs.
pub const WINDOWS: &str = "streaming_product_revenue";
/// Revenue by day and product, as `batch` writes it.
pub const DAILY: &str = "daily_product_revenue";
/// The same with what else is known of a product's day.
pub const PRODUCTS: &str = "daily_products";
/// Sales of a day by store, category, country and hour.
pub const BREAKDOWN: &str = "daily_breakdown";
/// The figures of the whole.
pub const KPIS: &str = "batch_kpis";

/// All tables.
///
/// # Errors
/// None that can be helped.
pub fn all() -> Result<Vec<Shape>> {
    let mut all = vec![daily(), products(), breakdown(), kpis(), windows()?];
    for analysis in ALL {
        all.extend(
            analysis
                .tables
                .iter()
                .map(|table| of_analysis(analysis, table)),
        );
    }
    for job in JOBS {
        for table in job.spec.tables {
            all.push(Shape::new(table.name, &Columns(table).schema())?);
        }
    }
    Ok(all)
}

fn shape(table: &str, columns: &[(&str, Kind)]) -> Shape {
    let columns = columns.iter().map(|(name, kind)| Column {
        name: (*name).to_owned(),
        kind: *kind,
    });
    Shape {
        table: table.to_owned(),
        columns: columns.collect(),
    }
}

/// Revenue by day and product.
pub fn daily() -> Shape {
    let columns = [
        ("order_date", Kind::Date),
        ("product", Kind::Text),
        ("total_amount", Kind::Money),
    ];
    shape(DAILY, &columns)
}

/// A product's day.
pub fn products() -> Shape {
    let columns = [
        ("order_date", Kind::Date),
        ("product", Kind::Text),
        ("category", Kind::Text),
        ("units", Kind::Sum),
        ("sales", Kind::Int),
        ("gross", Kind::Sum),
        ("net", Kind::Sum),
    ];
    shape(PRODUCTS, &columns)
}

/// Sales of a day, broken down.
pub fn breakdown() -> Shape {
    let columns = [
        ("order_date", Kind::Date),
        ("grouping", Kind::Text),
        ("store", Kind::Text),
        ("store_city", Kind::Text),
        ("category", Kind::Text),
        ("country", Kind::Text),
        ("hour", Kind::Int),
        ("sales", Kind::Int),
        ("returns", Kind::Int),
        ("units", Kind::Sum),
        ("gross", Kind::Sum),
        ("returned", Kind::Sum),
        ("net", Kind::Sum),
        ("min_sale", Kind::Money),
        ("max_sale", Kind::Money),
    ];
    shape(BREAKDOWN, &columns)
}

/// The figures of the whole.
pub fn kpis() -> Shape {
    let columns = [
        ("grand_total", Kind::Sum),
        ("distinct_products", Kind::Int),
        ("rows", Kind::Int),
    ];
    shape(KPIS, &columns)
}

/// Revenue by window and product.
///
/// # Errors
/// None that can be helped.
pub fn windows() -> Result<Shape> {
    Shape::new(WINDOWS, &Products { size: 0 }.schema())
}

/// A table of an analysis. Those of the warehouse have its names; those of the lambda views, which
/// are computed here, are kept apart from views of the same names that a database computes.
pub fn of_analysis(analysis: &Analysis, table: &spec::Table) -> Shape {
    let name = match (analysis.name, table.file) {
        (LAMBDA, file) => format!("lambda_{file}"),
        ("warehouse", file) => match file.starts_with("dim_") || file.starts_with("fact_") {
            true => file.to_owned(),
            false => format!("warehouse_{file}"),
        },
        // Two of the replaced systems had a view of this name, and the lambda views have another.
        ("product_performance", _) => "product_kpis".to_owned(),
        (name, file) if name == file => name.to_owned(),
        (name, file) => format!("{name}_{file}"),
    };
    let columns = table.columns.iter().map(|column| {
        let kind = match column.kind {
            spec::Kind::Text => Kind::Text,
            spec::Kind::Count => Kind::Int,
            spec::Kind::Money => Kind::Money,
            spec::Kind::Date => Kind::Date,
            spec::Kind::Time => Kind::Time,
            spec::Kind::Flag => Kind::Flag,
        };
        (column.name, kind)
    });
    shape(&name, &columns.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::sinks::address::is_name;

    #[test]
    fn every_table_has_a_name_of_its_own_that_needs_no_quotes() {
        let all = all().unwrap();
        let names: BTreeSet<_> = all.iter().map(|shape| shape.table.clone()).collect();
        assert_eq!(names.len(), all.len(), "{names:?}");
        assert!(names.len() > 40);
        for shape in &all {
            assert!(is_name(&shape.table), "{}", shape.table);
            let columns: BTreeSet<_> = shape.columns.iter().map(|c| &c.name).collect();
            assert_eq!(columns.len(), shape.columns.len(), "{}", shape.table);
            for column in &shape.columns {
                assert!(is_name(&column.name), "{}.{}", shape.table, column.name);
            }
        }
    }
}
