//! `product_performance`.

use crate::analyses::spec::{Analysis, Kind, Step, Table, column};

/// The analysis.
pub const ANALYSIS: Analysis = Analysis {
    name: "product_performance",
    about: "every product over all days, with ranks",
    source: "daily batch of the inventory jobs",
    needs: &[],
    tables: &[Table {
        file: "product_performance",
        about: "One row for every product. Ranks are dense: equal values share a rank, and none is \
                left out behind them. performance_score is the mean of two shares, each \
                100 * (ranks - rank + 1) / ranks where `ranks` is how many there are, so it lies \
                above 0 and up to 100 for any number of products. The penetration rate is of the \
                customers that there are.",
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
                "category_id",
                Kind::Text,
                "the category that most of its records name, else that of products.csv",
            ),
            column("brand", Kind::Text, "its brand, of products.csv"),
            column(
                "total_quantity_sold",
                Kind::Money,
                "pieces sold less pieces returned; null where no line tells a quantity",
            ),
            column("total_revenue", Kind::Money, "sales less returns"),
            column("total_transactions", Kind::Count, "distinct orders"),
            column("unique_customers", Kind::Count, "distinct customers"),
            column(
                "avg_selling_price",
                Kind::Money,
                "money of the sales / pieces of the sales, over lines that tell a quantity",
            ),
            column("first_sale_date", Kind::Date, "the first day with a sale"),
            column("last_sale_date", Kind::Date, "the last day with a sale"),
            column(
                "avg_quantity_per_transaction",
                Kind::Money,
                "total_quantity_sold / total_transactions",
            ),
            column(
                "revenue_per_transaction",
                Kind::Money,
                "total_revenue / total_transactions",
            ),
            column(
                "customer_penetration_rate",
                Kind::Money,
                "unique_customers of all customers, in per cent; null without customers",
            ),
            column("revenue_rank", Kind::Count, "place by total_revenue"),
            column(
                "quantity_rank",
                Kind::Count,
                "place by total_quantity_sold, null as zero",
            ),
            column(
                "performance_score",
                Kind::Money,
                "from above 0 to 100, see above",
            ),
            column("gross_revenue", Kind::Money, "Σ of the sales"),
            column("returned_value", Kind::Money, "Σ of the returns, positive"),
        ],
        step: Step::whole(
            "product_performance",
            "WITH ranked AS (
               SELECT p.product AS product_id, p.product_name, p.category AS category_id, p.brand,
                      CASE WHEN t.told = 0 THEN NULL ELSE t.units END AS total_quantity_sold,
                      t.net AS total_revenue, t.transactions AS total_transactions,
                      COALESCE(c.customers, 0) AS unique_customers,
                      RATIO(t.sold_amount, t.sold_units) AS avg_selling_price,
                      t.first_sale_date, t.last_sale_date,
                      CASE WHEN t.told = 0 THEN NULL ELSE RATIO(t.units, t.transactions) END
                        AS avg_quantity_per_transaction,
                      RATIO(t.net, t.transactions) AS revenue_per_transaction,
                      1 AS one,
                      DENSE_RANK() OVER (ORDER BY t.net DESC) AS revenue_rank,
                      DENSE_RANK() OVER (ORDER BY t.units DESC) AS quantity_rank,
                      t.gross AS gross_revenue, t.returned AS returned_value
               FROM product_totals t
               JOIN products p ON t.product_number = p.product_number
               LEFT JOIN product_customers c ON t.product_number = c.product_number),
             lowest AS (
               SELECT 1 AS one, MAX(revenue_rank) AS revenue_ranks,
                      MAX(quantity_rank) AS quantity_ranks
               FROM ranked),
             everybody AS (SELECT 1 AS one, customers FROM all_customers)
             SELECT r.product_id, r.product_name, r.category_id, r.brand, r.total_quantity_sold,
                    r.total_revenue, r.total_transactions, r.unique_customers,
                    r.avg_selling_price, r.first_sale_date, r.last_sale_date,
                    r.avg_quantity_per_transaction, r.revenue_per_transaction,
                    RATIO(100 * r.unique_customers, e.customers) AS customer_penetration_rate,
                    r.revenue_rank, r.quantity_rank,
                    RATIO(50 * ((l.revenue_ranks - r.revenue_rank + 1) * l.quantity_ranks
                                + (l.quantity_ranks - r.quantity_rank + 1) * l.revenue_ranks),
                          l.revenue_ranks * l.quantity_ranks) AS performance_score,
                    r.gross_revenue, r.returned_value
             FROM ranked r
             JOIN lowest l ON r.one = l.one
             JOIN everybody e ON r.one = e.one
             ORDER BY revenue_rank, product_id",
        ),
    }],
    example: "\
Three products with revenues 30.00, 20.00, 20.00 and 1, 5, 3 pieces: the revenue ranks are 1, 2, 2 \
(two ranks), the quantity ranks 3, 1, 2 (three ranks). The first scores \
(100 * 2/2 + 100 * 1/3) / 2 = 66.6667, the second (100 * 1/2 + 100 * 3/3) / 2 = 75.",
};
