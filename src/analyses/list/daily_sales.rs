//! `daily_sales`.

use crate::analyses::groundwork::{SEEN_PRODUCTS, SEEN_STORES};
use crate::analyses::spec::{Analysis, Kind, Step, Table, column};

/// The analysis.
pub const ANALYSIS: Analysis = Analysis {
    name: "daily_sales",
    about: "every product of every store on every day",
    source: "daily batch of the inventory jobs",
    needs: &[],
    tables: &[Table {
        file: "daily_sales",
        about: "One row for every day, store and product with a sale or a return. Lines without a \
                store are a row with no store.",
        needs: &[],
        columns: &[
            column("sale_date", Kind::Date, "the day, UTC"),
            column("store_id", Kind::Text, "the store"),
            column("store_region", Kind::Text, "its region, of stores.csv"),
            column(
                "product_id",
                Kind::Text,
                "the product as the records name it",
            ),
            column(
                "category_id",
                Kind::Text,
                "the category that most records of the product name, else that of products.csv",
            ),
            column("brand", Kind::Text, "its brand, of products.csv"),
            column(
                "daily_quantity",
                Kind::Money,
                "pieces sold less pieces returned; null where no line tells a quantity",
            ),
            column("daily_revenue", Kind::Money, "sales less returns"),
            column("daily_transactions", Kind::Count, "distinct orders"),
            column("daily_customers", Kind::Count, "distinct customers"),
            column(
                "avg_unit_price",
                Kind::Money,
                "money of the sales / pieces of the sales, over lines that tell a quantity",
            ),
            column(
                "avg_transaction_value",
                Kind::Money,
                "daily_revenue / daily_transactions",
            ),
            column(
                "revenue_per_customer",
                Kind::Money,
                "daily_revenue / daily_customers; null without customers",
            ),
            column("gross_revenue", Kind::Money, "Σ of the sales"),
            column("returned_value", Kind::Money, "Σ of the returns, positive"),
        ],
        step: Step::days(
            "daily_sales",
            "SELECT s.day_number, s.order_date AS sale_date, s.store_id, r.region AS store_region,
                    p.product AS product_id, p.category AS category_id, p.brand,
                    CASE WHEN s.told = 0 THEN NULL ELSE s.units END AS daily_quantity,
                    s.net AS daily_revenue, s.transactions AS daily_transactions,
                    s.customers AS daily_customers,
                    RATIO(s.sold_amount, s.sold_units) AS avg_unit_price,
                    RATIO(s.net, s.transactions) AS avg_transaction_value,
                    RATIO(s.net, s.customers) AS revenue_per_customer,
                    s.gross AS gross_revenue, s.returned AS returned_value
             FROM (SELECT order_date, day_number, store_id, product_number, COUNT(DISTINCT order_key) AS transactions,
                          COUNT(DISTINCT customer_number) AS customers, COUNT(quantity) AS told,
                          SUM(quantity) AS units, SUM(sold_units) AS sold_units,
                          SUM(sold_amount) AS sold_amount, SUM(gross) AS gross,
                          SUM(returned) AS returned, SUM(amount) AS net
                   FROM sales GROUP BY order_date, day_number, store_id, product_number) s
             JOIN products p ON s.product_number = p.product_number
             LEFT JOIN stores r ON s.store_id = r.store_id
             ORDER BY s.order_date, s.store_id, s.product_number",
        )
        .seeing(&[SEEN_PRODUCTS, SEEN_STORES]),
    }],
    example: "\
On one day and in one store, order A sells 2 pieces of tea for 10.00 and order B 1 piece for 4.00 \
to customer x, who gives 1 piece back for 5.00 (order R): daily_quantity 2, daily_revenue 9.00, \
daily_transactions 3, daily_customers 1, avg_unit_price 14.00 / 3 = 4.6667, \
avg_transaction_value 3.00.",
};
