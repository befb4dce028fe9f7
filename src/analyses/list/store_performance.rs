//! `store_performance`.

use crate::analyses::spec::{Analysis, Kind, Need, Step, Table, column};

/// The analysis.
pub const ANALYSIS: Analysis = Analysis {
    name: "store_performance",
    about: "every store over all days: ranks, revenue per square foot",
    source: "daily batch of the inventory jobs",
    needs: &[Need::Stores],
    tables: &[Table {
        file: "store_performance",
        about: "One row for every store. Ranks are dense. overall_score is the mean of two shares, \
                by revenue and by revenue per square foot, each 100 * (ranks - rank + 1) / ranks. \
                A store whose area stores.csv does not tell has neither efficiency_rank nor \
                overall_score.",
        needs: &[],
        columns: &[
            column("store_id", Kind::Text, "the store"),
            column(
                "store_name",
                Kind::Text,
                "its name in stores.csv, else its city in the records",
            ),
            column("store_region", Kind::Text, "its region, of stores.csv"),
            column("store_size", Kind::Count, "square feet, of stores.csv"),
            column("total_revenue", Kind::Money, "sales less returns"),
            column("total_transactions", Kind::Count, "distinct orders"),
            column("unique_customers", Kind::Count, "distinct customers"),
            column(
                "total_quantity_sold",
                Kind::Money,
                "pieces sold less pieces returned; null where no line tells a quantity",
            ),
            column(
                "avg_transaction_value",
                Kind::Money,
                "total_revenue / total_transactions",
            ),
            column(
                "revenue_per_customer",
                Kind::Money,
                "total_revenue / unique_customers; null without customers",
            ),
            column(
                "transactions_per_customer",
                Kind::Money,
                "total_transactions / unique_customers; null without customers",
            ),
            column(
                "revenue_per_sqft",
                Kind::Money,
                "total_revenue / store_size",
            ),
            column("revenue_rank", Kind::Count, "place by total_revenue"),
            column("efficiency_rank", Kind::Count, "place by revenue_per_sqft"),
            column(
                "overall_score",
                Kind::Money,
                "from above 0 to 100, see above",
            ),
            column("gross_revenue", Kind::Money, "Σ of the sales"),
            column("returned_value", Kind::Money, "Σ of the returns, positive"),
        ],
        step: Step::whole(
            "store_performance",
            "WITH measured AS (
               SELECT t.store_id, s.store_name, s.region AS store_region,
                      s.square_footage AS store_size, t.net AS total_revenue,
                      t.transactions AS total_transactions,
                      COALESCE(c.customers, 0) AS unique_customers,
                      CASE WHEN t.told = 0 THEN NULL ELSE t.units END AS total_quantity_sold,
                      RATIO(t.net, s.square_footage) AS revenue_per_sqft,
                      DENSE_RANK() OVER (ORDER BY t.net DESC) AS revenue_rank,
                      t.gross AS gross_revenue, t.returned AS returned_value
               FROM store_totals t
               LEFT JOIN stores s ON t.store_id = s.store_id
               LEFT JOIN store_customers c ON t.store_id = c.store_id),
             efficient AS (
               SELECT store_id AS id,
                      DENSE_RANK() OVER (ORDER BY revenue_per_sqft DESC) AS efficiency_rank
               FROM measured WHERE revenue_per_sqft IS NOT NULL),
             ranked AS (
               SELECT m.*, e.efficiency_rank, 1 AS one
               FROM measured m LEFT JOIN efficient e ON m.store_id = e.id),
             lowest AS (
               SELECT 1 AS one, MAX(revenue_rank) AS revenue_ranks,
                      MAX(efficiency_rank) AS efficiency_ranks
               FROM ranked)
             SELECT r.store_id, r.store_name, r.store_region, r.store_size, r.total_revenue,
                    r.total_transactions, r.unique_customers, r.total_quantity_sold,
                    RATIO(r.total_revenue, r.total_transactions) AS avg_transaction_value,
                    RATIO(r.total_revenue, r.unique_customers) AS revenue_per_customer,
                    RATIO(r.total_transactions, r.unique_customers) AS transactions_per_customer,
                    r.revenue_per_sqft, r.revenue_rank, r.efficiency_rank,
                    RATIO(50 * ((l.revenue_ranks - r.revenue_rank + 1) * l.efficiency_ranks
                                + (l.efficiency_ranks - r.efficiency_rank + 1) * l.revenue_ranks),
                          l.revenue_ranks * l.efficiency_ranks) AS overall_score,
                    r.gross_revenue, r.returned_value
             FROM ranked r JOIN lowest l ON r.one = l.one
             ORDER BY revenue_rank, store_id",
        ),
    }],
    example: "\
Stores N (1,000 square feet, 500.00) and S (100 square feet, 80.00): revenue_per_sqft 0.50 and 0.80, \
revenue ranks 1 and 2, efficiency ranks 2 and 1, overall_score (100 + 50) / 2 = 75 for both.",
};
