//! The products and users of the online shop, computed from their numbers.

use super::super::super::catalogue::coprime;
use super::super::super::rng::{Key, below, high, low};
use super::super::text::{skewed, uuid};

/// The categories and their lowest and highest price in cents.
pub static CATEGORIES: [(&str, u32, u32); 10] = [
    ("Electronics", 5_000, 200_000),
    ("Clothing", 1_000, 20_000),
    ("Home & Garden", 1_500, 50_000),
    ("Books", 1_000, 5_000),
    ("Sports", 2_000, 30_000),
    ("Toys", 1_000, 20_000),
    ("Food & Beverages", 1_000, 20_000),
    ("Beauty", 1_000, 20_000),
    ("Automotive", 1_000, 20_000),
    ("Health", 1_000, 20_000),
];
/// Four kinds of electronics, from cables to notebooks.
const ELECTRONICS: [(u32, u32); 4] = [
    (5_000, 30_000),
    (5_000, 60_000),
    (30_000, 120_000),
    (90_000, 200_000),
];
/// The countries; frequent ones stand more often.
pub static COUNTRIES: [&str; 5] = ["USA", "UK", "Canada", "Germany", "France"];
const BY_CHANCE: [u8; 16] = [0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 4, 4];

/// A number and a walk through all numbers below it that looks like none.
#[derive(Debug, Clone, Copy)]
struct Walk {
    n: u64,
    step: u64,
    start: u64,
}

impl Walk {
    fn new(key: Key, n: u32) -> Self {
        let n = u64::from(n);
        Self {
            n,
            step: coprime(n * 3 / 8 + key.at(0) % (n / 4 + 1), n),
            start: key.at(1) % n,
        }
    }

    /// Where the walk is after so many steps; each number once in any `n` steps in a row.
    #[inline]
    fn at(&self, i: i64) -> u32 {
        let i = i.rem_euclid(self.n as i64).unsigned_abs();
        let place = u128::from(i) * u128::from(self.step) + u128::from(self.start);
        (place % u128::from(self.n)) as u32
    }
}

/// All that does not change in the shop.
#[derive(Debug, Clone)]
pub struct Shop {
    products: u32,
    shelves: Walk,
    visits: Walk,
    prices: Key,
    product_ids: Key,
    user_ids: Key,
    countries: Key,
}

impl Shop {
    /// The shop of a seed and its sizes.
    pub fn new(seed: u64, products: u32, users: u32) -> Self {
        let key = |purpose| Key::new(seed, purpose);
        Self {
            products,
            shelves: Walk::new(key("globalmart shelves"), products),
            visits: Walk::new(key("globalmart visits"), users),
            prices: key("globalmart prices"),
            product_ids: key("globalmart products"),
            user_ids: key("globalmart users"),
            countries: key("globalmart countries"),
        }
    }

    /// A product that 64 random bits pick; few of them are popular.
    #[inline]
    pub fn pick(&self, word: u64) -> u32 {
        self.shelves.at(i64::from(skewed(word, self.products)))
    }

    /// The next product, of the next category.
    #[inline]
    pub fn after(&self, product: u32) -> u32 {
        if product + 1 < self.products {
            product + 1
        } else {
            0
        }
    }

    /// The index of the category of a product.
    #[inline]
    pub fn category(&self, product: u32) -> usize {
        (product % 10) as usize
    }

    /// The price of a product in cents.
    #[inline]
    pub fn price(&self, product: u32) -> u32 {
        let word = self.prices.at(u64::from(product));
        let (least, most) = match product % 10 {
            0 => ELECTRONICS[(product / 10 % 4) as usize],
            other => (CATEGORIES[other as usize].1, CATEGORIES[other as usize].2),
        };
        // Cheap ones are more than dear ones.
        let span = below(high(word), most - least) + 1;
        least + below(low(word), span)
    }

    /// Appends the id of a product.
    #[inline]
    pub fn product_id(&self, product: u32, out: &mut Vec<u8>) {
        uuid(self.product_ids, u64::from(product), out);
    }

    /// The user of session number `session`: all users in turn.
    #[inline]
    pub fn visitor(&self, session: i64) -> u32 {
        self.visits.at(session)
    }

    /// Appends the id of a user.
    #[inline]
    pub fn user_id(&self, user: u32, out: &mut Vec<u8>) {
        uuid(self.user_ids, u64::from(user), out);
    }

    /// The index of the country of a user.
    #[inline]
    pub fn country(&self, user: u32) -> usize {
        let word = self.countries.at(u64::from(user));
        usize::from(BY_CHANCE[(word & 0xF) as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn users_come_in_turn() {
        for users in [1u32, 2, 7, 1_000] {
            let shop = Shop::new(7, 100, users);
            for first in [-3i64, 0, 1_000_000_007] {
                let turn = (first..first + i64::from(users)).map(|i| shop.visitor(i));
                assert_eq!(turn.collect::<HashSet<_>>().len(), users as usize);
            }
        }
    }

    #[test]
    fn prices_lie_in_their_ranges_and_some_electronics_are_dear() {
        for products in [100, 250_000] {
            let shop = Shop::new(7, products, 1);
            let mut dear = 0;
            for product in 0..products {
                let (name, least, most) = CATEGORIES[shop.category(product)];
                let price = shop.price(product);
                assert!((least..=most).contains(&price), "{name} {price}");
                dear += u32::from(name == "Electronics" && price >= 90_000);
            }
            assert!(dear * 50 >= products, "{dear} of {products}");
        }
    }

    #[test]
    fn a_picked_product_is_popular() {
        let shop = Shop::new(7, 250_000, 1);
        let key = Key::new(1, "test");
        let mut seen = std::collections::HashMap::new();
        for i in 0..100_000 {
            *seen.entry(shop.pick(key.at(i))).or_insert(0u32) += 1;
        }
        let most = seen.values().max().unwrap();
        assert!((500..5_000).contains(most), "{most}");
        assert!(seen.len() > 20_000, "{}", seen.len());
    }
}
