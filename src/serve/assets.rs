//! The pages and what they are made of, inside the binary.

use std::sync::OnceLock;

use axum::body::Bytes;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::answer::Fail;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

macro_rules! files {
    ($($name:literal $kind:ident),* $(,)?) => {
        /// Name, type and content of every file.
        const FILES: &[(&str, &str, &str)] = &[
            $(($name, $kind, include_str!(concat!("pages/", $name)))),*
        ];
    };
}

files! {
    "analysis-customers.js" SCRIPT,
    "analysis-products.js" SCRIPT,
    "analysis-returns.js" SCRIPT,
    "analysis-seasons.js" SCRIPT,
    "analysis-stores.js" SCRIPT,
    "analysis-trends.js" SCRIPT,
    "analysis.css" CSS,
    "analysis.js" SCRIPT,
    "base.css" CSS,
    "batch-charts.js" SCRIPT,
    "batch-filter.js" SCRIPT,
    "batch-kpis.js" SCRIPT,
    "batch-tables.js" SCRIPT,
    "batch.css" CSS,
    "batch.js" SCRIPT,
    "chart.js" SCRIPT,
    "charts.css" CSS,
    "dom.js" SCRIPT,
    "favicon.svg" SVG,
    "format.js" SCRIPT,
    "header.js" SCRIPT,
    "live-charts.js" SCRIPT,
    "live-feed.js" SCRIPT,
    "live-page.js" SCRIPT,
    "live-tables.js" SCRIPT,
    "live-tiles.js" SCRIPT,
    "live.css" CSS,
    "live.js" SCRIPT,
    "login.css" CSS,
    "login.html" HTML,
    "login.js" SCRIPT,
    "net.js" SCRIPT,
    "parts.css" CSS,
    "print.css" CSS,
    "ranks.js" SCRIPT,
    "shop-alert-list.js" SCRIPT,
    "shop-alerts.js" SCRIPT,
    "shop-badge.js" SCRIPT,
    "shop-countries.js" SCRIPT,
    "shop-orders.js" SCRIPT,
    "shop-sessions.js" SCRIPT,
    "shop-stock.js" SCRIPT,
    "shop.css" CSS,
    "shop.js" SCRIPT,
    "state.js" SCRIPT,
    "table.js" SCRIPT,
    "theme.css" CSS,
    "theme.js" SCRIPT,
    "tiles.js" SCRIPT,
}

/// The page called `name`.
pub async fn page(name: &'static str) -> Response {
    file(name).unwrap_or_else(|| missing().into_response())
}

/// `/assets/{name}`; pages are not among them.
pub async fn asset(Path(name): Path<String>) -> Response {
    let found = match name.as_str() {
        "plotly.js" => Some(([(header::CONTENT_TYPE, SCRIPT)], charts()).into_response()),
        page if page.ends_with(".html") => None,
        name => file(name),
    };
    found.unwrap_or_else(|| missing().into_response())
}

fn missing() -> Fail {
    Fail::new(StatusCode::NOT_FOUND, "there is nothing at this address")
}

fn file(name: &str) -> Option<Response> {
    let (_, kind, content) = FILES.iter().find(|(known, ..)| *known == name)?;
    Some(([(header::CONTENT_TYPE, *kind)], *content).into_response())
}

/// The script of the charts, which the crate gives as the text of two script elements.
fn charts() -> Bytes {
    static SCRIPT: OnceLock<Bytes> = OnceLock::new();
    let script = SCRIPT.get_or_init(|| {
        const OPEN: &str = "<script type=\"text/javascript\">";
        const CLOSE: &str = "</script>";
        let elements = plotly::Plot::offline_js_sources();
        let first = elements.trim_start().strip_prefix(OPEN).unwrap_or_default();
        let (first, _) = first.rsplit_once(OPEN).unwrap_or((first, ""));
        let script = first.trim_end().trim_end_matches(CLOSE);
        Bytes::copy_from_slice(script.as_bytes())
    });
    script.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crate_ships_the_script_of_the_charts() {
        let script = charts();
        let script = std::str::from_utf8(&script).unwrap();
        assert!(script.starts_with("/**"), "{:?}", script.get(..40));
        assert!(script.contains("plotly.js v3"));
        assert!(!script.trim_end().ends_with('>'));
        assert!(script.len() > 4_000_000);
    }
}
