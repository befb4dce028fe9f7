//! The values, and their text.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusRecorder};

use super::family::{Family, Kind, Labels};
use crate::error::{Error, Result};

const BUILD: Family = Family::gauge(
    "retail_build_info",
    "Always 1: which version runs, and which command of it.",
);
const START: Family = Family::gauge(
    "process_start_time_seconds",
    "When the process began, in seconds since the epoch.",
);

/// Brings values up to date before they are shown.
type Source = Box<dyn FnMut() + Send>;

/// The metrics of a process.
pub struct Registry {
    recorder: PrometheusRecorder,
    sources: Mutex<Vec<Source>>,
    ready: AtomicBool,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").finish_non_exhaustive()
    }
}

impl Registry {
    /// A registry for the subcommand `command` with these families, and with those that every
    /// process has: the version, and when it began.
    ///
    /// # Errors
    /// [`Error::Internal`] for a histogram without buckets.
    pub fn new(command: &str, families: &[Family]) -> Result<Self> {
        let mut builder = PrometheusBuilder::new();
        for family in families {
            if let Kind::Histogram(bounds) = family.kind {
                let matcher = Matcher::Full(family.name.to_owned());
                builder = builder
                    .set_buckets_for_metric(matcher, bounds)
                    .map_err(|e| Error::Internal(format!("{}: {e}", family.name)))?;
            }
        }
        let this = Self {
            recorder: builder.build_recorder(),
            sources: Mutex::new(Vec::new()),
            ready: AtomicBool::new(false),
        };
        for family in families.iter().chain([&BUILD, &START]) {
            let (name, help) = (family.name.into(), family.help.into());
            match family.kind {
                Kind::Counter => this.recorder.describe_counter(name, None, help),
                Kind::Gauge => this.recorder.describe_gauge(name, None, help),
                Kind::Histogram(_) => this.recorder.describe_histogram(name, None, help),
            }
        }
        let version = env!("CARGO_PKG_VERSION");
        let build = this.gauge(&BUILD, &[("version", version), ("command", command)]);
        build.set(1.0);
        let began = SystemTime::now().duration_since(UNIX_EPOCH);
        let began = began.unwrap_or_default().as_millis();
        this.gauge(&START, &[]).set(began as f64 / 1e3);
        Ok(this)
    }

    /// The counter of a family and these labels; the same for the same.
    pub fn counter(&self, family: &Family, labels: Labels<'_>) -> Counter {
        self.recorder.register_counter(&key(family, labels), &META)
    }

    /// The gauge of a family and these labels; the same for the same.
    pub fn gauge(&self, family: &Family, labels: Labels<'_>) -> Gauge {
        self.recorder.register_gauge(&key(family, labels), &META)
    }

    /// The histogram of a family and these labels; the same for the same.
    pub fn histogram(&self, family: &Family, labels: Labels<'_>) -> Histogram {
        self.recorder
            .register_histogram(&key(family, labels), &META)
    }

    /// Calls `source` before every text, to bring values up to date: what it sets at once is
    /// shown at once, so that sums add up within a text.
    pub fn before_each(&self, source: impl FnMut() + Send + 'static) {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        sources.push(Box::new(source));
    }

    /// The text format 0.0.4, families in the order of their names.
    pub fn render(&self) -> String {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        sources.iter_mut().for_each(|source| source());
        tidy(&self.recorder.handle().render())
    }

    /// Adds up what histograms have gathered. To be called every few seconds where nobody may
    /// ask for the text: it is memory until then.
    pub fn upkeep(&self) {
        self.recorder.handle().run_upkeep();
    }

    /// From now on the process does what it was started for.
    pub fn set_ready(&self) {
        self.ready.store(true, Ordering::Relaxed);
    }

    /// Whether [`Registry::set_ready`] was called.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }
}

const META: Metadata<'static> = Metadata::new("retail", Level::INFO, None);

fn key(family: &Family, labels: Labels<'_>) -> Key {
    let labels = labels.iter();
    let labels = labels.map(|(name, value)| Label::new(*name, (*value).to_owned()));
    Key::from_parts(family.name, labels.collect::<Vec<_>>())
}

/// The recorder's text in a settled order, and without values that are not known.
fn tidy(text: &str) -> String {
    let families = text.split("\n\n").filter_map(|family| {
        let (comments, mut samples): (Vec<_>, Vec<_>) =
            family.lines().partition(|line| line.starts_with('#'));
        samples.retain(|line| !line.ends_with(" NaN"));
        // Buckets are in the order of their bounds, which is not that of letters.
        if !comments.last()?.ends_with(" histogram") {
            samples.sort_unstable();
        }
        (!samples.is_empty()).then_some((comments, samples))
    });
    let mut families: Vec<_> = families.collect();
    families.sort_unstable();
    let mut text = String::with_capacity(text.len());
    for line in families.iter().flat_map(|(c, s)| c.iter().chain(s)) {
        text.push_str(line);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEEN: Family = Family::counter("seen_total", "What was \"seen\",\nby kind.");
    const LEVEL: Family = Family::gauge("level", "How high.");
    const TOOK: Family = Family::histogram("took_seconds", "How long.", &[0.5, 2.0, 10.0]);

    fn registry() -> Registry {
        Registry::new("test", &[SEEN, LEVEL, TOOK]).unwrap()
    }

    /// Its text without the two families that every process has.
    fn text(registry: &Registry) -> Vec<String> {
        let text = registry.render();
        let own = |line: &&str| !line.contains("retail_build_info") && !line.contains("process_");
        text.lines().filter(own).map(str::to_owned).collect()
    }

    #[test]
    fn families_are_in_order_and_described() {
        let registry = registry();
        registry
            .counter(&SEEN, &[("kind", "b\"\\c\n")])
            .increment(2);
        registry.counter(&SEEN, &[("kind", "a")]).absolute(7);
        let took = registry.histogram(&TOOK, &[]);
        [0.25, 2.0, 11.0]
            .into_iter()
            .for_each(|seconds| took.record(seconds));
        registry.gauge(&LEVEL, &[]).set(-1.5);
        assert_eq!(
            text(&registry),
            [
                "# HELP level How high.",
                "# TYPE level gauge",
                "level -1.5",
                "# HELP seen_total What was \"seen\",\\nby kind.",
                "# TYPE seen_total counter",
                "seen_total{kind=\"a\"} 7",
                "seen_total{kind=\"b\\\"\\\\c\\n\"} 2",
                "# HELP took_seconds How long.",
                "# TYPE took_seconds histogram",
                "took_seconds_bucket{le=\"0.5\"} 1",
                "took_seconds_bucket{le=\"2\"} 2",
                "took_seconds_bucket{le=\"10\"} 2",
                "took_seconds_bucket{le=\"+Inf\"} 3",
                "took_seconds_sum 13.25",
                "took_seconds_count 3",
            ]
        );
    }

    #[test]
    fn what_is_not_known_is_not_shown() {
        let registry = registry();
        let level = registry.gauge(&LEVEL, &[]);
        level.set(f64::NAN);
        assert_eq!(text(&registry), [""; 0]);
        level.set(3.0);
        assert_eq!(text(&registry)[2], "level 3");
        level.set(f64::NAN);
        assert_eq!(text(&registry), [""; 0]);
    }

    #[test]
    fn values_are_brought_up_to_date_for_every_text() {
        let registry = registry();
        let seen = registry.counter(&SEEN, &[]);
        registry.before_each(move || seen.increment(1));
        assert_eq!(text(&registry)[2], "seen_total 1");
        assert_eq!(text(&registry)[2], "seen_total 2");
    }

    #[test]
    fn every_process_tells_its_version_and_when_it_began() {
        let text = registry().render();
        let version = env!("CARGO_PKG_VERSION");
        let build = format!("retail_build_info{{version=\"{version}\",command=\"test\"}} 1\n");
        assert!(text.contains(&build), "{text}");
        let began = text
            .lines()
            .find(|line| line.starts_with("process_start_time_seconds "));
        let began: f64 = began.unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs_f64();
        assert!((now - 60.0..=now).contains(&began), "{began}");
    }
}
