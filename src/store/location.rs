//! Where a file or a folder stands: on this machine, on HDFS or on S3.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The place of a file or a folder, as the user wrote it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Location {
    /// A path on this machine.
    Local(String),
    /// An address `hdfs://host:8020/path`, without a slash at its end.
    Hdfs(String),
    /// An address `s3://bucket/path`, without a slash at its end.
    S3(String),
}

impl Location {
    /// The location of a local path.
    ///
    /// # Errors
    /// [`Error::Usage`] when the path is not UTF-8: names are text everywhere in this program.
    pub fn from_path(path: &Path) -> Result<Self> {
        path.to_str()
            .map(|text| Self::Local(text.to_owned()))
            .ok_or_else(|| Error::Usage(format!("{}: not a name in UTF-8", path.display())))
    }

    /// The local path; none on HDFS and S3.
    pub fn local_path(&self) -> Option<&Path> {
        match self {
            Self::Local(path) => Some(Path::new(path)),
            Self::Hdfs(_) | Self::S3(_) => None,
        }
    }

    /// The place `name` below this one; `name` may have several parts, `a/b`.
    #[must_use]
    pub fn join(&self, name: &str) -> Self {
        let below = |base: &str| match base {
            "" => name.to_owned(),
            base if base.ends_with('/') => format!("{base}{name}"),
            base => format!("{base}/{name}"),
        };
        match self {
            Self::Local(base) => Self::Local(below(base)),
            Self::Hdfs(base) => Self::Hdfs(below(base)),
            Self::S3(base) => Self::S3(below(base)),
        }
    }

    /// The place beside this one whose name is longer by `suffix`.
    #[must_use]
    pub fn with_suffix(&self, suffix: &str) -> Self {
        match self {
            Self::Local(path) => Self::Local(format!("{path}{suffix}")),
            Self::Hdfs(url) => Self::Hdfs(format!("{url}{suffix}")),
            Self::S3(url) => Self::S3(format!("{url}{suffix}")),
        }
    }

    /// The folder that holds this place; none for a root, a bucket or a whole HDFS.
    pub fn parent(&self) -> Option<Self> {
        let above = |url: &str| {
            let path = url.find("://").map_or(0, |at| at + 3);
            url.rfind('/')
                .filter(|&slash| slash >= path)
                .map(|slash| url[..slash].to_owned())
        };
        match self {
            Self::Local(path) => match Path::new(path).parent()?.to_str()? {
                "" => Some(Self::Local(".".to_owned())),
                parent => Some(Self::Local(parent.to_owned())),
            },
            Self::Hdfs(url) => above(url).map(Self::Hdfs),
            Self::S3(url) => above(url).map(Self::S3),
        }
    }

    /// The last part of the path; none for a root and for paths that end in `..`.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Local(path) => Path::new(path).file_name()?.to_str(),
            Self::Hdfs(url) | Self::S3(url) => {
                self.parent()?;
                url.rsplit('/').next()
            }
        }
    }

    /// Whether this place is `folder` or lies below it. Both must be resolved.
    pub fn is_within(&self, folder: &Self) -> bool {
        match (self, folder) {
            (Self::Local(a), Self::Local(b)) => Path::new(a).starts_with(b),
            (Self::Hdfs(a), Self::Hdfs(b)) | (Self::S3(a), Self::S3(b)) => a
                .strip_prefix(b.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            _ => false,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(text) | Self::Hdfs(text) | Self::S3(text) => f.write_str(text),
        }
    }
}

impl FromStr for Location {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Err(Error::Usage(
                "a path or an address is needed, not an empty text".to_owned(),
            ));
        }
        let is_scheme = |s: &str| {
            s.starts_with(|c: char| c.is_ascii_alphabetic())
                && s.chars()
                    .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        };
        let Some((scheme, rest)) = text.split_once("://").filter(|(s, _)| is_scheme(s)) else {
            return Ok(Self::Local(text.to_owned()));
        };
        let scheme = scheme.to_ascii_lowercase();
        let url = || format!("{scheme}://{}", rest.trim_end_matches('/'));
        match scheme.as_str() {
            "file" => file_url(text, rest).map(Self::Local),
            "hdfs" => Ok(Self::Hdfs(url())),
            "s3" if rest.starts_with('/') || rest.is_empty() => Err(Error::Usage(format!(
                "{text}: names no bucket; write s3://bucket/path"
            ))),
            "s3" => Ok(Self::S3(url())),
            _ => Err(Error::Usage(format!(
                "{text}: unknown kind of address; a path, file://, hdfs:// or s3:// is needed"
            ))),
        }
    }
}

/// The path of a `file://` URL, its `%20` and the like decoded.
fn file_url(text: &str, rest: &str) -> Result<String> {
    let wrong = |why: &str| Error::Usage(format!("{text}: {why}; write file:///path"));
    let path = rest.strip_prefix("localhost").unwrap_or(rest);
    if !path.starts_with('/') {
        return Err(wrong("names another machine or a relative path"));
    }
    let mut bytes = Vec::with_capacity(path.len());
    let mut left = path.as_bytes();
    while let Some((&first, after)) = left.split_first() {
        if first != b'%' {
            bytes.push(first);
            left = after;
            continue;
        }
        let digits = after
            .get(..2)
            .filter(|d| d.iter().all(u8::is_ascii_hexdigit));
        let value = digits
            .and_then(|d| std::str::from_utf8(d).ok())
            .and_then(|d| u8::from_str_radix(d, 16).ok())
            .filter(|&byte| byte != 0);
        bytes.push(value.ok_or_else(|| wrong("has a wrong % escape"))?);
        left = &after[2..];
    }
    String::from_utf8(bytes).map_err(|_| wrong("is not UTF-8"))
}

impl TryFrom<String> for Location {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Location> for String {
    fn from(location: Location) -> Self {
        location.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Location {
        text.parse().unwrap()
    }

    #[test]
    fn reads_paths_and_addresses() {
        for (text, shown) in [
            ("data/input", "data/input"),
            ("data/a://b", "data/a://b"),
            ("/x/1://y", "/x/1://y"),
            ("file:///tmp/a%20b", "/tmp/a b"),
            ("file://localhost/tmp", "/tmp"),
            ("FILE:///tmp", "/tmp"),
            ("hdfs://n:8020/data/", "hdfs://n:8020/data"),
            ("s3://b/k", "s3://b/k"),
        ] {
            assert_eq!(at(text).to_string(), shown, "{text}");
        }
        assert!(at("data").local_path().is_some());
        assert!(at("s3://b/k").local_path().is_none());
    }

    #[test]
    fn refuses_what_names_no_place() {
        for text in [
            "",
            "gs://b/k",
            "s3://",
            "s3:///k",
            "file://host/x",
            "file:///a%2",
            "file:///a%00",
        ] {
            let error = text.parse::<Location>().unwrap_err();
            assert_eq!(error.exit_status(), 2, "{text}: {error}");
        }
    }

    #[test]
    fn walks_up_and_down() {
        for (text, parent, name) in [
            ("a", ".", "a"),
            ("a/b/", "a", "b"),
            ("/a", "/", "a"),
            ("hdfs://n:1/a/b", "hdfs://n:1/a", "b"),
            ("hdfs://n:1/a", "hdfs://n:1", "a"),
            ("s3://b/k", "s3://b", "k"),
        ] {
            assert_eq!(at(text).parent().unwrap().to_string(), parent, "{text}");
            assert_eq!(at(text).name().unwrap(), name, "{text}");
        }
        for root in ["/", "hdfs://n:1/", "s3://b"] {
            assert_eq!(at(root).parent(), None, "{root}");
        }
        assert_eq!(at("/").join("a").to_string(), "/a");
        assert_eq!(at("s3://b").join("a/b").to_string(), "s3://b/a/b");
        assert!(at("/a/b/c").is_within(&at("/a/b")));
        assert!(!at("/a/bc").is_within(&at("/a/b")));
        assert!(!at("s3://b/kk").is_within(&at("s3://b/k")));
    }
}
