//! What the analyses may leave out, by rules that the user names.

use hashbrown::HashMap;
use polars::prelude::{Column, DataFrame, NamedFrom, PolarsError, PolarsResult, Series};

use crate::error::{Error, Result};

/// A rule by which a record is left out of the analyses; it stays in the totals of batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Pieces taken out of stock: a negative quantity that moves no money.
    WriteOffs,
    /// Postage, fees, samples and the like.
    NonProducts,
    /// Bookings of the ledger: order ids that begin with `A`.
    Adjustments,
    /// Records without a buyer.
    Anonymous,
    /// Returns, cancelled invoices among them.
    Returns,
}

/// All rules, by their names and meaning.
pub const RULES: [(Rule, &str, &str); 5] = [
    (
        Rule::WriteOffs,
        "write-offs",
        "a negative quantity that moves no money",
    ),
    (
        Rule::NonProducts,
        "non-products",
        "the product is one of --non-products",
    ),
    (
        Rule::Adjustments,
        "adjustments",
        "an order id of A and digits: a booking of the ledger",
    ),
    (Rule::Anonymous, "anonymous", "no customer"),
    (
        Rule::Returns,
        "returns",
        "returns, and with them cancelled invoices",
    ),
];

/// Codes of the UCI Online Retail set that are no products; one that ends with `*` stands for all
/// that begin so. Without case.
/// Source: the stock codes of that set that name postage, fees, discounts, samples and vouchers.
pub const NON_PRODUCTS: &[&str] = &[
    "POST",
    "DOT",
    "M",
    "D",
    "S",
    "C2",
    "BANK CHARGES",
    "AMAZONFEE",
    "CRUK",
    "gift_*",
];

/// Which records are left out.
#[derive(Debug, Clone, Default)]
pub struct LeaveOut {
    rules: Vec<Rule>,
    non_products: Vec<String>,
}

impl LeaveOut {
    /// The rules with these names; `non_products` are the codes that are no products.
    ///
    /// # Errors
    /// [`Error::Usage`] for a name that is none.
    pub fn new(names: &[String], non_products: &[String]) -> Result<Self> {
        let rules = names.iter().map(|name| {
            let rule = RULES.iter().find(|(_, known, _)| known == name);
            rule.map(|(rule, ..)| *rule).ok_or_else(|| {
                let known: Vec<_> = RULES.iter().map(|(_, name, _)| *name).collect();
                Error::Usage(format!(
                    "--leave-out {name:?}: there is no such rule; rules are {}",
                    known.join(", ")
                ))
            })
        });
        let own = non_products.iter().map(|code| code.to_lowercase());
        Ok(Self {
            rules: rules.collect::<Result<_>>()?,
            non_products: match non_products.is_empty() {
                true => NON_PRODUCTS
                    .iter()
                    .map(|code| code.to_lowercase())
                    .collect(),
                false => own.collect(),
            },
        })
    }

    /// The rules that apply, in the order in which they are tried, with their names.
    pub fn rules(&self) -> impl Iterator<Item = (Rule, &'static str)> {
        let known = RULES.iter().filter(|(rule, ..)| self.rules.contains(rule));
        known.map(|(rule, name, _)| (*rule, *name))
    }

    /// The codes of what is no product, in small letters; `*` stands for any end.
    pub fn non_products(&self) -> &[String] {
        &self.non_products
    }

    /// Whether nothing is left out.
    pub fn is_nothing(&self) -> bool {
        self.rules.is_empty()
    }

    /// The name of the rule by which each row of `lines` is left out, if it is.
    ///
    /// # Errors
    /// When the columns are others.
    pub fn of(&self, lines: &DataFrame) -> PolarsResult<Column> {
        const NAME: &str = "left_out";
        if self.rules.is_empty() {
            return Ok(Column::full_null(
                NAME.into(),
                lines.height(),
                &polars::prelude::DataType::String,
            ));
        }
        let text = |name: &str| lines.column(name)?.str();
        let units = |name: &str| -> PolarsResult<_> {
            Ok(lines.column(name)?.decimal()?.physical().clone())
        };
        let (products, orders) = (text("product")?, text("order_id")?);
        let (customers, kinds) = (text("customer_id")?, text("kind")?);
        let (quantities, amounts) = (units("quantity")?, units("amount")?);
        let applies = |rule: Rule, at: usize| match rule {
            Rule::WriteOffs => {
                quantities.get(at).is_some_and(|units| units < 0) && amounts.get(at) == Some(0)
            }
            Rule::NonProducts => products
                .get(at)
                .is_some_and(|code| self.is_no_product(code)),
            Rule::Adjustments => orders.get(at).is_some_and(is_adjustment),
            Rule::Anonymous => customers.get(at).is_none(),
            Rule::Returns => kinds.get(at) == Some("RETURN"),
        };
        let name = |at: usize| {
            let rules = RULES.iter().filter(|(rule, ..)| self.rules.contains(rule));
            let mut found = rules.filter(|(rule, ..)| applies(*rule, at));
            found.next().map(|(_, name, _)| *name)
        };
        let names: Vec<Option<&str>> = (0..lines.height()).map(name).collect();
        Ok(Column::from(Series::new(NAME.into(), names)))
    }

    /// Adds up how many of the rows that [`LeaveOut::of`] marked each rule left out.
    ///
    /// # Errors
    /// When they are not marked.
    pub fn count(&self, lines: &DataFrame, counts: &mut HashMap<String, u64>) -> Result<()> {
        if self.rules.is_empty() {
            return Ok(());
        }
        let failed = |e: PolarsError| Error::Internal(format!("lines: {e}"));
        let marks = lines.column("left_out").map_err(failed)?;
        for name in marks.str().map_err(failed)?.iter().flatten() {
            *counts.entry(name.to_owned()).or_default() += 1;
        }
        Ok(())
    }

    fn is_no_product(&self, code: &str) -> bool {
        let code = code.to_lowercase();
        self.non_products
            .iter()
            .any(|known| match known.strip_suffix('*') {
                Some(begin) => code.starts_with(begin),
                None => code == *known,
            })
    }
}

fn is_adjustment(order: &str) -> bool {
    let digits = order.strip_prefix('A');
    digits.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()))
}
