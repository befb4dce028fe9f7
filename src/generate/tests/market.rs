//! Whether the standard profile is a believable shop: shares, regulars, seasons.

use super::*;

/// What the rows of `settings` hold of each value of `column`, largest first, by `weight`.
fn shares(settings: &Settings, column: &str, weight: fn(&Fields) -> f64) -> Vec<f64> {
    let mut sums: HashMap<String, f64> = HashMap::new();
    for row in make(settings, 2).files.values().flat_map(|f| read(f)) {
        if row["transaction_type"] == "SALE" {
            *sums.entry(row[column].clone()).or_default() += weight(&row);
        }
    }
    let all: f64 = sums.values().sum();
    let mut shares: Vec<f64> = sums.into_values().map(|sum| sum / all).collect();
    shares.sort_unstable_by(|a, b| b.total_cmp(a));
    shares
}

fn number(row: &Fields, column: &str) -> f64 {
    row[column].parse().unwrap()
}

#[test]
fn no_product_and_no_category_is_the_whole_shop() {
    for seed in [2024, 1, 2, 3, 7] {
        let mut settings = settings(28, 500);
        settings.seed = seed;
        let revenue = |row: &Fields| number(row, "amount");
        let products = shares(&settings, "product", revenue);
        assert!(products[0] < 0.1, "{seed}: {}", products[0]);
        let categories = shares(&settings, "category", revenue);
        assert!(categories[0] < 0.25, "{seed}: {}", categories[0]);
        assert_eq!(categories.len(), 20);
    }
}

#[test]
fn few_products_make_most_sales() {
    let mut settings = settings(7, 5_000);
    settings.products = 1_000;
    let products = shares(&settings, "product", |_| 1.0);
    let top: f64 = products[..100].iter().sum();
    assert!((0.5..0.8).contains(&top), "{top}");
    assert!(products.len() > 900, "{}", products.len());
}

#[test]
fn regular_customers_make_most_sales_and_none_lives_in_the_shop() {
    for seed in [2024, 1, 2] {
        let mut settings = settings(365, 1_000);
        settings.seed = seed;
        let mut sales: HashMap<String, u32> = HashMap::new();
        for file in make(&settings, 2).files.values() {
            // No field is quoted. A year of rows is too long to read by column names.
            for line in std::str::from_utf8(file).unwrap().lines().skip(1) {
                let fields: Vec<&str> = line.split(',').collect();
                if fields[11] == "SALE" {
                    *sales.entry(fields[9].to_owned()).or_default() += 1;
                }
            }
        }
        let mut sales: Vec<u32> = sales.into_values().collect();
        sales.sort_unstable_by(|a, b| b.cmp(a));
        // Six purchases a week at most, where the average customer has seven in five weeks.
        assert!((150..=300).contains(&sales[0]), "{seed}: {}", sales[0]);
        let share = sales[..1_000].iter().sum::<u32>() * 100 / sales.iter().sum::<u32>();
        assert!((60..75).contains(&share), "{seed}: {share} %");
        // Half of all come less than once a week, and yet come.
        assert!(sales.len() > 4_950 && sales[2_500] < 52, "{seed}");
    }
}

#[test]
fn sales_are_in_five_countries_and_some_promoted() {
    let settings = settings(28, 500);
    let countries = shares(&settings, "country", |_| 1.0);
    assert!(countries[0] < 0.6 && countries.len() == 5, "{countries:?}");
    let promoted = shares(&settings, "promotion_id", |row| {
        f64::from(u8::from(!row["promotion_id"].is_empty()))
    });
    assert!(promoted.len() > 10, "{}", promoted.len());
    let rows: Vec<Fields> = make(&settings, 1)
        .files
        .values()
        .flat_map(|f| read(f))
        .collect();
    let hits = rows.iter().filter(|r| !r["promotion_id"].is_empty());
    assert!((0.05..0.3).contains(&(hits.count() as f64 / rows.len() as f64)));
}

#[test]
fn seasons_move_what_is_bought() {
    let share = |start: &str, columns: &[&str]| {
        let mut settings = settings(28, 1_000);
        settings.start = date(start);
        let (mut hits, mut pieces) = (0.0, 0.0);
        for row in make(&settings, 2).files.values().flat_map(|f| read(f)) {
            let quantity = number(&row, "quantity");
            pieces += quantity;
            hits += quantity * f64::from(u8::from(columns.contains(&row["category"].as_str())));
        }
        hits / pieces
    };
    let toys = ["Building Toys", "Board Games"];
    assert!(share("2025-12-01", &toys) > 1.4 * share("2025-02-01", &toys));
    let garden = ["Garden Tools", "Plants"];
    assert!(share("2025-05-01", &garden) > 1.4 * share("2025-01-01", &garden));
}
