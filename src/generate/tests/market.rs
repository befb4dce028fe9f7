//! Whether the standard profile is a believable shop: shares, regulars, seasons.

use super::*;

/// What the sales of `settings` hold of each value of `column`, by `weight`.
fn shares_by_name(
    settings: &Settings,
    column: &str,
    weight: fn(&Fields) -> f64,
) -> HashMap<String, f64> {
    let mut sums: HashMap<String, f64> = HashMap::new();
    for row in make(settings, 2).files.values().flat_map(|f| read(f)) {
        if row["transaction_type"] == "SALE" {
            *sums.entry(row[column].clone()).or_default() += weight(&row);
        }
    }
    let all: f64 = sums.values().sum();
    sums.values_mut().for_each(|sum| *sum /= all);
    sums
}

/// The same without the values, largest first.
fn shares(settings: &Settings, column: &str, weight: fn(&Fields) -> f64) -> Vec<f64> {
    let shares = shares_by_name(settings, column, weight);
    let mut shares: Vec<f64> = shares.into_values().collect();
    shares.sort_unstable_by(|a, b| b.total_cmp(a));
    shares
}

fn number(row: &Fields, column: &str) -> f64 {
    row[column].parse().unwrap()
}

#[test]
fn no_product_and_no_category_is_the_whole_shop() {
    // What is sold hangs on which few products are popular: so many seeds.
    for seed in [2024].into_iter().chain(1..=7) {
        let mut settings = settings(14, 500);
        settings.seed = seed;
        let revenue = |row: &Fields| number(row, "amount");
        let products = shares(&settings, "product", revenue);
        assert!(products[0] < 0.08, "{seed}: {}", products[0]);
        let categories = shares(&settings, "category", revenue);
        assert!(categories[0] < 0.25, "{seed}: {}", categories[0]);
        assert_eq!(categories.len(), 20);
        // And yet few products are most of what is carried home.
        let pieces = shares(&settings, "product", |row| number(row, "quantity"));
        let top: f64 = pieces[..40].iter().sum();
        assert!((0.6..0.8).contains(&top), "{seed}: {top}");
        assert!(pieces.len() > 180, "{seed}: {}", pieces.len());
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
    for seed in [2024, 1, 2] {
        let share = |start: &str, columns: &[&str]| {
            let mut settings = settings(28, 1_000);
            (settings.start, settings.seed) = (date(start), seed);
            let shares = shares_by_name(&settings, "category", |row| number(row, "quantity"));
            columns.iter().map(|&name| shares[name]).sum::<f64>()
        };
        let toys = ["Building Toys", "Board Games"];
        let winter = share("2025-02-01", &toys);
        assert!(share("2025-11-03", &toys) > 1.2 * winter, "{seed}");
        assert!(share("2025-12-01", &toys) > 1.4 * winter, "{seed}");
        let garden = ["Garden Tools", "Plants"];
        let winter = share("2025-01-01", &garden);
        assert!(share("2025-05-01", &garden) > 1.4 * winter, "{seed}");
        assert!(share("2025-07-01", &garden) > 1.2 * winter, "{seed}");
    }
}
