//! The master data of the worlds as CSV.

use std::io::{self, Write};

use chrono::{DateTime, TimeDelta};
use fake::Fake;
use fake::faker::name::raw::{FirstName, LastName};
use fake::locales::EN;

use super::super::rng::{Key, below, high, low};
use super::globalmart::shop::{CATEGORIES, COUNTRIES, Shop};
use super::orders::{state, state_name};
use super::plan::{WorldKind, WorldPlan};
use super::text::money;

/// What the things of a category of `globalmart` are called.
#[rustfmt::skip]
static NOUNS: [[&str; 5]; 10] = [
    ["Headphones", "Notebook", "Monitor", "Camera", "Speaker"],
    ["Shirt", "Jacket", "Trousers", "Scarf", "Sweater"],
    ["Lamp", "Blanket", "Bookshelf", "Planter", "Cushion"],
    ["Novel", "Cookbook", "Atlas", "Biography", "Poems"],
    ["Racket", "Ball", "Tent", "Yoga Mat", "Helmet"],
    ["Puzzle", "Train Set", "Doll", "Board Game", "Kite"],
    ["Coffee", "Olive Oil", "Chocolate", "Tea", "Honey"],
    ["Shampoo", "Face Cream", "Perfume", "Lipstick", "Soap"],
    ["Tyre", "Wiper Blades", "Roof Rack", "Battery", "Seat Cover"],
    ["Vitamins", "Thermometer", "Bandages", "Massager", "Scale"],
];
static DESCRIPTORS: [&str; 10] = [
    "Classic", "Modern", "Light", "Royal", "Compact", "Deluxe", "Urban", "Nordic", "Pocket",
    "Prime",
];

/// A file of master data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Master {
    /// `products.csv` of `globalmart`.
    Products,
    /// `customers.csv`: the users of `globalmart`, the customers of `orders`.
    Customers,
}

impl Master {
    /// Its name.
    pub fn file(self) -> &'static str {
        match self {
            Self::Products => "products.csv",
            Self::Customers => "customers.csv",
        }
    }

    /// The files of a world; `customers` asks for those that are many.
    pub fn of(world: WorldKind, customers: bool) -> &'static [Self] {
        match world {
            WorldKind::Globalmart if customers => &[Self::Products, Self::Customers],
            WorldKind::Globalmart => &[Self::Products],
            WorldKind::Orders => &[Self::Customers],
            WorldKind::RetailEvents | WorldKind::Inventory => &[],
        }
    }

    /// Writes it.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(self, plan: &WorldPlan, out: impl Write) -> io::Result<()> {
        let out = csv::Writer::from_writer(out);
        match (self, plan.settings().world) {
            (Self::Products, _) => products(plan, out),
            (Self::Customers, WorldKind::Orders) => customers(plan, out),
            (Self::Customers, _) => users(plan, out),
        }
    }
}

fn shop(plan: &WorldPlan) -> Shop {
    Shop::new(plan.settings().seed, plan.products(), plan.customers())
}

fn products(plan: &WorldPlan, mut out: csv::Writer<impl Write>) -> io::Result<()> {
    out.write_record([
        "product_id",
        "name",
        "category",
        "price",
        "inventory",
        "ratings",
    ])?;
    let shop = shop(plan);
    let key = Key::new(plan.settings().seed, "globalmart names");
    let (mut id, mut price) = (Vec::new(), Vec::new());
    for product in 0..plan.products() {
        id.clear();
        price.clear();
        shop.product_id(product, &mut id);
        money(u64::from(shop.price(product)), &mut price);
        let category = shop.category(product);
        let key = key.of(u64::from(product));
        let brand: &str = LastName(EN).fake_with_rng(&mut key.draws());
        let pick = |bits: u32, n: usize| below(bits, n as u32) as usize;
        let (words, more) = (key.word(100), key.word(101));
        let descriptor = DESCRIPTORS[pick(high(words), DESCRIPTORS.len())];
        let noun = NOUNS[category][pick(low(words), 5)];
        let rating = 10 + below(low(more), 41);
        out.write_record([
            &id[..],
            format!("{brand} {descriptor} {noun}").as_bytes(),
            CATEGORIES[category].0.as_bytes(),
            &price,
            below(high(more), 1_001).to_string().as_bytes(),
            format!("{}.{}", rating / 10, rating % 10).as_bytes(),
        ])?;
    }
    out.flush()
}

fn users(plan: &WorldPlan, mut out: csv::Writer<impl Write>) -> io::Result<()> {
    out.write_record([
        "user_id",
        "email",
        "age",
        "country",
        "registration_date",
        "preferences",
    ])?;
    let shop = shop(plan);
    let key = Key::new(plan.settings().seed, "globalmart people");
    let start = DateTime::from_timestamp_micros(plan.settings().start.micros());
    let start = start.unwrap_or_default();
    let mut id = Vec::new();
    for user in 0..plan.customers() {
        id.clear();
        shop.user_id(user, &mut id);
        let key = key.of(u64::from(user));
        let mut draws = key.draws();
        let first: &str = FirstName(EN).fake_with_rng(&mut draws);
        let last: &str = LastName(EN).fake_with_rng(&mut draws);
        let email = format!("{first}.{last}.{user}@example.com").to_lowercase();
        let words = key.word(100);
        let age = 18 + below(high(words), 63);
        let registered = start - TimeDelta::seconds(i64::from(below(low(words), 730 * 86_400)));
        // One to five categories in a row, from one of them on.
        let first = below(high(key.word(101)), 10) as usize;
        let count = 1 + below(low(key.word(101)), 5) as usize;
        let names: Vec<_> = (first..first + count)
            .map(|i| CATEGORIES[i % 10].0)
            .collect();
        out.write_record([
            &id[..],
            email.replace('\'', "").as_bytes(),
            age.to_string().as_bytes(),
            COUNTRIES[shop.country(user)].as_bytes(),
            registered
                .format("%Y-%m-%dT%H:%M:%S")
                .to_string()
                .as_bytes(),
            names.join(";").as_bytes(),
        ])?;
    }
    out.flush()
}

fn customers(plan: &WorldPlan, mut out: csv::Writer<impl Write>) -> io::Result<()> {
    out.write_record(["customer_id", "state"])?;
    // The replaced system knew 17, of whom one never ordered.
    for customer in 1..=plan.customers().max(17) {
        let name = state_name(state(customer));
        out.write_record([customer.to_string().as_str(), name])?;
    }
    out.flush()
}
