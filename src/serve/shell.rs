//! Pages put together: what they share stands once, and each brings what is its own.

use std::sync::LazyLock;

use axum::response::Html;

use super::analyses::Topic as Analysis;
use super::shop::pages::Topic;

/// What all pages with links to each other share.
const SHELL: &str = include_str!("pages/shell.html");
/// The links to the pages of one dashboard.
const TABS: &str = include_str!("pages/tabs.html");
/// What pages below them share, but for the first of the batch dashboard.
const FRAME: &str = include_str!("pages/frame.html");

/// The dashboards, as links call them and as people do.
const DASHBOARDS: [(&str, &str); 3] = [("batch", "Sales"), ("live", "Live"), ("docs", "API")];

/// A page, as far as it differs from others.
struct Page<'a> {
    title: &'a str,
    description: &'a str,
    content: &'a str,
}

/// A dashboard of several pages.
struct Area {
    /// What links call it.
    name: &'static str,
    /// What people call it.
    word: &'static str,
    /// What its first page is called in its tabs.
    first: &'static str,
    /// Said until there are figures.
    waiting: &'static str,
}

const BATCH: Area = Area {
    name: "batch",
    word: "Sales",
    first: "Revenue",
    waiting: "Reading the figures…",
};
const LIVE: Area = Area {
    name: "live",
    word: "Live",
    first: "Revenue",
    waiting: "Waiting for the stream…",
};

/// The first page of the batch dashboard.
pub async fn sales() -> Html<&'static str> {
    static PAGE: LazyLock<String> = LazyLock::new(|| {
        let tabs = tabs(&BATCH, "/");
        let page = Page {
            title: "Sales",
            description: "Revenue by day, product, store, category and country",
            content: &(tabs + include_str!("pages/batch.html")),
        };
        whole(&page, BATCH.name, ("batch", "batch"))
    });
    Html(&PAGE)
}

/// A page of an analysis.
pub fn analysis(topic: Analysis) -> Html<&'static str> {
    static PAGES: LazyLock<[String; Analysis::ALL.len()]> = LazyLock::new(|| {
        Analysis::ALL.map(|topic| {
            let (path, name) = (analysis_path(topic), topic.name());
            let addresses = (path.as_str(), &*format!("/api{path}"));
            let script = format!("analysis-{name}");
            framed(
                &BATCH,
                &analysis_page(topic),
                addresses,
                ("analysis", &script),
            )
        })
    });
    Html(&PAGES[topic as usize])
}

/// The first page of the live dashboard.
pub async fn live() -> Html<&'static str> {
    static PAGE: LazyLock<String> = LazyLock::new(|| {
        let page = Page {
            title: "Live",
            description: "Rolling product revenue of the stream, as it happens",
            content: include_str!("pages/live.html"),
        };
        framed(&LIVE, &page, ("/", "/api/live"), ("live", "live"))
    });
    Html(&PAGE)
}

/// A page of the live shop.
pub fn shop(topic: Topic) -> Html<&'static str> {
    static PAGES: LazyLock<[String; Topic::ALL.len()]> = LazyLock::new(|| {
        Topic::ALL.map(|topic| {
            let (path, name) = (path(topic), topic.name());
            let addresses = (path.as_str(), &*format!("/api{path}"));
            let script = format!("shop-{name}");
            framed(&LIVE, &page(topic), addresses, ("shop", &script))
        })
    });
    Html(&PAGES[topic as usize])
}

fn analysis_page(topic: Analysis) -> Page<'static> {
    match topic {
        Analysis::Customers => Page {
            title: "Customers",
            description: "Customers by how lately, how often and for how much they buy",
            content: include_str!("pages/analysis-customers.html"),
        },
        Analysis::Products => Page {
            title: "Products",
            description: "Thirty days of products: scores, places, ratings",
            content: include_str!("pages/analysis-products.html"),
        },
        Analysis::Trends => Page {
            title: "Trends",
            description: "Revenue by day, week and month, its growth and its seasons",
            content: include_str!("pages/analysis-trends.html"),
        },
        Analysis::Stores => Page {
            title: "Stores",
            description: "Stores beside each other, and what a square foot brings",
            content: include_str!("pages/analysis-stores.html"),
        },
        Analysis::Returns => Page {
            title: "Returns",
            description: "How much comes back, by category and product",
            content: include_str!("pages/analysis-returns.html"),
        },
    }
}

fn page(topic: Topic) -> Page<'static> {
    match topic {
        Topic::Alerts => Page {
            title: "Alerts",
            description: "What stands out in sales, stock and carts, as it happens",
            content: include_str!("pages/shop-alerts.html"),
        },
        Topic::Stock => Page {
            title: "Stock",
            description: "What is in stock, the least first",
            content: include_str!("pages/shop-stock.html"),
        },
        Topic::Sessions => Page {
            title: "Sessions",
            description: "Visits, from a look to a purchase, and carts left behind",
            content: include_str!("pages/shop-sessions.html"),
        },
        Topic::Countries => Page {
            title: "Countries",
            description: "Sales by country and category, minute by minute",
            content: include_str!("pages/shop-countries.html"),
        },
        Topic::Orders => Page {
            title: "Orders",
            description: "Orders by source and state",
            content: include_str!("pages/shop-orders.html"),
        },
    }
}

fn path(topic: Topic) -> String {
    format!("/shop/{}", topic.name())
}

fn analysis_path(topic: Analysis) -> String {
    format!("/analyses/{}", topic.name())
}

/// Links to the pages of a dashboard, at the page of this path.
fn tabs(area: &Area, at: &str) -> String {
    let others: Vec<(String, &str)> = match area.name {
        "batch" => Analysis::ALL
            .map(|topic| (analysis_path(topic), analysis_page(topic).title))
            .into(),
        _ => Topic::ALL
            .map(|topic| (path(topic), page(topic).title))
            .into(),
    };
    let all = std::iter::once(("/".to_owned(), area.first)).chain(others);
    let links = all.map(|(to, word)| {
        let current = match to == at {
            true => " aria-current=\"page\"",
            false => "",
        };
        format!("<li><a href=\"{to}\"{current}>{word}</a></li>\n")
    });
    let links: String = links.collect();
    filled(TABS, &[("area", area.word), ("tabs", links.trim_end())])
}

/// A page of a dashboard at `path`, with tabs to the others; its `figures` have an address of
/// their own.
fn framed(
    area: &Area,
    page: &Page<'_>,
    (path, figures): (&str, &str),
    files: (&str, &str),
) -> String {
    let values = [
        ("title", page.title),
        ("figures", figures),
        ("waiting", area.waiting),
        ("content", page.content),
    ];
    let content = &(tabs(area, path) + &filled(FRAME, &values));
    whole(&Page { content, ..*page }, area.name, files)
}

/// A page below the links to the dashboards. It is of the one of this name, whose link says that
/// one is within it. A style sheet and a script of its own come with it.
fn whole(page: &Page<'_>, name: &str, (style, script): (&str, &str)) -> String {
    let links = DASHBOARDS.map(|(dashboard, word)| {
        let (hidden, current) = match dashboard == name {
            true => ("", " aria-current=\"true\""),
            false => (" hidden", ""),
        };
        format!("<li{hidden}><a id=\"to-{dashboard}\" href=\"/\"{current}>{word}</a></li>")
    });
    let values = [
        ("title", page.title),
        ("description", page.description),
        ("style", style),
        ("script", script),
        ("dashboards", &links.join("\n")),
        ("content", page.content),
    ];
    filled(SHELL, &values)
}

/// Puts values in the place of their names. All are ours, and are markup already.
fn filled(template: &str, values: &[(&str, &str)]) -> String {
    let put =
        |text: String, (name, value): &(&str, &str)| text.replace(&format!("{{{name}}}"), value);
    values.iter().fold(template.to_owned(), put)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_filled_and_every_page_knows_where_it_is() {
        let shop = Topic::ALL.map(|topic| (topic.name(), "live", "shop", shop(topic)));
        let batch = Analysis::ALL.map(|topic| (topic.name(), "batch", "analysis", analysis(topic)));
        for (name, area, kind, Html(page)) in shop.into_iter().chain(batch) {
            let room = if kind == "shop" { "shop" } else { "analyses" };
            assert!(!page.contains(['{', '}']), "{page}");
            for part in [
                format!("<a href=\"/{room}/{name}\" aria-current=\"page\">"),
                format!("src=\"/assets/{kind}-{name}.js\""),
                format!("<a href=\"/api/{room}/{name}\">"),
                format!("href=\"/assets/{kind}.css\""),
                format!("<a id=\"to-{area}\" href=\"/\" aria-current=\"true\">"),
            ] {
                assert_eq!(page.matches(&part).count(), 1, "{name}: {part}");
            }
            assert_eq!(page.matches("aria-current").count(), 2, "{name}");
        }
    }
}
