//! `returns`.

use crate::analyses::spec::{Analysis, Kind, Step, Table, column};

/// The analysis.
pub const ANALYSIS: Analysis = Analysis {
    name: "returns",
    about: "how much comes back, by product and category",
    source: "return analysis of the lambda stack",
    needs: &[],
    tables: &[PRODUCTS, CATEGORIES],
    example: "\
Of tea 8 lines were sold for 80.00 and 2 came back for 20.00: return_rate_pct 25, net_revenue 60.00, \
value_rate_pct 25.",
};

const PRODUCTS: Table = Table {
    file: "returns",
    about: "One row for every product, the highest rate first. What was only returned has no rate, and \
            comes last.",
    needs: &[],
    columns: &[
        column(
            "category",
            Kind::Text,
            "the category that most of its records name, else that of products.csv",
        ),
        column(
            "product_id",
            Kind::Text,
            "the product as the records name it",
        ),
        column("sales_count", Kind::Count, "lines that are sales"),
        column("return_count", Kind::Count, "lines that are returns"),
        column(
            "return_rate_pct",
            Kind::Money,
            "return_count of sales_count, in per cent; null without sales",
        ),
        column("total_sales_revenue", Kind::Money, "Σ of the sales"),
        column(
            "total_return_value",
            Kind::Money,
            "Σ of the returns, positive",
        ),
        column("net_revenue", Kind::Money, "the one less the other"),
        column(
            "value_rate_pct",
            Kind::Money,
            "total_return_value of total_sales_revenue, in per cent; null where that is zero",
        ),
    ],
    step: Step::whole(
        "returns",
        "SELECT p.category, p.product AS product_id, t.sales AS sales_count,
                t.returns AS return_count,
                RATIO(100 * t.returns, t.sales) AS return_rate_pct,
                t.gross AS total_sales_revenue, t.returned AS total_return_value,
                t.net AS net_revenue,
                RATIO(100 * t.returned, t.gross) AS value_rate_pct
         FROM product_totals t JOIN products p ON t.product_number = p.product_number
         ORDER BY COALESCE(return_rate_pct, -1) DESC, product_id",
    ),
};

const CATEGORIES: Table = Table {
    file: "categories",
    about: "The same by category, the highest rate first.",
    needs: &[],
    columns: &[
        column(
            "category",
            Kind::Text,
            "the category; null for products without one",
        ),
        column("sales_count", Kind::Count, "lines that are sales"),
        column("return_count", Kind::Count, "lines that are returns"),
        column(
            "return_rate_pct",
            Kind::Money,
            "return_count of sales_count, in per cent; null without sales",
        ),
        column("total_sales_revenue", Kind::Money, "Σ of the sales"),
        column(
            "total_return_value",
            Kind::Money,
            "Σ of the returns, positive",
        ),
        column("net_revenue", Kind::Money, "the one less the other"),
        column(
            "value_rate_pct",
            Kind::Money,
            "total_return_value of total_sales_revenue, in per cent; null where that is zero",
        ),
    ],
    step: Step::whole(
        "returns_categories",
        "WITH counted AS (
           SELECT category, SUM(sales_count) AS sales_count, SUM(return_count) AS return_count,
                  SUM(total_sales_revenue) AS total_sales_revenue,
                  SUM(total_return_value) AS total_return_value, SUM(net_revenue) AS net_revenue
           FROM returns GROUP BY category),
         rated AS (
           SELECT category, sales_count, return_count,
                  RATIO(100 * return_count, sales_count) AS return_rate_pct,
                  total_sales_revenue, total_return_value, net_revenue,
                  RATIO(100 * total_return_value, total_sales_revenue) AS value_rate_pct
           FROM counted)
         SELECT * FROM rated ORDER BY COALESCE(return_rate_pct, -1) DESC, category",
    ),
};
