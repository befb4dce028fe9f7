//! Steps that several analyses share.

use super::spec::Step;

/// What `lines` are as `events`: also restocks, and without what was to be left out.
pub const EVENTS: &str = "\
SELECT order_date, day_number, event_time, hour, order_key, order_id, store_id, store_city,
       product, product_number, customer_number, category, customer_id, country, payment_method, promotion_id, original_order_id,
       kind, quantity, unit_price, amount, hour_start, is_before, source, position
FROM lines
WHERE left_out IS NULL";

/// What `events` are as `sales`: sales and returns, with money and pieces of sales apart.
pub const SALES: &str = "\
SELECT *,
       CASE WHEN kind = 'RETURN' THEN 1 ELSE 0 END AS is_return,
       CASE WHEN kind = 'RETURN' THEN 0 ELSE amount END AS gross,
       CASE WHEN kind = 'RETURN' THEN -amount ELSE 0 END AS returned,
       CASE WHEN kind = 'RETURN' OR quantity IS NULL THEN 0 ELSE quantity END AS sold_units,
       CASE WHEN kind = 'RETURN' OR quantity IS NULL THEN 0 ELSE amount END AS sold_amount
FROM events
WHERE kind <> 'RESTOCK'";

/// What `events` of the archive and `live_events` are as `unified`: each event of one layer only.
pub const UNIFIED: &str = "\
SELECT event_time, day_number, hour_start, store_id, product, category, kind, quantity, unit_price,
       amount, source AS origin, position, 'historical' AS layer
FROM events WHERE is_before
UNION ALL
SELECT event_time, day_number, hour_start, store_id, product, category, kind, quantity, unit_price,
       amount, source AS origin, position, 'realtime' AS layer
FROM live_events WHERE NOT is_before";

/// The sums that every total has.
macro_rules! sums {
    () => {
        "COUNT(DISTINCT order_key) AS transactions, \
         COUNT(*) - SUM(is_return) AS sales, SUM(is_return) AS returns, \
         COUNT(quantity) AS told, COALESCE(SUM(quantity), 0) AS units, \
         SUM(sold_units) AS sold_units, SUM(sold_amount) AS sold_amount, \
         SUM(gross) AS gross, SUM(returned) AS returned, SUM(amount) AS net"
    };
}

/// The same added up again, over days that have their own transactions.
macro_rules! sums_again {
    () => {
        "SUM(transactions) AS transactions, SUM(sales) AS sales, SUM(returns) AS returns, \
         SUM(told) AS told, SUM(units) AS units, SUM(sold_units) AS sold_units, \
         SUM(sold_amount) AS sold_amount, SUM(gross) AS gross, SUM(returned) AS returned, \
         SUM(net) AS net"
    };
}

/// Sums of unified events.
macro_rules! unified {
    () => {
        "SUM(CASE WHEN kind = 'SALE' THEN 1 ELSE 0 END) AS sales, \
         SUM(CASE WHEN kind = 'RETURN' THEN 1 ELSE 0 END) AS returns, \
         SUM(CASE WHEN kind = 'SALE' AND quantity IS NOT NULL THEN 1 ELSE 0 END) AS told, \
         SUM(CASE WHEN kind = 'SALE' AND quantity IS NOT NULL THEN quantity ELSE 0 END) AS pieces, \
         SUM(CASE WHEN kind = 'SALE' AND quantity IS NOT NULL THEN amount ELSE 0 END) AS priced, \
         SUM(CASE WHEN kind = 'SALE' THEN amount ELSE 0 END) AS gross, \
         SUM(CASE WHEN kind = 'RETURN' THEN -amount ELSE 0 END) AS returned"
    };
}

/// What a step sees of the products on some first days.
pub const SEEN_PRODUCTS: &str = "\
SELECT p.product, p.category, p.brand
FROM products p JOIN product_totals t ON p.product_number = t.product_number
WHERE t.first_day <= {seen_day}";

/// The same of the stores.
pub const SEEN_STORES: &str = "\
SELECT store_id, region, city, country FROM stores WHERE first_day <= {seen_day}";

/// All of them. A step comes into play only when an analysis reads it.
pub const STEPS: &[Step] = &[
    // The days, with their buyers.
    Step::days(
        "day_totals",
        concat!(
            "SELECT order_date, day_number, ",
            sums!(),
            ", COUNT(DISTINCT customer_number) AS customers,
             SUM(CASE WHEN customer_id IS NULL AND is_return = 0 THEN 1 ELSE 0 END) AS anonymous_sales,
             SUM(CASE WHEN customer_id IS NULL THEN amount ELSE 0 END) AS anonymous_net,
             COUNT(DISTINCT product_number) AS products, COUNT(DISTINCT store_id) AS stores
             FROM sales GROUP BY order_date, day_number"
        ),
    ),
    // Every calendar day from the first to the last, with zeros where nothing was sold.
    Step::whole(
        "every_day",
        "SELECT d.order_date, d.day_number, d.year, d.month, d.iso_year, d.iso_week, d.week_start,
                d.weekday, COALESCE(t.transactions, 0) AS transactions, COALESCE(t.net, 0) AS net
         FROM days d LEFT JOIN day_totals t ON d.day_number = t.day_number",
    ),
    // Shops by day: few enough for everything at once.
    Step::days(
        "store_days",
        concat!(
            "SELECT store_id, MAX(store_city) AS store_city, MAX(country) AS country, order_date,
             day_number, ",
            sums!(),
            " FROM sales WHERE store_id IS NOT NULL GROUP BY store_id, order_date, day_number"
        ),
    ),
    Step::whole(
        "store_totals",
        concat!(
            "SELECT store_id, MAX(store_city) AS store_city, MAX(country) AS country,
             MIN(day_number) AS first_day, ",
            sums_again!(),
            " FROM store_days GROUP BY store_id"
        ),
    ),
    // The shops that sold, and what the master data knows of them.
    Step::whole(
        "stores",
        "SELECT t.store_id, COALESCE(m.store_name, t.store_city, t.store_id) AS store_name,
                m.city AS city, m.region AS region, COALESCE(m.country, t.country) AS country,
                m.square_footage AS square_footage, m.store_type AS store_type,
                m.created_date AS created_date, t.first_day
         FROM store_totals t LEFT JOIN store_master m ON t.store_id = m.store_id",
    ),
    // The products that sold, and what the master data knows of them.
    Step::whole(
        "products",
        "SELECT p.product_number, p.product, COALESCE(m.product_name, p.product) AS product_name,
                COALESCE(p.category, m.category) AS category, m.sub_category AS sub_category,
                m.brand AS brand, m.supplier AS supplier, m.unit_cost AS unit_cost,
                m.list_price AS list_price
         FROM product_names p LEFT JOIN product_master m ON p.product = m.product",
    ),
    Step::days(
        "product_days",
        concat!(
            "SELECT product_number, order_date, day_number, ",
            sums!(),
            " FROM sales GROUP BY product_number, order_date, day_number"
        ),
    )
    .split_by("product_number"),
    Step::slices(
        "product_days",
        "product_totals",
        concat!(
            "SELECT product_number, ",
            sums_again!(),
            ", MIN(CASE WHEN sales > 0 THEN order_date END) AS first_sale_date,
             MAX(CASE WHEN sales > 0 THEN order_date END) AS last_sale_date,
             MIN(day_number) AS first_day
             FROM product_days GROUP BY product_number"
        ),
    ),
    // The last 30 days, with the date itself.
    Step::slices(
        "product_days",
        "recent_products",
        concat!(
            "SELECT product_number, ",
            sums_again!(),
            ", SUM(CASE WHEN sales > 0 THEN 1 ELSE 0 END) AS days_sold
             FROM product_days
             WHERE day_number > {as_of_day} - 30 AND day_number <= {as_of_day}
             GROUP BY product_number"
        ),
    ),
    // The products of the date itself.
    Step::slices(
        "product_days",
        "report_products",
        "SELECT product_number, net, units, gross, returned FROM product_days
         WHERE day_number = {as_of_day}",
    ),
    // Orders by category and day; an order counts once in each.
    Step::days(
        "category_days",
        "SELECT s.day_number, p.category, COUNT(DISTINCT s.order_key) AS transactions
         FROM sales s JOIN products p ON s.product_number = p.product_number
         GROUP BY s.day_number, p.category",
    )
    .seeing(&[SEEN_PRODUCTS]),
    // What a product cost on a day, by how many lines tell it; what a promotion gave is no price.
    Step::days(
        "product_prices",
        "SELECT product_number, day_number, unit_price, COUNT(*) AS lines FROM sales
         WHERE is_return = 0 AND promotion_id IS NULL AND unit_price IS NOT NULL
         GROUP BY product_number, day_number, unit_price",
    )
    .split_by("product_number"),
    // The price of a day is the one that most lines tell, of equals the highest; a version lasts
    // until the first day with another.
    Step::slices(
        "product_prices",
        "price_versions",
        "WITH most AS (
           SELECT product_number, day_number, MAX(lines) AS lines FROM product_prices
           GROUP BY product_number, day_number),
         daily AS (
           SELECT p.product_number, p.day_number, MAX(p.unit_price) AS unit_price
           FROM product_prices p JOIN most m
             ON p.product_number = m.product_number AND p.day_number = m.day_number AND p.lines = m.lines
           GROUP BY p.product_number, p.day_number),
         lagged AS (
           SELECT product_number, day_number, unit_price,
                  LAG(unit_price, 1) OVER (PARTITION BY product_number ORDER BY day_number) AS before
           FROM daily),
         changes AS (
           SELECT product_number, day_number, unit_price, before FROM lagged
           WHERE before IS NULL OR before <> unit_price)
         SELECT product_number, unit_price, day_number AS known_from,
                LEAD(day_number, 1) OVER (PARTITION BY product_number ORDER BY day_number) AS next_day
         FROM changes",
    ),
    // The same with the days before a price is told, or where none ever is.
    Step::whole(
        "product_versions",
        "WITH priced AS (
           SELECT product_number, MIN(known_from) AS first_day FROM price_versions
           GROUP BY product_number)
         SELECT t.product_number, NULL AS unit_price, t.first_day AS known_from,
                p.first_day AS next_day
         FROM product_totals t LEFT JOIN priced p ON t.product_number = p.product_number
         WHERE p.first_day IS NULL OR p.first_day > t.first_day
         UNION ALL
         SELECT product_number, unit_price, known_from, next_day FROM price_versions",
    ),
    // Levels of stock up to the date, with the name under which the product is sold: its own, or
    // that of products.csv.
    Step::whole(
        "sold_stock",
        "SELECT k.inventory_id, k.store_id, k.category, k.event_time, k.day_number, k.date_key,
                k.level, k.safety_stock, k.reorder_point, k.position,
                COALESCE(n.product, c.product, k.product) AS product
         FROM stock k
         LEFT JOIN product_names n ON k.product = n.product
         LEFT JOIN product_master m ON k.product = m.product
         LEFT JOIN product_names c ON m.canonical = c.product",
    ),
    // The latest level of every product in every store.
    Step::whole(
        "latest_stock",
        "WITH ranked AS (
           SELECT store_id, product, category, level, reorder_point,
                  ROW_NUMBER() OVER (PARTITION BY store_id, product
                                     ORDER BY event_time DESC, position DESC) AS place
           FROM sold_stock WHERE day_number <= {stock_day})
         SELECT store_id, product, category, level, reorder_point FROM ranked WHERE place = 1",
    ),
    // The unified events by store and category, by hour, and by product.
    Step::days(
        "unified_groups",
        concat!(
            "SELECT day_number, store_id, category, ",
            unified!(),
            " FROM unified WHERE kind <> 'RESTOCK' GROUP BY day_number, store_id, category"
        ),
    ),
    Step::days(
        "unified_hours",
        concat!(
            "SELECT day_number, hour_start AS hour, ",
            unified!(),
            " FROM unified WHERE kind <> 'RESTOCK' GROUP BY day_number, hour_start"
        ),
    ),
    Step::days(
        "unified_products",
        concat!(
            "SELECT day_number, product, category, ",
            unified!(),
            " FROM unified WHERE kind <> 'RESTOCK' GROUP BY day_number, product, category"
        ),
    )
    .split_by("product"),
    Step::slices(
        "unified_products",
        "unified_product_totals",
        "SELECT product, category, SUM(sales) AS transaction_count,
                CASE WHEN SUM(told) = 0 THEN NULL ELSE SUM(pieces) END AS total_quantity,
                SUM(gross) AS total_revenue, RATIO(SUM(priced), SUM(pieces)) AS avg_unit_price,
                SUM(returns) AS return_count, SUM(returned) AS return_value,
                SUM(gross) - SUM(returned) AS net_revenue
         FROM unified_products GROUP BY product, category",
    ),
    // What is in which layer, and what of each is left to the other.
    Step::days(
        "layer_counts",
        "SELECT day_number, 1 AS one, SUM(CASE WHEN is_before THEN 1 ELSE 0 END) AS historical,
                0 AS realtime, SUM(CASE WHEN is_before THEN 0 ELSE 1 END) AS after, 0 AS before
         FROM events GROUP BY day_number
         UNION ALL
         SELECT day_number, 1 AS one, 0 AS historical,
                SUM(CASE WHEN is_before THEN 0 ELSE 1 END) AS realtime,
                0 AS after, SUM(CASE WHEN is_before THEN 1 ELSE 0 END) AS before
         FROM live_events GROUP BY day_number",
    ),
    // One row, for the members that stand for nobody known.
    Step::whole(
        "first_of_days",
        "SELECT MIN(day_number) AS day_number FROM days",
    ),
    Step::whole(
        "dates",
        "SELECT day_number, 10000 * year + 100 * month + day AS date_key FROM days",
    ),
    // Where lines were sold; blank for null, since null equals nothing.
    Step::days(
        "location_days",
        "SELECT DISTINCT day_number, store_id, store_city, country FROM sales",
    ),
    Step::whole(
        "locations",
        "SELECT COALESCE(s.country, r.country, '') AS country, COALESCE(r.region, '') AS region,
                COALESCE(r.city, s.store_city, '') AS city, MIN(s.day_number) AS first_day
         FROM location_days s LEFT JOIN stores r ON s.store_id = r.store_id
         GROUP BY COALESCE(s.country, r.country, ''), COALESCE(r.region, ''),
                  COALESCE(r.city, s.store_city, '')",
    ),
    Step::whole(
        "located",
        "SELECT location_key, first_day, COALESCE(country, '') AS of_country,
                COALESCE(region, '') AS of_region, COALESCE(city, '') AS of_city
         FROM dim_location",
    ),
    // Lines with a buyer, all those of one buyer together.
    Step::days(
        "customer_lines",
        "SELECT customer_id, order_date, day_number, product_number, store_id, country, order_key,
                is_return, gross, returned, amount
         FROM sales WHERE customer_id IS NOT NULL",
    )
    .split_by("customer_id"),
    Step::slices(
        "customer_lines",
        "customer_totals",
        "SELECT customer_id,
                COALESCE(MIN(CASE WHEN is_return = 0 THEN country END), MIN(country)) AS country,
                MIN(CASE WHEN is_return = 0 THEN order_date END) AS first_purchase,
                MAX(CASE WHEN is_return = 0 THEN order_date END) AS last_purchase,
                MIN(day_number) AS first_day,
                COUNT(DISTINCT CASE WHEN is_return = 0 THEN order_key END) AS purchases,
                SUM(gross) AS gross, SUM(returned) AS returned, SUM(amount) AS net
         FROM customer_lines GROUP BY customer_id",
    ),
    // The same up to a date.
    Step::slices(
        "customer_lines",
        "customers_as_of",
        "SELECT customer_id,
                COALESCE(MIN(CASE WHEN is_return = 0 THEN country END), MIN(country)) AS country,
                MAX(CASE WHEN is_return = 0 THEN day_number END) AS last_day,
                COUNT(DISTINCT CASE WHEN is_return = 0 THEN order_key END) AS purchases,
                SUM(amount) AS net
         FROM customer_lines WHERE day_number <= {as_of_day} GROUP BY customer_id",
    ),
    Step::slices(
        "customer_lines",
        "product_customers",
        "SELECT product_number, COUNT(DISTINCT customer_id) AS customers
         FROM customer_lines GROUP BY product_number",
    )
    .folded(
        "SELECT product_number, SUM(customers) AS customers FROM parts GROUP BY product_number",
    ),
    Step::slices(
        "customer_lines",
        "store_customers",
        "SELECT store_id, COUNT(DISTINCT customer_id) AS customers
         FROM customer_lines WHERE store_id IS NOT NULL GROUP BY store_id",
    )
    .folded("SELECT store_id, SUM(customers) AS customers FROM parts GROUP BY store_id"),
    Step::whole(
        "all_customers",
        "SELECT COUNT(*) AS customers FROM customer_totals",
    ),
];
