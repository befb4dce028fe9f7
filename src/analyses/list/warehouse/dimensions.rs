//! The dimensions of the warehouse.

use crate::analyses::spec::{Kind, Step, Table, column};

/// `dim_date`.
pub const DATE: Table = Table {
    file: "dim_date",
    about: "One row for every calendar day from the first sale to the last.",
    needs: &[],
    columns: &[
        column("date_key", Kind::Count, "the day as YYYYMMDD"),
        column("full_date", Kind::Date, "the day"),
        column("day_of_week", Kind::Count, "1 is Monday"),
        column("month", Kind::Count, "1 to 12"),
        column("quarter", Kind::Count, "1 to 4"),
        column("year", Kind::Count, "the year"),
        column("is_holiday", Kind::Flag, "null: no input tells holidays"),
        column("is_weekend", Kind::Flag, "Saturday and Sunday"),
        column("day", Kind::Count, "1 to 31"),
        column("day_name", Kind::Text, "Monday to Sunday"),
        column("month_name", Kind::Text, "January to December"),
        column("iso_year", Kind::Count, "the year of the ISO week"),
        column("iso_week", Kind::Count, "the ISO week"),
    ],
    step: Step::whole(
        "dim_date",
        "SELECT 10000 * year + 100 * month + day AS date_key, order_date AS full_date,
                weekday AS day_of_week, month, quarter, year,
                CASE WHEN year IS NULL THEN TRUE ELSE NULL END AS is_holiday,
                weekday >= 6 AS is_weekend, day, day_name, month_name, iso_year, iso_week
         FROM days ORDER BY date_key",
    ),
};

/// `dim_product`.
pub const PRODUCT: Table = Table {
    file: "dim_product",
    about: "One row for every product and price that it had (a slowly changing dimension of type 2). \
            The price of a day is the unit price that most of its sales outside of promotions tell, \
            of equals the highest; a version lasts from the first day with its price to the day \
            before the next, and the first from the first day of all. The price of the days before \
            one is told is null. Key 0 stands for what is not known.",
    needs: &[],
    columns: &[
        column(
            "product_key",
            Kind::Count,
            "the key, in order of the day from which the version is known, and of product",
        ),
        column("sku", Kind::Text, "its number in products.csv"),
        column(
            "product_name",
            Kind::Text,
            "its name in products.csv, else the product",
        ),
        column("category", Kind::Text, "the category"),
        column("sub_category", Kind::Text, "the one of products.csv"),
        column("brand", Kind::Text, "the one of products.csv"),
        column("supplier", Kind::Text, "the one of products.csv"),
        column("unit_cost", Kind::Money, "the one of products.csv"),
        column("shelf_life_days", Kind::Count, "the one of products.csv"),
        column("created_date", Kind::Text, "the one of products.csv"),
        column(
            "product_id",
            Kind::Text,
            "the product as the records name it",
        ),
        column(
            "unit_price",
            Kind::Money,
            "the price of this version; null where none is told",
        ),
        column("valid_from", Kind::Date, "its first day"),
        column(
            "valid_to",
            Kind::Date,
            "its last day; null of the current one",
        ),
        column("is_current", Kind::Flag, "whether no other follows"),
    ],
    step: Step::whole(
        "dim_product",
        "WITH first_day AS (SELECT 1 AS one, MIN(day_number) AS day_number FROM days),
         versions AS (
           SELECT p.product_number, p.product, p.product_name, p.category, p.sub_category,
                  p.brand, p.supplier,
                  p.unit_cost, m.sku AS sku, m.shelf_life_days AS shelf_life_days,
                  m.created_date AS created_date, v.unit_price AS unit_price,
                  v.known_from, v.next_day AS next_day, t.first_day, 1 AS one
           FROM products p
           JOIN product_totals t ON p.product_number = t.product_number
           JOIN product_versions v ON p.product_number = v.product_number
           LEFT JOIN product_master m ON p.product = m.product),
         dated AS (
           SELECT v.*, v.next_day - 1 AS until,
                  CASE WHEN v.known_from = v.first_day THEN f.day_number ELSE v.known_from END AS since
           FROM versions v JOIN first_day f ON v.one = f.one),
         keyed AS (
           SELECT ROW_NUMBER() OVER (ORDER BY k.known_from, k.product_number) AS product_key,
                  k.known_from, k.sku,
                  k.product_number,
                  k.product_name, k.category, k.sub_category, k.brand, k.supplier, k.unit_cost,
                  k.shelf_life_days, k.created_date,
                  k.product AS product_id, k.unit_price, k.since, k.next_day,
                  a.order_date AS valid_from, b.order_date AS valid_to,
                  k.next_day IS NULL AS is_current
           FROM dated k
           JOIN days a ON k.since = a.day_number
           LEFT JOIN days b ON k.until = b.day_number),
         known AS (
           SELECT product_key, known_from, sku, product_name, category, sub_category, brand, supplier,
                  unit_cost, shelf_life_days, created_date, product_id, product_number, unit_price, since, next_day, valid_from,
                  valid_to, is_current FROM keyed)
         SELECT * FROM known
         UNION ALL
         SELECT 0 AS product_key, NULL AS known_from, NULL AS sku, 'Unknown' AS product_name, NULL AS category,
                NULL AS sub_category, NULL AS brand, NULL AS supplier, NULL AS unit_cost,
                NULL AS shelf_life_days, NULL AS created_date,
                NULL AS product_id, NULL AS product_number, NULL AS unit_price, MIN(day_number) AS since,
                NULL AS next_day, MIN(order_date) AS valid_from, NULL AS valid_to,
                TRUE AS is_current
         FROM days
         ORDER BY product_key",
    ),
};

/// `dim_store`.
pub const STORE: Table = Table {
    file: "dim_store",
    about: "One row for every store. Key 0 stands for lines without one.",
    needs: &[],
    columns: &[
        column(
            "store_key",
            Kind::Count,
            "the key, in order of the first day and of store_id",
        ),
        column("store_id", Kind::Text, "the store"),
        column(
            "store_name",
            Kind::Text,
            "its name in stores.csv, else its city in the records",
        ),
        column("city", Kind::Text, "the one of stores.csv"),
        column("region", Kind::Text, "the one of stores.csv"),
        column(
            "country",
            Kind::Text,
            "the one of stores.csv, else of its records",
        ),
        column("square_footage", Kind::Count, "the one of stores.csv"),
        column("store_type", Kind::Text, "the one of stores.csv"),
        column("created_date", Kind::Text, "the one of stores.csv"),
    ],
    step: Step::whole(
        "dim_store",
        "WITH keyed AS (
           SELECT ROW_NUMBER() OVER (ORDER BY first_day, store_id) AS store_key, first_day,
                  store_id, store_name, city,
                  region, country, square_footage, store_type, created_date
           FROM stores)
         SELECT * FROM keyed
         UNION ALL
         SELECT 0 AS store_key, NULL AS first_day, NULL AS store_id, 'Unknown' AS store_name, NULL AS city,
                NULL AS region, NULL AS country, NULL AS square_footage, NULL AS store_type,
                NULL AS created_date
         FROM first_of_days
         ORDER BY store_key",
    ),
};

/// `dim_customer`.
pub const CUSTOMER: Table = Table {
    file: "dim_customer",
    about: "One row for every customer, over all days; only the segment is that of the date. Key 0 \
            stands for anonymous ones.",
    needs: &[],
    columns: &[
        column(
            "customer_key",
            Kind::Count,
            "the key, in order of the first day and of customer_id",
        ),
        column("customer_id", Kind::Text, "the customer"),
        column(
            "country",
            Kind::Text,
            "the one of customers.csv, else as in rfm",
        ),
        column("registration_date", Kind::Text, "the one of customers.csv"),
        column("segment", Kind::Text, "its segment of rfm"),
        column(
            "total_purchases",
            Kind::Count,
            "distinct orders with a sale",
        ),
        column("total_spent", Kind::Money, "sales less returns"),
        column("first_purchase_date", Kind::Date, "the day of the first"),
        column("last_purchase_date", Kind::Date, "the day of the last"),
    ],
    step: Step::whole(
        "dim_customer",
        "WITH keyed AS (
           SELECT ROW_NUMBER() OVER (ORDER BY t.first_day, t.customer_id) AS customer_key,
                  t.first_day, t.customer_id,
                  COALESCE(m.customer_country, t.country) AS country,
                  m.registration_date AS registration_date, r.rfm_segment AS segment,
                  t.purchases AS total_purchases, t.net AS total_spent,
                  t.first_purchase AS first_purchase_date, t.last_purchase AS last_purchase_date
           FROM customer_totals t
           LEFT JOIN customer_master m ON t.customer_id = m.customer_id
           LEFT JOIN rfm r ON t.customer_id = r.user_id)
         SELECT * FROM keyed
         UNION ALL
         SELECT 0 AS customer_key, NULL AS first_day, NULL AS customer_id, NULL AS country,
                NULL AS registration_date, NULL AS segment, NULL AS total_purchases,
                NULL AS total_spent, NULL AS first_purchase_date, NULL AS last_purchase_date
         FROM first_of_days
         ORDER BY customer_key",
    ),
};

/// `dim_location`.
pub const LOCATION: Table = Table {
    file: "dim_location",
    about: "One row for every place of a sale: the country of the record, else of the store, with the \
            store's region and city. Key 0 stands for lines that tell none.",
    needs: &[],
    columns: &[
        column(
            "location_key",
            Kind::Count,
            "the key, in order of the first day, and of country, region and city",
        ),
        column("country", Kind::Text, "the country"),
        column("region", Kind::Text, "the region, of stores.csv"),
        column(
            "city",
            Kind::Text,
            "the city, of stores.csv, else of the records",
        ),
    ],
    step: Step::whole(
        "dim_location",
        "WITH keyed AS (
           SELECT ROW_NUMBER() OVER (ORDER BY first_day, country, region, city) AS location_key,
                  first_day,
                  NULLIF(country, '') AS country, NULLIF(region, '') AS region,
                  NULLIF(city, '') AS city
           FROM locations WHERE country <> '' OR region <> '' OR city <> '')
         SELECT * FROM keyed
         UNION ALL
         SELECT 0 AS location_key, NULL AS first_day, NULL AS country, NULL AS region, NULL AS city
         FROM first_of_days
         ORDER BY location_key",
    ),
};
