//! `daily_report`.

use crate::analyses::spec::{Analysis, Kind, Need, Step, Table, column};

/// The analysis.
pub const ANALYSIS: Analysis = Analysis {
    name: "daily_report",
    about: "the business report of the date, as JSON too",
    source: "daily batch of the inventory jobs; customers are counted once",
    needs: &[Need::Calendar],
    tables: &[Table {
        file: "daily_report",
        about: "One row, of the day of the date. daily_report.json holds the same as the replaced job wrote it. top_products_count and \
                top_stores_count are how many share the ten and five highest places by revenue of the \
                day. The rates of stock are means over the products in every store, null without \
                --inventory.",
        needs: &[],
        columns: &[
            column("report_date", Kind::Date, "the day, UTC"),
            column("total_revenue", Kind::Money, "sales less returns"),
            column("total_transactions", Kind::Count, "distinct orders"),
            column("total_customers", Kind::Count, "distinct customers"),
            column(
                "avg_transaction_value",
                Kind::Money,
                "total_revenue / total_transactions",
            ),
            column(
                "revenue_per_customer",
                Kind::Money,
                "total_revenue / total_customers; null without customers",
            ),
            column(
                "avg_out_of_stock_rate",
                Kind::Money,
                "products at or below zero, in per cent of all",
            ),
            column(
                "avg_low_stock_rate",
                Kind::Money,
                "products at or below their reorder point, in per cent of those that have one",
            ),
            column(
                "top_products_count",
                Kind::Count,
                "products with a place up to 10 by revenue",
            ),
            column(
                "top_stores_count",
                Kind::Count,
                "stores with a place up to 5 by revenue",
            ),
        ],
        step: Step::whole(
            "daily_report",
            "WITH day AS (SELECT 1 AS one, COUNT(*) AS days FROM days),
             business AS (
               SELECT 1 AS one, net, transactions, customers
               FROM day_totals WHERE day_number = {as_of_day}),
             product_ranks AS (
               SELECT DENSE_RANK() OVER (ORDER BY net DESC) AS place FROM report_products),
             store_ranks AS (
               SELECT DENSE_RANK() OVER (ORDER BY net DESC) AS place
               FROM store_days WHERE order_date = {as_of}),
             top_products AS (
               SELECT 1 AS one, COUNT(*) AS products FROM product_ranks WHERE place <= 10),
             top_stores AS (
               SELECT 1 AS one, COUNT(*) AS stores FROM store_ranks WHERE place <= 5),
             stock AS (
               SELECT 1 AS one, COUNT(*) AS items,
                      SUM(CASE WHEN level <= 0 THEN 1 ELSE 0 END) AS is_out,
                      SUM(CASE WHEN level <= reorder_point THEN 1 ELSE 0 END) AS is_low,
                      COUNT(reorder_point) AS told
               FROM latest_stock)
             SELECT {as_of} AS report_date, COALESCE(b.net, 0) AS total_revenue,
                    COALESCE(b.transactions, 0) AS total_transactions,
                    COALESCE(b.customers, 0) AS total_customers,
                    RATIO(b.net, b.transactions) AS avg_transaction_value,
                    RATIO(b.net, b.customers) AS revenue_per_customer,
                    RATIO(100 * k.is_out, k.items) AS avg_out_of_stock_rate,
                    RATIO(100 * k.is_low, k.told) AS avg_low_stock_rate,
                    p.products AS top_products_count, s.stores AS top_stores_count
             FROM day d
             LEFT JOIN business b ON d.one = b.one
             JOIN top_products p ON d.one = p.one
             JOIN top_stores s ON d.one = s.one
             JOIN stock k ON d.one = k.one",
        ),
    }],
    example: "\
A customer who buys three products in one order is one customer and one transaction. With twelve \
products of which the tenth and the eleventh place are equal by revenue, top_products_count is 11.",
};
