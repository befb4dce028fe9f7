//! The last 28 days and the hours of the day.

use super::{Bar, Chart, Part, Section, missing, short_date};
use crate::record::{Day, Total};
use crate::report::model::{OfDay, OfHour, Report};

/// Days that are drawn, of which every seventh has its date under it.
const DAYS: i32 = 28;

/// Both.
pub fn sections(report: &Report) -> [Section; 2] {
    let hours = match &report.by_hour {
        Some(_) if !report.has_sales => Part::Text("No sales on this day.".to_owned()),
        Some(hours) => Part::Chart(by_hour(hours)),
        None => missing(report, "by_hour"),
    };
    let mut hours = vec![hours];
    if let Some(net) = report.without_hour {
        let text = format!("Lines that tell no time of day came to {net}; they are of no hour.");
        hours.push(Part::Text(text));
    }
    [
        Section::new("days", "The last 28 days", vec![Part::Chart(last(report))]).half(),
        Section::new("hours", "By hour", hours).half(),
    ]
}

fn last(report: &Report) -> Chart {
    let date = Day::parse(&report.report_date).unwrap_or(Day::EPOCH);
    let known = |day: &str| report.last_28_days.iter().find(|of| of.date == day);
    let bars = (0..DAYS).rev().filter_map(|back| {
        // Days before the data begins have their place, and nothing in it.
        let label = date.plus(-back)?.to_string();
        let of = known(&label);
        Some(Bar {
            tick: (back % 7 == 0).then(|| short_date(&label)),
            value: of.map(|of| of.net_revenue),
            line: of.and_then(|of| of.mean_7_days),
            marked: back == 0,
            label,
        })
    });
    let has_means = report
        .last_28_days
        .iter()
        .any(|of| of.mean_7_days.is_some());
    Chart {
        caption: "Net revenue by day".to_owned(),
        description: described(&report.last_28_days),
        axes: ["Day", "Net revenue"],
        bars: bars.collect(),
        line: has_means.then_some("Mean of 7 days"),
    }
}

fn described(days: &[OfDay]) -> String {
    let revenue = |of: &&OfDay| of.net_revenue;
    let (Some(first), Some(last)) = (days.first(), days.last()) else {
        return "Net revenue by day".to_owned();
    };
    let most = days.iter().max_by_key(revenue).unwrap_or(last);
    let least = days.iter().min_by_key(revenue).unwrap_or(last);
    format!(
        "Net revenue by day from {} to {}: most {} on {}, least {} on {}, {} on the last.",
        first.date,
        last.date,
        most.net_revenue,
        most.date,
        least.net_revenue,
        least.date,
        last.net_revenue
    )
}

fn by_hour(hours: &[OfHour]) -> Chart {
    let best = hours.iter().max_by_key(|of| of.net_revenue);
    let best = best.map(|of| {
        format!(
            ": most in the hour from {:02}:00, {}",
            of.hour, of.net_revenue
        )
    });
    let bars = hours.iter().map(|of| Bar {
        label: format!("{:02}:00", of.hour),
        tick: (of.hour % 3 == 0).then(|| format!("{:02}", of.hour)),
        value: Some(of.net_revenue),
        line: None,
        marked: false,
    });
    Chart {
        caption: "Net revenue by the hour in which it was made, UTC".to_owned(),
        description: format!("Net revenue by hour{}.", best.unwrap_or_default()),
        axes: ["Hour", "Net revenue"],
        bars: bars.collect(),
        line: None,
    }
}

/// The largest magnitude of the columns, for who draws them.
pub fn reach(chart: &Chart) -> Total {
    let magnitude = |total: Total| Total::from_units(total.units().abs());
    let values = chart.bars.iter().filter_map(|bar| bar.value);
    values.map(magnitude).max().unwrap_or_default()
}
