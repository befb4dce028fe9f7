//! Charts as SVG, without a script and without a float.

use std::fmt::Write as _;

use super::html::escaped;
use super::page::Chart;
use crate::record::Total;

/// The size of a chart in its own units.
const SIZE: (i128, i128) = (480, 210);
/// Where the columns stand: left, top, right, bottom.
const FIELD: (i128, i128, i128, i128) = (52, 12, 476, 182);
/// Lines across a chart, about.
const LINES: i128 = 4;
/// Units of [`Total`] in one.
const ONE: i128 = 10_000;

/// A length in hundredths of a unit.
struct Length(i128);

impl std::fmt::Display for Length {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let hundredths = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", hundredths / 100, hundredths % 100)
    }
}

/// The values that a chart reaches, and the lines across it.
#[derive(Debug, PartialEq, Eq)]
struct Scale {
    low: i128,
    high: i128,
    step: i128,
}

impl Scale {
    fn of(chart: &Chart) -> Self {
        let bars = chart.bars.iter();
        let values = bars.flat_map(|bar| [bar.value, bar.line]).flatten();
        let (mut low, mut high) = (0, 0);
        for value in values.map(Total::units) {
            low = value.min(low);
            high = value.max(high);
        }
        let step = step((high - low) / LINES);
        let down = |value: i128| value.div_euclid(step) * step;
        let (low, high) = (down(low), -down(-high));
        Self {
            low,
            high: if low == high { step } else { high },
            step,
        }
    }

    /// The height of a value.
    fn y(&self, value: i128) -> Length {
        let (_, top, _, bottom) = FIELD;
        let height = (bottom - top) * 100;
        Length(top * 100 + (self.high - value) * height / (self.high - self.low))
    }

    /// A value at the edge, short: `40k`.
    fn label(&self, value: i128) -> String {
        match self.step {
            step if step % (1_000_000 * ONE) == 0 => short(value, 1_000_000, "M"),
            step if step % (1_000 * ONE) == 0 => short(value, 1_000, "k"),
            step if step % ONE == 0 => (value / ONE).to_string(),
            _ => Total::from_units(value).to_string(),
        }
    }
}

fn short(value: i128, by: i128, unit: &str) -> String {
    match value / (by * ONE) {
        0 => "0".to_owned(),
        short => format!("{short}{unit}"),
    }
}

/// The next of 1, 2, 5, 10, 20, … in units that is at least `least`.
fn step(least: i128) -> i128 {
    let mut power = 1;
    loop {
        for step in [1, 2, 5].map(|digit| digit * power) {
            if step >= least.max(1) {
                return step;
            }
        }
        power *= 10;
    }
}

/// The chart.
pub fn draw(chart: &Chart) -> String {
    let scale = Scale::of(chart);
    let (width, height) = SIZE;
    let (left, _, right, bottom) = FIELD;
    let mut svg = format!(
        "<svg class=\"chart\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\">\n",
        escaped(&chart.description)
    );
    let mut value = scale.low;
    while value <= scale.high {
        let y = scale.y(value);
        let class = if value == 0 { "zero" } else { "grid" };
        // Writing to memory does not fail, here and below.
        let _ = writeln!(
            svg,
            "<line class=\"{class}\" x1=\"{left}\" x2=\"{right}\" y1=\"{y}\" y2=\"{y}\"/>\
             <text class=\"y\" x=\"{}\" y=\"{y}\" dy=\"0.35em\">{}</text>",
            left - 6,
            scale.label(value)
        );
        value += scale.step;
    }
    let count = i128::try_from(chart.bars.len()).unwrap_or(1).max(1);
    let place = (right - left) * 100 / count;
    let mut runs: Vec<Vec<String>> = vec![Vec::new()];
    for (at, bar) in (0..).zip(&chart.bars) {
        let x = left * 100 + at * place;
        let middle = Length(x + place / 2);
        if let Some(value) = bar.value {
            let [a, b] = [value.units(), 0].map(|value| scale.y(value).0);
            let class = if bar.marked { "bar marked" } else { "bar" };
            let _ = writeln!(
                svg,
                "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\">\
                 <title>{}: {value}</title></rect>",
                Length(x + place / 8),
                Length(a.min(b)),
                Length(place * 3 / 4),
                Length((a - b).abs()),
                escaped(&bar.label)
            );
        }
        if let Some(tick) = &bar.tick {
            // The last one would reach over the edge.
            let (class, x) = match at + 1 == count && at > 0 {
                true => ("x last", Length(right * 100)),
                false => ("x", Length(middle.0)),
            };
            let y = bottom + 18;
            let tick = escaped(tick);
            let _ = writeln!(
                svg,
                "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{tick}</text>"
            );
        }
        match bar.line {
            Some(value) => {
                let point = format!("{middle},{}", scale.y(value.units()));
                runs.last_mut()
                    .map(|run| run.push(point))
                    .unwrap_or_default();
            }
            None => runs.push(Vec::new()),
        }
    }
    for run in runs.iter().filter(|run| run.len() > 1) {
        let _ = writeln!(
            svg,
            "<polyline class=\"mean\" points=\"{}\"/>",
            run.join(" ")
        );
    }
    svg.push_str("</svg>");
    svg
}

/// A bar of so many thousandths of the longest one.
pub fn bar(length: u32) -> String {
    format!(
        "<svg class=\"share\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" \
         aria-hidden=\"true\"><rect width=\"{length}\" height=\"10\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::page::Bar;

    fn chart(values: &[&str]) -> Chart {
        let bar = |text: &&str| Bar {
            label: "a<b".to_owned(),
            tick: Some("t".to_owned()),
            value: Total::parse(text),
            line: None,
            marked: false,
        };
        Chart {
            caption: String::new(),
            description: "\"<&".to_owned(),
            axes: ["", ""],
            bars: values.iter().map(bar).collect(),
            line: None,
        }
    }

    #[test]
    fn scales_hold_every_value_and_zero() {
        for (values, low, high, label) in [
            (&["0.00"][..], "0.00", "0.0001", "0.0001"),
            (&["618.20", "12.00"], "0.00", "800.00", "800"),
            (&["-30.00", "50.00"], "-40.00", "60.00", "60"),
            (&["-7.00"], "-8.00", "0.00", "0"),
            (&["39000.00"], "0.00", "40000.00", "40k"),
            (&["7900000.00"], "0.00", "8000000.00", "8M"),
            (
                &["9999999999999999999999.9999"],
                "0.00",
                "10000000000000000000000.00",
                "10000000000000000M",
            ),
            (&["none"], "0.00", "0.0001", "0.0001"),
        ] {
            let scale = Scale::of(&chart(values));
            let text = |units| Total::from_units(units).to_string();
            assert_eq!(
                (text(scale.low), text(scale.high)),
                (low.into(), high.into()),
                "{values:?}"
            );
            assert_eq!(scale.label(scale.high), label, "{values:?}");
            assert!(
                (scale.high - scale.low) / scale.step <= LINES + 1,
                "{values:?}"
            );
        }
    }

    #[test]
    fn columns_stand_on_zero() {
        let svg = draw(&chart(&["30.00", "-10.00", "none"]));
        // -10 to 30 are 170 units high: zero is at 12 + 30 / 40 * 170.
        assert!(
            svg.contains("y=\"12.00\" width=\"105.99\" height=\"127.50\""),
            "{svg}"
        );
        assert!(
            svg.contains("y=\"139.50\" width=\"105.99\" height=\"42.50\""),
            "{svg}"
        );
        assert_eq!(svg.matches("<rect").count(), 2);
        assert_eq!(svg.matches("<text class=\"x\"").count(), 2);
        assert!(svg.contains("<text class=\"x last\" x=\"476.00\""), "{svg}");
        assert!(svg.contains("aria-label=\"&quot;&lt;&amp;\"") && svg.contains("a&lt;b: 30.00"));
    }
}
