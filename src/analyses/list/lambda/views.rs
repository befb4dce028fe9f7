//! The views over the unified events.

use crate::analyses::spec::{Column, Kind, Step, Table, column};

const COUNT: Column = column("transaction_count", Kind::Count, "events that are sales");
const QUANTITY: Column = column(
    "total_quantity",
    Kind::Money,
    "pieces of the sales; null where none is told",
);
const REVENUE: Column = column("total_revenue", Kind::Money, "money of the sales");
const PRICE: Column = column(
    "avg_unit_price",
    Kind::Money,
    "money of the sales / pieces of the sales, over events that tell a quantity",
);
const RETURNS: Column = column("return_count", Kind::Count, "events that are returns");
const RETURNED: Column = column(
    "return_value",
    Kind::Money,
    "money of the returns, positive",
);
const NET: Column = column("net_revenue", Kind::Money, "total_revenue - return_value");

/// The sums of a view.
macro_rules! sums {
    () => {
        "SUM(sales) AS transaction_count,
         CASE WHEN SUM(told) = 0 THEN NULL ELSE SUM(pieces) END AS total_quantity,
         SUM(gross) AS total_revenue, SUM(returns) AS return_count,
         SUM(returned) AS return_value, SUM(gross) - SUM(returned) AS net_revenue"
    };
}

/// `sales_by_category`.
pub const CATEGORIES: Table = Table {
    file: "sales_by_category",
    about: "One row for every category. What the replaced view has is of sales only; returns stand \
            behind it.",
    needs: &[],
    columns: &[
        column("category", Kind::Text, "the category that the records name"),
        column("transaction_type", Kind::Text, "SALE"),
        COUNT,
        QUANTITY,
        REVENUE,
        PRICE,
        RETURNS,
        RETURNED,
        NET,
    ],
    step: Step::whole(
        "sales_by_category",
        concat!(
            "SELECT category, 'SALE' AS transaction_type, ",
            sums!(),
            ", RATIO(SUM(priced), SUM(pieces)) AS avg_unit_price
             FROM unified_groups GROUP BY category ORDER BY category"
        ),
    ),
};

/// `sales_by_store`.
pub const STORES: Table = Table {
    file: "sales_by_store",
    about: "One row for every store.",
    needs: &[],
    columns: &[
        column("store_id", Kind::Text, "the store"),
        COUNT,
        QUANTITY,
        REVENUE,
        RETURNS,
        RETURNED,
        NET,
    ],
    step: Step::whole(
        "sales_by_store",
        concat!(
            "SELECT store_id, ",
            sums!(),
            " FROM unified_groups GROUP BY store_id ORDER BY store_id"
        ),
    ),
};

/// `hourly_sales_trend`.
pub const HOURS: Table = Table {
    file: "hourly_sales_trend",
    about: "One row for every hour with a sale or a return, the newest first. A bare date is midnight.",
    needs: &[],
    columns: &[
        column("hour", Kind::Time, "the start of the hour, UTC"),
        COUNT,
        QUANTITY,
        REVENUE,
        RETURNS,
        RETURNED,
        NET,
    ],
    step: Step::whole(
        "hourly_sales_trend",
        concat!(
            "SELECT hour, ",
            sums!(),
            " FROM unified_hours GROUP BY hour ORDER BY hour DESC"
        ),
    ),
};

/// `product_performance`.
pub const PRODUCTS: Table = Table {
    file: "product_performance",
    about: "One row for every product and category that records name together, the most revenue first.",
    needs: &[],
    columns: &[
        column("product_id", Kind::Text, "the product"),
        column("category", Kind::Text, "the category that the records name"),
        COUNT,
        QUANTITY,
        REVENUE,
        PRICE,
        RETURNS,
        RETURNED,
        NET,
    ],
    step: Step::whole(
        "lambda_product_performance",
        "SELECT product AS product_id, category, transaction_count, total_quantity, total_revenue,
                avg_unit_price, return_count, return_value, net_revenue
         FROM unified_product_totals ORDER BY total_revenue DESC, product_id, category",
    ),
};
