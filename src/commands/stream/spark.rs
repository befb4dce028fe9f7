//! `retail stream --engine spark`: what can be asked of it, and its run.

use std::time::{Duration, Instant};

use serde_json::json;

use super::args::{Choice, FromArg, OnGapArg, StreamArgs, Work, micros};
use super::identity::{identity, of_jobs, settings};
use super::jobs;
use crate::commands::{Outcome, refuse_overlap};
use crate::error::{Error, Result};
use crate::history::Place;
use crate::signal::Stop;
use crate::spark::Remote;
use crate::spark::Session;
use crate::spark::home::{self, Home};
use crate::spark::queries::{Pace, rows};
use crate::spark::stream::{self, Job, Plan, Submitted, Topic, figures, summary, watch};
use crate::store::run_record::{RUN_RECORD, now};
use crate::store::{self, RunRecord};
use crate::ui::Context;

/// How often messages are looked for where nothing is said: as the replaced Spark job did.
const EVERY: Duration = Duration::from_secs(30);
/// The same of the local engine.
const LOCAL: Duration = Duration::from_secs(1);

/// Submits the stream; with `--until-end` waits for it.
///
/// # Errors
/// When an option is none of Spark's, or the run fails.
pub(super) fn run(
    args: &StreamArgs,
    remote: &Remote,
    context: &Context,
) -> anyhow::Result<Outcome> {
    let job = job(&args.work()?)?;
    refuse_options(args, job, context)?;
    let plan = plan(args, job, context)?;
    let place = Place::beside(&plan.output);
    let names = match job {
        Job::Revenue => Vec::new(),
        job => vec![job.name().to_owned()],
    };
    context.history.record("stream", place, names);
    context.history.begin();
    let (record, began) = (RunRecord::begin(plan.job.command()), Instant::now());
    let stop = &context.stop;
    let (home, submitted) = stream::begin(&plan, remote, stop)?;
    let session = &home.session;
    if plan.pace != Pace::Present {
        watch::begun(&submitted, session, stop)?;
        let timeout = home::timeout(session)?;
        context.summarize(&summary::Begun::of(&plan, &submitted, &timeout))?;
        return Ok(Outcome::Done);
    }
    let ended = until_end(&plan, remote, (&home, &submitted), (record, began), stop)?;
    context.summarize(&ended)?;
    Ok(Outcome::Done)
}

/// Waits for both queries, counts, and leaves the record by which `verify` proves the output.
fn until_end(
    plan: &Plan,
    remote: &Remote,
    (home, submitted): (&Home, &Submitted),
    (mut record, began): (RunRecord, Instant),
    stop: &Stop,
) -> Result<summary::Ended> {
    let session: &Session = &home.session;
    watch::ended(submitted, session, stop)?;
    let progress = submitted.windows.progress(session)?;
    let read = progress.iter().map(rows).sum();
    let seconds = began.elapsed().as_secs_f64();
    let figures = figures::figures(plan, remote, stop)?;
    for query in submitted.all() {
        home.forget_query(&query.name)?;
    }
    let late = watch::dropped(&progress);
    let ended = summary::Ended::of(plan, submitted, &figures, (seconds, read, late));
    record.run_id.clone_from(&submitted.windows.id);
    record.finished = now();
    record.settings = plan.identity.clone();
    record.settings.insert("engine".into(), json!("spark"));
    record.figures = json!(ended);
    // All was read once, though not every window is closed: so it can be held against a batch.
    record.figures["passes_complete"] = json!(true);
    let file = plan.output.join(RUN_RECORD);
    store::open(&file)?.write_small_atomic(&file, &record.to_json()?)?;
    Ok(ended)
}

/// The job that Spark is to do. It does one, and none that SQL cannot say.
fn job(work: &Work) -> Result<Job> {
    let refused = |name: &str, why: &str| {
        let carried = Job::ALL.map(Job::name).join(" and ");
        Err(Error::Usage(format!(
            "--job {name}: {why}; --engine spark carries {carried}, take --engine local for others"
        )))
    };
    let jobs = match work {
        Work::Windows => return Ok(Job::Revenue),
        Work::List => return refused("list", "is answered by this process"),
        Work::Archive => return refused("archive", "keeps messages in files of its own layout"),
        Work::Jobs(jobs) => jobs,
    };
    let mut names = jobs.iter().map(|job| job.spec.name);
    if let Some(name) = names.clone().find(|name| Job::named(name).is_none()) {
        return refused(name, why_not(name));
    }
    match (names.next().and_then(Job::named), names.next()) {
        (Some(job), None) if job != Job::Revenue => Ok(job),
        (_, None) => refused("revenue", "goes to a folder there, not to standard output"),
        (_, Some(second)) => refused(
            second,
            "takes a stream of its own, beside that of the other",
        ),
    }
}

/// What SQL lacks for a job.
fn why_not(job: &str) -> &'static str {
    match job {
        "sales" => {
            "counts customers in a bounded way that Spark does not know, and its own would differ"
        }
        "orders" => "has totals that change with every order, and Spark's files take final rows",
        "events" => "numbers all events in one order, and Spark's tasks have none",
        _ => "follows each key from event to event, which SQL does not",
    }
}

/// What the local engine does and Spark does not is refused, not passed over.
fn refuse_options(args: &StreamArgs, job: Job, context: &Context) -> Result<()> {
    let is_set: [(&str, bool, &str); 9] = [
        (
            "--dedup",
            !args.cleaning.dedup.is_empty(),
            "Spark forgets keys by its own watermark and does not say which record it dropped",
        ),
        (
            "--date-format",
            args.cleaning.reading.date_format.is_some(),
            "no format of Spark reads dates as strftime says",
        ),
        (
            "--dlq",
            args.dlq.is_some(),
            "rejects go to the output's _rejects",
        ),
        (
            "--on-gap continue",
            args.on_gap == OnGapArg::Continue,
            "Spark does not count the messages that it has lost",
        ),
        (
            "--fresh",
            args.fresh,
            "name another --checkpoint and --output, and clear the old ones with retail jobs clean",
        ),
        (
            "--metrics-addr",
            args.metrics_addr.is_some(),
            "see retail jobs status",
        ),
        (
            "--set",
            !args.set.is_empty() && job == Job::Revenue,
            "is for other jobs than revenue",
        ),
        (
            "--webhook",
            args.webhook.is_some(),
            "no job that Spark does tells of trouble",
        ),
        (
            "--delimiter",
            args.cleaning.reading.delimiter.is_some(),
            "messages are JSON",
        ),
    ];
    const TYPED: [(&str, &str, &str); 12] = [
        ("input", "--input", "it reads Kafka; name it with --brokers"),
        (
            "rate",
            "--rate",
            "it does not replay; start retail replay beside it",
        ),
        (
            "speed",
            "--speed",
            "it does not replay; start retail replay beside it",
        ),
        (
            "looped",
            "--loop",
            "it does not replay; start retail replay beside it",
        ),
        (
            "order",
            "--order",
            "it does not replay; start retail replay beside it",
        ),
        (
            "shuffle",
            "--shuffle",
            "it does not replay; start retail replay beside it",
        ),
        (
            "idle",
            "--idle",
            "Spark has one watermark for all partitions, which none holds back",
        ),
        ("dedup_horizon", "--dedup-horizon", "there is no --dedup"),
        (
            "group",
            "--group",
            "Spark tells Kafka no positions; they are in the checkpoint",
        ),
        (
            "partitions",
            "--partitions",
            "it makes no topic; retail replay does",
        ),
        (
            "webhook_quiet",
            "--webhook-quiet",
            "no job that Spark does tells of trouble",
        ),
        ("temp_dir", "--temp-dir", "nothing is kept on this machine"),
    ];
    let set = is_set
        .iter()
        .filter(|(_, is_set, _)| *is_set)
        .map(|(name, _, why)| (*name, *why));
    let typed = TYPED
        .iter()
        .filter(|(id, ..)| context.typed(id))
        .map(|(_, name, why)| (*name, *why));
    if let Some((name, why)) = set.chain(typed).next() {
        return Err(Error::Usage(format!(
            "{name} does not go with --engine spark: {why}"
        )));
    }
    if let Some(database) = args.databases()?.first() {
        return Err(Error::Usage(format!(
            "--output {database} does not go with --engine spark: it writes a folder; bring that to \
             the database with retail sinks"
        )));
    }
    Ok(())
}

fn plan(args: &StreamArgs, job: Job, context: &Context) -> Result<Plan> {
    let choice = args.choose(context)?;
    let Choice::Kafka(topic) = &choice else {
        return Err(Error::Usage(
            "--engine spark reads Kafka, and no --brokers are named; type them, or set \
             KAFKA_BOOTSTRAP_SERVERS"
                .to_owned(),
        ));
    };
    let (output, checkpoint) = args.places(context)?;
    refuse_overlap(
        std::slice::from_ref(&output),
        std::slice::from_ref(&checkpoint),
    )
    .map_err(|_| {
        Error::Usage(format!(
            "--output {output} and --checkpoint {checkpoint} lie in each other; choose others"
        ))
    })?;
    let (shape, rules, identity) = match args.work()? {
        Work::Jobs(entries) => {
            let setups = jobs::setups(args, &entries, context)?;
            let (_, setup) = &setups[0];
            let shape = setup.shape("window", "window")?;
            (shape, jobs::rules(args)?, of_jobs(args, &choice, &setups))
        }
        _ => (
            args.shape()?,
            args.cleaning.rules()?,
            identity(args, &choice),
        ),
    };
    let identity = settings(args, &choice, &identity)
        .into_iter()
        .filter(|(name, _)| name != "working_folder")
        .collect();
    Ok(Plan {
        job,
        shape,
        rules,
        max_jump: micros(args.max_event_jump)?,
        topic: Topic {
            name: topic.name.clone(),
            brokers: topic.brokers.clone(),
            from: match args.from {
                FromArg::Earliest => "earliest",
                FromArg::Latest => "latest",
            },
            properties: topic
                .properties
                .iter()
                .map(property)
                .collect::<Result<_>>()?,
        },
        output,
        checkpoint,
        identity,
        pace: match args.until_end {
            true => Pace::Present,
            false if args.commit_interval == LOCAL && !context.typed("commit_interval") => {
                Pace::Every(EVERY.as_millis())
            }
            false => Pace::Every(args.commit_interval.as_millis().max(1)),
        },
    })
}

/// Properties of librdkafka that Kafka's client in Java calls the same, and means the same by; and
/// those that only the latter has, which Spark takes.
const PROPERTIES: [&str; 26] = [
    "client.dns.lookup",
    "client.id",
    "client.rack",
    "connections.max.idle.ms",
    "fetch.max.bytes",
    "fetch.min.bytes",
    "isolation.level",
    "max.partition.fetch.bytes",
    "metadata.max.age.ms",
    "reconnect.backoff.max.ms",
    "reconnect.backoff.ms",
    "request.timeout.ms",
    "retry.backoff.ms",
    "sasl.jaas.config",
    "sasl.kerberos.service.name",
    "sasl.login.callback.handler.class",
    "sasl.mechanism",
    "security.protocol",
    "session.timeout.ms",
    "ssl.endpoint.identification.algorithm",
    "ssl.key.password",
    "ssl.keystore.location",
    "ssl.keystore.password",
    "ssl.truststore.location",
    "ssl.truststore.password",
    "ssl.truststore.type",
];

fn property((name, value): &(String, String)) -> Result<(String, String)> {
    if PROPERTIES.contains(&name.as_str()) {
        return Ok((name.clone(), value.clone()));
    }
    let instead = match name.as_str() {
        "ssl.ca.location" => "say ssl.truststore.location and ssl.truststore.type=PEM",
        "sasl.username" | "sasl.password" => "say sasl.jaas.config",
        "sasl.mechanisms" => "say sasl.mechanism",
        _ => "docs/spark-stream.md names those that are taken",
    };
    Err(Error::Usage(format!(
        "-X {name} does not go with --engine spark, whose client of Kafka is that of Java; {instead}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_those_of_java() {
        let of = |name: &str| property(&(name.to_owned(), "x".to_owned()));
        assert!(of("security.protocol").is_ok());
        for other in ["ssl.ca.location", "sasl.username", "queue.buffering.max.ms"] {
            let error = of(other).unwrap_err();
            assert_eq!(error.exit_status(), 2);
            assert!(error.to_string().contains(other), "{error}");
        }
    }
}
