//! A place on HDFS or S3 that a test has for itself, and what others than `retail` find there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::common::services::{act, script};
use crate::common::{Running, Shop, stderr};
use crate::servers::{OwnHdfs, S3, fs_text, hdfs, root, s3};

/// A folder of a test's own.
pub struct Place {
    base: String,
    env: Vec<(&'static str, String)>,
}

impl Place {
    /// On the HDFS that all tests share; none where it cannot run.
    pub fn on_hdfs() -> Option<Self> {
        let server = hdfs()?;
        Some(Self::new(format!("{server}/{}", root()), Vec::new()))
    }

    /// On an HDFS of a test's own.
    pub fn on(own: &OwnHdfs) -> Self {
        Self::new(format!("{}/{}", own.address(), root()), Vec::new())
    }

    /// On the S3 server that all tests share; none where it cannot run.
    pub fn on_s3() -> Option<Self> {
        Some(Self::by(&s3()?))
    }

    /// On this S3 server.
    pub fn by(server: &S3) -> Self {
        Self::new(format!("s3://retail/{}", root()), server.env().into())
    }

    fn new(base: String, mut env: Vec<(&'static str, String)>) -> Self {
        env.push(("HADOOP_USER_NAME", "root".to_owned()));
        Self { base, env }
    }

    /// The same with another value of a variable.
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.env.push((name, value.to_owned()));
        self
    }

    /// The address of a name in it.
    pub fn at(&self, name: &str) -> String {
        format!("{}/{name}", self.base)
    }

    /// `retail` with these arguments, that may reach it.
    pub fn retail(&self, shop: &Shop, args: &[&str]) -> Command {
        let mut command = shop.retail(args);
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs to the end.
    pub fn run(&self, shop: &Shop, args: &[&str]) -> Output {
        self.retail(shop, args).output().expect("it starts")
    }

    /// Runs, must succeed, and gives the `--json` summary.
    pub fn json(&self, shop: &Shop, args: &[&str]) -> Value {
        serde_json::from_slice(&self.done(shop, &[&["--json"], args].concat())).expect("JSON")
    }

    /// Runs, must succeed, and gives what it printed.
    pub fn done(&self, shop: &Shop, args: &[&str]) -> Vec<u8> {
        let output = self.run(shop, args);
        assert!(output.status.success(), "{args:?}: {}", stderr(&output));
        output.stdout
    }

    /// Runs, must fail with `status` and one line of an error, which this gives.
    pub fn fail(&self, shop: &Shop, args: &[&str], status: i32) -> String {
        let output = self.run(shop, args);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(status), "{args:?}: {text}");
        assert_eq!(text.lines().count(), 1, "{args:?}: {text}");
        text
    }

    /// Starts it and lets it run beside the test.
    pub fn start(&self, shop: &Shop, args: &[&str]) -> Running {
        Running::of(self.retail(shop, args))
    }

    /// Whether it is on S3.
    pub fn is_s3(&self) -> bool {
        self.base.starts_with("s3://")
    }

    /// A folder copied by another client than ours, hidden files too; the place of the copy.
    pub fn copy(&self, shop: &Shop, name: &str) -> PathBuf {
        let to = shop.path(&format!("copy-{}", root()));
        match self.is_s3() {
            true => drop(self.python(&["get", &self.at(name), to.to_str().unwrap()])),
            false => drop(fs_text(&["-get", &self.at(name), to.to_str().unwrap()])),
        }
        to
    }

    /// As [`tree`](Self::tree), of an HDFS of a test's own.
    pub fn tree_by(&self, own: &OwnHdfs, shop: &Shop, name: &str) -> BTreeMap<String, Vec<u8>> {
        let to = format!("copy-{}", root());
        own.fs_text(&["-get", &self.at(name), shop.path(&to).to_str().unwrap()]);
        shop.tree(&to)
    }

    /// Every file of a folder but those of the run itself, as another client reads it.
    pub fn tree(&self, shop: &Shop, name: &str) -> BTreeMap<String, Vec<u8>> {
        let copy = self.copy(shop, name);
        shop.tree(copy.file_name().unwrap().to_str().unwrap())
    }

    /// The sums of CSVs, by decimal arithmetic, and those of the Parquet files that batch made
    /// of them, by pyarrow: from S3 itself, from HDFS by a copy.
    pub fn sums(&self, shop: &Shop, input: &str, output: &str) -> [BTreeMap<String, String>; 2] {
        let near = |name: &str| match self.is_s3() {
            true => self.at(name),
            false => self.copy(shop, name).display().to_string(),
        };
        let told = self.python(&["sums", &near(input), "--", &near(output)]);
        serde_json::from_str(&told).expect("two objects")
    }

    fn python(&self, args: &[&str]) -> String {
        let venv = act(Command::new(script("pypi")).args(["pyarrow", "26.0.1"])).expect("pyarrow");
        let read = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lake/read.py");
        let mut python = Command::new(Path::new(&venv).join("bin/python"));
        let env = self.env.iter().map(|(name, value)| (name, value));
        act(python.arg(read).args(args).envs(env)).expect("read.py")
    }
}

/// Makes a test of each function on HDFS and on S3.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod on_hdfs {
            $(#[test]
            fn $name() {
                if let Some(place) = crate::place::Place::on_hdfs() {
                    super::$name(&place);
                }
            })*
        }
        mod on_s3 {
            $(#[test]
            fn $name() {
                if let Some(place) = crate::place::Place::on_s3() {
                    super::$name(&place);
                }
            })*
        }
    };
}
pub(crate) use on_both;
