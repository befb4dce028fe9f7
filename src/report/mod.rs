//! The daily business report: what one run of batch found of a day, on one page.
//!
//! Nothing is computed here that batch or an analysis has: figures are read, of one run
//! ([`totals`], [`found`]), selected and held against those of other days ([`headline`]). A report
//! ([`model`]) is laid out once ([`page`]) and written as HTML or Markdown; its JSON is the model
//! itself.

pub mod collect;
pub mod figure;
pub mod found;
pub mod groups;
pub mod headline;
pub mod html;
pub mod markdown;
pub mod model;
pub mod page;
pub mod stock;
pub mod svg;
pub mod totals;

use clap::ValueEnum;

pub use collect::collect;
pub use model::Report;

use crate::error::{Error, Result};

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A page for browsers and printers, with nothing outside of it
    Html,
    /// Markdown with tables
    Md,
    /// One object; money is text, but in the fields of the replaced job's report
    Json,
}

impl Format {
    /// That of a file of this name, if its ending says.
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "html" | "htm" => Some(Self::Html),
            "md" | "markdown" => Some(Self::Md),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Md => "md",
            Self::Json => "json",
        }
    }

    /// The report in this form. The same report gives the same text.
    ///
    /// # Errors
    /// None that can be helped.
    pub fn write(self, report: &Report) -> Result<String> {
        match self {
            Self::Html => Ok(html::write(&page::lay_out(report))),
            Self::Md => Ok(markdown::write(&page::lay_out(report))),
            Self::Json => {
                let text = serde_json::to_string_pretty(report);
                let text = text.map_err(|e| Error::Internal(format!("report: {e}")))?;
                Ok(text + "\n")
            }
        }
    }
}
