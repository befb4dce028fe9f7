//! `daily_kpis`.

use crate::analyses::spec::{Analysis, Kind, Step, Table, column};

/// The analysis.
pub const ANALYSIS: Analysis = Analysis {
    name: "daily_kpis",
    about: "what every day came to",
    source: "the totals that the daily jobs of the replaced systems share",
    needs: &[],
    tables: &[Table {
        file: "daily_kpis",
        about: "One row for every day with a sale or a return.",
        needs: &[],
        columns: &[
            column("order_date", Kind::Date, "the day, UTC"),
            column("transactions", Kind::Count, "distinct orders"),
            column("sales", Kind::Count, "lines that are sales"),
            column("returns", Kind::Count, "lines that are returns"),
            column("customers", Kind::Count, "distinct customers"),
            column("anonymous_sales", Kind::Count, "sales without a customer"),
            column("products", Kind::Count, "distinct products"),
            column("stores", Kind::Count, "distinct stores"),
            column(
                "units",
                Kind::Money,
                "pieces sold less pieces returned; null where no line tells a quantity",
            ),
            column("gross_revenue", Kind::Money, "Σ of the sales"),
            column("returned_value", Kind::Money, "Σ of the returns, positive"),
            column(
                "net_revenue",
                Kind::Money,
                "gross_revenue - returned_value: the revenue of the day",
            ),
            column(
                "avg_transaction_value",
                Kind::Money,
                "net_revenue / transactions",
            ),
            column(
                "revenue_per_customer",
                Kind::Money,
                "net_revenue / customers; null without customers",
            ),
        ],
        step: Step::whole(
            "daily_kpis",
            "SELECT order_date, transactions, sales, returns, customers, anonymous_sales, products,
                    stores, CASE WHEN told = 0 THEN NULL ELSE units END AS units,
                    gross AS gross_revenue, returned AS returned_value, net AS net_revenue,
                    RATIO(net, transactions) AS avg_transaction_value,
                    RATIO(net, customers) AS revenue_per_customer
             FROM day_totals ORDER BY order_date",
        ),
    }],
    example: "\
Orders A (2 lines, 10.00 and 5.00, customer x), B (7.00, no customer) and R (a return of 5.00, \
customer x) on one day: transactions 3, sales 3, returns 1, customers 1, anonymous_sales 1, \
gross_revenue 22.00, returned_value 5.00, net_revenue 17.00, avg_transaction_value 17 / 3 = 5.6667.",
};
