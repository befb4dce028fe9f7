//! The category of every product, found again in bounded memory.
//!
//! A product has the category that most of its records name, over the whole run; of several, the
//! least by its bytes. The sorted answers stand in blocks, on disk when there are many; in memory
//! is only where each block begins.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::SpooledTempFile;

use crate::batch::merge::Merge;
use crate::batch::products::product_and_category;
use crate::batch::run::Run;
use crate::error::{Error, Result};

/// Products in a block.
const BLOCK: u64 = 128;
/// What the blocks may take in memory.
const IN_MEMORY: usize = 4 << 20;

/// Where a block begins.
struct Start {
    product: Vec<u8>,
    offset: u64,
}

/// The categories by product.
pub struct Categories {
    file: SpooledTempFile,
    dir: PathBuf,
    starts: Vec<Start>,
    end: u64,
    /// The block that was read last, and its text.
    current: Option<usize>,
    block: Vec<u8>,
    /// How far the block was looked through for the product that was asked for last.
    at: usize,
    products: u64,
}

impl Categories {
    /// Chooses among the categories that are counted by product and category.
    ///
    /// # Errors
    /// When spills fail.
    pub fn of(counts: Vec<Run<u64>>, dir: &Path) -> Result<Self> {
        let mut this = Self {
            file: tempfile::spooled_tempfile_in(IN_MEMORY, dir),
            dir: dir.to_owned(),
            starts: Vec::new(),
            end: 0,
            current: None,
            block: Vec::new(),
            at: 0,
            products: 0,
        };
        let mut merge = Merge::new(counts)?;
        let (mut product, mut category, mut most) = (Vec::new(), Vec::new(), 0);
        let mut first = true;
        while let Some(group) = merge.next_group()? {
            let (next, named) = product_and_category(&group.key);
            if first || next != product {
                if !first {
                    this.push(&product, &category)?;
                }
                first = false;
                product = next.to_vec();
                category.clear();
                most = 0;
            }
            // In order of bytes, so that the first of equals is the least. No category at all
            // is none, however many records name none.
            if !named.is_empty() && group.value > most {
                category = named.to_vec();
                most = group.value;
            }
        }
        if !first {
            this.push(&product, &category)?;
        }
        this.end_block()?;
        Ok(this)
    }

    /// How many products there are.
    pub fn products(&self) -> u64 {
        self.products
    }

    /// Every product in order, with its category, which is empty where no record names one.
    ///
    /// # Errors
    /// When the blocks cannot be read again.
    pub fn for_each(&mut self, mut take: impl FnMut(&[u8], &[u8])) -> Result<()> {
        for number in 0..self.starts.len() {
            self.read(number)
                .map_err(|e| Error::io("read a spill file in", self.dir.display(), e))?;
            let mut rest = &self.block[..];
            while let (Some(product), Some(category)) = (text(&mut rest), text(&mut rest)) {
                take(product, category);
            }
        }
        Ok(())
    }

    fn push(&mut self, product: &[u8], category: &[u8]) -> Result<()> {
        if self.products.is_multiple_of(BLOCK) {
            self.end_block()?;
            self.starts.push(Start {
                product: product.to_vec(),
                offset: self.end,
            });
        }
        self.products += 1;
        for text in [product, category] {
            // A text is part of a record, and records are shorter than 4 GiB.
            self.block.extend((text.len() as u32).to_le_bytes());
            self.block.extend_from_slice(text);
        }
        Ok(())
    }

    fn end_block(&mut self) -> Result<()> {
        let written = self.file.write_all(&self.block);
        written.map_err(|e| Error::io("write a spill file in", self.dir.display(), e))?;
        self.end += self.block.len() as u64;
        self.block.clear();
        Ok(())
    }

    /// The category of a product; empty where no record names one. Products that are asked for
    /// in order are found without a search.
    ///
    /// # Errors
    /// When the blocks cannot be read again.
    pub fn find(&mut self, product: &[u8]) -> Result<&[u8]> {
        let begins = |number: usize| self.starts.get(number).map(|start| &*start.product);
        let is_in = |number: &usize| {
            begins(*number).is_some_and(|begin| begin <= product)
                && begins(number + 1).is_none_or(|next| product < next)
        };
        let search = || {
            let after = self
                .starts
                .partition_point(|start| &*start.product <= product);
            after.checked_sub(1)
        };
        let Some(number) = self.current.filter(is_in).or_else(search) else {
            return Ok(b"");
        };
        if self.current != Some(number) {
            self.read(number)
                .map_err(|e| Error::io("read a spill file in", self.dir.display(), e))?;
        }
        let mut rest = &self.block[self.at..];
        if text(&mut rest).is_none_or(|at| at > product) {
            self.at = 0;
        }
        let mut rest = &self.block[self.at..];
        loop {
            self.at = self.block.len() - rest.len();
            let (Some(next), Some(category)) = (text(&mut rest), text(&mut rest)) else {
                return Ok(b"");
            };
            if next >= product {
                return Ok(if next == product { category } else { b"" });
            }
        }
    }

    fn read(&mut self, number: usize) -> io::Result<()> {
        let begin = self.starts[number].offset;
        let end = self.starts.get(number + 1).map_or(self.end, |s| s.offset);
        self.current = None;
        self.at = 0;
        self.block.resize((end - begin) as usize, 0);
        self.file.seek(SeekFrom::Start(begin))?;
        self.file.read_exact(&mut self.block)?;
        self.current = Some(number);
        Ok(())
    }
}

/// Takes a text with its length before it from the front; none at the end.
fn text<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk()?;
    let (text, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    *rest = after;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::products::product_key;
    use crate::batch::runs::Sums;
    use crate::record::Day;

    #[test]
    fn the_most_named_category_counts_and_ties_go_to_the_least() {
        let dir = std::env::temp_dir();
        let mut counts = Sums::<u64>::new(1, &dir);
        let mut count = |product: &str, category: &str, records: u64| {
            let mut key = Vec::new();
            match category {
                "" => key.extend_from_slice(product.as_bytes()),
                _ => product_key(&mut key, product.as_bytes(), category.as_bytes()),
            }
            *counts.value(Day::EPOCH, &key) += records;
            counts.fit().expect("spilled");
        };
        count("both", "b", 2);
        count("both", "a", 1);
        count("both", "a", 1);
        count("mostly", "a", 1);
        count("mostly", "c", 2);
        count("none", "", 5);
        count("seldom", "", 5);
        count("seldom", "x\0y", 1);
        // Enough for several blocks.
        for number in 0..1000 {
            count(&format!("p{number:04}"), &format!("c{}", number % 7), 1);
        }
        let mut found = Categories::of(counts.into_runs(), &dir).expect("chosen");
        assert_eq!(found.products(), 1004);
        let mut of = |product: &str| {
            let category = found.find(product.as_bytes()).expect("read");
            String::from_utf8(category.to_vec()).expect("UTF-8")
        };
        for _ in 0..2 {
            let expected = [
                ("", ""),
                ("both", "a"),
                ("both2", ""),
                ("mostly", "c"),
                ("none", ""),
                ("p0000", "c0"),
                ("p0127", "c1"),
                ("p0128", "c2"),
                ("p0999", "c5"),
                ("p05", ""),
                ("p0500", "c3"),
                ("p0499", "c2"),
                ("seldom", "x\0y"),
                ("zzz", ""),
            ];
            for (product, category) in expected {
                assert_eq!(of(product), category, "{product}");
            }
        }
    }
}
