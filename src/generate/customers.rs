//! Customers: computed from their number, never held.

use fake::Fake;
use fake::faker::name::raw::{FirstName, LastName};
use fake::locales::{DE_DE, EN, FR_FR};

use super::rng::{Draws, Key};
use super::stores::Store;
use super::world::World;

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// First and last name, as in the country of the customer's store.
    pub name: String,
    /// An address in a domain that is reserved for examples.
    pub email: String,
    /// The index of the store where the customer buys most.
    pub store: u32,
}

/// The customer with this number, from 1 to [`World::customers`].
pub fn customer(world: &World, number: u32) -> Customer {
    let store = world.stores().home(number - 1);
    let country = world.stores().all()[store as usize].country;
    let key = Key::new(world.seed(), "customers").of(u64::from(number));
    let (first, last) = name(country, &mut key.draws());
    let mut email: String = format!("{first}.{last}")
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '.')
        .collect();
    email.make_ascii_lowercase();
    Customer {
        name: format!("{first} {last}"),
        email: format!("{email}.{number}@example.com"),
        store,
    }
}

fn name(country: &str, draws: &mut Draws) -> (&'static str, &'static str) {
    macro_rules! of {
        ($locale:expr) => {
            (
                FirstName($locale).fake_with_rng(draws),
                LastName($locale).fake_with_rng(draws),
            )
        };
    }
    match country {
        "Germany" => of!(DE_DE),
        "France" => of!(FR_FR),
        _ => of!(EN),
    }
}

/// The store of a customer.
pub(crate) fn store<'w>(world: &'w World, customer: &Customer) -> &'w Store {
    &world.stores().all()[customer.store as usize]
}
