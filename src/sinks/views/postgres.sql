-- What the replaced systems called things, over the tables that we write.

CREATE OR REPLACE VIEW transaction_anomalies AS
SELECT alert_id AS id, transaction_id, user_id, value AS amount, score AS anomaly_score,
       alert_type AS anomaly_type, detected_at, reason AS description
FROM anomalies;

CREATE OR REPLACE VIEW low_stock_alerts AS
SELECT alert_id AS id, store_id, product_id, value AS current_stock, threshold, alert_type,
       severity, detected_at AS alert_time, 'active'::text AS status
FROM inventory_alerts
WHERE alert_type IN ('OUT_OF_STOCK', 'CRITICAL_STOCK', 'LOW_STOCK');

CREATE INDEX IF NOT EXISTS inventory_metrics_latest
ON inventory_metrics (store_id, product_id, window_end DESC);

CREATE OR REPLACE VIEW inventory_status AS
SELECT DISTINCT ON (store_id, product_id)
       store_id, product_id, latest_stock AS current_stock, reorder_level, max_stock, stock_status,
       stock_percentage, window_end AS last_updated
FROM inventory_metrics
ORDER BY store_id, product_id, window_end DESC;

CREATE OR REPLACE VIEW session_metrics AS
SELECT session_id, user_id, start_time, end_time, duration_seconds, page_views, cart_adds,
       cart_removes, purchase_completed, abandoned, total_amount
FROM sessions;

CREATE OR REPLACE VIEW transactions AS
SELECT event_id AS transaction_id, user_id, event_time AS "timestamp", amount AS total_amount,
       category, country, payment_method
FROM events
WHERE event_type IN ('SALE', 'RETURN');

CREATE OR REPLACE VIEW customer_segments AS
SELECT user_id, country, recency, frequency, monetary, r_score, f_score, m_score, rfm_score,
       rfm_segment, segment_name, analysis_date
FROM rfm;

CREATE OR REPLACE VIEW product_performance AS
SELECT product_id, product_name, category, units_sold, total_revenue, avg_price,
       performance_score, rank_in_category, analysis_date
FROM products;

CREATE OR REPLACE VIEW sales_trends AS
SELECT 'daily'::text AS period_type, to_char(date, 'YYYY-MM-DD') AS period,
       total_revenue AS revenue, transaction_count AS transactions,
       revenue_growth_pct AS revenue_growth_rate
FROM trends_daily
UNION ALL
SELECT 'weekly', period, total_revenue, transaction_count, revenue_growth_pct FROM trends_weekly
UNION ALL
SELECT 'monthly', period, total_revenue, transaction_count, revenue_growth_pct FROM trends_monthly;

CREATE OR REPLACE VIEW dashboard_metrics AS
SELECT 'total_revenue'::text AS metric_name, sum(total_amount) AS metric_value,
       'money'::text AS metric_type, max(window_end) AS "timestamp"
FROM sales_metrics
UNION ALL
SELECT 'transactions', sum(transaction_count), 'count', max(window_end) FROM sales_metrics
UNION ALL
SELECT 'anomalies', count(*), 'count', max(detected_at) FROM anomalies
UNION ALL
SELECT 'low_stock_alerts', count(*), 'count', max(alert_time) FROM low_stock_alerts
UNION ALL
SELECT 'abandoned_carts', count(*), 'count', max(detected_at) FROM cart_abandonment
UNION ALL
SELECT 'sessions', count(*), 'count', max(end_time) FROM sessions;

-- daily_breakdown holds several tables in one, which must not be added up; these are one each.

CREATE OR REPLACE VIEW daily_totals AS
SELECT order_date, sales, returns, units, gross, returned, net, min_sale, max_sale
FROM daily_breakdown
WHERE "grouping" = 'day';

CREATE OR REPLACE VIEW daily_by_store AS
SELECT order_date, store, store_city, sales, returns, units, gross, returned, net, min_sale,
       max_sale
FROM daily_breakdown
WHERE "grouping" = 'store';

CREATE OR REPLACE VIEW daily_by_category AS
SELECT order_date, category, sales, returns, units, gross, returned, net, min_sale, max_sale
FROM daily_breakdown
WHERE "grouping" = 'category';

CREATE OR REPLACE VIEW daily_by_country AS
SELECT order_date, country, sales, returns, units, gross, returned, net, min_sale, max_sale
FROM daily_breakdown
WHERE "grouping" = 'country';

CREATE OR REPLACE VIEW daily_by_hour AS
SELECT order_date, hour, sales, returns, units, gross, returned, net, min_sale, max_sale
FROM daily_breakdown
WHERE "grouping" = 'hour';

CREATE OR REPLACE VIEW hourly_sales_trend AS
SELECT date_trunc('hour', window_start, 'UTC') AS hour,
       sum(transaction_count) AS transaction_count, sum(total_amount) AS total_revenue
FROM sales_metrics
GROUP BY 1;
