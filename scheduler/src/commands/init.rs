//! `regatta init`.

use std::io::{ErrorKind, Write};
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
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    options.open(file).and_then(|mut f| f.write_all(TEMPLATE.as_bytes())).map_err(|error| {
        let remedy = match error.kind() {
            ErrorKind::AlreadyExists => " (--force replaces a file)",
            _ => "",
        };
        anyhow::Error::new(error).context(format!("cannot write {}{remedy}", file.display()))
    })?;
    line(format!("wrote {}; set `contact` in it, then run `regatta refresh`", file.display()))?;
    Ok(Exit::Ok)
}
