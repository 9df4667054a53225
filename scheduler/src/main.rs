//! `regatta`: drug pipelines and marketed drugs, refreshed from the regulators.

mod alerts;
mod app;
mod catalogue;
mod cli;
mod cli_alerts;
mod cli_files;
mod cli_names;
mod commands;
mod config;
mod config_alerts;
mod config_text;
mod daemon;
mod exit;
mod jobs;
mod logging;
mod metrics;
mod object_storage;
mod output;
mod workers;

use std::io::Write;
use std::process::ExitCode;

use crate::cli::Cli;
use crate::exit::Exit;

/// Tables are made of millions of small texts and lists; the allocator of glibc
/// spends a tenth of a transform on giving pages back and asking for them again.
/// Libraries in C use this one too (feature `override`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::read();
    let json = cli.global.log_json;
    let exit = match run(cli) {
        Ok(exit) => exit,
        Err(error) => {
            // The one place where an error that ends the command is shown.
            tell(&with_causes(&error), json);
            Exit::of_error(&error)
        }
    };
    exit.into()
}

/// The error with its causes, each once: some of them say their own cause.
fn with_causes(error: &anyhow::Error) -> String {
    error.chain().skip(1).map(ToString::to_string).fold(error.to_string(), |said, cause| {
        if said.contains(&cause) { said } else { format!("{said}: {cause}") }
    })
}

/// On standard error; for programs in the form of the log lines, whichever of
/// these the filter lets through. Where it cannot be written, the exit code says it.
fn tell(error: &str, json: bool) {
    if json {
        let line = serde_json::json!({
            "timestamp": jiff::Timestamp::now(),
            "level": "ERROR",
            "fields": { "message": "the command failed", "error": error },
            "target": "regatta",
        });
        let _ = writeln!(std::io::stderr(), "{line}");
    } else {
        let _ = writeln!(std::io::stderr(), "error: {error}");
    }
}

fn run(cli: Cli) -> anyhow::Result<Exit> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(commands::dispatch(cli));
    // Work that a stop has abandoned must not hold the process; a lake is
    // written so that it may end at any moment.
    runtime.shutdown_background();
    ended
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_once() {
        let disk = std::io::Error::other("disk full");
        let error =
            anyhow::Error::new(disk).context("cannot write x: disk full").context("publish");
        assert_eq!(with_causes(&error), "publish: cannot write x: disk full");
        let error = anyhow::anyhow!("disk full").context("cannot write x");
        assert_eq!(with_causes(&error), "cannot write x: disk full");
    }
}
