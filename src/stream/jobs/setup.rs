//! What a job is started with: its settings as the user gave them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::str::FromStr;
use std::time::Duration;

use twox_hash::XxHash3_128;

use super::spec::Spec;
use crate::config::values;
use crate::error::{Error, Result};
use crate::record::Money;
use crate::stream::window::Shape;

/// The settings of one job.
#[derive(Debug, Clone)]
pub struct Setup {
    spec: &'static Spec,
    values: BTreeMap<&'static str, String>,
    /// Digests of the files that were read, by setting.
    files: RefCell<BTreeMap<&'static str, String>>,
    /// How far its watermark stays behind, in microseconds.
    pub patience: i64,
}

impl Setup {
    /// The defaults, and what `set` says of this job as `JOB.NAME=VALUE`.
    ///
    /// # Errors
    /// [`Error::Usage`] for a setting that the job does not know.
    pub fn new(spec: &'static Spec, set: &[String], patience: Option<Duration>) -> Result<Self> {
        let known = spec.settings.iter();
        let mut values: BTreeMap<_, _> = known
            .map(|setting| (setting.name, setting.default.to_owned()))
            .collect();
        for text in set {
            let (job, name, value) = parts(text)?;
            if job != spec.name {
                continue;
            }
            let Some((_, slot)) = values.iter_mut().find(|(known, _)| **known == name) else {
                let names: Vec<_> = spec.settings.iter().map(|known| known.name).collect();
                return Err(Error::Usage(format!(
                    "--set {text}: {job} has no setting {name:?}; it has {}",
                    names.join(", ")
                )));
            };
            value.clone_into(slot);
        }
        let patience = patience.unwrap_or(spec.patience);
        Ok(Self {
            spec,
            values,
            files: RefCell::default(),
            patience: micros(patience)
                .ok_or_else(|| Error::Usage(format!("--watermark {LONG}")))?,
        })
    }

    /// Sets what an option of its own says.
    pub fn set(&mut self, name: &'static str, value: String) {
        self.values.insert(name, value);
    }

    /// The settings by name, for checkpoints and run records.
    pub fn values(&self) -> &BTreeMap<&'static str, String> {
        &self.values
    }

    /// The file that a setting names; none where it is blank. Whoever starts anew from a checkpoint
    /// must find the same content.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be read.
    pub fn read(&self, name: &'static str) -> Result<Option<Vec<u8>>> {
        let path = self.text(name);
        if path.is_empty() {
            return Ok(None);
        }
        let content = fs::read(path).map_err(|e| Error::io("read", path, e))?;
        let digest = format!("{:032x}", XxHash3_128::oneshot(&content));
        self.files.borrow_mut().insert(name, digest);
        Ok(Some(content))
    }

    /// Digests of the files that the job has read, by setting.
    pub fn files(&self) -> BTreeMap<&'static str, String> {
        self.files.borrow().clone()
    }

    /// The text of a setting.
    pub fn text(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    /// A setting that is a number.
    ///
    /// # Errors
    /// [`Error::Usage`] when it is none.
    pub fn number<T: FromStr>(&self, name: &str) -> Result<T> {
        let parsed = self.text(name).parse();
        parsed.map_err(|_| self.wrong(name, "is no number"))
    }

    /// A setting that is an amount of money or of pieces.
    ///
    /// # Errors
    /// [`Error::Usage`] when it is none, or below zero.
    pub fn decimal(&self, name: &str) -> Result<Money> {
        let parsed = Money::parse(self.text(name).as_bytes(), b'.');
        match parsed {
            Ok(money) if money >= Money::ZERO => Ok(money),
            Ok(_) => Err(self.wrong(name, "is below zero")),
            Err(_) => Err(self.wrong(name, "is no number")),
        }
    }

    /// A setting that is a duration, in microseconds.
    ///
    /// # Errors
    /// [`Error::Usage`] when it is none, or zero.
    pub fn duration(&self, name: &str) -> Result<i64> {
        let parsed = values::duration(self.text(name));
        let parsed = parsed.map_err(|_| self.wrong(name, "is no duration such as 5m"))?;
        match micros(parsed).ok_or_else(|| self.wrong(name, LONG))? {
            0 => Err(self.wrong(name, "must not be zero")),
            micros => Ok(micros),
        }
    }

    /// The windows that two settings describe.
    ///
    /// # Errors
    /// [`Error::Usage`] when the slide does not divide the window.
    pub fn shape(&self, window: &str, slide: &str) -> Result<Shape> {
        let (size, step) = (self.duration(window)?, self.duration(slide)?);
        if size % step != 0 || size / step > MOST_OVERLAP {
            let what = format!("does not divide {window} {}", self.text(window));
            return Err(self.wrong(slide, &what));
        }
        Ok(Shape {
            size,
            slide: step,
            patience: self.patience,
        })
    }

    /// An error about a setting.
    pub fn wrong(&self, name: &str, what: &str) -> Error {
        let (job, value) = (self.spec.name, self.text(name));
        Error::Usage(format!("--set {job}.{name}={value}: {what}"))
    }
}

/// More windows than this hold an event by mistake.
const MOST_OVERLAP: i64 = 1_000;

/// The parts of `JOB.NAME=VALUE`.
///
/// # Errors
/// [`Error::Usage`] when it is not of this form.
pub fn parts(text: &str) -> Result<(&str, &str, &str)> {
    let split = text.split_once('=').and_then(|(name, value)| {
        let (job, name) = name.split_once('.')?;
        Some((job.trim(), name.trim(), value.trim()))
    });
    split.ok_or_else(|| {
        Error::Usage(format!(
            "--set {text:?}: write JOB.NAME=VALUE, such as --set anomalies.high_value=5000"
        ))
    })
}

/// What is said of a duration that [`micros`] does not take.
const LONG: &str = "is longer than a hundred years";

/// Microseconds of a duration of a hundred years at most.
fn micros(duration: Duration) -> Option<i64> {
    const MOST: Duration = Duration::from_secs(366 * 86_400 * 100);
    let fits = Some(duration).filter(|duration| *duration <= MOST);
    fits.and_then(|duration| i64::try_from(duration.as_micros()).ok())
}
