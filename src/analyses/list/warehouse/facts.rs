//! The facts of the warehouse.

use crate::analyses::groundwork::SEEN_STORES;
use crate::analyses::spec::{Kind, Need, Step, Table, column};

/// `fact_sales`.
pub const SALES: Table = Table {
    file: "fact_sales",
    about: "One row for every line that is a sale or a return. Every key is that of a row in its \
            dimension.",
    needs: &[],
    columns: &[
        column("sale_id", Kind::Text, "the order"),
        column("date_key", Kind::Count, "of dim_date"),
        column(
            "product_key",
            Kind::Count,
            "of dim_product, of the version of that day",
        ),
        column("store_key", Kind::Count, "of dim_store"),
        column("customer_key", Kind::Count, "of dim_customer"),
        column("location_key", Kind::Count, "of dim_location"),
        column("quantity", Kind::Money, "pieces, negative of a return"),
        column("unit_price", Kind::Money, "the price that the line tells"),
        column(
            "discount_amount",
            Kind::Money,
            "how much less than the version's price the line's unit_price is, for all its pieces; 0 where it is not less, null where a price or the quantity is not told",
        ),
        column("revenue", Kind::Money, "money, negative of a return"),
        column(
            "cost",
            Kind::Money,
            "unit_cost * quantity; null where either is not known",
        ),
        column("profit", Kind::Money, "revenue - cost"),
        column("transaction_time", Kind::Time, "event time, UTC"),
        column("customer_id", Kind::Text, "the customer"),
        column("payment_method", Kind::Text, "how it was paid"),
        column("transaction_type", Kind::Text, "SALE or RETURN"),
    ],
    step: Step::days(
        "fact_sales",
        "WITH span AS (
           SELECT 1 AS one, MIN(day_number) AS first, MAX(day_number) AS last FROM sales),
         numbered AS (SELECT *, 1 AS one FROM dim_product WHERE product_key > 0),
         versions AS (
           SELECT d.product_key, d.product_number AS of_number, d.unit_price AS price, d.unit_cost,
                  d.since, COALESCE(d.next_day, 10000000) AS next_day
           FROM numbered d JOIN span s ON d.one = s.one
           WHERE d.since <= s.last AND COALESCE(d.next_day, 10000000) > s.first),
         who AS (SELECT DISTINCT customer_id AS of_customer FROM sales WHERE customer_id IS NOT NULL),
         buyers AS (
           SELECT w.of_customer, c.customer_key
           FROM who w JOIN dim_customer c ON w.of_customer = c.customer_id),
         placed AS (
           SELECT s.*, COALESCE(s.country, r.country, '') AS place_country,
                  COALESCE(r.region, '') AS place_region,
                  COALESCE(r.city, s.store_city, '') AS place_city
           FROM sales s LEFT JOIN stores r ON s.store_id = r.store_id)
         SELECT s.day_number, s.order_id AS sale_id, d.date_key,
                v.product_key, COALESCE(t.store_key, 0) AS store_key,
                COALESCE(b.customer_key, 0) AS customer_key,
                COALESCE(l.location_key, 0) AS location_key, s.quantity, s.unit_price,
                CASE WHEN v.price > s.unit_price THEN TIMES((v.price - s.unit_price), s.quantity)
                     WHEN v.price <= s.unit_price AND s.quantity IS NOT NULL THEN 0
                     ELSE NULL END AS discount_amount,
                s.amount AS revenue, TIMES(v.unit_cost, s.quantity) AS cost,
                s.amount - TIMES(v.unit_cost, s.quantity) AS profit, s.event_time AS transaction_time,
                s.customer_id, s.payment_method, s.kind AS transaction_type
         FROM placed s
         JOIN dates d ON s.day_number = d.day_number
         JOIN versions v ON s.product_number = v.of_number
         LEFT JOIN dim_store t ON s.store_id = t.store_id
         LEFT JOIN buyers b ON s.customer_id = b.of_customer
         LEFT JOIN located l ON s.place_country = l.of_country AND s.place_region = l.of_region
                            AND s.place_city = l.of_city
         WHERE s.day_number >= v.since AND s.day_number < v.next_day
         ORDER BY s.day_number, transaction_time, s.source, s.position",
    )
    .seeing(&[
        "SELECT product_key, product_id, since, unit_price, unit_cost,
                CASE WHEN next_day <= {seen_day} THEN next_day END AS next_day
         FROM dim_product WHERE known_from <= {seen_day}",
        "SELECT store_key, store_id FROM dim_store WHERE first_day <= {seen_day}",
        "SELECT customer_key, customer_id FROM dim_customer WHERE first_day <= {seen_day}",
        "SELECT location_key, of_country, of_region, of_city FROM located
         WHERE first_day <= {seen_day}",
        SEEN_STORES,
    ]),
};

/// `fact_inventory`.
pub const INVENTORY: Table = Table {
    file: "fact_inventory",
    about: "One row for every level of stock. Key 0 of a product stands for one that was never sold.",
    needs: &[Need::Inventory],
    columns: &[
        column("inventory_id", Kind::Text, "the event"),
        column(
            "date_key",
            Kind::Count,
            "the day as YYYYMMDD; dim_date may end before",
        ),
        column(
            "product_key",
            Kind::Count,
            "of dim_product, of the version of that day",
        ),
        column("store_key", Kind::Count, "of dim_store"),
        column("quantity_on_hand", Kind::Money, "pieces in stock"),
        column("reorder_point", Kind::Money, "where stock is ordered anew"),
        column(
            "safety_stock",
            Kind::Money,
            "the least that should be in stock",
        ),
        column("last_updated", Kind::Time, "event time, UTC"),
    ],
    step: Step::whole(
        "fact_inventory",
        "WITH versions AS (
           SELECT product_key, product_id AS of_product, since,
                  COALESCE(next_day, 10000000) AS next_day, is_current
           FROM dim_product WHERE product_key > 0),
         first_versions AS (
           SELECT of_product, MIN(since) AS since FROM versions GROUP BY of_product),
         placed AS (
           SELECT k.*, CASE WHEN k.day_number < f.since THEN f.since ELSE k.day_number END AS as_of
           FROM sold_stock k LEFT JOIN first_versions f ON k.product = f.of_product),
         sold AS (
           SELECT p.position, v.product_key
           FROM placed p JOIN versions v ON p.product = v.of_product
           WHERE p.as_of >= v.since AND p.as_of < v.next_day)
         SELECT p.inventory_id, p.date_key, COALESCE(s.product_key, 0) AS product_key,
                COALESCE(t.store_key, 0) AS store_key, p.level AS quantity_on_hand,
                p.reorder_point, p.safety_stock, p.event_time AS last_updated
         FROM placed p
         LEFT JOIN sold s ON p.position = s.position
         LEFT JOIN dim_store t ON p.store_id = t.store_id
         ORDER BY last_updated, p.position",
    ),
};

/// `fact_sessions`.
pub const SESSIONS: Table = Table {
    file: "fact_sessions",
    about: "One row for every visit, of the table that the job sessions of a stream wrote.",
    needs: &[Need::Sessions],
    columns: &[
        column("session_id", Kind::Text, "the visit"),
        column("user_id", Kind::Text, "the visitor"),
        column(
            "customer_key",
            Kind::Count,
            "of dim_customer; 0 of one who never bought in the sales",
        ),
        column(
            "date_key",
            Kind::Count,
            "its first day as YYYYMMDD; dim_date may not have it",
        ),
        column("start_time", Kind::Time, "the first event, UTC"),
        column("end_time", Kind::Time, "the last event, UTC"),
        column("duration_seconds", Kind::Count, "from the one to the other"),
        column("page_views", Kind::Count, "views"),
        column("cart_adds", Kind::Count, "products put into the cart"),
        column("cart_removes", Kind::Count, "products taken out of it"),
        column("purchase_completed", Kind::Flag, "whether it bought"),
        column("abandoned", Kind::Flag, "whether it left a cart behind"),
        column("total_amount", Kind::Money, "what it bought for"),
    ],
    step: Step::whole(
        "fact_sessions",
        "SELECT s.session_id, s.user_id, COALESCE(c.customer_key, 0) AS customer_key, s.date_key,
                s.start_time, s.end_time, s.duration_seconds, s.page_views, s.cart_adds,
                s.cart_removes, s.purchase_completed, s.abandoned, s.total_amount
         FROM sessions s LEFT JOIN dim_customer c ON s.user_id = c.customer_id
         ORDER BY s.start_time, s.session_id",
    ),
};

/// `integrity`.
pub const INTEGRITY: Table = Table {
    file: "integrity",
    about: "One row for every key of every fact: how many rows of the fact there are, how many have key 0 \
            because nothing is known, and how many have a key that the dimension does not have, which \
            must be none. The dates of inventory and sessions may be outside of dim_date, and count \
            as unknown then.",
    needs: &[],
    columns: &[
        column("fact", Kind::Text, "the fact"),
        column("key", Kind::Text, "its column"),
        column("rows", Kind::Count, "its rows"),
        column("unknown", Kind::Count, "rows with key 0, or a date outside"),
        column(
            "orphans",
            Kind::Count,
            "rows whose row in the dimension is missing",
        ),
    ],
    step: Step::whole(
        "integrity",
        "SELECT 'fact_sales' AS fact, key, SUM(rows) AS rows, SUM(unknown) AS unknown,
                SUM(orphans) AS orphans
         FROM sales_keys GROUP BY key
         UNION ALL
         SELECT fact, key, rows, unknown, orphans FROM other_keys
         ORDER BY fact, key",
    ),
};
