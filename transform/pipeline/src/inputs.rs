//! Which runs the tables are made of.

use std::collections::BTreeMap;

use jiff::Timestamp;
use regatta_lake::{CatalogueEntry, Lake, RunManifest, SnapshotInput, SourceId, history};

use crate::TransformError;

/// The runs whose data is served.
pub(crate) struct Inputs {
    pub(crate) runs: BTreeMap<SourceId, RunManifest>,
}

impl Inputs {
    pub(crate) fn find(lake: &Lake, catalogue: &[CatalogueEntry]) -> Result<Self, TransformError> {
        let mut runs = BTreeMap::new();
        for entry in catalogue {
            if let Some(run) = history(lake, &entry.source_id)?.data_run() {
                runs.insert(entry.source_id.clone(), run.clone());
            }
        }
        Ok(Self { runs })
    }

    pub(crate) fn manifest_inputs(
        &self,
        lake: &Lake,
    ) -> Result<BTreeMap<SourceId, SnapshotInput>, TransformError> {
        let mut inputs = BTreeMap::new();
        for (source, run) in &self.runs {
            let path = lake.run_dir(source, &run.run_id).join("manifest.json");
            let (manifest_sha256, _) = regatta_lake::hash_file(&path)?;
            let input = SnapshotInput { data_run_id: run.run_id.clone(), manifest_sha256 };
            inputs.insert(source.clone(), input);
        }
        Ok(inputs)
    }

    /// Time of the newest fetch behind the data.
    pub(crate) fn newest_fetch(&self) -> Option<Timestamp> {
        self.runs.values().filter_map(fetched_at).max()
    }
}

/// Time of a run's newest bytes.
pub(crate) fn fetched_at(run: &RunManifest) -> Option<Timestamp> {
    run.fetches.iter().filter_map(|f| f.fetched_at).max()
}
