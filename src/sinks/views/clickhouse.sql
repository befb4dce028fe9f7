-- What the replaced systems called things, over the tables that we write. {lake} is the Parquet that
-- stream --job events keeps on S3, or nothing. (Without the setting, a query waits for minutes when S3
-- is away.)

CREATE OR REPLACE VIEW retail_events_realtime AS
SELECT sequence, topic, partition_number, message_offset, event_time, store_id, product_id,
       category, event_type AS transaction_type, abs(quantity) AS quantity, unit_price, amount
FROM events
WHERE event_type IN ('SALE', 'RETURN', 'RESTOCK');

CREATE OR REPLACE VIEW retail_events_historical AS
SELECT sequence, topic, partition_number, message_offset, event_time, store_id, product_id,
       category, event_type AS transaction_type, abs(quantity) AS quantity, unit_price, amount
FROM {lake}
WHERE event_type IN ('SALE', 'RETURN', 'RESTOCK')
SETTINGS s3_retry_attempts = 3;

CREATE OR REPLACE VIEW retail_archived AS
SELECT coalesce(max(sequence) + 1, 0) AS events FROM {lake}
SETTINGS s3_retry_attempts = 3;

CREATE OR REPLACE VIEW retail_events_unified AS
SELECT event_time, store_id, product_id, category, transaction_type, quantity, unit_price,
       'historical' AS source, amount
FROM retail_events_historical
WHERE sequence < (SELECT events FROM retail_archived)
UNION ALL
SELECT event_time, store_id, product_id, category, transaction_type, quantity, unit_price,
       'realtime' AS source, amount
FROM retail_events_realtime
WHERE sequence >= (SELECT events FROM retail_archived);

CREATE OR REPLACE VIEW sales_by_category AS
SELECT category, transaction_type, count() AS transaction_count, sum(quantity) AS total_quantity,
       sum(amount) AS total_revenue, avg(toFloat64(unit_price)) AS avg_unit_price
FROM retail_events_unified
WHERE transaction_type = 'SALE'
GROUP BY category, transaction_type;

CREATE OR REPLACE VIEW sales_by_store AS
SELECT store_id, count() AS transaction_count, sum(quantity) AS total_quantity,
       sum(amount) AS total_revenue
FROM retail_events_unified
WHERE transaction_type = 'SALE'
GROUP BY store_id;

CREATE OR REPLACE VIEW hourly_sales_trend AS
SELECT toStartOfHour(event_time) AS hour, count() AS transaction_count,
       sum(quantity) AS total_quantity, sum(amount) AS total_revenue
FROM retail_events_unified
WHERE transaction_type = 'SALE'
GROUP BY hour
ORDER BY hour DESC;

CREATE OR REPLACE VIEW product_performance AS
SELECT product_id, category, count() AS transaction_count, sum(quantity) AS total_quantity,
       sum(amount) AS total_revenue, avg(toFloat64(unit_price)) AS avg_unit_price
FROM retail_events_unified
WHERE transaction_type = 'SALE'
GROUP BY product_id, category
ORDER BY total_revenue DESC;

CREATE OR REPLACE VIEW return_rate_analysis AS
SELECT category, product_id, countIf(transaction_type = 'SALE') AS sales_count,
       countIf(transaction_type = 'RETURN') AS return_count,
       round(100 * return_count / sales_count, 4) AS return_rate_pct,
       sumIf(amount, transaction_type = 'SALE') AS total_sales_revenue,
       -sumIf(amount, transaction_type = 'RETURN') AS total_return_value
FROM retail_events_unified
GROUP BY category, product_id
HAVING sales_count > 0
ORDER BY return_rate_pct DESC;

CREATE OR REPLACE VIEW peak_hours_by_day AS
SELECT toDayOfWeek(event_time) AS day_of_week, toHour(event_time) AS hour,
       count() AS transaction_count, sum(amount) AS revenue,
       divideDecimal(sum(amount), toDecimal64(count(), 0), 4) AS avg_basket_value
FROM retail_events_unified
WHERE transaction_type = 'SALE'
GROUP BY day_of_week, hour
ORDER BY day_of_week, hour;

CREATE OR REPLACE VIEW store_performance_comparison AS
SELECT store_id, toDate(event_time) AS date, countIf(transaction_type = 'SALE') AS sales_count,
       countIf(transaction_type = 'RETURN') AS return_count,
       sumIf(amount, transaction_type = 'SALE') AS daily_revenue,
       if(sales_count = 0, NULL,
          divideDecimal(daily_revenue, toDecimal64(greatest(sales_count, 1), 0), 4))
           AS avg_transaction_value,
       sum(quantity) AS total_items_moved
FROM retail_events_unified
WHERE toDate(event_time) > (SELECT max(toDate(event_time)) FROM retail_events_unified) - 30
GROUP BY store_id, date
ORDER BY date DESC, daily_revenue DESC;

CREATE OR REPLACE VIEW sales_anomaly_detection AS
SELECT hour, category, hourly_revenue, mean_revenue, std_revenue,
       if(std_revenue > 0, (toFloat64(hourly_revenue) - mean_revenue) / std_revenue, NULL)
           AS z_score
FROM (
    SELECT hour, category, hourly_revenue,
           avg(toFloat64(hourly_revenue)) OVER recent AS mean_revenue,
           stddevPop(toFloat64(hourly_revenue)) OVER recent AS std_revenue,
           max(hour) OVER () AS newest
    FROM (
        SELECT toStartOfHour(event_time) AS hour, category, sum(amount) AS hourly_revenue
        FROM retail_events_unified
        WHERE transaction_type = 'SALE'
        GROUP BY hour, category
    )
    WINDOW recent AS (
        PARTITION BY category ORDER BY hour ROWS BETWEEN 24 PRECEDING AND CURRENT ROW
    )
)
WHERE hour > newest - INTERVAL 7 DAY
ORDER BY hour DESC, category;

CREATE OR REPLACE VIEW raw_sales_events AS
SELECT event_id AS sale_id, store_id, product_id, user_id AS customer_id, quantity, unit_price,
       amount AS total_amount, event_time AS sale_timestamp, payment_method, event_uuid
FROM events
WHERE event_type IN ('SALE', 'RETURN');

CREATE OR REPLACE VIEW raw_inventory_events AS
SELECT event_id AS inventory_id, store_id, product_id, stock AS current_stock,
       event_time AS update_timestamp, event_uuid
FROM events
WHERE event_type = 'STOCK';

CREATE OR REPLACE VIEW spark_sales_metrics AS SELECT * FROM sales;

CREATE OR REPLACE VIEW spark_inventory_metrics AS SELECT * FROM inventory_metrics;

CREATE OR REPLACE VIEW spark_streaming_alerts AS
SELECT alert_id, alert_type, severity, store_id, product_id, value AS current_value,
       threshold AS threshold_value, reason AS message, detected_at AS timestamp
FROM inventory_alerts
UNION ALL
SELECT alert_id, alert_type, severity, store_id, product_id, value, threshold, reason, detected_at
FROM anomalies;

CREATE OR REPLACE VIEW daily_sales_summary AS
SELECT f.date_key AS date_key, s.store_id AS store_id, p.category AS category,
       count() AS transactions, sum(f.quantity) AS total_quantity, sum(f.revenue) AS total_revenue,
       sum(f.profit) AS total_profit
FROM fact_sales AS f
LEFT JOIN dim_store AS s ON f.store_key = s.store_key
LEFT JOIN dim_product AS p ON f.product_key = p.product_key
GROUP BY date_key, store_id, category;

CREATE OR REPLACE VIEW current_inventory AS
SELECT store_id, product_id, argMax(latest_stock, window_end) AS quantity_on_hand,
       argMax(reorder_level, window_end) AS reorder_point,
       argMax(stock_status, window_end) AS stock_status, max(window_end) AS last_updated
FROM inventory_metrics
GROUP BY store_id, product_id;

CREATE OR REPLACE VIEW low_stock_alerts AS
SELECT alert_id, store_id, product_id, value AS current_stock, threshold, alert_type, severity,
       detected_at
FROM inventory_alerts
WHERE alert_type IN ('OUT_OF_STOCK', 'CRITICAL_STOCK', 'LOW_STOCK');

CREATE OR REPLACE VIEW category_performance AS
SELECT category, total_revenue, total_transactions, avg_order_value, revenue_share, rank
FROM products_categories;

CREATE OR REPLACE VIEW store_comparison AS
SELECT store_id, store_name, store_region, total_revenue, total_transactions, revenue_per_sqft,
       revenue_rank, efficiency_rank
FROM store_performance;

CREATE OR REPLACE VIEW seasonal_sales_patterns AS SELECT * FROM trends_seasonal_index;

CREATE OR REPLACE VIEW customer_behavior_analysis AS
SELECT customer_id, country, segment, total_purchases, total_spent, first_purchase_date,
       last_purchase_date
FROM dim_customer;

-- daily_breakdown holds several tables in one, which must not be added up; these are one each.

CREATE OR REPLACE VIEW daily_totals AS
SELECT order_date, sales, returns, units, gross, returned, net, min_sale, max_sale
FROM daily_breakdown
WHERE grouping = 'day';

CREATE OR REPLACE VIEW daily_by_store AS
SELECT order_date, store, store_city, sales, returns, units, gross, returned, net, min_sale,
       max_sale
FROM daily_breakdown
WHERE grouping = 'store';

CREATE OR REPLACE VIEW daily_by_category AS
SELECT order_date, category, sales, returns, units, gross, returned, net, min_sale, max_sale
FROM daily_breakdown
WHERE grouping = 'category';

CREATE OR REPLACE VIEW daily_by_country AS
SELECT order_date, country, sales, returns, units, gross, returned, net, min_sale, max_sale
FROM daily_breakdown
WHERE grouping = 'country';

CREATE OR REPLACE VIEW daily_by_hour AS
SELECT order_date, hour, sales, returns, units, gross, returned, net, min_sale, max_sale
FROM daily_breakdown
WHERE grouping = 'hour';

CREATE DATABASE IF NOT EXISTS {orders};

CREATE OR REPLACE VIEW {orders}.sales AS
SELECT source, state, total_sum_amount,
       (SELECT max(updated_at) FROM {database}.retail_outputs WHERE table_name = 'orders')
           AS updated_at
FROM {database}.orders;

CREATE OR REPLACE VIEW {orders}.order_table AS
SELECT toUUID(assumeNotNull(event_uuid)) AS uuid, user_id AS customer_id, source, quantity,
       amount AS total, event_time AS created_at
FROM {database}.events
WHERE event_type = 'ORDER';
