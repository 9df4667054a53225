//! Exit codes, the same for every command.

use std::process::ExitCode;

use crate::config::ConfigError;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: done.
    Ok,
    /// 1: failed; what was served before is still served.
    Failed,
    /// 2: the command line or the configuration cannot be used.
    Usage,
    /// 3: done, but a source failed; its last good data is still served.
    SourceFailed,
}

impl Exit {
    /// The code of an error that ended the command.
    pub fn of_error(error: &anyhow::Error) -> Self {
        // As a cause, or as the context of another error (which `chain` does not show).
        let usage = error.is::<ConfigError>()
            || error.chain().any(<dyn std::error::Error>::is::<ConfigError>);
        if usage { Self::Usage } else { Self::Failed }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Ok => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::SourceFailed => 3,
        })
    }
}
