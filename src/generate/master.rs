//! The master data as CSV: who sells what where, and to whom.

use std::io::{self, Write};

use super::catalogue::category;
use super::customers::{customer, store};
use super::encode::{cents, customer_id};
use super::world::World;

/// Writes `products.csv`; money in the currency of the sales, two decimals.
///
/// # Errors
/// Those of `out`.
pub fn products(world: &World, out: impl Write) -> io::Result<()> {
    let mut out = csv::Writer::from_writer(out);
    out.write_record([
        "product_id",
        "product",
        "category",
        "brand",
        "unit_cost",
        "list_price",
        "department",
    ])?;
    let catalogue = world.catalogue();
    for i in 0..catalogue.len() as u32 {
        let product = catalogue.product(i);
        let (department, category) = category(product.category());
        out.write_record([
            format!("P{:06}", i + 1).as_bytes(),
            catalogue.name(product).as_bytes(),
            category.name.as_bytes(),
            catalogue.brand(product).as_bytes(),
            &money(product.cost()),
            &money(product.list_price()),
            department.name.as_bytes(),
        ])?;
    }
    out.flush()
}

/// Writes `stores.csv`.
///
/// # Errors
/// Those of `out`.
pub fn stores(world: &World, out: impl Write) -> io::Result<()> {
    let mut out = csv::Writer::from_writer(out);
    out.write_record([
        "store_id",
        "store_city",
        "city",
        "region",
        "country",
        "square_footage",
    ])?;
    for store in world.stores().all() {
        let area = store.square_feet.to_string();
        out.write_record([
            &store.id,
            &store.label,
            store.city,
            store.region,
            store.country,
            &area,
        ])?;
    }
    out.flush()
}

/// Writes `customers.csv`.
///
/// # Errors
/// Those of `out`.
pub fn customers(world: &World, out: impl Write) -> io::Result<()> {
    let mut out = csv::Writer::from_writer(out);
    out.write_record([
        "customer_id",
        "name",
        "email",
        "city",
        "region",
        "country",
        "home_store_id",
    ])?;
    let mut id = Vec::new();
    for number in 1..=world.customers() {
        let customer = customer(world, number);
        let store = store(world, &customer);
        id.clear();
        customer_id(number, &mut id);
        out.write_record([
            &id,
            customer.name.as_bytes(),
            customer.email.as_bytes(),
            store.city.as_bytes(),
            store.region.as_bytes(),
            store.country.as_bytes(),
            store.id.as_bytes(),
        ])?;
    }
    out.flush()
}

fn money(value: u32) -> Vec<u8> {
    let mut text = Vec::new();
    cents(u64::from(value), &mut text);
    text
}
