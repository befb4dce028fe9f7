//! Sums by day and product, and the categories that records name for a product.

use crate::batch::groups::Group;
use crate::batch::measures::{Line, Value};
use crate::batch::merge::Merge;
use crate::batch::run::Run;
use crate::error::Result;

/// Ends the product in a key where a category follows; no product has a zero byte.
const END: u8 = 0;

/// Writes the key of a product and a category. It sorts behind the product alone and before
/// every other product.
#[inline]
pub fn product_key(key: &mut Vec<u8>, product: &[u8], category: &[u8]) {
    key.clear();
    key.extend_from_slice(product);
    key.push(END);
    key.extend_from_slice(category);
}

/// Product and category of a key; the category is empty where the key is a product alone.
pub fn product_and_category(key: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(END, key) {
        Some(end) => (&key[..end], &key[end + 1..]),
        None => (key, b""),
    }
}

/// Every day and product once, in order, whatever the categories.
pub struct Products {
    merge: Merge<Line>,
    ahead: Option<Group<Line>>,
}

impl Products {
    /// Merges the runs of all threads.
    ///
    /// # Errors
    /// When a spilled run cannot be read.
    pub fn new(runs: Vec<Run<Line>>) -> Result<Self> {
        let mut merge = Merge::new(runs)?;
        let ahead = merge.next_group()?;
        Ok(Self { merge, ahead })
    }

    /// The next product of a day. `named` is told under how many records the product stands
    /// with each of its categories, by their common key, or with none, by the product.
    ///
    /// # Errors
    /// When a spilled run cannot be read, or `named` fails.
    pub fn next_group(
        &mut self,
        mut named: impl FnMut(&[u8], u64) -> Result<()>,
    ) -> Result<Option<Group<Line>>> {
        let Some(mut group) = self.ahead.take() else {
            return Ok(None);
        };
        named(&group.key, group.value.records())?;
        group.key.truncate(product_and_category(&group.key).0.len());
        loop {
            self.ahead = self.merge.next_group()?;
            let Some(next) = &self.ahead else {
                break;
            };
            if next.day != group.day || product_and_category(&next.key).0 != group.key {
                break;
            }
            named(&next.key, next.value.records())?;
            group.value.merge(&next.value);
        }
        Ok(Some(group))
    }
}
