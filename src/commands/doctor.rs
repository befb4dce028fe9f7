//! `retail doctor`.

use clap::Args;
use serde::Serialize;

use super::{Cli, Outcome};
use crate::config;
use crate::doctor::{Finding, How, KAFKA, State, TYPED, Target, examine, machine};
use crate::error::Result;
use crate::events::kafka::property;
use crate::ui::{Context, Summary};

/// Check every configured address: Kafka, HDFS, S3, Spark, databases, folders
///
/// Looks at all addresses that the environment, .env and retail.toml give to any command, and at
/// those that are typed: whether each answers, with which version, permission, clock and room.
/// Exits with 3 when something is wrong.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct DoctorArgs {
    /// Addresses and folders to look at, too; of Kafka kafka://host:9092
    #[arg(value_name = "ADDRESS")]
    pub addresses: Vec<String>,
    /// Write a file into every folder, and remove it
    #[arg(long)]
    pub write: bool,
    /// Property of librdkafka, such as security.protocol=ssl; may be repeated
    #[arg(short = 'X', long = "property", value_name = "NAME=VALUE", value_parser = property)]
    pub property: Vec<(String, String)>,
}

const EXAMPLES: &str = "\
Examples:
  retail doctor
  retail doctor --write data/output s3://lake kafka://localhost:9092
  retail --json doctor postgres://retail@localhost/retail";

/// The folder that commands use where nothing else is said.
const DATA: &str = "data";

#[derive(Serialize)]
struct Report {
    command: &'static str,
    state: State,
    findings: Vec<Finding>,
}

/// Only for JSON: humans get blocks.
impl Summary for Report {
    fn lines(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// Looks at everything.
///
/// # Errors
/// When the configuration cannot be read.
pub fn run(args: &DoctorArgs, context: &Context) -> anyhow::Result<Outcome> {
    let how = How {
        properties: &args.property,
        secrets: &config::password,
        write: args.write,
        stop: &context.stop,
    };
    let mut findings = vec![machine()];
    for target in targets(args)? {
        findings.extend(examine(&target, &how)?);
    }
    let state = findings.iter().map(Finding::state).max();
    let report = Report {
        command: "doctor",
        state: state.unwrap_or(State::Ok),
        findings,
    };
    if context.json() {
        context.summarize(&report)?;
    } else {
        show(&report, context)?;
    }
    Ok(match report.state {
        State::Wrong => Outcome::CheckFailed,
        State::Ok | State::Warning => Outcome::Done,
    })
}

/// What is typed, what is configured, and the folder of data.
fn targets(args: &DoctorArgs) -> Result<Vec<Target>> {
    let mut all = Vec::new();
    let target = |address: &str, origin: &str, brokers: bool| Target {
        address: address.to_owned(),
        origin: origin.to_owned(),
        brokers,
    };
    for address in &args.addresses {
        all.push(match address.strip_prefix(KAFKA) {
            Some(brokers) => target(brokers, TYPED, true),
            None => target(address, TYPED, false),
        });
    }
    for found in config::configured::<Cli>()? {
        let brokers = found.option == "brokers";
        let found = target(&found.value, &found.origin, brokers);
        // What is typed is not looked at once more because it is configured, too.
        let is_known = all
            .iter()
            .any(|known| (&known.address, known.brokers) == (&found.address, found.brokers));
        if !is_known && (brokers || found.address.contains("://")) {
            all.push(found);
        }
    }
    if args.addresses.is_empty() {
        all.push(target(DATA, "default", false));
    }
    Ok(all)
}

/// A block for each address, as what is wrong must be read whole.
fn show(report: &Report, context: &Context) -> Result<()> {
    let mut out = context.claim_stdout_for_data()?;
    for finding in &report.findings {
        out.line(&format!("{} {}", finding.server, finding.address))?;
        for check in &finding.checks {
            let (state, what) = (check.state.name(), check.what);
            out.line(&format!("  {state:<8} {what:<11} {}", check.found))?;
        }
    }
    out.finish()
}
