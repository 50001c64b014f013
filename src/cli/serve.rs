//! `kmsprep serve`: the model on a local address, for the real AWS CLI and SDKs.

mod connections;
pub(super) mod control;
mod hosts;
mod origin;
mod profiles;
mod server;
mod settings;
mod state;

use super::scenario::Filling;
use super::{Edge, Exit, Failure, Format, edge};
use crate::cloud::{AccountId, Region, parse_instant};
use crate::endpoint::{Endpoint, Gate, Settings};
use chrono::SubsecRound as _;
use clap::Args;
use hosts::Hosts;
use origin::{Made, Origin, Source};
use server::Shared;
use state::{StateFile, Syncer};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// The port, if nobody says another.
pub(super) const PORT: u16 = 4599;

/// How often what was written goes to the disk, and how often requests are counted up in the state file.
const SYNC: Duration = Duration::from_millis(200);
const COUNT_UP: u32 = 50;

/// So many calls the trail keeps: a server may run for weeks.
const TRAIL: usize = 10_000;

/// `kmsprep serve`.
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// Serve the world of a scenario: its id, or a path to a file. Without it: an account without keys
    #[arg(long, value_name = "SCENARIO")]
    scenario: Option<String>,
    #[command(flatten)]
    filling: Filling,
    /// Keep the world in a file, and go on from there at the next start
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Port; 0 takes a free one
    #[arg(long, default_value_t = PORT)]
    port: u16,
    /// Address to listen on; others than those of this machine itself need --expose
    #[arg(long, value_name = "IP", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    address: IpAddr,
    /// Listen on an address that other machines reach. Whoever reaches it can move the clock, reset the world and stop the server,
    /// and what the AWS clients send can be read on the way
    #[arg(long)]
    expose: bool,
    /// Also answer requests for this host name, such as host.docker.internal
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
    /// Accept any access key and signature: twelve digits are the root user of that account, anything else that of --account
    #[arg(long)]
    any_credentials: bool,
    /// The account of an empty world, and of credentials that name none
    #[arg(long, value_name = "ID", value_parser = account, default_value = "111122223333")]
    account: AccountId,
    /// The Region of an empty world's settings
    #[arg(long, value_name = "REGION", value_parser = region, default_value = "us-east-1")]
    region: Region,
    /// The seed of an empty world: the same seed makes the same key ids and access keys
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// When an empty world begins; now, if nothing is said
    #[arg(long, value_name = "DATE", conflicts_with = "scenario")]
    start: Option<String>,
    /// Whether the world's clock stands until it is moved, or runs
    #[arg(long, value_enum, default_value_t)]
    clock: Clock,
    /// Write AWS config and credentials files with a profile for every principal into this folder
    #[arg(long, value_name = "DIR")]
    write_profiles: Option<PathBuf>,
    /// The most connections; when there are more, the one that has waited longest is closed
    #[arg(long, value_name = "NUMBER", default_value_t = 512, value_parser = clap::value_parser!(u16).range(1..))]
    connections: u16,
    /// Form of the settings that are printed; json is one line
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How the world's clock goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Clock {
    /// It stands until `kmsprep endpoint advance` moves it
    #[default]
    Still,
    /// It runs as fast as the clock on the wall
    Real,
}

fn account(text: &str) -> Result<AccountId, String> {
    AccountId::parse(text).ok_or_else(|| "an account id has twelve digits".to_owned())
}

fn region(text: &str) -> Result<Region, String> {
    Region::parse(text).ok_or_else(|| "there is no such Region".to_owned())
}

/// Runs the command.
///
/// # Errors
/// If the world cannot be made, its state cannot be read, or the address cannot be had.
pub(super) fn run(edge: &mut Edge, args: &ServeArgs) -> Result<Exit, Failure> {
    if !args.address.is_loopback() && !args.expose {
        return Err(Failure::Usage {
            message: format!("{} can be reached by other machines", args.address),
            help: Some(
                "whoever reaches the server can move its clock, reset its world and stop it; if that is what you want, add --expose"
                    .to_owned(),
            ),
        });
    }
    let wanted = origin(args)?;
    let (made, state) = match args.state.as_deref().map(StateFile::open).transpose()?.flatten() {
        Some((saved, file)) => {
            saved.agrees_with(&wanted, args.state.as_deref())?;
            (saved.make()?, Some(file))
        }
        None => {
            // The world is made before its file, so that a mistake leaves nothing behind.
            let made = wanted.make()?;
            (made, args.state.as_deref().map(|path| StateFile::create(path, &wanted)).transpose()?)
        }
    };
    let account = made.account.unwrap_or(args.account);
    let region = made.instance.names.region();
    let mut world = made.instance.world.clone();
    world.cloud.trail.keep(Some(TRAIL));
    let settings = Settings { any_credentials: args.any_credentials, account, region };
    let gate = Arc::new(Gate::new(&world, settings));
    let mut endpoint = Endpoint::new(world, Arc::clone(&gate));
    let syncer = match state {
        Some(file) => {
            if file.torn {
                edge.note("the last line of the state file was not complete; its call was never answered, and it was cut off");
            }
            Some(file.follow(&mut endpoint)?)
        }
        None => None,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|source| Failure::Io { doing: "start".to_owned(), source })?;
    runtime.block_on(listen(edge, args, made, endpoint, gate, syncer))
}

fn origin(args: &ServeArgs) -> Result<Origin, Failure> {
    let rulebook = args.filling.rulebook.rulebook();
    let Some(name) = &args.scenario else {
        if !args.filling.is_empty() {
            let help = Some("name the scenario with --scenario".to_owned());
            return Err(Failure::Usage { message: "there are answers and no scenario".to_owned(), help });
        }
        let start = match &args.start {
            None => edge::now().trunc_subsecs(0),
            Some(text) => parse_instant(text).ok_or_else(|| Failure::Usage {
                message: format!("`{text}` is no date"),
                help: Some("write 2026-01-01 or 2026-01-01T12:00:00Z".to_owned()),
            })?,
        };
        return Ok(Origin::new(rulebook, Source::empty(args.account, args.region, start, args.seed, args.any_credentials)));
    };
    Ok(Origin::new(rulebook, Source::scenario(name, args.filling.read()?)?))
}

async fn listen(
    edge: &mut Edge,
    args: &ServeArgs,
    made: Made,
    endpoint: Endpoint,
    gate: Arc<Gate>,
    syncer: Option<Syncer>,
) -> Result<Exit, Failure> {
    let address = SocketAddr::new(args.address, args.port);
    let listener = TcpListener::bind(address).await.map_err(|source| taken(address, source))?;
    let bound = listener.local_addr().map_err(|source| taken(address, source))?;
    let region = gate.settings().region;
    let url = settings::url(bound);
    let profiles = profiles::profiles(&made.instance.world, &made.instance.names);
    let default = profiles::first(&profiles).filter(|_| !made.is_scenario);
    let written = match &args.write_profiles {
        Some(folder) => Some(profiles::write(folder, &profiles, &url, region, default)?),
        None => None,
    };
    // Before anybody is told that the server is there.
    let signals = Signals::new().map_err(|source| Failure::Io { doing: "listen for signals".to_owned(), source })?;
    let title = made.title.clone();
    let running = args.clock == Clock::Real;
    let printed = settings::Printed {
        title: &title,
        url: &url,
        port: bound.port(),
        region,
        now: endpoint.world().cloud.now(),
        running,
        any: args.any_credentials,
        profiles: &profiles,
        written: written.as_ref(),
        is_scenario: made.is_scenario,
        vpc_endpoints: settings::vpc_endpoints(&made.instance.names, bound.port()),
    };
    match args.format {
        Format::Text => edge.print(&settings::text(&printed, edge.width))?,
        Format::Json => edge.print(&format!("{}\n", settings::json(&printed)))?,
    }
    let hosts = Hosts::new(&args.allow_host, args.expose);
    let context = control::Context { made, title, running };
    let shared = Arc::new(Shared::new(endpoint, gate, hosts, context, usize::from(args.connections), running));
    let waiting = Arc::clone(&shared);
    let signals = tokio::spawn(async move {
        signals.first().await;
        waiting.stop.send_replace(true);
    });
    let keeper = syncer.map(|syncer| tokio::spawn(keep(Arc::clone(&shared), syncer)));
    server::serve(listener, Arc::clone(&shared)).await;
    signals.abort();
    if let Some(keeper) = keeper {
        let kept = keeper.await.unwrap_or_else(|error| Err(io::Error::other(error)));
        kept.map_err(|source| Failure::Io { doing: "write the state file".to_owned(), source })?;
    }
    if args.format == Format::Text {
        edge.print("stopped\n")?;
    }
    Ok(Exit::Passed)
}

fn taken(address: SocketAddr, source: io::Error) -> Failure {
    if source.kind() == io::ErrorKind::AddrInUse {
        return Failure::Usage {
            message: format!("port {} is in use", address.port()),
            help: Some("stop what uses it (`kmsprep endpoint stop`, if it is kmsprep), or take another with --port".to_owned()),
        };
    }
    Failure::Io { doing: format!("listen on {address}"), source }
}

/// Ctrl-C, and the request to end.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    /// Listens for them from now on.
    #[cfg(unix)]
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    #[cfg(not(unix))]
    fn new() -> io::Result<Self> {
        Ok(Signals {})
    }

    /// Waits for the first.
    #[cfg(unix)]
    async fn first(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn first(self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

/// Brings the state to the disk, again and again, and a last time at the end.
async fn keep(shared: Arc<Shared>, syncer: Syncer) -> io::Result<()> {
    let syncer = Arc::new(syncer);
    let mut stop = shared.stop.subscribe();
    let mut counted = 0;
    let mut rounds = 0;
    loop {
        let stopping = tokio::select! {
            () = tokio::time::sleep(SYNC) => false,
            _ = stop.wait_for(|stop| *stop) => true,
        };
        if stopping {
            // The calls that are still under way end first.
            let _ = tokio::time::timeout(server::GRACE, shared.connections.empty()).await;
        }
        rounds += 1;
        if stopping || rounds % COUNT_UP == 0 {
            let mut endpoint = shared.endpoint.lock().await;
            let calls = endpoint.world().cloud.trail.len();
            if calls != counted {
                endpoint.write_meter();
                counted = calls;
            }
        }
        let syncing = Arc::clone(&syncer);
        tokio::task::spawn_blocking(move || syncing.sync()).await.unwrap_or_else(|error| Err(io::Error::other(error)))?;
        if stopping {
            return Ok(());
        }
    }
}
