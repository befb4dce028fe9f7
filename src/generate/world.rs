//! The simulated shop: who buys what, where, when and for how much.
//!
//! Everything about row `seq` of a day follows from the seed, the sizes of the shop and that
//! day; nothing from other days, from the first day asked for or from their number.

use std::sync::OnceLock;

use chrono::{Datelike, Days, NaiveDate};

use super::alias::Alias;
use super::calendar::{Clock, Day, weekday_counts};
use super::catalogue::{Catalogue, category};
use super::returns::{self, LAGS};
use super::rng::{Key, below, high, low};
use super::row::{More, Promotion, Row, Rows};
use super::stores::Stores;

/// The most customers a shop may have.
pub const MAX_CUSTOMERS: u32 = 10_000_000;
/// How sales are paid; frequent ways stand more often.
const PAYMENTS: [&str; 16] = [
    "credit_card",
    "credit_card",
    "credit_card",
    "credit_card",
    "credit_card",
    "debit_card",
    "debit_card",
    "debit_card",
    "debit_card",
    "cash",
    "cash",
    "paypal",
    "paypal",
    "apple_pay",
    "apple_pay",
    "google_pay",
];
/// How many pieces of 256 baskets, by basket: the number with one piece, with two, …
const PIECES: [[u16; 8]; 3] = [
    [236, 17, 3, 0, 0, 0, 0, 0],
    [154, 64, 26, 12, 0, 0, 0, 0],
    [90, 69, 36, 26, 13, 12, 5, 5],
];
static BASKETS: [[u8; 256]; 3] = [spread(PIECES[0]), spread(PIECES[1]), spread(PIECES[2])];
/// Sixteen equally likely circles of customers, in sixteenths of all: who is in more of them
/// comes more often. A fifth of the customers make five eighths of the sales, and none comes more
/// than 3.3 times as often as the average one: of 5,000 customers with 1,000 sales a day, the
/// best buys less than six times a week.
const REGULARS: [u32; 16] = [3, 3, 3, 3, 3, 4, 4, 4, 5, 6, 8, 10, 13, 16, 16, 16];
/// Off the price in a promotion, in percent.
const DISCOUNTS: [u32; 8] = [5, 10, 10, 15, 15, 20, 25, 30];
/// Of 256 weeks of a category, those with a promotion.
const PROMOTED_WEEKS: u64 = 38;
/// Of 256 purchases, those in the customer's own store.
const AT_HOME: u32 = 218;

/// The shop of a seed and its sizes.
#[derive(Debug)]
pub struct World {
    catalogue: Catalogue,
    stores: Stores,
    customers: u32,
    seed: u64,
    counts: [u32; 7],
    clocks: [Clock; 7],
    /// What is bought in January to December; a year's months are built as they are met.
    demand: [OnceLock<Alias>; 12],
    popularity: Vec<u32>,
    promotions: Key,
}

/// A sale without its texts.
#[derive(Debug, Clone, Copy)]
struct Sale {
    product: u32,
    category: u32,
    store: u32,
    customer: u32,
    quantity: u32,
    unit_price: u32,
    payment: &'static str,
    promotion: Option<Promotion>,
}

impl World {
    /// The shop of `seed`; the sizes are at least 1 and at most the `MAX_…` of their modules.
    pub fn new(seed: u64, per_day: u32, products: u32, stores: u32, customers: u32) -> Self {
        let mut popularity: Vec<u32> = (0..products).collect();
        let mut draws = Key::new(seed, "popularity").draws();
        for i in (1..products).rev() {
            popularity.swap(i as usize, draws.below(i + 1) as usize);
        }
        Self {
            catalogue: Catalogue::new(seed, products),
            stores: Stores::new(seed, stores),
            customers,
            seed,
            counts: weekday_counts(per_day),
            clocks: Clock::week(),
            demand: Default::default(),
            popularity,
            promotions: Key::new(seed, "promotions"),
        }
    }

    /// The products.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The stores.
    pub fn stores(&self) -> &Stores {
        &self.stores
    }

    /// How many customers there are.
    pub fn customers(&self) -> u32 {
        self.customers
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How many base rows `date` has.
    pub fn rows(&self, date: NaiveDate) -> u32 {
        self.counts[date.weekday().num_days_from_monday() as usize]
    }

    /// The rows of `date`.
    pub fn day(&self, date: NaiveDate) -> ShopDay<'_> {
        let days = (0..u64::from(LAGS)).map(|lag| {
            // Before the calendar's first day there is nothing to bring back.
            let date = date
                .checked_sub_days(Days::new(lag))
                .unwrap_or(NaiveDate::MIN);
            Day::new(self.seed, date, self.rows(date))
        });
        ShopDay {
            world: self,
            days: days.collect(),
        }
    }

    /// What is bought in a month, January being 0: few products often, most of them seldom
    /// (a Zipf law over a shuffled catalogue), dear ones less than cheap ones, moved by the
    /// season of their department.
    fn demand(&self, month_of_year: usize) -> &Alias {
        self.demand[month_of_year].get_or_init(|| {
            let weights: Vec<u64> = (0u32..)
                .zip(&self.popularity)
                .map(|(i, &rank)| {
                    let product = self.catalogue.product(i);
                    let (department, _) = category(product.category());
                    let season = u64::from(department.season[month_of_year]);
                    // Without the price to the power of 3/4 one telephone would be a third of
                    // all revenue. At the least price, 33: a weight stays below 2^40.
                    let dearness = u64::from(product.list_price()).pow(3).isqrt().isqrt();
                    (1 << 40) / (u64::from(rank) + 16) / dearness * season
                })
                .collect();
            Alias::new(&weights)
        })
    }

    /// The promotion of a category in the week of `day`.
    #[inline]
    fn promotion(&self, category: u32, day: &Day) -> Option<Promotion> {
        // Day 0 was a Thursday; weeks begin on Monday.
        let week = (day.epoch + 3).div_euclid(7);
        let word = self
            .promotions
            .at((u64::from(week as u32) << 8) | u64::from(category));
        (word % 256 < PROMOTED_WEEKS).then(|| Promotion {
            week: day.week,
            category,
            percent: DISCOUNTS[(word >> 61) as usize],
        })
    }

    fn sale(&self, day: &Day, seq: u32) -> Sale {
        let key = day.key.row(seq);
        let product = self.demand(day.month_of_year()).pick(key.word(1));
        let category_index = self.catalogue.product(product).category();
        let promotion = self.promotion(category_index, day);
        let list = self.catalogue.price(product, day.month);
        let unit_price = promotion.map_or(list, |p| (list * (100 - p.percent) + 50) / 100);
        let (people, bits) = (key.word(2), key.word(3));
        let regulars = self.customers * REGULARS[(low(people) & 0xF) as usize] / 16;
        let customer = below(high(people), regulars.max(1));
        let store = if (low(bits) & 0xFF) < AT_HOME {
            self.stores.home(customer)
        } else {
            self.stores.any(key.word(4))
        };
        let basket = category(category_index).0.basket;
        let mut quantity = u32::from(BASKETS[basket as usize][(low(bits) >> 8 & 0xFF) as usize]);
        let more = low(bits) >> 20 & 0xF;
        // Promotions and the weeks before Christmas fill the baskets.
        if (promotion.is_some() && more < 4) || (day.month_of_year() >= 10 && more == 15) {
            quantity += 1;
        }
        Sale {
            product,
            category: category_index,
            store,
            customer,
            quantity,
            unit_price,
            payment: PAYMENTS[(low(bits) >> 16 & 0xF) as usize],
            promotion,
        }
    }
}

/// A day of the shop, with the days from which its returns come.
#[derive(Debug)]
pub struct ShopDay<'w> {
    world: &'w World,
    days: Vec<Day>,
}

impl ShopDay<'_> {
    /// The day itself.
    pub fn day(&self) -> &Day {
        &self.days[0]
    }
}

impl Rows for ShopDay<'_> {
    #[inline]
    fn row(&self, seq: u32) -> Row<'_> {
        let world = self.world;
        let day = &self.days[0];
        let (sale, reverses) = match returns::reversed(&self.days, seq) {
            None => (world.sale(day, seq), None),
            Some((lag, row)) => {
                let mut sale = world.sale(&self.days[lag], row);
                // One return in four brings back a part only.
                let bits = day.key.row(seq).word(1);
                if low(bits).is_multiple_of(4) {
                    sale.quantity = 1 + below(high(bits), sale.quantity);
                }
                (sale, Some((&self.days[lag], row)))
            }
        };
        let product = world.catalogue.product(sale.product);
        let store = &world.stores.all()[sale.store as usize];
        Row {
            day,
            seq,
            store_id: &store.id,
            store_city: &store.label,
            product: world.catalogue.name(product),
            product_index: sale.product,
            quantity: sale.quantity,
            unit_price: sale.unit_price,
            more: Some(More {
                second: self.second(seq),
                customer: sale.customer + 1,
                category: category(sale.category).1.name,
                payment: sale.payment,
                country: store.country,
                promotion: sale.promotion,
                reverses,
            }),
        }
    }

    #[inline]
    fn second(&self, seq: u32) -> u32 {
        let day = &self.days[0];
        let jitter = day.key.row(seq).word(0) as u16;
        day.second(&self.world.clocks[day.weekday], seq, jitter)
    }
}

const fn spread(counts: [u16; 8]) -> [u8; 256] {
    let mut table = [0u8; 256];
    let (mut at, mut pieces) = (0usize, 0usize);
    while pieces < 8 {
        let mut left = counts[pieces];
        while left > 0 {
            table[at] = pieces as u8 + 1;
            at += 1;
            left -= 1;
        }
        pieces += 1;
    }
    table
}
