//! What world is asked for, checked once.

use std::time::Duration;

use super::super::faults::Shares;
use super::faults::Faults;
use super::globalmart::least_users;
use super::topics::{TopicSpec, topics};
use crate::error::{Error, Result};
use crate::record::Time;

/// A world of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorldKind {
    /// An online shop: transactions, product views, cart events.
    Globalmart,
    /// Sales, returns and restocks of ten stores in one topic.
    RetailEvents,
    /// Sales, and the stock after each of them.
    Inventory,
    /// Orders of a restaurant, from its tills.
    Orders,
}

impl WorldKind {
    /// Its name, also that of its folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Globalmart => "globalmart",
            Self::RetailEvents => "retail_events",
            Self::Inventory => "inventory",
            Self::Orders => "orders",
        }
    }

    /// Whether it has stores, products and customers.
    pub fn has(self) -> [bool; 3] {
        Defaults::of(self).sizes.map(|size| size.is_some())
    }
}

/// The shape of the events of the `inventory` world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// As the jobs of the replaced system expected them.
    Readme,
    /// As its generator sent them.
    Generator,
}

/// What the user asks for; what is not said has a default by world.
#[derive(Debug, Clone, PartialEq)]
pub struct WorldSettings {
    /// Which world.
    pub world: WorldKind,
    /// The shape of its events, where there are several.
    pub shape: Shape,
    /// No event is before it.
    pub start: Time,
    /// Every event is before the start and this.
    pub duration: Duration,
    /// Events a second, in all topics together.
    pub rate: Option<f64>,
    /// Shares of topics, or of types, by name; none for those of the world.
    pub mix: Vec<(String, f64)>,
    /// What all draws depend on.
    pub seed: u64,
    /// Stores; of no meaning where the world has none. The same for the others.
    pub stores: Option<u32>,
    /// Products.
    pub products: Option<u32>,
    /// Customers or users.
    pub customers: Option<u32>,
    /// The share of anomalies in transactions or sales.
    pub anomalies: f64,
    /// Faults to plant.
    pub faults: Shares,
    /// Whether events are lines of CSV, which only `orders` has.
    pub csv: bool,
}

impl WorldSettings {
    /// The defaults of a world for `duration` from `start`.
    pub fn new(world: WorldKind, start: Time, duration: Duration) -> Self {
        Self {
            world,
            shape: Shape::Readme,
            start,
            duration,
            rate: None,
            mix: Vec::new(),
            seed: 2024,
            stores: None,
            products: None,
            customers: None,
            anomalies: 0.002,
            faults: Shares::default(),
            csv: false,
        }
    }
}

/// The most events a second.
const MAX_RATE: f64 = 1_000_000.0;
/// The largest share of anomalies: where more is unusual, nothing is.
const MAX_ANOMALIES: f64 = 0.1;
/// The most stocks that are held: stores x products.
const MAX_STOCKS: u64 = 5_000_000;

/// Checked settings of a world.
#[derive(Debug, Clone)]
pub struct WorldPlan {
    pub(super) settings: WorldSettings,
    pub(super) rate: f64,
    /// The shares of the mix, in the order of [`mix_names`].
    pub(super) mix: Vec<f64>,
    pub(super) stores: u32,
    pub(super) products: u32,
    pub(super) customers: u32,
    /// Microseconds since 1970.
    pub(super) start: i64,
    pub(super) end: i64,
    pub(super) faults: Option<Faults>,
}

impl WorldPlan {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`Error::Usage`] for what cannot be generated.
    pub fn new(settings: WorldSettings) -> Result<Self> {
        let kind = settings.world;
        let defaults = Defaults::of(kind);
        let rate = settings.rate.unwrap_or(defaults.rate);
        if !(rate > 0.0 && rate <= MAX_RATE) {
            return Err(Error::Usage(format!(
                "--rate {rate}: a world has more than 0 and at most 1000000 events a second; \
                 --speed 0 sends them as fast as possible"
            )));
        }
        if settings.csv && kind != WorldKind::Orders {
            return Err(Error::Usage(format!(
                "--format csv: the events of the world {} are JSON lines",
                kind.name()
            )));
        }
        let start = settings.start.micros();
        let length = i64::try_from(settings.duration.as_micros()).ok();
        let end = length.and_then(|length| start.checked_add(length));
        let Some(end) = end.filter(|end| Time::from_micros(*end).is_some()) else {
            return Err(Error::Usage(format!(
                "--duration {:?}: all events must lie in the years 1 to 9999",
                settings.duration
            )));
        };
        if settings.anomalies > MAX_ANOMALIES {
            return Err(Error::Usage(format!(
                "--anomalies {}: give at most {MAX_ANOMALIES}; where more is unusual, nothing is",
                settings.anomalies
            )));
        }
        let [stores, products, mut customers] = defaults.sizes(&settings)?;
        let mix = mix(kind, &settings.mix)?;
        if kind == WorldKind::Globalmart {
            let least = least_users(rate, &mix);
            if settings.customers.is_some() && customers < least {
                return Err(Error::Usage(format!(
                    "--customers {customers}: at {rate} events a second a user would come again \
                     within the hour; give {least} or more, or a lower --rate"
                )));
            }
            customers = customers.max(least);
        }
        if kind == WorldKind::Inventory && u64::from(stores) * u64::from(products) > MAX_STOCKS {
            return Err(Error::Usage(format!(
                "--stores {stores} --products {products}: at most {MAX_STOCKS} stocks are held, \
                 one for each store and product"
            )));
        }
        Ok(Self {
            mix,
            faults: Faults::new(&settings.faults, settings.seed),
            settings,
            rate,
            stores,
            products,
            customers,
            start,
            end,
        })
    }

    /// The settings.
    pub fn settings(&self) -> &WorldSettings {
        &self.settings
    }

    /// The topics that get events.
    pub fn topics(&self) -> &'static [TopicSpec] {
        topics(self.settings.world, self.settings.shape)
    }

    /// Events a second.
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// How many stores there are; 0 where the world knows none. The same for the others.
    pub fn stores(&self) -> u32 {
        self.stores
    }

    /// How many products there are.
    pub fn products(&self) -> u32 {
        self.products
    }

    /// How many customers there are.
    pub fn customers(&self) -> u32 {
        self.customers
    }

    /// Whether events are lines of CSV.
    pub fn csv(&self) -> bool {
        self.settings.csv
    }

    /// What a file begins with: the header of CSV, nothing otherwise.
    pub fn header(&self) -> &'static str {
        match self.settings.csv {
            true => "customer_id,source,quantity,total,created_at\n",
            false => "",
        }
    }

    /// About how many events there will be, for a progress bar.
    pub fn expected(&self) -> u64 {
        (self.rate * self.settings.duration.as_secs_f64()) as u64
    }
}

/// What a world has where nothing is said, and the least and the most of it.
struct Defaults {
    rate: f64,
    /// Default, least and most of stores, products and customers; none where it has none.
    sizes: [Option<(u32, u32, u32)>; 3],
}

impl Defaults {
    fn of(kind: WorldKind) -> Self {
        let (rate, sizes) = match kind {
            WorldKind::Globalmart => (
                500.0,
                [
                    None,
                    Some((250_000, 100, 250_000)),
                    Some((10_000_000, 1, u32::MAX)),
                ],
            ),
            WorldKind::RetailEvents => (2.0, [Some((10, 1, 20_000)), Some((25, 1, 25)), None]),
            WorldKind::Inventory => (
                10.0,
                [
                    Some((10, 1, 20_000)),
                    Some((100, 1, 250_000)),
                    Some((9_000, 1, 10_000_000)),
                ],
            ),
            WorldKind::Orders => (0.2, [None, None, Some((16, 1, 10_000_000))]),
        };
        Self { rate, sizes }
    }

    fn sizes(&self, settings: &WorldSettings) -> Result<[u32; 3]> {
        let given = [settings.stores, settings.products, settings.customers];
        let names = ["stores", "products", "customers"];
        let mut sizes = [0; 3];
        for (i, ((limits, given), name)) in self.sizes.iter().zip(given).zip(names).enumerate() {
            let world = settings.world.name();
            sizes[i] = match (limits, given) {
                (None, _) => 0,
                (Some((usual, ..)), None) => *usual,
                (Some((_, least, most)), Some(n)) if !(*least..=*most).contains(&n) => {
                    return Err(Error::Usage(format!(
                        "--{name} {n}: the world {world} has {least} to {most}"
                    )));
                }
                (Some(_), Some(n)) => n,
            };
        }
        Ok(sizes)
    }
}

/// The names in the mix of a world, and the shares where nothing is said.
pub(super) fn mix_names(kind: WorldKind) -> &'static [(&'static str, f64)] {
    match kind {
        WorldKind::Globalmart => &[
            ("transactions", 1.0),
            ("product_views", 3.0),
            ("cart_events", 1.0),
        ],
        WorldKind::RetailEvents => &[("sale", 90.0), ("return", 7.0), ("restock", 3.0)],
        // As many stock events as follow from sales and restocks.
        WorldKind::Inventory => &[("sale", 1.0), ("inventory", 0.0)],
        WorldKind::Orders => &[],
    }
}

fn mix(kind: WorldKind, given: &[(String, f64)]) -> Result<Vec<f64>> {
    let names = mix_names(kind);
    let usual = names.iter().map(|(_, share)| *share).collect();
    if given.is_empty() {
        return Ok(usual);
    }
    let known: Vec<_> = names.iter().map(|(name, _)| *name).collect();
    if known.is_empty() {
        return Err(Error::Usage(format!(
            "--mix: the world {} has one kind of event; leave it out",
            kind.name()
        )));
    }
    let mut shares = vec![0.0; names.len()];
    for (name, share) in given {
        let Some(i) = known
            .iter()
            .position(|known| known.eq_ignore_ascii_case(name))
        else {
            return Err(Error::Usage(format!(
                "--mix {name}: the world {} has {}",
                kind.name(),
                known.join(", ")
            )));
        };
        shares[i] = *share;
    }
    let sum: f64 = shares.iter().sum();
    if !(sum > 0.0 && sum.is_finite()) {
        return Err(Error::Usage(
            "--mix: at least one share must be above 0".to_owned(),
        ));
    }
    if kind == WorldKind::Inventory && (shares[0] == 0.0 || shares[1] < shares[0]) {
        return Err(Error::Usage(
            "--mix: every sale has its inventory event, so there are sales, and the share of \
             inventory is not below theirs; the rest is counted stock"
                .to_owned(),
        ));
    }
    Ok(shares)
}
