//! The options that say how records are read and cleaned, the same for every command.

use clap::Args;
use serde_json::{Map, Value, json};

use crate::config::values::{delimiter, name};
use crate::error::Result;
use crate::record::{DateFormat, Rules};

/// How records are read and cleaned.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Cleaning")]
pub struct Reading {
    /// Column that carries a field, as product=Description; may be repeated
    #[arg(long, value_name = "FIELD=COLUMN")]
    pub map: Vec<String>,
    /// Numbers are written 1,50
    #[arg(long)]
    pub decimal_comma: bool,
    /// Format of dates that are not ISO, such as %d-%b-%Y
    #[arg(long, value_name = "FORMAT")]
    pub date_format: Option<String>,
    /// Delimiter of fields, one of , ; | tab; without it, found by looking
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    pub delimiter: Option<u8>,
}

/// How records are cleaned and which count once.
#[derive(Debug, Clone, Args)]
pub struct Cleaning {
    /// How records are read.
    #[command(flatten)]
    pub reading: Reading,
    /// Count a record once whose fields were seen before
    #[arg(long, value_name = "FIELD,...", value_delimiter = ',', value_parser = name, help_heading = "Cleaning")]
    pub dedup: Vec<String>,
}

impl Reading {
    /// The rules without duplicates.
    ///
    /// # Errors
    /// [`crate::Error::Usage`] for a field or a format that cannot be.
    pub fn rules(&self) -> Result<Rules> {
        let mut rules = Rules::default();
        self.add_to(&mut rules)?;
        Ok(rules)
    }

    /// Adds what was asked to `rules`, which say already what kind of records are read.
    ///
    /// # Errors
    /// As [`Reading::rules`].
    pub fn add_to(&self, rules: &mut Rules) -> Result<()> {
        rules.decimal_comma = self.decimal_comma;
        for map in &self.map {
            rules.map(map)?;
        }
        if let Some(format) = &self.date_format {
            rules.date_format = Some(DateFormat::new(format)?);
        }
        Ok(())
    }
}

impl Cleaning {
    /// The rules.
    ///
    /// # Errors
    /// [`crate::Error::Usage`] for a field or a format that cannot be.
    pub fn rules(&self) -> Result<Rules> {
        Ok(Rules {
            dedup: self.dedup.clone(),
            ..self.reading.rules()?
        })
    }

    /// What decides the figures, for the run record.
    pub fn settings(&self) -> Map<String, Value> {
        let settings = json!({
            "dedup": self.dedup,
            "map": self.reading.map,
            "decimal_comma": self.reading.decimal_comma,
            "date_format": self.reading.date_format,
            "delimiter": self.reading.delimiter.map(|d| char::from(d).to_string()),
        });
        match settings {
            Value::Object(settings) => settings,
            _ => Map::new(),
        }
    }
}
