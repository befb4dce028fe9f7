//! Where results go: a folder, and any number of databases beside it.

use std::path::{Path, PathBuf};

use crate::config;
use crate::error::{Error, Result};
use crate::sinks::Address;
use crate::sinks::address::{is_database, is_nearly_database};

/// What `--output` named.
#[derive(Debug, Clone, Default)]
pub struct Outputs {
    /// The folder, if one was named.
    pub folder: Option<PathBuf>,
    /// The databases.
    pub databases: Vec<Address>,
}

/// Whether a value of `--output` names a database.
pub fn names_database(path: &Path) -> bool {
    path.to_str().is_some_and(is_database)
}

/// The folder among the values of `--output`.
pub fn folder(given: &[PathBuf]) -> Option<&PathBuf> {
    given.iter().find(|path| !names_database(path))
}

/// Tells folder and databases apart, and finds the passwords.
///
/// # Errors
/// [`Error::Usage`] for two folders, the same database twice, and addresses that are none.
pub fn outputs(given: &[PathBuf]) -> Result<Outputs> {
    let mut found = Outputs::default();
    for path in given {
        if !names_database(path) {
            if path.to_str().is_some_and(is_nearly_database) {
                return Err(Error::Usage(
                    "--output: write the address of a database as postgres://user@host/name, \
                     without blanks"
                        .to_owned(),
                ));
            }
            if let Some(other) = found.folder.replace(path.clone()) {
                return Err(Error::Usage(format!(
                    "--output {} and --output {}: results go to one folder, and to databases \
                     beside it",
                    other.display(),
                    path.display()
                )));
            }
            continue;
        }
        let address = Address::parse(path.to_str().unwrap_or_default(), &config::password)?;
        let same = |other: &&Address| other.to_string() == address.to_string();
        if let Some(other) = found.databases.iter().find(same) {
            return Err(Error::Usage(format!("--output {other}: is named twice")));
        }
        found.databases.push(address);
    }
    Ok(found)
}
