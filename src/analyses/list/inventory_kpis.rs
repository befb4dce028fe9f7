//! `inventory_kpis`.

use crate::analyses::spec::{Analysis, Kind, Need, Step, Table, column};

/// The analysis.
pub const ANALYSIS: Analysis = Analysis {
    name: "inventory_kpis",
    about: "what is in stock, by store, category and brand",
    source: "daily batch of the inventory jobs",
    needs: &[Need::Inventory],
    tables: &[Table {
        file: "inventory_kpis",
        about: "One row for every store, category and brand, over the latest level of every product in \
                every store up to --as-of, where that is given. A product is low when its level is at or below its reorder point, so those \
                that are out are low as well.",
        needs: &[],
        columns: &[
            column("store_id", Kind::Text, "the store"),
            column(
                "category_id",
                Kind::Text,
                "the category of the sales, else of products.csv, else of the event",
            ),
            column("brand", Kind::Text, "the brand of products.csv"),
            column("total_stock", Kind::Money, "pieces in stock"),
            column(
                "out_of_stock_items",
                Kind::Count,
                "products at or below zero",
            ),
            column(
                "low_stock_items",
                Kind::Count,
                "products at or below their reorder point; null where none tells one",
            ),
            column(
                "avg_stock_level",
                Kind::Money,
                "total_stock / total_products",
            ),
            column("total_products", Kind::Count, "products"),
            column(
                "out_of_stock_rate",
                Kind::Money,
                "out_of_stock_items of total_products, in per cent",
            ),
            column(
                "low_stock_rate",
                Kind::Money,
                "low_stock_items of total_products, in per cent",
            ),
        ],
        step: Step::whole(
            "inventory_kpis",
            "WITH levels AS (
               SELECT k.store_id, COALESCE(p.category, m.category, k.category) AS category_id,
                      m.brand AS brand, k.level,
                      CASE WHEN k.level <= 0 THEN 1 ELSE 0 END AS is_out,
                      CASE WHEN k.reorder_point IS NULL THEN 0 ELSE 1 END AS told,
                      CASE WHEN k.reorder_point IS NULL THEN 0
                           WHEN k.level <= k.reorder_point THEN 1 ELSE 0 END AS is_low
               FROM latest_stock k
               LEFT JOIN product_names p ON k.product = p.product
               LEFT JOIN product_master m ON k.product = m.product),
             counted AS (
               SELECT store_id, category_id, brand, SUM(level) AS total_stock,
                      SUM(is_out) AS out_of_stock_items, SUM(is_low) AS low, SUM(told) AS told,
                      COUNT(*) AS total_products
               FROM levels GROUP BY store_id, category_id, brand)
             SELECT store_id, category_id, brand, total_stock, out_of_stock_items,
                    CASE WHEN told = 0 THEN NULL ELSE low END AS low_stock_items,
                    RATIO(total_stock, total_products) AS avg_stock_level, total_products,
                    RATIO(100 * out_of_stock_items, total_products) AS out_of_stock_rate,
                    CASE WHEN told = 0 THEN NULL ELSE RATIO(100 * low, total_products) END
                      AS low_stock_rate
             FROM counted ORDER BY store_id, category_id, brand",
        ),
    }],
    example: "\
A store with levels 0 (reorder point 20), 15 (20) and 80 (20): total_stock 95, out_of_stock_items 1, \
low_stock_items 2, avg_stock_level 31.6667, out_of_stock_rate 33.3333, low_stock_rate 66.6667. \
Updates before the latest of a product count for nothing.",
};
