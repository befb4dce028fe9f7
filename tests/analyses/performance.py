"""`store_performance`, `product_performance` and `inventory_kpis`."""

from fractions import Fraction

from figures import Table, dense, four, key, percent, ratio, share_of_ranks


def store_performance(shop):
    totals = shop.rows(
        """
        SELECT store, sum(money), count(DISTINCT order_no), count(DISTINCT customer),
            sum(pieces), sum(greatest(money, 0)), sum(greatest(-money, 0))
        FROM sales WHERE store IS NOT NULL GROUP BY store
        """
    )
    names = shop.store_names()
    sizes = {row[0]: shop.of_store(row[0], "square_footage") for row in totals}
    by_area = {
        store: ratio(net, int(sizes[store])) for store, net, *_ in totals if sizes[store]
    }
    by_area = {store: worth for store, worth in by_area.items() if worth is not None}
    ranks, lowest = dense([row[1] for row in totals])
    area_ranks, lowest_of_area = dense(by_area.values())
    rows = []
    for store, net, orders, customers, units, gross, back in totals:
        rank, per_area = ranks[net], by_area.get(store)
        efficiency = area_ranks.get(per_area)
        score = None
        if efficiency:
            shares = share_of_ranks(rank, lowest), share_of_ranks(efficiency, lowest_of_area)
            score = four(sum(shares) / 2)
        rows.append(
            (
                store,
                names[store],
                shop.of_store(store, "region"),
                int(sizes[store]) if sizes[store] else None,
                net,
                orders,
                customers,
                units,
                ratio(net, orders),
                ratio(net, customers),
                ratio(orders, customers),
                per_area,
                rank,
                efficiency,
                score,
                gross,
                back,
            )
        )
    rows.sort(key=lambda row: (row[12], key(row[0])))
    columns = """store_id text, store_name text, store_region text, store_size count,
        total_revenue money, total_transactions count, unique_customers count,
        total_quantity_sold money, avg_transaction_value money, revenue_per_customer money,
        transactions_per_customer money, revenue_per_sqft money, revenue_rank count,
        efficiency_rank count, overall_score money, gross_revenue money, returned_value money"""
    return {"store_performance": Table(columns, rows)}


def product_performance(shop):
    totals = shop.rows(
        """
        SELECT product, sum(pieces), sum(money), count(DISTINCT order_no),
            count(DISTINCT customer), sum(money) FILTER (kind = 'SALE' AND pieces IS NOT NULL),
            sum(pieces) FILTER (kind = 'SALE'), min(day) FILTER (kind = 'SALE'),
            max(day) FILTER (kind = 'SALE'), sum(greatest(money, 0)), sum(greatest(-money, 0))
        FROM sales GROUP BY product
        """
    )
    ((everybody,),) = shop.rows("SELECT count(DISTINCT customer) FROM sales")
    ranks, lowest = dense([row[2] for row in totals])
    unit_ranks, lowest_of_units = dense([row[1] or 0 for row in totals])
    rows = []
    for product, units, net, orders, customers, worth, sold, since, until, gross, back in totals:
        rank, unit_rank = ranks[net], unit_ranks[units or 0]
        shares = share_of_ranks(rank, lowest), share_of_ranks(unit_rank, lowest_of_units)
        rows.append(
            (
                product,
                shop.of_product(product, "product") or product,
                shop.category(product),
                shop.of_product(product, "brand"),
                units,
                net,
                orders,
                customers,
                ratio(worth, sold),
                since,
                until,
                ratio(units, orders),
                ratio(net, orders),
                percent(customers, everybody),
                rank,
                unit_rank,
                four(sum(shares) / 2),
                gross,
                back,
            )
        )
    rows.sort(key=lambda row: (row[14], key(row[0])))
    columns = """product_id text, product_name text, category_id text, brand text,
        total_quantity_sold money, total_revenue money, total_transactions count,
        unique_customers count, avg_selling_price money, first_sale_date date,
        last_sale_date date, avg_quantity_per_transaction money, revenue_per_transaction money,
        customer_penetration_rate money, revenue_rank count, quantity_rank count,
        performance_score money, gross_revenue money, returned_value money"""
    return {"product_performance": Table(columns, rows)}


def inventory_kpis(shop):
    latest = shop.rows(
        """
        SELECT store, product, told.category, told.level, told.reorder FROM (
            SELECT store, product,
                arg_max({category: category, level: level, reorder: reorder}, (time, nth)) AS told
            FROM stock_then GROUP BY store, product)
        """
    )
    groups = {}
    for store, product, named, level, reorder in latest:
        category = shop.category(product) or named
        group = (store, category, shop.of_product(product, "brand"))
        groups.setdefault(group, []).append((level, reorder))
    rows = []
    for group, levels in sorted(groups.items(), key=lambda item: tuple(map(key, item[0]))):
        out = sum(level <= 0 for level, _ in levels)
        points = [(level, point) for level, point in levels if point is not None]
        low = sum(level <= point for level, point in points) if points else None
        total = sum(Fraction(level) for level, _ in levels)
        rows.append(
            (
                *group,
                four(total),
                out,
                low,
                ratio(total, len(levels)),
                len(levels),
                percent(out, len(levels)),
                percent(low, len(levels)),
            )
        )
    columns = """store_id text, category_id text, brand text, total_stock money,
        out_of_stock_items count, low_stock_items count, avg_stock_level money,
        total_products count, out_of_stock_rate money, low_stock_rate money"""
    return {"inventory_kpis": Table(columns, rows)}
