//! `regatta init`.

use std::io::Write;
use std::path::Path;

use anyhow::Context;

use crate::config::TEMPLATE;
use crate::exit::Exit;
use crate::output::line;

/// Writes the commented configuration.
pub fn init(file: &Path, force: bool) -> anyhow::Result<Exit> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true);
    if force {
        options.create(true).truncate(true);
    } else {
        options.create_new(true);
    }
    options
        .open(file)
        .and_then(|mut f| f.write_all(TEMPLATE.as_bytes()))
        .with_context(|| format!("cannot write {} (--force replaces a file)", file.display()))?;
    line(format!("wrote {}; set `contact` in it, then run `regatta refresh`", file.display()))?;
    Ok(Exit::Ok)
}
