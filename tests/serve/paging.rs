//! Lists come in pages, and the pages give every row once.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::common::Shop;
use crate::world::{Server, shop};

/// Every `(date, category, country)` of the input, and every product.
fn input(shop: &Shop) -> (BTreeSet<(String, String, String)>, BTreeSet<String>) {
    let (mut cells, mut products) = (BTreeSet::new(), BTreeSet::new());
    for (name, content) in shop.tree("data/input") {
        if !name.ends_with(".csv") {
            continue;
        }
        let mut reader = csv::Reader::from_reader(&*content);
        let header = reader.headers().unwrap().clone();
        let column = |name| header.iter().position(|column| column == name).unwrap();
        let names = ["order_date", "category", "country", "product"].map(column);
        for record in reader.records() {
            let record = record.unwrap();
            let [date, category, country, product] = names.map(|at| record[at].to_owned());
            cells.insert((date, category, country));
            products.insert(product);
        }
    }
    (cells, products)
}

/// Every row, page by page, as the answers lead on.
fn walk(server: &Server, path: &str, limit: usize, total: usize) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let answer = server.v1(&path);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        assert_eq!(answer.header("x-total-count"), Some(&*total.to_string()));
        let page = answer.json();
        let page = page.as_array().unwrap();
        rows.extend(page.iter().cloned());
        next = answer.header("link").map(|link| {
            let rest = link.strip_prefix("</api/v1").expect("a path of the API");
            rest.strip_suffix(">; rel=\"next\"")
                .expect("the next")
                .to_owned()
        });
        // Only the last page may be shorter, and none is empty.
        let full = if next.is_some() {
            limit
        } else {
            (total - 1) % limit + 1
        };
        assert_eq!(page.len(), full, "{path}");
        assert!(rows.len() <= total, "{path}");
    }
    rows
}

#[test]
fn pages_give_every_row_once() {
    let shop = shop();
    let (cells, products) = input(&shop);
    assert!(
        cells.len() > 20 && products.len() > 20,
        "enough for several pages"
    );
    let server = Server::keyed(&shop, &[]);
    for (path, total) in [
        ("/sales/metrics", cells.len()),
        ("/products/performance", products.len()),
    ] {
        let whole = walk(&server, &format!("{path}?limit=1000"), 1000, total);
        for limit in [1, 7, total - 1, total, total + 1] {
            let limit = limit.min(1000);
            let rows = walk(&server, &format!("{path}?limit={limit}"), limit, total);
            assert_eq!(rows, whole, "{path} {limit}");
        }
        let begun = walk_from(&server, path, total);
        assert_eq!(begun, whole[3..], "{path}");
    }
    let rows = walk(&server, "/sales/metrics?limit=7", 7, cells.len());
    let told = rows.iter().map(|row| {
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        let start = text("window_start");
        let date = start.strip_suffix("T00:00:00Z").unwrap().to_owned();
        (date, text("category"), text("country"))
    });
    assert_eq!(told.collect::<BTreeSet<_>>(), cells);
    let rows = walk(&server, "/products/performance?limit=7", 7, products.len());
    let told = rows
        .iter()
        .map(|row| row["product_name"].as_str().unwrap().to_owned());
    assert_eq!(told.collect::<BTreeSet<_>>(), products);
}

/// All but the first three rows.
fn walk_from(server: &Server, path: &str, total: usize) -> Vec<Value> {
    let answer = server.v1(&format!("{path}?offset=3&limit=1000"));
    assert_eq!(answer.header("x-total-count"), Some(&*total.to_string()));
    assert_eq!(answer.header("link"), None);
    answer.json().as_array().unwrap().clone()
}

#[test]
fn the_next_page_is_of_the_same_list() {
    let shop = shop();
    let (cells, _) = input(&shop);
    let server = Server::keyed(&shop, &[]);
    let (date, category, _) = cells.last().unwrap();
    let encoded = category.replace(' ', "%20").replace('&', "%26");
    let query = format!("/sales/metrics?limit=1&category={encoded}&start_date={date}");
    let of_list = |cell: &&(String, String, String)| cell.0 == *date && cell.1 == *category;
    let expected = cells.iter().filter(of_list).count();
    let rows = walk(&server, &query, 1, expected);
    assert_eq!(rows.len(), expected);
    assert!(rows.iter().all(|row| row["category"] == **category));
}

#[test]
fn a_page_behind_the_end_is_empty() {
    let shop = shop();
    let (cells, _) = input(&shop);
    let server = Server::keyed(&shop, &[]);
    for offset in [cells.len(), cells.len() + 1, 1_000_000_000] {
        let answer = server.v1(&format!("/sales/metrics?offset={offset}"));
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json(), serde_json::json!([]));
        assert_eq!(answer.header("link"), None);
        assert_eq!(
            answer.header("x-total-count"),
            Some(&*cells.len().to_string())
        );
    }
}
