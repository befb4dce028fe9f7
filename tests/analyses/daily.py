"""`daily_kpis`, `daily_sales` and `daily_report`."""

from figures import Table, dense, key, percent, ratio


def daily_kpis(shop):
    days = shop.rows(
        """
        FROM sales
        SELECT day, count(DISTINCT order_no), count(*) FILTER (kind = 'SALE'),
            count(*) FILTER (kind = 'RETURN'), count(DISTINCT customer),
            count(*) FILTER (kind = 'SALE' AND customer IS NULL), count(DISTINCT product),
            count(DISTINCT store), sum(pieces), coalesce(sum(money) FILTER (kind = 'SALE'), 0),
            coalesce(-sum(money) FILTER (kind = 'RETURN'), 0), sum(money)
        GROUP BY day ORDER BY day
        """
    )
    rows = [(*day, ratio(day[11], day[1]), ratio(day[11], day[4])) for day in days]
    columns = """order_date date, transactions count, sales count, returns count,
        customers count, anonymous_sales count, products count, stores count, units money,
        gross_revenue money, returned_value money, net_revenue money,
        avg_transaction_value money, revenue_per_customer money"""
    return {"daily_kpis": Table(columns, rows)}


def daily_sales(shop):
    cells = shop.rows(
        """
        WITH told AS (
            SELECT *, kind = 'SALE' AS sold, kind = 'SALE' AND pieces IS NOT NULL AS counted
            FROM sales)
        SELECT day, store, product, sum(pieces), sum(money), list_unique(list(order_no)),
            len(list_distinct(list(customer))), sum(money) FILTER (counted),
            sum(pieces) FILTER (counted), coalesce(sum(money) FILTER (sold), 0),
            coalesce(-sum(money) FILTER (NOT sold), 0)
        FROM told GROUP BY ALL
        """
    )
    rows = []
    for day, store, product, units, net, orders, customers, worth, sold, gross, back in cells:
        rows.append(
            (
                day,
                store,
                shop.of_store(store, "region"),
                product,
                shop.category(product),
                shop.of_product(product, "brand"),
                units,
                net,
                orders,
                customers,
                ratio(worth, sold),
                ratio(net, orders),
                ratio(net, customers),
                gross,
                back,
            )
        )
    rows.sort(key=lambda row: (row[0], key(row[1]), key(row[3])))
    columns = """sale_date date, store_id text, store_region text, product_id text,
        category_id text, brand text, daily_quantity money, daily_revenue money,
        daily_transactions count, daily_customers count, avg_unit_price money,
        avg_transaction_value money, revenue_per_customer money, gross_revenue money,
        returned_value money"""
    return {"daily_sales": Table(columns, rows)}


def daily_report(shop):
    ((revenue, orders, customers),) = shop.rows(
        """
        SELECT coalesce(sum(money), 0), count(DISTINCT order_no), count(DISTINCT customer)
        FROM sales WHERE day = ?
        """,
        shop.as_of,
    )

    def among(column, most):
        sums = shop.rows(
            f"SELECT {column}, sum(money) FROM sales WHERE day = ? AND {column} IS NOT NULL "
            "GROUP BY 1",
            shop.as_of,
        )
        places, _ = dense([worth for _, worth in sums])
        return sum(places[worth] <= most for _, worth in sums)

    latest = shop.rows(
        "SELECT level, reorder FROM stock_then QUALIFY row_number() OVER "
        "(PARTITION BY store, product ORDER BY time DESC, nth DESC) = 1"
    )
    told = [(level, reorder) for level, reorder in latest if reorder is not None]
    row = (
        shop.as_of,
        revenue,
        orders,
        customers,
        ratio(revenue, orders),
        ratio(revenue, customers),
        percent(sum(level <= 0 for level, _ in latest), len(latest)),
        percent(sum(level <= reorder for level, reorder in told), len(told)),
        among("product", 10),
        among("store", 5),
    )
    columns = """report_date date, total_revenue money, total_transactions count,
        total_customers count, avg_transaction_value money, revenue_per_customer money,
        avg_out_of_stock_rate money, avg_low_stock_rate money, top_products_count count,
        top_stores_count count"""
    return {"daily_report": Table(columns, [row])}
