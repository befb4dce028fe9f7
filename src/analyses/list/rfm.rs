//! `rfm`.

use crate::analyses::spec::{Analysis, Kind, Need, Step, Table, column};

/// The analysis.
pub const ANALYSIS: Analysis = Analysis {
    name: "rfm",
    about: "customers by recency, frequency and money, in segments",
    source: "RFM job of the online shop's warehouse; ties and the order of the segments mended",
    needs: &[Need::Customers],
    tables: &[CUSTOMERS, SEGMENTS, COVERAGE],
    example: "\
Ten customers who last bought 0, 1, 2, … 9 days ago: nobody is worse than the last, 9 are worse than \
the first, so the scores by recency are 1 + 5 * 9 / 10 = 5 (rounded down) for the first, 1 for the last \
two. If all ten bought once, all share f_score 1.",
};

const CUSTOMERS: Table = Table {
    file: "rfm",
    about: "One row for every customer with a purchase up to the date. A score is 1 + 5 * worse / all, \
            rounded down, where `worse` is how many customers do strictly worse: equal values share a \
            score, and a score of 5 means that four fifths do worse. The segment is the first of: \
            r>=4 f>=4 m>=4 Champions; r>=3 f>=3 m>=3 Loyal Customers; r>=3 f<=3 m<=3 Potential \
            Loyalists; r>=4 f=1 New Customers; r<=2 f>=4 m>=4 Cannot Lose Them; r<=2 f>=3 m>=3 At \
            Risk; r<=2 f<=2 Hibernating; else Lost.",
    needs: &[],
    columns: &[
        column("user_id", Kind::Text, "the customer"),
        column(
            "country",
            Kind::Text,
            "where it buys, else where it returns; of several the first by name",
        ),
        column(
            "recency",
            Kind::Count,
            "whole days from the last purchase to the date",
        ),
        column("frequency", Kind::Count, "distinct orders with a sale"),
        column("monetary", Kind::Money, "sales less returns"),
        column(
            "r_score",
            Kind::Count,
            "1 to 5; the more recent, the higher",
        ),
        column("f_score", Kind::Count, "1 to 5"),
        column("m_score", Kind::Count, "1 to 5"),
        column("rfm_score", Kind::Text, "the three digits"),
        column("rfm_segment", Kind::Text, "the segment's name"),
        column("segment_name", Kind::Text, "the same"),
        column(
            "analysis_date",
            Kind::Date,
            "the date that is looked back from",
        ),
    ],
    step: Step::whole(
        "rfm",
        "WITH measured AS (
           SELECT customer_id AS user_id, country, {as_of_day} - last_day AS recency,
                  purchases AS frequency, net AS monetary, 1 AS one
           FROM customers_as_of WHERE purchases > 0),
         everybody AS (SELECT 1 AS one, COUNT(*) AS customers FROM measured),
         worse AS (
           SELECT *,
                  RANK() OVER (ORDER BY recency DESC) - 1 AS r,
                  RANK() OVER (ORDER BY frequency) - 1 AS f,
                  RANK() OVER (ORDER BY monetary) - 1 AS m
           FROM measured),
         scored AS (
           SELECT w.user_id, w.country, w.recency, w.frequency, w.monetary,
                  1 + DIV(5 * w.r, e.customers) AS r_score,
                  1 + DIV(5 * w.f, e.customers) AS f_score,
                  1 + DIV(5 * w.m, e.customers) AS m_score
           FROM worse w JOIN everybody e ON w.one = e.one),
         named AS (
           SELECT *, CASE
               WHEN r_score >= 4 AND f_score >= 4 AND m_score >= 4 THEN 'Champions'
               WHEN r_score >= 3 AND f_score >= 3 AND m_score >= 3 THEN 'Loyal Customers'
               WHEN r_score >= 3 AND f_score <= 3 AND m_score <= 3 THEN 'Potential Loyalists'
               WHEN r_score >= 4 AND f_score = 1 THEN 'New Customers'
               WHEN r_score <= 2 AND f_score >= 4 AND m_score >= 4 THEN 'Cannot Lose Them'
               WHEN r_score <= 2 AND f_score >= 3 AND m_score >= 3 THEN 'At Risk'
               WHEN r_score <= 2 AND f_score <= 2 THEN 'Hibernating'
               ELSE 'Lost' END AS rfm_segment
           FROM scored)
         SELECT user_id, country, recency, frequency, monetary, r_score, f_score, m_score,
                CAST(100 * r_score + 10 * f_score + m_score AS VARCHAR) AS rfm_score,
                rfm_segment, rfm_segment AS segment_name, {as_of} AS analysis_date
         FROM named ORDER BY user_id",
    ),
};

const SEGMENTS: Table = Table {
    file: "segment_summary",
    about: "One row for every segment that has customers, the most revenue first.",
    needs: &[],
    columns: &[
        column("segment_name", Kind::Text, "the segment"),
        column("customer_count", Kind::Count, "customers in it"),
        column("avg_recency", Kind::Money, "mean of recency"),
        column("avg_frequency", Kind::Money, "mean of frequency"),
        column("avg_monetary", Kind::Money, "mean of monetary"),
        column("total_revenue", Kind::Money, "Σ of monetary"),
        column(
            "customer_share",
            Kind::Money,
            "of all customers, in per cent",
        ),
        column(
            "revenue_share",
            Kind::Money,
            "of the revenue of all customers, in per cent; null where that is not above zero",
        ),
        column(
            "analysis_date",
            Kind::Date,
            "the date that is looked back from",
        ),
    ],
    step: Step::whole(
        "segment_summary",
        "WITH everybody AS (
           SELECT 1 AS one, COUNT(*) AS customers, SUM(monetary) AS revenue FROM rfm),
         segments AS (
           SELECT 1 AS one, segment_name, COUNT(*) AS customer_count, SUM(recency) AS recency,
                  SUM(frequency) AS frequency, SUM(monetary) AS total_revenue
           FROM rfm GROUP BY segment_name)
         SELECT s.segment_name, s.customer_count, RATIO(s.recency, s.customer_count) AS avg_recency,
                RATIO(s.frequency, s.customer_count) AS avg_frequency,
                RATIO(s.total_revenue, s.customer_count) AS avg_monetary, s.total_revenue,
                RATIO(100 * s.customer_count, e.customers) AS customer_share,
                RATIO(100 * s.total_revenue, CASE WHEN e.revenue > 0 THEN e.revenue END) AS revenue_share,
                {as_of} AS analysis_date
         FROM segments s JOIN everybody e ON s.one = e.one
         ORDER BY total_revenue DESC, segment_name",
    ),
};

const COVERAGE: Table = Table {
    file: "coverage",
    about: "One row: how much of the revenue up to the date the customers stand for. What has no \
            customer is in no segment.",
    needs: &[],
    columns: &[
        column(
            "analysis_date",
            Kind::Date,
            "the date that is looked back from",
        ),
        column("customers", Kind::Count, "customers in segments"),
        column(
            "customers_without_purchase",
            Kind::Count,
            "customers who only returned, in no segment",
        ),
        column("revenue", Kind::Money, "sales less returns, of all"),
        column("customer_revenue", Kind::Money, "of it with a customer"),
        column("anonymous_revenue", Kind::Money, "of it without one"),
        column(
            "anonymous_revenue_share",
            Kind::Money,
            "in per cent of revenue; null where that is not above zero",
        ),
        column("sales", Kind::Count, "lines that are sales"),
        column("anonymous_sales", Kind::Count, "of them without a customer"),
        column(
            "anonymous_sales_share",
            Kind::Money,
            "in per cent of sales; null without any",
        ),
    ],
    step: Step::whole(
        "rfm_coverage",
        "WITH totals AS (
           SELECT 1 AS one, COALESCE(SUM(net), 0) AS net,
                  COALESCE(SUM(anonymous_net), 0) AS anonymous_net,
                  COALESCE(SUM(sales), 0) AS sales,
                  COALESCE(SUM(anonymous_sales), 0) AS anonymous_sales
           FROM day_totals WHERE day_number <= {as_of_day}),
         known AS (
           SELECT 1 AS one,
                  COALESCE(SUM(CASE WHEN purchases > 0 THEN 1 ELSE 0 END), 0) AS customers,
                  COALESCE(SUM(CASE WHEN purchases > 0 THEN 0 ELSE 1 END), 0) AS idle
           FROM customers_as_of)
         SELECT {as_of} AS analysis_date, k.customers, k.idle AS customers_without_purchase,
                t.net AS revenue, t.net - t.anonymous_net AS customer_revenue,
                t.anonymous_net AS anonymous_revenue,
                RATIO(100 * t.anonymous_net, CASE WHEN t.net > 0 THEN t.net END)
                  AS anonymous_revenue_share,
                t.sales, t.anonymous_sales,
                RATIO(100 * t.anonymous_sales, t.sales) AS anonymous_sales_share
         FROM totals t JOIN known k ON t.one = k.one",
    ),
};
