use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::batch::breakdown::{Breakdown, Columns, Grouping, hour};
use crate::batch::categories::Categories;
use crate::batch::key;
use crate::batch::products::{Products, product_and_category};
use crate::record::{Day, Money, Total};

/// A record: day, hour, whether a return, magnitude, units, and the five texts.
type Plain = (i32, Option<u8>, bool, i64, Option<i64>, [String; 5]);

/// What a model adds up: sales, returns, gross, returned, units, least and most.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Sum {
    sales: u64,
    returns: u64,
    gross: i128,
    returned: i128,
    units: Option<i128>,
    sold: Vec<i64>,
}

impl Sum {
    fn add(&mut self, record: &Plain) {
        let (_, _, is_return, money, units, _) = record;
        if *is_return {
            self.returns += 1;
            self.returned += i128::from(*money);
        } else {
            self.sales += 1;
            self.gross += i128::from(*money);
            self.sold.push(*money);
        }
        if let Some(units) = units {
            *self.units.get_or_insert_default() += i128::from(*units);
        }
    }

    fn cell(&self) -> (Line, Option<(Money, Money)>) {
        let money = |units: Option<&i64>| units.and_then(|units| Money::from_units(*units));
        let (least, most) = (self.sold.iter().min(), self.sold.iter().max());
        let [gross, returned] = [self.gross, self.returned].map(Total::from_units);
        let units = self.units.map(Total::from_units);
        let line = Line::stated(gross, returned, self.sales, self.returns, units);
        (line, money(least).zip(money(most)))
    }
}

fn text() -> impl Strategy<Value = String> {
    // Longer ones are not remembered as cells lately met.
    prop_oneof![4 => Just(String::new()), 8 => "[ab]{1,2}", 1 => "a\0?b", 1 => "c{70}"]
}

fn record() -> impl Strategy<Value = Plain> {
    let figures = (any::<bool>(), 0i64..1000, prop::option::of(-9i64..9));
    let texts = ("[a-c]{1,2}", text(), text(), text(), text());
    (-1i32..2, prop::option::of(0u8..24), figures, texts).prop_map(
        |(day, hour, (is_return, money, units), (product, store, city, category, country))| {
            let texts = [product, store, city, category, country];
            (day, hour, is_return, money, units, texts)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    /// Whatever the memory and the threads, the sums are those of a map.
    #[test]
    fn spilled_or_not_the_cells_are_those_of_a_map(
        records in prop::collection::vec(record(), 0..150),
        most in prop::sample::select(vec![1usize, 3_000, usize::MAX]),
        threads in 1usize..3,
    ) {
        let dir = std::env::temp_dir();
        let mut tables: Vec<_> = (0..threads).map(|_| Tables::of_size(most, most, &dir)).collect();
        let mut products: BTreeMap<(i32, String), Sum> = BTreeMap::new();
        let mut votes: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        let mut cells: BTreeMap<(Grouping, i32, String, String), Sum> = BTreeMap::new();
        for (at, record) in records.iter().enumerate() {
            let (day, hour, is_return, money, units, texts) = record;
            let [product, store, city, category, country] = texts;
            let signed = if *is_return { -money } else { *money };
            let table = &mut tables[at % threads];
            table.add(&Entry {
                day: Day::from_number(*day).unwrap(),
                hour: *hour,
                is_return: *is_return,
                money: Money::from_units(signed).unwrap(),
                units: units.and_then(Money::from_units),
                product: product.as_bytes(),
                store: store.as_bytes(),
                store_city: city.as_bytes(),
                category: category.as_bytes(),
                country: country.as_bytes(),
            });
            if at % 4 == 0 {
                table.fit().unwrap();
            }
            products.entry((*day, product.clone())).or_default().add(record);
            let votes = votes.entry(product.clone()).or_default();
            if !category.is_empty() {
                *votes.entry(category.clone()).or_default() += 1;
            }
            let none = String::new;
            for (grouping, one, other) in [
                (Grouping::Day, none(), none()),
                (Grouping::Store, store.clone(), city.clone()),
                (Grouping::Category, category.clone(), none()),
                (Grouping::Country, country.clone(), none()),
                (Grouping::CategoryCountry, category.clone(), country.clone()),
            ] {
                cells.entry((grouping, *day, one, other)).or_default().add(record);
            }
            if let Some(hour) = hour {
                let key = (Grouping::Hour, *day, format!("{hour:02}"), none());
                cells.entry(key).or_default().add(record);
            }
        }

        let mut runs = TableRuns::default();
        tables.into_iter().for_each(|table| runs.extend(table.into_runs()));
        let columns = Columns { store: true, store_city: true, category: true, country: true };
        let mut found = Vec::new();
        for (grouping, mut merge) in Breakdown::of(&mut runs, columns, &dir).unwrap().groupings {
            while let Some(cell) = merge.next_group().unwrap() {
                let text = |text: Vec<u8>| String::from_utf8(text).unwrap();
                let [one, other] = match grouping {
                    Grouping::Day => [String::new(), String::new()],
                    Grouping::Hour => [format!("{:02}", hour(&cell.key).unwrap()), String::new()],
                    Grouping::Category | Grouping::Country => [text(cell.key), String::new()],
                    Grouping::Store | Grouping::CategoryCountry => key::split(&cell.key).map(text),
                };
                let value = (cell.value.line, cell.value.span);
                found.push(((grouping, cell.day.number(), one, other), value));
            }
        }
        let cells = cells.into_iter().map(|(key, sum)| (key, sum.cell()));
        prop_assert_eq!(found, cells.collect::<Vec<_>>());

        let mut counts = Sums::<u64>::new(1, &dir);
        let mut found = Vec::new();
        let mut days = Products::new(runs.products).unwrap();
        let mut count = |key: &[u8], records| {
            let (product, _) = product_and_category(key);
            assert!(!product.is_empty());
            *counts.value(Day::EPOCH, key) += records;
            counts.fit()
        };
        while let Some(group) = days.next_group(&mut count).unwrap() {
            let product = String::from_utf8(group.key).unwrap();
            found.push(((group.day.number(), product), group.value));
        }
        let products = products.into_iter().map(|(key, sum)| (key, sum.cell().0));
        prop_assert_eq!(found, products.collect::<Vec<_>>());
        let mut categories = Categories::of(counts.into_runs(), &dir).unwrap();
        prop_assert_eq!(categories.products(), votes.len() as u64);
        for (product, votes) in votes {
            let most = votes.values().max();
            let first = votes.iter().find(|(_, count)| Some(*count) == most);
            let expected = first.map_or("", |(category, _)| category);
            prop_assert_eq!(categories.find(product.as_bytes()).unwrap(), expected.as_bytes());
        }
    }
}
