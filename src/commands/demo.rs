//! `retail demo`.

use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use clap::{Args, Parser};
use serde_json::{Map, Value, json};

use super::serve::{Ports, line};
use super::{Cli, Outcome, dispatch, drained};
use crate::config;
use crate::config::serving::{currency, locale};
use crate::config::values::rate;
use crate::error::{Error, Result};
use crate::serve::batch::Folders;
use crate::serve::{self, AsOf, Plan, Settings, Which, keys};
use crate::store::{self, Location, Lock, RunRecord};
use crate::ui::Context;

/// Look at everything at once: sales, their sums, live windows, dashboards
///
/// Generates sales, adds them up by day, plays them as live events, and shows the dashboards
/// and the API, until Ctrl-C. Needs no server, and no folder but its own, which is made anew
/// every time. A port that is taken is replaced by one that is free.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct DemoArgs {
    /// Folder for everything that the demo writes
    #[arg(long, value_name = "FOLDER", default_value = "retail-demo")]
    pub root: PathBuf,
    /// Days of sales, today the last
    #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: u32,
    /// Sales a day
    #[arg(long, value_name = "N", default_value_t = 480, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub transactions_per_day: u32,
    /// Live events a second
    #[arg(long, value_name = "N", default_value = "10", value_parser = rate)]
    pub rate: f64,
    /// Currency of all amounts, as EUR; without it numbers stand alone
    #[arg(long, value_name = "CODE", value_parser = currency)]
    pub currency: Option<String>,
    /// How numbers are written, as de-DE; without it as the browser likes
    #[arg(long, value_name = "TAG", value_parser = locale)]
    pub locale: Option<String>,
    /// Where the servers listen.
    #[command(flatten)]
    pub ports: Ports,
}

const EXAMPLES: &str = "\
Examples:
  retail demo
  retail demo --days 365 --rate 50 --currency EUR --locale de-DE";

/// Says that a folder is a demo's, and may be emptied by the next.
const MARK: &str = ".retail-demo";
/// Held by a demo that runs.
const LOCK: &str = ".retail-demo.lock";
/// Windows that the live page shows, and products that it draws.
const WINDOWS: (usize, usize) = (96, 8);

/// Runs the demo until a signal comes.
///
/// # Errors
/// When one of its steps fails.
pub fn run(args: &DemoArgs, context: &Context) -> anyhow::Result<Outcome> {
    let home = Home::make(&args.root)?;
    let hushed = context.hushed();
    let step = |words: &[OsString]| -> anyhow::Result<Outcome> {
        let argv = [OsString::from("retail")].into_iter().chain(words.to_vec());
        let cli = Cli::try_parse_from(argv)
            .map_err(|e| Error::Internal(format!("the demo's own arguments: {e}")))?;
        dispatch(cli.command, &hushed)
    };
    step(&home.generate(args))?;
    let declared = home.declared()?;
    context.say(&format!(
        "Generated {} sales of {} days: revenue {}",
        declared.0, args.days, declared.1
    ))?;
    step(&home.batch())?;
    let found = home.found()?;
    if found != declared.1 {
        let what = format!("batch finds {found}, and {} was generated", declared.1);
        return Err(Error::Internal(what).into());
    }
    context.say(&format!(
        "Added up by day and product:  revenue {found}, equal"
    ))?;
    context.say("Now they come again, as live events; a lap moves all dates on.")?;

    let (plan, key) = home.plan(args)?;
    let (tell, told) = mpsc::channel();
    let stop = context.stop.clone();
    let servers = thread::spawn(move || {
        serve::run(plan, &stop, |addresses| {
            // Who asked has not gone: it waits for this.
            let _ = tell.send(addresses.to_vec());
            Ok(())
        })
    });
    let failed = || Error::Internal("the servers panicked".to_owned());
    // Nothing comes when they could not start: then their error tells why.
    if let Ok(addresses) = told.recv() {
        announce(&addresses, key.as_deref(), args, context)?;
        let outcome = step(&home.stream(args)).and_then(|_| home.played(context));
        if outcome.is_err() {
            context.stop.ask(15);
        }
        servers.join().map_err(|_| failed())??;
        outcome?;
    } else {
        servers.join().map_err(|_| failed())??;
    }
    Ok(drained(&context.stop))
}

/// Says where to look.
fn announce(
    addresses: &[(Which, SocketAddr)],
    key: Option<&str>,
    args: &DemoArgs,
    context: &Context,
) -> Result<()> {
    if context.json() {
        let mut urls = Map::new();
        for (which, address) in addresses {
            urls.insert(which.name().to_owned(), json!(format!("http://{address}")));
        }
        let told = json!({
            "command": "demo",
            "root": args.root,
            "addresses": Value::Object(urls),
            "api_key": key,
        });
        return context.json_line(&told);
    }
    context.say("")?;
    for (which, address) in addresses {
        context.say(&line(*which, *address))?;
    }
    let key = key.unwrap_or("that of RETAIL_API_KEY");
    context.say(&format!("{:15}  {key}", "API key"))?;
    context.say("")?;
    let root = args.root.display();
    context.say(&format!("Ctrl-C ends it; what it wrote stays in {root}."))
}

/// The demo's folder.
struct Home<'a> {
    root: &'a Path,
    /// Another demo would empty it meanwhile.
    _lock: Box<dyn Lock>,
}

impl<'a> Home<'a> {
    /// Makes it, or takes that of an earlier demo and empties it.
    fn make(root: &'a Path) -> Result<Self> {
        let place = root.display();
        let failed = |e| Error::io("make", place.to_string(), e);
        fs::create_dir_all(root).map_err(failed)?;
        let mark = root.join(MARK);
        let mut entries = root.read_dir().map_err(failed)?;
        if entries.next().is_some() && !mark.exists() {
            return Err(Error::Usage(format!(
                "{place} holds something that is no demo's, and a demo empties its folder; name \
                 another --root"
            )));
        }
        fs::write(&mark, "Made by retail demo, which empties this folder.\n").map_err(failed)?;
        let at = Location::from_path(root)?;
        let lock = store::open(&at)?.lock(&at.join(LOCK), "retail demo")?;
        for below in ["data", "checkpoints"] {
            match fs::remove_dir_all(root.join(below)) {
                Err(e) if e.kind() != ErrorKind::NotFound => {
                    return Err(Error::io("empty", root.join(below).display(), e));
                }
                _ => {}
            }
        }
        Ok(Self { root, _lock: lock })
    }

    fn path(&self, below: &str) -> OsString {
        self.root.join(below).into_os_string()
    }

    fn generate(&self, args: &DemoArgs) -> Vec<OsString> {
        vec![
            "generate".into(),
            "--days".into(),
            args.days.to_string().into(),
            "--transactions-per-day".into(),
            args.transactions_per_day.to_string().into(),
            "--output".into(),
            self.path("data/input"),
            "--master".into(),
            self.path("data/master"),
        ]
    }

    fn batch(&self) -> Vec<OsString> {
        vec![
            "batch".into(),
            "--input".into(),
            self.path("data/input"),
            "--output".into(),
            self.path("data/output"),
            "--analysis".into(),
            ANALYSES.into(),
            "--master".into(),
            self.path("data/master"),
        ]
    }

    fn stream(&self, args: &DemoArgs) -> Vec<OsString> {
        vec![
            "stream".into(),
            "--loop".into(),
            "--rate".into(),
            args.rate.to_string().into(),
            "--input".into(),
            self.path("data/input"),
            "--output".into(),
            self.path(STREAM),
            "--checkpoint".into(),
            self.path("checkpoints/streaming_sales"),
        ]
    }

    /// Rows and revenue as the generator declares them.
    fn declared(&self) -> Result<(u64, String)> {
        let path = self.root.join("data/input/_truth.json");
        let place = path.display().to_string();
        let text = fs::read(&path).map_err(|e| Error::io("read", &place, e))?;
        let truth: Value = serde_json::from_slice(&text)
            .map_err(|e| Error::data(&place, format!("is no truth: {e}")))?;
        let revenue = truth["revenue"].as_str().unwrap_or_default();
        Ok((
            truth["rows"].as_u64().unwrap_or_default(),
            revenue.to_owned(),
        ))
    }

    fn figures(&self, folder: &str) -> Result<Value> {
        let record = RunRecord::read(&Location::from_path(&self.root.join(folder))?)?;
        Ok(record.map(|record| record.figures).unwrap_or_default())
    }

    /// Revenue as batch found it.
    fn found(&self) -> Result<String> {
        let figures = self.figures("data/output/analysis_csv")?;
        Ok(figures["grand_total"]
            .as_str()
            .unwrap_or_default()
            .to_owned())
    }

    /// Says how the stream ended.
    fn played(&self, context: &Context) -> anyhow::Result<()> {
        let figures = self.figures(STREAM)?;
        let (read, revenue) = (&figures["read"], &figures["accepted_revenue"]);
        let revenue = revenue.as_str().unwrap_or_default();
        context.say(&format!("Played {read} live events: revenue {revenue}"))?;
        Ok(())
    }

    /// The servers, and the key that opens the API where one was made for it.
    fn plan(&self, args: &DemoArgs) -> Result<(Plan, Option<String>)> {
        let mut known = config::api_keys()?;
        let mut key = None;
        if known.is_empty() {
            let made = keys::random()?;
            known.push(made.clone());
            key = Some(made);
        }
        let output = self.root.join("data/output");
        let settings = Settings {
            batch: Folders::below(&output, &output),
            stream: self.root.join(STREAM),
            jobs: output.join("live"),
            windows: WINDOWS.0,
            series: WINDOWS.1,
            currency: args.currency.clone(),
            locale: args.locale.clone(),
            as_of: AsOf::Today,
            keys: known,
            rate_limit: 0,
            no_auth: false,
            allow_hosts: Vec::new(),
            cors_origins: Vec::new(),
        };
        let listeners = Which::ALL.map(|which| (which, free(args.ports.of(which))));
        let listeners = listeners.to_vec();
        Ok((
            Plan {
                listeners,
                settings,
                ingest: None,
                cache: None,
            },
            key,
        ))
    }
}

/// The analyses that have pages.
const ANALYSES: &str = "rfm,products,trends,store_performance,returns";
/// Where the stream's windows go, below the root.
const STREAM: &str = "data/output/streaming_product_revenue";

/// The port on this machine, or any where it is taken.
fn free(port: u16) -> SocketAddr {
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    match TcpListener::bind((loopback, port)) {
        Ok(_) => (loopback, port).into(),
        Err(_) => (loopback, 0).into(),
    }
}
