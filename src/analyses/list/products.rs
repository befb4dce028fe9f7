//! `products`.

use crate::analyses::spec::{Analysis, Kind, Step, Table, column};

/// The analysis.
pub const ANALYSIS: Analysis = Analysis {
    name: "products",
    about: "the last 30 days of every product: score, rank, rating",
    source: "product performance of the online shop's warehouse, in both of its forms",
    needs: &[],
    tables: &[PRODUCTS, CATEGORIES],
    example: "\
Within 30 days tea brings 1,800.00 with 60 pieces on 2 days, in a category that brings 9,000.00: \
performance_score 1800 / 1000 + 60 / 10 = 7.8, avg_price 30.00, revenue_per_day 900.00 and so no rising \
star, revenue_share 20, which is Excellent.",
};

const PRODUCTS: Table = Table {
    file: "products",
    about: "One row for every product with a sale or a return in the 30 days that end with the date. \
            The rating is by revenue_share: from 20 Excellent, from 10 Good, from 5 Average, else \
            Below Average. Products without a category are one category.",
    needs: &[],
    columns: &[
        column(
            "product_id",
            Kind::Text,
            "the product as the records name it",
        ),
        column(
            "product_name",
            Kind::Text,
            "its name in products.csv, else the same",
        ),
        column(
            "category",
            Kind::Text,
            "the category that most of its records name, else that of products.csv",
        ),
        column(
            "units_sold",
            Kind::Money,
            "pieces sold less pieces returned; null where no line tells a quantity",
        ),
        column("total_revenue", Kind::Money, "sales less returns"),
        column(
            "avg_price",
            Kind::Money,
            "total_revenue / units_sold; null unless pieces were sold",
        ),
        column(
            "performance_score",
            Kind::Money,
            "total_revenue / 1000 + units_sold / 10",
        ),
        column(
            "rank_in_category",
            Kind::Count,
            "place by total_revenue in its category, equal ones by name",
        ),
        column("days_sold", Kind::Count, "days with a sale"),
        column("revenue_per_day", Kind::Money, "total_revenue / days_sold"),
        column(
            "rising_star",
            Kind::Flag,
            "whether revenue_per_day is above 1000",
        ),
        column(
            "revenue_share",
            Kind::Money,
            "of the revenue of its category, in per cent; null where that is not above zero",
        ),
        column(
            "performance_rating",
            Kind::Text,
            "see above; null without a share",
        ),
        column(
            "analysis_date",
            Kind::Date,
            "the date that is looked back from",
        ),
    ],
    step: Step::whole(
        "products_30_days",
        "WITH recent AS (
           SELECT p.product AS product_id, p.product_name, p.category,
                  COALESCE(p.category, '') AS of_category,
                  CASE WHEN t.told = 0 THEN NULL ELSE t.units END AS units_sold, t.units,
                  t.net AS total_revenue,
                  RATIO(t.net, CASE WHEN t.units > 0 THEN t.units ELSE 0 END) AS avg_price,
                  t.days_sold, RATIO(t.net, t.days_sold) AS revenue_per_day
           FROM recent_products t JOIN products p ON t.product_number = p.product_number),
         categories AS (
           SELECT of_category, SUM(total_revenue) AS revenue FROM recent GROUP BY of_category),
         shared AS (
           SELECT r.*, RATIO(100 * r.total_revenue, CASE WHEN c.revenue > 0 THEN c.revenue END) AS revenue_share
           FROM recent r JOIN categories c ON r.of_category = c.of_category)
         SELECT product_id, product_name, category, units_sold, total_revenue, avg_price,
                RATIO(total_revenue + 100 * units, 1000) AS performance_score,
                ROW_NUMBER() OVER (PARTITION BY of_category
                                   ORDER BY 0 - total_revenue, product_id) AS rank_in_category,
                days_sold, revenue_per_day,
                CASE WHEN revenue_per_day > 1000 THEN TRUE ELSE FALSE END AS rising_star,
                revenue_share,
                CASE WHEN revenue_share IS NULL THEN NULL
                     WHEN revenue_share >= 20 THEN 'Excellent'
                     WHEN revenue_share >= 10 THEN 'Good'
                     WHEN revenue_share >= 5 THEN 'Average'
                     ELSE 'Below Average' END AS performance_rating,
                {as_of} AS analysis_date
         FROM shared ORDER BY total_revenue DESC, product_id",
    ),
};

const CATEGORIES: Table = Table {
    file: "categories",
    about: "One row for every category in the same 30 days, rated as the products are, by its share \
            of all revenue.",
    needs: &[],
    columns: &[
        column(
            "category",
            Kind::Text,
            "the category; null for products without one",
        ),
        column("total_revenue", Kind::Money, "sales less returns"),
        column("total_transactions", Kind::Count, "distinct orders"),
        column(
            "avg_order_value",
            Kind::Money,
            "total_revenue / total_transactions",
        ),
        column("data_points", Kind::Count, "products"),
        column(
            "revenue_share",
            Kind::Money,
            "of all revenue, in per cent; null where that is not above zero",
        ),
        column(
            "rank",
            Kind::Count,
            "place by total_revenue, equal ones by name",
        ),
        column("performance_rating", Kind::Text, "as of products"),
        column(
            "analysis_date",
            Kind::Date,
            "the date that is looked back from",
        ),
    ],
    step: Step::whole(
        "categories_30_days",
        "WITH by_category AS (
           SELECT 1 AS one, p.category, COALESCE(p.category, '') AS of_category,
                  SUM(t.net) AS total_revenue, COUNT(*) AS data_points
           FROM recent_products t JOIN products p ON t.product_number = p.product_number
           GROUP BY p.category),
         orders AS (
           SELECT COALESCE(category, '') AS in_category, SUM(transactions) AS transactions
           FROM category_days
           WHERE day_number > {as_of_day} - 30 AND day_number <= {as_of_day}
           GROUP BY COALESCE(category, '')),
         everything AS (SELECT 1 AS one, SUM(total_revenue) AS revenue FROM by_category),
         shared AS (
           SELECT c.*, o.transactions AS total_transactions,
                  RATIO(100 * c.total_revenue, CASE WHEN e.revenue > 0 THEN e.revenue END) AS revenue_share
           FROM by_category c
           JOIN everything e ON c.one = e.one
           JOIN orders o ON c.of_category = o.in_category)
         SELECT category, total_revenue, total_transactions,
                RATIO(total_revenue, total_transactions) AS avg_order_value, data_points,
                revenue_share,
                ROW_NUMBER() OVER (ORDER BY 0 - total_revenue, category) AS rank,
                CASE WHEN revenue_share IS NULL THEN NULL
                     WHEN revenue_share >= 20 THEN 'Excellent'
                     WHEN revenue_share >= 10 THEN 'Good'
                     WHEN revenue_share >= 5 THEN 'Average'
                     ELSE 'Below Average' END AS performance_rating,
                {as_of} AS analysis_date
         FROM shared ORDER BY rank",
    ),
};
