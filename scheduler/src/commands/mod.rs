//! The commands, one file each.

mod alerts;
mod catalogue;
mod demo;
mod dictionary;
mod diff;
mod explain;
mod export;
pub mod find;
mod gc;
mod import;
mod init;
mod push;
mod refresh;
mod review;
mod runs;
mod show;
mod snapshots;
mod steps;
mod verify;
mod worker;

pub use review::{OpenKind, STATUS_HELP};

use crate::app::App;
use crate::cli::{Cli, Command, Show};
use crate::exit::Exit;
use crate::logging;

/// Runs the command.
pub async fn dispatch(cli: Cli) -> anyhow::Result<Exit> {
    logging::start(&cli.global);
    if let Command::Init { file, force } = &cli.command {
        return init::init(file, *force);
    }
    let app = App::new(&cli)?;
    match cli.command {
        Command::Init { .. } => Ok(Exit::Ok),
        Command::Refresh(options) => refresh::refresh(&app, &options).await,
        Command::Crawl(options) => steps::crawl(&app, &options).await,
        Command::Transform { all } => steps::transform(&app, all),
        Command::Publish => steps::publish(&app).await,
        Command::Import { source, files, accept_shrink, replace } => {
            import::import(&app, &source, &files, accept_shrink, replace).await
        }
        Command::Sources => catalogue::sources(&app),
        Command::Runs { last, source, limit } => runs::runs(&app, last, source.as_deref(), limit),
        Command::Search { term, limit } => find::search(&app, &term.join(" "), limit),
        Command::Progress { generic, limit } => find::progress(&app, &generic.join(" "), limit),
        Command::Sql { query } => find::sql(&app, &query),
        Command::Show { what: Show::Drug { id } } => show::drug(&app, &id),
        Command::Show { what: Show::Record { id } } => show::record(&app, &id),
        Command::Explain { id } => explain::explain(&app, &id),
        Command::Why { record_a, record_b } => explain::why(&app, &record_a, &record_b),
        Command::Review(options) => review::review(&app, options),
        Command::Dictionary { what } => dictionary::dictionary(&app, what),
        Command::Export(options) => export::export(&app, &options),
        Command::Push(options) => push::push(&app, &options).await,
        Command::Alerts(options) => alerts::alerts(&app, options),
        Command::Verify => verify::verify(&app),
        Command::Snapshots => snapshots::snapshots(&app),
        Command::Diff { from, to, limit } => diff::diff(&app, &from, &to, limit),
        Command::Gc { keep } => gc::gc(&app, keep),
        Command::Worker { until_idle } => worker::worker(&app, until_idle).await,
        Command::Serve => crate::daemon::serve(&app).await,
        Command::Demo { days } => demo::demo(&app, days).await,
    }
}
