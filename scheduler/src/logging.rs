//! Log lines on standard error; the output of commands is on standard output.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

use crate::cli::Global;
use crate::output::bars;

/// Starts logging as the command line says.
pub fn start(global: &Global) {
    // The PDF reader warns of every odd glyph name, the HTML reader of every
    // table that is not closed, and both go on; what could not be read, the
    // parser reports as an issue.
    let default = match global.verbose {
        0 => "warn,lopdf=off,html5ever=off,regatta=info,regatta_crawlers=info,regatta_remote=info",
        1 => {
            "info,lopdf=off,html5ever=off,tokio_cron_scheduler=warn,regatta=debug,regatta_crawlers=debug,regatta_remote=debug,regatta_transform=debug,regatta_warehouse=debug"
        }
        _ => "trace",
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    // Lines must not tear the bars apart: on a terminal they go above them.
    let writer = BoxMakeWriter::new(bars::log_writer);
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    if global.log_json {
        builder.json().init();
    } else {
        builder.with_target(false).with_ansi(bars::on_terminal()).compact().init();
    }
}
