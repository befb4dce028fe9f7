//! Pages put together: what they share stands once, and each brings what is its own.

use std::sync::LazyLock;

use axum::response::Html;

use super::shop::pages::Topic;

/// What all pages with links to each other share.
const SHELL: &str = include_str!("pages/shell.html");
/// What those of the live dashboard share within it.
const LIVE: &str = include_str!("pages/live-frame.html");

/// The dashboards, as links call them and as people do.
const DASHBOARDS: [(&str, &str); 3] = [("batch", "Sales"), ("live", "Live"), ("docs", "API")];

/// A page, as far as it differs from others.
struct Page<'a> {
    title: &'a str,
    description: &'a str,
    content: &'a str,
}

/// The page of the batch dashboard.
pub async fn sales() -> Html<&'static str> {
    static PAGE: LazyLock<String> = LazyLock::new(|| {
        let page = Page {
            title: "Sales",
            description: "Revenue by day, product, store, category and country",
            content: include_str!("pages/batch.html"),
        };
        whole(&page, ("batch", "page"), ("batch", "batch"))
    });
    Html(&PAGE)
}

/// The first page of the live dashboard.
pub async fn live() -> Html<&'static str> {
    static PAGE: LazyLock<String> = LazyLock::new(|| {
        let page = Page {
            title: "Live",
            description: "Rolling product revenue of the stream, as it happens",
            content: include_str!("pages/live.html"),
        };
        framed(&page, ("/", "/api/live"), ("live", "live"))
    });
    Html(&PAGE)
}

/// A page of the live shop.
pub fn shop(topic: Topic) -> Html<&'static str> {
    static PAGES: LazyLock<[String; 5]> = LazyLock::new(|| {
        Topic::ALL.map(|topic| {
            let (path, name) = (path(topic), topic.name());
            let figures = format!("/api{path}");
            let script = format!("shop-{name}");
            framed(&page(topic), (&path, &figures), ("shop", &script))
        })
    });
    Html(&PAGES[topic as usize])
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

/// A page of the live dashboard at `path`, with tabs to the others; its `figures` have an address
/// of their own.
fn framed(page: &Page<'_>, (path, figures): (&str, &str), files: (&str, &str)) -> String {
    let topics = Topic::ALL.map(|topic| (self::path(topic), self::page(topic).title));
    let first = std::iter::once(("/".to_owned(), "Revenue"));
    let tabs = first.chain(topics).map(|(to, word)| {
        let current = if to == path {
            " aria-current=\"page\""
        } else {
            ""
        };
        format!("<li><a href=\"{to}\"{current}>{word}</a></li>\n")
    });
    let tabs: String = tabs.collect();
    let values = [
        ("title", page.title),
        ("figures", figures),
        ("tabs", tabs.trim_end()),
        ("content", page.content),
    ];
    let content = &filled(LIVE, &values);
    whole(&Page { content, ..*page }, ("live", "true"), files)
}

/// A page below the links to the dashboards. It is of the one of this name, whose link says that
/// one is on its page or, where there are several, only within it. A style sheet and a script of
/// its own come with it.
fn whole(page: &Page<'_>, (name, current): (&str, &str), (style, script): (&str, &str)) -> String {
    let links = DASHBOARDS.map(|(dashboard, word)| {
        let (hidden, current) = match dashboard == name {
            true => ("", format!(" aria-current=\"{current}\"")),
            false => (" hidden", String::new()),
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
        for topic in Topic::ALL {
            let Html(page) = shop(topic);
            assert!(!page.contains(['{', '}']), "{page}");
            let name = topic.name();
            for part in [
                format!("<a href=\"/shop/{name}\" aria-current=\"page\">"),
                format!("src=\"/assets/shop-{name}.js\""),
                format!("<a href=\"/api/shop/{name}\">"),
                "href=\"/assets/shop.css\"".to_owned(),
                "<a id=\"to-live\" href=\"/\" aria-current=\"true\">".to_owned(),
            ] {
                assert_eq!(page.matches(&part).count(), 1, "{name}: {part}");
            }
            assert_eq!(page.matches("aria-current").count(), 2, "{name}");
        }
    }
}
