"""`products` and `returns`."""

from fractions import Fraction

from figures import Table, four, key, percent, ratio, share


def rating(share):
    if share is None:
        return None
    limits = (20, "Excellent"), (10, "Good"), (5, "Average")
    return next((name for limit, name in limits if share >= limit), "Below Average")


def products(shop):
    recent = shop.rows(
        """
        SELECT product, sum(pieces), sum(money), count(DISTINCT day) FILTER (kind = 'SALE')
        FROM sales WHERE day BETWEEN ?::DATE - 29 AND ?::DATE GROUP BY product
        """,
        shop.as_of,
        shop.as_of,
    )
    by_category = {}
    for row in recent:
        by_category.setdefault(shop.category(row[0]), []).append(row)
    rows = []
    for category, members in by_category.items():
        whole = sum(Fraction(row[2]) for row in members)
        members.sort(key=lambda row: (-row[2], row[0].encode()))
        for place, (product, units, net, days) in enumerate(members, 1):
            part, per_day = share(net, whole), ratio(net, days)
            rows.append(
                (
                    product,
                    shop.of_product(product, "product") or product,
                    category,
                    units,
                    net,
                    ratio(net, units) if (units or 0) > 0 else None,
                    four(Fraction(net) / 1000 + Fraction(units or 0) / 10),
                    place,
                    days,
                    per_day,
                    (per_day or 0) > 1000,
                    part,
                    rating(part),
                    shop.as_of,
                )
            )
    rows.sort(key=lambda row: (-row[4], key(row[0])))
    columns = """product_id text, product_name text, category text, units_sold money,
        total_revenue money, avg_price money, performance_score money, rank_in_category count,
        days_sold count, revenue_per_day money, rising_star flag, revenue_share money,
        performance_rating text, analysis_date date"""
    return {
        "products": Table(columns, rows),
        "categories": categories(shop, by_category),
    }


def categories(shop, by_category):
    sold = shop.rows(
        "SELECT DISTINCT product, order_no FROM sales WHERE day BETWEEN ?::DATE - 29 AND ?::DATE",
        shop.as_of,
        shop.as_of,
    )
    orders = {}
    for product, order in sold:
        orders.setdefault(shop.category(product), set()).add(order)
    sums = {
        category: (sum(Fraction(row[2]) for row in members), len(orders[category]))
        for category, members in by_category.items()
    }
    whole = sum(net for net, _ in sums.values())
    rows = []
    in_order = sorted(sums.items(), key=lambda item: (-item[1][0], key(item[0])))
    for place, (category, (net, orders)) in enumerate(in_order, 1):
        part, count = share(net, whole), len(by_category[category])
        means = ratio(net, orders)
        mark = rating(part)
        rows.append((category, four(net), orders, means, count, part, place, mark, shop.as_of))
    columns = """category text, total_revenue money, total_transactions count,
        avg_order_value money, data_points count, revenue_share money, rank count,
        performance_rating text, analysis_date date"""
    return Table(columns, rows)


def returns(shop):
    counted = shop.rows(
        """
        PIVOT (SELECT product, kind, money FROM sales) ON kind IN ('SALE', 'RETURN')
        USING count(*) AS lines, coalesce(sum(abs(money)), 0) AS worth
        GROUP BY product
        """
    )

    def row(names, sold, worth, came_back, value):
        rate, net = percent(came_back, sold), Fraction(worth) - Fraction(value)
        return (
            *names,
            sold,
            came_back,
            rate,
            four(worth),
            four(value),
            four(net),
            percent(value, worth),
        )

    def highest_first(rate, name):
        return (rate is None, -(rate or 0), key(name))

    rows = [row((shop.category(product), product), *rest) for product, *rest in counted]
    rows.sort(key=lambda row: highest_first(row[4], row[1]))
    sums = {}
    for product, *rest in counted:
        before = sums.get(shop.category(product), (0, 0, 0, 0))
        sums[shop.category(product)] = tuple(map(sum, zip(before, rest)))
    by_category = [row((category,), *rest) for category, rest in sums.items()]
    by_category.sort(key=lambda row: highest_first(row[3], row[0]))
    columns = """sales_count count, return_count count, return_rate_pct money,
        total_sales_revenue money, total_return_value money, net_revenue money,
        value_rate_pct money"""
    return {
        "returns": Table("category text, product_id text, " + columns, rows),
        "categories": Table("category text, " + columns, by_category),
    }
