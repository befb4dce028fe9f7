//! What a terminal shows while a stream runs.

use crate::stream::live::{OpenWindow, View};
use crate::stream::summary::Summary;
use crate::ui;

/// Products that are shown.
const TOP: usize = 5;

/// The moment in a few lines of at most `width` characters.
pub fn text(view: &View<'_>, width: usize) -> String {
    let lag = view
        .lag
        .map(|lag| format!(" · lag {lag}"))
        .unwrap_or_default();
    let watermark = view
        .watermark
        .as_deref()
        .map_or("none", |mark| mark.trim_end_matches('Z'));
    let mut lines = vec![
        format!("{:.0} events/s · {} read{lag}", view.rate, view.read),
        format!(
            "watermark {watermark} · {} windows open · {} rows closed",
            view.open_windows, view.windows
        ),
    ];
    if view.late > 0 || view.rejected > 0 {
        let late = format!("late {} ({})", view.late, view.late_revenue);
        lines.push(format!("{late} · rejected {}", view.rejected));
    }
    if let Some(window) = fullest(view) {
        let clock = |time: &str| time.get(11..16).unwrap_or_default().to_owned();
        let day = window.window_start.get(..10).unwrap_or_default();
        lines.push(format!(
            "{day} {} to {}, so far:",
            clock(&window.window_start),
            clock(&window.window_end)
        ));
        let mut products: Vec<_> = window.products.iter().collect();
        products.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        // Where it is narrow, names are cut and figures are not.
        let room = width.saturating_sub(19).clamp(8, 40);
        for (product, revenue) in products.into_iter().take(TOP) {
            let product: String = product
                .chars()
                .filter(|c| !c.is_control())
                .take(room)
                .collect();
            lines.push(format!("  {product:room$} {:>14}", revenue.to_string()));
        }
    }
    let cut = |line: String| {
        line.chars()
            .take(width.saturating_sub(1))
            .collect::<String>()
    };
    lines.into_iter().map(cut).collect::<Vec<_>>().join("\n")
}

/// Of the windows that the latest event is in, the one that holds the most of them: the first
/// that ends after the newest began.
fn fullest<'a>(view: &'a View<'_>) -> Option<&'a OpenWindow> {
    let newest = &view.open.first()?.window_start;
    view.open
        .iter()
        .rev()
        .find(|window| window.window_end > *newest)
}

impl ui::Summary for Summary {
    fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = vec![
            ("read", self.read.to_string()),
            ("accepted", self.accepted.to_string()),
            ("rejected", self.rejected.to_string()),
        ];
        let reasons = self.rejected_by_reason.iter();
        let reasons: Vec<_> = reasons
            .map(|(reason, count)| format!("{reason} {count}"))
            .collect();
        if !reasons.is_empty() {
            lines.push(("  by reason", reasons.join(", ")));
        }
        lines.extend([
            ("duplicates", self.duplicates.to_string()),
            ("not sales", self.non_sales.to_string()),
            ("late", self.late.to_string()),
        ]);
        if self.lost > 0 {
            lines.push(("lost", self.lost.to_string()));
        }
        if self.beyond_horizon > 0 {
            let count = self.beyond_horizon.to_string();
            lines.push(("key forgotten", count));
        }
        lines.extend([
            ("window rows", self.windows.to_string()),
            ("written", self.written_revenue.to_string()),
            ("open", self.open_revenue.to_string()),
            ("missed", self.late_revenue.to_string()),
            ("accepted revenue", self.accepted_revenue.to_string()),
        ]);
        let ended = match (self.ended, self.source) {
            (true, _) => "at the end of the input",
            (false, "stdin") => "early; a pipe cannot be gone on with",
            (false, _) => "early; the next start goes on here",
        };
        lines.push(("ended", ended.to_owned()));
        lines.push((
            "seconds",
            format!(
                "{:.3} ({} events a second)",
                self.seconds, self.rows_per_second
            ),
        ));
        lines
    }
}
