//! `trends`.

use crate::analyses::spec::{Analysis, Kind, Need, Step, Table, column};

/// The analysis.
pub const ANALYSIS: Analysis = Analysis {
    name: "trends",
    about: "revenue by day, ISO week and month: means, growth, seasons",
    source: "sales trends of the online shop's warehouse; weeks, gaps and zeros mended",
    needs: &[Need::Calendar],
    tables: &[DAILY, WEEKLY, MONTHLY, SEASONS, COUNTRIES],
    example: "\
100.00 on Monday, nothing on Tuesday, 50.00 on Wednesday: three rows. revenue_7day_ma is 100.00, 50.00, \
50.00 (of as many days as there are, up to seven); revenue_growth_pct is null, -100, null, since \
growth from nothing is no number. 30 December 2024 is in 2025-W01.",
};

/// Growth in per cent; null from nothing and for the first.
macro_rules! growth {
    ($now:literal, $before:literal) => {
        concat!(
            "RATIO(100 * (",
            $now,
            " - ",
            $before,
            "), ABS(",
            $before,
            "))"
        )
    };
}

const DAILY: Table = Table {
    file: "daily",
    about: "One row for every calendar day from the first sale to the last, also without a sale.",
    needs: &[],
    columns: &[
        column("date", Kind::Date, "the day, UTC"),
        column("transaction_count", Kind::Count, "distinct orders"),
        column("total_revenue", Kind::Money, "sales less returns"),
        column(
            "avg_transaction_value",
            Kind::Money,
            "total_revenue / transaction_count; null without any",
        ),
        column(
            "revenue_7day_ma",
            Kind::Money,
            "mean of total_revenue over this day and up to six before",
        ),
        column(
            "transactions_7day_ma",
            Kind::Money,
            "mean of transaction_count over the same days",
        ),
        column(
            "prev_day_revenue",
            Kind::Money,
            "total_revenue of the day before; null on the first",
        ),
        column(
            "revenue_growth_pct",
            Kind::Money,
            "growth from the day before, in per cent of its magnitude; null from zero",
        ),
    ],
    step: Step::whole(
        "trends_daily",
        concat!(
            "WITH numbered AS (
               SELECT order_date, day_number, transactions, net,
                      ROW_NUMBER() OVER (ORDER BY day_number) AS place
               FROM every_day),
             lagged AS (
               SELECT order_date, transactions, net,
                      CASE WHEN place < 7 THEN place ELSE 7 END AS days,
                      LAG(net, 1) OVER (ORDER BY day_number) AS before,
                      net + COALESCE(LAG(net, 1) OVER (ORDER BY day_number), 0)
                          + COALESCE(LAG(net, 2) OVER (ORDER BY day_number), 0)
                          + COALESCE(LAG(net, 3) OVER (ORDER BY day_number), 0)
                          + COALESCE(LAG(net, 4) OVER (ORDER BY day_number), 0)
                          + COALESCE(LAG(net, 5) OVER (ORDER BY day_number), 0)
                          + COALESCE(LAG(net, 6) OVER (ORDER BY day_number), 0) AS revenue,
                      transactions
                          + COALESCE(LAG(transactions, 1) OVER (ORDER BY day_number), 0)
                          + COALESCE(LAG(transactions, 2) OVER (ORDER BY day_number), 0)
                          + COALESCE(LAG(transactions, 3) OVER (ORDER BY day_number), 0)
                          + COALESCE(LAG(transactions, 4) OVER (ORDER BY day_number), 0)
                          + COALESCE(LAG(transactions, 5) OVER (ORDER BY day_number), 0)
                          + COALESCE(LAG(transactions, 6) OVER (ORDER BY day_number), 0) AS orders
               FROM numbered)
             SELECT order_date AS date, transactions AS transaction_count, net AS total_revenue,
                    RATIO(net, transactions) AS avg_transaction_value,
                    RATIO(revenue, days) AS revenue_7day_ma,
                    RATIO(orders, days) AS transactions_7day_ma, before AS prev_day_revenue, ",
            growth!("net", "before"),
            " AS revenue_growth_pct
             FROM lagged ORDER BY date"
        ),
    ),
};

const WEEKLY: Table = Table {
    file: "weekly",
    about: "One row for every ISO week from the first sale to the last, also without a sale. The \
            first and the last may be cut: `days` says how many of their days count.",
    needs: &[],
    columns: &[
        column("period", Kind::Text, "ISO year and week, as 2025-W01"),
        column(
            "iso_year",
            Kind::Count,
            "the year of the week, which may not be that of its days",
        ),
        column("iso_week", Kind::Count, "1 to 53"),
        column("week_start", Kind::Date, "its Monday"),
        column(
            "days",
            Kind::Count,
            "its days between the first sale and the last",
        ),
        column("transaction_count", Kind::Count, "distinct orders"),
        column("total_revenue", Kind::Money, "sales less returns"),
        column(
            "avg_transaction_value",
            Kind::Money,
            "total_revenue / transaction_count; null without any",
        ),
        column(
            "prev_week_revenue",
            Kind::Money,
            "total_revenue of the week before; null in the first",
        ),
        column(
            "revenue_growth_pct",
            Kind::Money,
            "growth from the week before, in per cent of its magnitude; null from zero",
        ),
    ],
    step: Step::whole(
        "trends_weekly",
        concat!(
            "WITH weeks AS (
               SELECT d.week_key AS period, d.iso_year, d.iso_week, d.week_start,
                      COUNT(*) AS days, SUM(e.transactions) AS transaction_count,
                      SUM(e.net) AS total_revenue
               FROM days d JOIN every_day e ON d.day_number = e.day_number
               GROUP BY d.week_key, d.iso_year, d.iso_week, d.week_start),
             lagged AS (
               SELECT *, LAG(total_revenue, 1) OVER (ORDER BY week_start) AS before FROM weeks)
             SELECT period, iso_year, iso_week, week_start, days, transaction_count, total_revenue,
                    RATIO(total_revenue, transaction_count) AS avg_transaction_value,
                    before AS prev_week_revenue, ",
            growth!("total_revenue", "before"),
            " AS revenue_growth_pct
             FROM lagged ORDER BY week_start"
        ),
    ),
};

const MONTHLY: Table = Table {
    file: "monthly",
    about: "One row for every month from the first sale to the last, also without a sale.",
    needs: &[],
    columns: &[
        column("period", Kind::Text, "year and month, as 2025-01"),
        column("year", Kind::Count, "the year"),
        column("month", Kind::Count, "1 to 12"),
        column(
            "days",
            Kind::Count,
            "its days between the first sale and the last",
        ),
        column("transaction_count", Kind::Count, "distinct orders"),
        column("total_revenue", Kind::Money, "sales less returns"),
        column(
            "avg_transaction_value",
            Kind::Money,
            "total_revenue / transaction_count; null without any",
        ),
        column(
            "prev_month_revenue",
            Kind::Money,
            "total_revenue of the month before; null in the first",
        ),
        column(
            "revenue_growth_pct",
            Kind::Money,
            "month over month, in per cent of its magnitude; null from zero",
        ),
        column("revenue_per_day", Kind::Money, "total_revenue / days"),
    ],
    step: Step::whole(
        "trends_monthly",
        concat!(
            "WITH months AS (
               SELECT d.month_key AS period, d.year, d.month, COUNT(*) AS days,
                      SUM(e.transactions) AS transaction_count, SUM(e.net) AS total_revenue
               FROM days d JOIN every_day e ON d.day_number = e.day_number
               GROUP BY d.month_key, d.year, d.month),
             lagged AS (
               SELECT *, LAG(total_revenue, 1) OVER (ORDER BY period) AS before FROM months)
             SELECT period, year, month, days, transaction_count, total_revenue,
                    RATIO(total_revenue, transaction_count) AS avg_transaction_value,
                    before AS prev_month_revenue, ",
            growth!("total_revenue", "before"),
            " AS revenue_growth_pct, RATIO(total_revenue, days) AS revenue_per_day
             FROM lagged ORDER BY period"
        ),
    ),
};

const SEASONS: Table = Table {
    file: "seasonal_index",
    about: "One row for every weekday and every month of the year that there is: its mean revenue a \
            day as a ratio to the mean of all days. 1 is an ordinary day.",
    needs: &[],
    columns: &[
        column("season_type", Kind::Text, "weekday or month"),
        column("season", Kind::Count, "1 is Monday, or January"),
        column(
            "days",
            Kind::Count,
            "days between the first sale and the last",
        ),
        column("total_revenue", Kind::Money, "sales less returns"),
        column("revenue_per_day", Kind::Money, "total_revenue / days"),
        column(
            "seasonal_index",
            Kind::Money,
            "revenue_per_day / that of all days; null where that is not above zero",
        ),
    ],
    step: Step::whole(
        "trends_seasons",
        "WITH seasons AS (
           SELECT 'weekday' AS season_type, weekday AS season, COUNT(*) AS days,
                  SUM(net) AS total_revenue FROM every_day GROUP BY weekday
           UNION ALL
           SELECT 'month' AS season_type, month AS season, COUNT(*) AS days,
                  SUM(net) AS total_revenue FROM every_day GROUP BY month),
         everything AS (SELECT 1 AS one, COUNT(*) AS days, SUM(net) AS revenue FROM every_day),
         numbered AS (SELECT *, 1 AS one FROM seasons)
         SELECT s.season_type, s.season, s.days, s.total_revenue,
                RATIO(s.total_revenue, s.days) AS revenue_per_day,
                RATIO(s.total_revenue * e.days, CASE WHEN e.revenue > 0 THEN s.days * e.revenue END)
                  AS seasonal_index
         FROM numbered s JOIN everything e ON s.one = e.one
         ORDER BY season_type DESC, season",
    ),
};

const COUNTRIES: Table = Table {
    file: "countries",
    about: "One row for every country and day with a sale or a return.",
    needs: &[],
    columns: &[
        column("date", Kind::Date, "the day, UTC"),
        column(
            "country",
            Kind::Text,
            "the country; null where a record names none",
        ),
        column("transaction_count", Kind::Count, "distinct orders"),
        column("total_revenue", Kind::Money, "sales less returns"),
        column(
            "avg_transaction_value",
            Kind::Money,
            "total_revenue / transaction_count",
        ),
    ],
    step: Step::days(
        "trends_countries",
        "SELECT day_number, order_date AS date, country,
                COUNT(DISTINCT order_key) AS transaction_count,
                SUM(amount) AS total_revenue,
                RATIO(SUM(amount), COUNT(DISTINCT order_key)) AS avg_transaction_value
         FROM sales GROUP BY day_number, order_date, country ORDER BY date, country",
    ),
};
