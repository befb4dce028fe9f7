//! The stores: in five countries, with city, region and square footage.

use std::collections::HashSet;

use fake::Fake;
use fake::faker::address::raw::StreetName;
use fake::locales::{DE_DE, EN, FR_FR};

use super::alias::Alias;
use super::rng::{Draws, Key};

/// The most stores a shop may have.
pub const MAX_STORES: u32 = 20_000;

/// A country where the shop sells.
#[derive(Debug)]
pub struct Country {
    /// Its name as in the records.
    pub name: &'static str,
    /// Its two letters, with which the codes of its stores begin.
    pub code: &'static str,
    /// Cities and their regions, the largest first.
    pub cities: [(&'static str, &'static str); 8],
}

/// The countries, the largest market first.
#[rustfmt::skip]
pub static COUNTRIES: [Country; 5] = [
    Country { name: "USA", code: "US", cities: [
        ("New York", "New York"), ("Los Angeles", "California"), ("Chicago", "Illinois"), ("Houston", "Texas"),
        ("Seattle", "Washington"), ("Boston", "Massachusetts"), ("Denver", "Colorado"), ("Atlanta", "Georgia"),
    ] },
    Country { name: "UK", code: "UK", cities: [
        ("London", "Greater London"), ("Manchester", "North West"), ("Birmingham", "West Midlands"), ("Glasgow", "Scotland"),
        ("Leeds", "Yorkshire"), ("Bristol", "South West"), ("Cardiff", "Wales"), ("Belfast", "Northern Ireland"),
    ] },
    Country { name: "Germany", code: "DE", cities: [
        ("Berlin", "Berlin"), ("Hamburg", "Hamburg"), ("Munich", "Bavaria"), ("Cologne", "North Rhine-Westphalia"),
        ("Frankfurt", "Hesse"), ("Stuttgart", "Baden-Württemberg"), ("Leipzig", "Saxony"), ("Hanover", "Lower Saxony"),
    ] },
    Country { name: "France", code: "FR", cities: [
        ("Paris", "Île-de-France"), ("Marseille", "Provence-Alpes-Côte d'Azur"), ("Lyon", "Auvergne-Rhône-Alpes"), ("Toulouse", "Occitanie"),
        ("Lille", "Hauts-de-France"), ("Bordeaux", "Nouvelle-Aquitaine"), ("Nantes", "Pays de la Loire"), ("Strasbourg", "Grand Est"),
    ] },
    Country { name: "Canada", code: "CA", cities: [
        ("Toronto", "Ontario"), ("Montreal", "Quebec"), ("Vancouver", "British Columbia"), ("Calgary", "Alberta"),
        ("Halifax", "Nova Scotia"), ("Winnipeg", "Manitoba"), ("Regina", "Saskatchewan"), ("Moncton", "New Brunswick"),
    ] },
];

/// A store.
#[derive(Debug, Clone)]
pub struct Store {
    /// Its code, such as `FR-0014`, unique.
    pub id: String,
    /// "City - Street", unique.
    pub label: String,
    /// The city alone.
    pub city: &'static str,
    /// The region of the city.
    pub region: &'static str,
    /// The country of the city.
    pub country: &'static str,
    /// The sales area in square feet; customers come in proportion to it.
    pub square_feet: u32,
}

/// All stores and how many customers each of them draws.
#[derive(Debug)]
pub struct Stores {
    stores: Vec<Store>,
    by_size: Alias,
    homes: Key,
}

impl Stores {
    /// The stores of a seed, 1 to [`MAX_STORES`] of them.
    pub fn new(seed: u64, count: u32) -> Self {
        let key = Key::new(seed, "stores");
        let mut labels = HashSet::new();
        let stores: Vec<Store> = (0..count)
            .map(|i| build(i, &mut key.of(u64::from(i)).draws(), &mut labels))
            .collect();
        let sizes: Vec<u64> = stores.iter().map(|s| u64::from(s.square_feet)).collect();
        Self {
            by_size: Alias::new(&sizes),
            stores,
            homes: Key::new(seed, "homes"),
        }
    }

    /// All of them, by index.
    pub fn all(&self) -> &[Store] {
        &self.stores
    }

    /// The index of the store that a customer visits most.
    #[inline]
    pub fn home(&self, customer: u32) -> u32 {
        self.by_size.pick(self.homes.at(u64::from(customer)))
    }

    /// The index of some store, by size.
    #[inline]
    pub fn any(&self, word: u64) -> u32 {
        self.by_size.pick(word)
    }
}

fn build(index: u32, draws: &mut Draws, labels: &mut HashSet<String>) -> Store {
    // In turn through the countries, then through their cities.
    let country = &COUNTRIES[(index % 5) as usize];
    let (city, region) = country.cities[(index / 5 % 8) as usize];
    let mut label = format!("{city} - {}", street(country.name, draws));
    while labels.contains(&label) || label.contains([',', '"', '\\']) {
        label = format!(
            "{city} - {} {}",
            draws.below(9_999) + 1,
            street(country.name, draws)
        );
    }
    labels.insert(label.clone());
    Store {
        id: format!("{}-{:04}", country.code, index + 1),
        label,
        city,
        region,
        country: country.name,
        square_feet: (20 + draws.below(180) + draws.below(180)) * 100,
    }
}

fn street(country: &str, draws: &mut Draws) -> String {
    match country {
        // The faker parts what German writes in one word.
        "Germany" => {
            let street: String = StreetName(DE_DE).fake_with_rng(draws);
            street.replace(' ', "")
        }
        "France" => StreetName(FR_FR).fake_with_rng(draws),
        _ => StreetName(EN).fake_with_rng(draws),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_are_distinct_and_in_five_countries() {
        for count in [1u32, 20, MAX_STORES] {
            let stores = Stores::new(2024, count);
            let all = stores.all();
            let unique = |field: fn(&Store) -> &str| all.iter().map(field).collect::<HashSet<_>>();
            assert_eq!(unique(|s| &s.id).len(), count as usize);
            assert_eq!(unique(|s| &s.label).len(), count as usize);
            assert_eq!(unique(|s| s.country).len(), count.min(5) as usize);
            assert!(all.iter().all(|s| !s.label.contains([',', '"', '\\'])));
            assert!(
                all.iter()
                    .all(|s| (2_000..=38_000).contains(&s.square_feet))
            );
        }
    }
}
