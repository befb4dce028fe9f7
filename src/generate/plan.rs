//! What is to be generated, checked once.

use chrono::{Datelike, Days, NaiveDate};

use super::calendar::Day;
use super::catalogue::MAX_PRODUCTS;
use super::chunk::{ROWS, Recipe};
use super::classic;
use super::faults::Shares;
use super::stores::MAX_STORES;
use super::world::{MAX_CUSTOMERS, World};
use crate::error::{Error, Result};

/// The most rows of an average day: a day's rows are numbered in 32 bits.
const MAX_PER_DAY: u32 = 1_000_000_000;

/// Which generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// The simulated shop.
    Standard,
    /// The files of the replaced system, byte for byte.
    Classic,
}

/// How the rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated, with a header.
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// Typed columns.
    Parquet,
}

/// What the user asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Which generator.
    pub profile: Profile,
    /// How the rows are written.
    pub format: Format,
    /// The first day.
    pub start: NaiveDate,
    /// How many days.
    pub days: u32,
    /// Base rows of an average day.
    pub transactions_per_day: u32,
    /// What all draws depend on.
    pub seed: u64,
    /// Products of the shop; the classic profile has its own 15.
    pub products: u32,
    /// Stores of the shop; the classic profile has its own 30.
    pub stores: u32,
    /// Customers of the shop; the classic profile knows none.
    pub customers: u32,
    /// Faults to plant.
    pub faults: Shares,
}

/// Checked settings and the shop they describe.
#[derive(Debug)]
pub struct Plan {
    settings: Settings,
    recipe: Recipe,
    world: Option<World>,
}

/// A chunk to be made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Task {
    pub date: NaiveDate,
    pub first: u32,
    pub end: u32,
    /// Whether it is the last of its day.
    pub last: bool,
}

impl Settings {
    /// The defaults of the command for `days` days from `start`.
    pub fn new(start: NaiveDate, days: u32) -> Self {
        Self {
            profile: Profile::Standard,
            format: Format::Csv,
            start,
            days,
            transactions_per_day: 48,
            seed: 2024,
            products: 200,
            stores: 20,
            customers: 5_000,
            faults: Shares::default(),
        }
    }
}

impl Plan {
    /// Checks the settings and builds the shop.
    ///
    /// # Errors
    /// [`Error::Usage`] for what cannot be generated.
    pub fn new(settings: Settings) -> Result<Self> {
        let classic = settings.profile == Profile::Classic;
        for (name, value, least, most) in [
            ("days", settings.days, 1, 3_652_059),
            (
                "transactions-per-day",
                settings.transactions_per_day,
                0,
                MAX_PER_DAY,
            ),
            ("products", settings.products, 1, MAX_PRODUCTS),
            ("stores", settings.stores, 1, MAX_STORES),
            ("customers", settings.customers, 1, MAX_CUSTOMERS),
        ] {
            if !(least..=most).contains(&value) {
                return Err(Error::Usage(format!(
                    "--{name} {value}: give a number from {least} to {most}"
                )));
            }
        }
        let last = settings
            .start
            .checked_add_days(Days::new(u64::from(settings.days) - 1));
        if settings.start.year() < 1 || last.is_none_or(|d| d.year() > 9999) {
            return Err(Error::Usage(format!(
                "--start-date {} with --days {}: all days must lie in the years 1 to 9999",
                settings.start, settings.days
            )));
        }
        let faults = settings.faults.faults(settings.seed)?;
        if classic && settings.faults.late > 0.0 {
            return Err(Error::Usage(
                "--late needs --profile standard: classic rows have no time of day".to_owned(),
            ));
        }
        let recipe = Recipe {
            profile: settings.profile,
            format: settings.format,
            faults,
        };
        let Settings {
            seed,
            transactions_per_day,
            products,
            stores,
            customers,
            ..
        } = settings;
        let shop = || World::new(seed, transactions_per_day, products, stores, customers);
        Ok(Self {
            world: (!classic).then(shop),
            settings,
            recipe,
        })
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The shop; the classic profile has none.
    pub fn world(&self) -> Option<&World> {
        self.world.as_ref()
    }

    /// The days to be generated, in order.
    pub fn dates(&self) -> impl Iterator<Item = NaiveDate> + use<> {
        self.settings
            .start
            .iter_days()
            .take(self.settings.days as usize)
    }

    /// How many base rows `date` has: the lines of its file before duplicates are added.
    pub fn rows(&self, date: NaiveDate) -> u32 {
        match &self.world {
            Some(world) => world.rows(date),
            None => self.settings.transactions_per_day,
        }
    }

    /// How many base rows all days have, for a progress bar.
    pub fn total_rows(&self) -> u64 {
        self.dates().map(|date| u64::from(self.rows(date))).sum()
    }

    pub(crate) fn recipe(&self) -> Recipe {
        self.recipe
    }

    /// The day without the rows of a shop.
    pub(crate) fn plain_day(&self, date: NaiveDate) -> Day {
        Day::new(self.settings.seed, date, self.rows(date))
    }

    pub(crate) fn product_count(&self) -> usize {
        self.world
            .as_ref()
            .map_or(classic::PRODUCT_COUNT, |world| world.catalogue().len())
    }

    pub(crate) fn product_name(&self, index: u32) -> &str {
        match &self.world {
            Some(world) => world.catalogue().name(world.catalogue().product(index)),
            None => classic::product_name(index),
        }
    }

    /// The chunks of all days in order; a day without rows has one empty chunk.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = Task> + Send + '_ {
        self.dates().flat_map(|date| {
            let rows = self.rows(date);
            (0..rows.div_ceil(ROWS).max(1)).map(move |i| {
                let first = i * ROWS;
                let end = rows.min(first.saturating_add(ROWS));
                Task {
                    date,
                    first,
                    end,
                    last: end == rows,
                }
            })
        })
    }
}
