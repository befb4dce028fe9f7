//! The products: up to 250,000 in up to 100 categories, with brand, cost and price.

use std::collections::HashSet;

use fake::Fake;
use fake::faker::name::raw::LastName;
use fake::locales::EN;

use super::prices::range;
use super::rng::{Key, below, high, low};
use super::words::{Category, DEPARTMENTS, Department};

/// The most products a shop may have.
pub const MAX_PRODUCTS: u32 = 250_000;
/// Products that a category has, before the shop opens another one.
const PER_CATEGORY: u32 = 10;

/// What is sold at all times; prices move in [`Catalogue::price`].
#[derive(Debug, Clone, Copy)]
pub struct Product {
    category: u16,
    brand_len: u16,
    name_start: u32,
    name_end: u32,
    cost: u32,
    list_price: u32,
}

/// All products of the shop.
#[derive(Debug)]
pub struct Catalogue {
    products: Vec<Product>,
    /// All names, one after another: a page fault less per row than a string each.
    names: String,
    categories: u32,
    prices: Key,
}

impl Catalogue {
    /// The catalogue of a seed with `count` products, 1 to [`MAX_PRODUCTS`].
    pub fn new(seed: u64, count: u32) -> Self {
        let categories = (count / PER_CATEGORY).clamp(1, 100);
        let mut catalogue = Self {
            products: Vec::with_capacity(count as usize),
            names: String::new(),
            categories,
            prices: Key::new(seed, "prices"),
        };
        let shelves: Vec<Shelf> = (0..categories)
            .map(|c| Shelf::new(seed, c, count.div_ceil(categories)))
            .collect();
        let key = Key::new(seed, "products");
        for id in 0..count {
            let shelf = &shelves[(id % categories) as usize];
            let name_start = catalogue.names.len() as u32;
            let brand_len = shelf.name(id / categories, &mut catalogue.names);
            let (cost, list_price) = shelf.prices(id / categories, key.at(u64::from(id)));
            catalogue.products.push(Product {
                category: (id % categories) as u16,
                brand_len,
                name_start,
                name_end: catalogue.names.len() as u32,
                cost,
                list_price,
            });
        }
        catalogue
    }

    /// How many products there are.
    pub fn len(&self) -> usize {
        self.products.len()
    }

    /// Never: a shop has at least one product.
    pub fn is_empty(&self) -> bool {
        self.products.is_empty()
    }

    /// How many categories are in use.
    pub fn categories(&self) -> u32 {
        self.categories
    }

    /// The product with this index; panics beyond [`Catalogue::len`] as slices do.
    #[inline]
    pub fn product(&self, index: u32) -> &Product {
        &self.products[index as usize]
    }

    /// The name of a product, unique in the catalogue; no comma, quote or line end in it.
    #[inline]
    pub fn name(&self, product: &Product) -> &str {
        &self.names[product.name_start as usize..product.name_end as usize]
    }

    /// The maker's name, the first part of the product's name.
    pub fn brand(&self, product: &Product) -> &str {
        &self.name(product)[..usize::from(product.brand_len)]
    }

    /// The price of a product in a month, in cents, before promotions.
    ///
    /// Each product is priced anew every quarter: between 4 % below and 6 % above a line that
    /// rises by 0.6 % of the list price of 2020. Months count from January of year 0.
    #[inline]
    pub fn price(&self, index: u32, month: i32) -> u32 {
        let product = &self.products[index as usize];
        // Quarters begin in different months for different products.
        let quarter = (month + (index % 3) as i32).div_euclid(3);
        let draw = self
            .prices
            .at((u64::from(index) << 32) | u64::from(quarter as u32));
        let wobble = 960 + below(high(draw), 101);
        let trend = 1000 + 6 * (quarter - 2020 * 4).clamp(-80, 120);
        let exact = u64::from(product.list_price) * u64::from(wobble) * u64::from(trend as u32);
        charm((exact / 1_000_000) as u32)
    }
}

impl Product {
    /// The index of its category, see [`category`].
    #[inline]
    pub fn category(&self) -> u32 {
        u32::from(self.category)
    }

    /// What the shop pays for it, in cents.
    pub fn cost(&self) -> u32 {
        self.cost
    }

    /// Its price when it entered the catalogue, in cents.
    pub fn list_price(&self) -> u32 {
        self.list_price
    }
}

/// The department and the category with this index, below 100.
///
/// Departments alternate, so that a shop of few categories has something of everything.
#[inline]
pub fn category(index: u32) -> (&'static Department, &'static Category) {
    let department = &DEPARTMENTS[(index % 10) as usize];
    (
        department,
        &department.categories[(index / 10 % 10) as usize],
    )
}

/// Prices end in 9, as shops like it.
fn charm(cents: u32) -> u32 {
    cents - cents % 10 + 9
}

/// What a category puts together into names and prices.
struct Shelf {
    department: &'static Department,
    category: &'static Category,
    /// The cheapest and the dearest list price of each noun.
    ranges: [(u32, u32); 5],
    brands: Vec<String>,
    /// The step and the start of the walk through all combinations.
    step: u64,
    start: u64,
}

impl Shelf {
    fn new(seed: u64, index: u32, products: u32) -> Self {
        let (department, category) = category(index);
        let per_brand = (department.descriptors.len() * category.nouns.len()) as u32;
        let mut draws = Key::new(seed, "brands").of(u64::from(index)).draws();
        // Twice as many combinations as products, so that not every brand makes everything.
        let wanted = (products * 2).div_ceil(per_brand).max(5) as usize;
        let mut brands = Vec::with_capacity(wanted);
        let mut seen = HashSet::new();
        while brands.len() < wanted {
            let name: &str = LastName(EN).fake_with_rng(&mut draws);
            let brand = match draws.below(4) {
                0 => format!(
                    "{name} & {}",
                    LastName(EN).fake_with_rng::<&str, _>(&mut draws)
                ),
                _ => name.to_owned(),
            };
            if seen.insert(brand.clone()) {
                brands.push(brand);
            }
        }
        let combinations = u64::from(per_brand) * brands.len() as u64;
        Self {
            department,
            category,
            ranges: category.nouns.map(|noun| range(category, noun)),
            brands,
            step: coprime(u64::from(draws.below(1 << 30)), combinations),
            start: u64::from(draws.below(1 << 30)),
        }
    }

    /// Appends the name of the category's `nth` product; gives the length of the brand in it.
    fn name(&self, nth: u32, names: &mut String) -> u16 {
        let (brand, noun, descriptor) = self.combination(nth);
        let brand = &self.brands[brand];
        names.push_str(brand);
        names.push(' ');
        names.push_str(self.department.descriptors[descriptor]);
        names.push(' ');
        names.push_str(self.category.nouns[noun]);
        brand.len() as u16
    }

    /// Cost and list price of the `nth` product in cents; cheap ones are more frequent than
    /// dear ones.
    fn prices(&self, nth: u32, draw: u64) -> (u32, u32) {
        let (_, noun, _) = self.combination(nth);
        let (from, to) = self.ranges[noun];
        let skewed = below(high(draw), high(draw));
        let price = charm(from * 100 + below(skewed, (to - from) * 100));
        let margin = 450 + u64::from(below(low(draw), 300));
        ((u64::from(price) * margin / 1000) as u32, price)
    }

    /// The brand, the noun and the descriptor of the `nth` product.
    fn combination(&self, nth: u32) -> (usize, usize, usize) {
        let brands = self.brands.len() as u64;
        let nouns = self.category.nouns.len() as u64;
        let combinations = brands * nouns * self.department.descriptors.len() as u64;
        let c = (u64::from(nth) * self.step + self.start) % combinations;
        let (brand, rest) = (c % brands, c / brands);
        (
            brand as usize,
            (rest % nouns) as usize,
            (rest / nouns) as usize,
        )
    }
}

/// The first number from `from` on that shares no factor with `n`.
pub fn coprime(from: u64, n: u64) -> u64 {
    let gcd = |mut a: u64, mut b: u64| {
        while b != 0 {
            (a, b) = (b, a % b);
        }
        a
    };
    (from.max(1)..).find(|&x| gcd(x, n) == 1).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_need_no_quoting() {
        for (seed, count) in [(2024, MAX_PRODUCTS), (1, 200), (7, 1), (3, 999), (5, 21)] {
            let catalogue = Catalogue::new(seed, count);
            assert_eq!(catalogue.len(), count as usize);
            let mut seen = HashSet::new();
            for i in 0..count {
                let product = catalogue.product(i);
                let name = catalogue.name(product);
                assert!(seen.insert(name), "{name} twice");
                assert_eq!(name, name.trim());
                assert!(
                    !name.contains([',', '"', '\\', '\n', '\r', ';', '\t']),
                    "{name}"
                );
                assert!(name.starts_with(catalogue.brand(product)));
                assert!(product.cost() < product.list_price());
            }
        }
    }

    #[test]
    fn every_category_is_named_once() {
        let names: HashSet<_> = (0..100).map(|c| category(c).1.name).collect();
        assert_eq!(names.len(), 100);
        let nouns: HashSet<_> = (0..100).flat_map(|c| category(c).1.nouns).collect();
        assert_eq!(nouns.len(), 500);
        let words = DEPARTMENTS.iter().flat_map(|d| d.descriptors);
        assert!(words.clone().all(|w| !w.contains(' ')));
        for department in &DEPARTMENTS {
            assert_eq!(HashSet::from(department.descriptors).len(), 12);
        }
    }

    #[test]
    fn things_cost_what_they_are() {
        for seed in [2024, 1, 2, 3] {
            let catalogue = Catalogue::new(seed, 20_000);
            let list = |noun: &str| {
                let end = format!(" {noun}");
                let products = catalogue.products.iter();
                let prices: Vec<u32> = products
                    .filter(|product| catalogue.name(product).ends_with(&end))
                    .map(Product::list_price)
                    .collect();
                assert!(prices.len() > 5, "{noun}");
                let sum: u64 = prices.iter().map(|&price| u64::from(price)).sum();
                (prices.iter().min().copied(), sum / prices.len() as u64)
            };
            for (cheap, dear) in [
                ("Night Light", "Floor Lamp"),
                ("Mouse", "Docking Station"),
                ("Toothpaste", "Electric Toothbrush"),
                ("Kettle", "Stand Mixer"),
                ("Laundry Basket", "Vacuum Cleaner"),
                ("Kite", "Trampoline"),
                ("Wiper Blade", "Car Battery"),
                ("Basil Pot", "Hydrangea"),
            ] {
                assert!(list(cheap).1 * 3 < list(dear).1 * 2, "{cheap} {dear}");
            }
            // Nobody sells these for the price of a loaf.
            for (noun, cents) in [("Vacuum Cleaner", 5_000), ("Lawn Mower", 8_000)] {
                assert!(list(noun).0 > Some(cents), "{noun}");
            }
        }
    }

    #[test]
    fn prices_move_over_the_year_and_stay_near_the_list() {
        let catalogue = Catalogue::new(2024, 200);
        for i in 0..200 {
            let list = f64::from(catalogue.product(i).list_price());
            let year: HashSet<u32> = (0..12).map(|m| catalogue.price(i, 2020 * 12 + m)).collect();
            assert!(!year.is_empty() && year.len() <= 5, "{year:?}");
            assert!(year.iter().all(|&p| p % 10 == 9));
            assert!(year.iter().all(|&p| f64::from(p) > list * 0.9 - 10.0));
            assert!(year.iter().all(|&p| f64::from(p) < list * 1.1 + 10.0));
        }
    }
}
