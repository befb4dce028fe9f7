//! The analyses.

mod daily_kpis;
mod daily_report;
mod daily_sales;
mod inventory_kpis;
mod lambda;
mod product_performance;
mod products;
mod returns;
mod rfm;
mod store_performance;
mod trends;
mod warehouse;

use super::spec::{Analysis, Step};
use crate::error::{Error, Result};

/// Steps that only one analysis reads, beside its tables.
pub const STEPS: &[Step] = warehouse::STEPS;

/// The analysis that live events are for.
pub const LAMBDA: &str = lambda::ANALYSIS.name;

/// All analyses, in the order in which they are listed.
pub const ALL: &[Analysis] = &[
    daily_kpis::ANALYSIS,
    daily_sales::ANALYSIS,
    store_performance::ANALYSIS,
    product_performance::ANALYSIS,
    inventory_kpis::ANALYSIS,
    daily_report::ANALYSIS,
    rfm::ANALYSIS,
    products::ANALYSIS,
    trends::ANALYSIS,
    returns::ANALYSIS,
    lambda::ANALYSIS,
    warehouse::ANALYSIS,
];

/// The analyses of these names, in the order of the list; `all` is every one.
///
/// # Errors
/// [`Error::Usage`] for a name that is none.
pub fn of(names: &[String]) -> Result<Vec<&'static Analysis>> {
    for name in names.iter().filter(|name| *name != "all") {
        if ALL.iter().any(|analysis| analysis.name == name) {
            continue;
        }
        let mut near: Vec<_> = ALL.iter().map(|analysis| analysis.name).collect();
        near.sort_by(|a, b| {
            strsim::jaro_winkler(b, name).total_cmp(&strsim::jaro_winkler(a, name))
        });
        return Err(Error::Usage(format!(
            "--analysis {name:?}: there is no such analysis; {} is near, --list names all",
            near.first().copied().unwrap_or("none"),
        )));
    }
    let wanted = |analysis: &&Analysis| {
        names
            .iter()
            .any(|name| name == "all" || name == analysis.name)
    };
    Ok(ALL.iter().filter(wanted).collect())
}
