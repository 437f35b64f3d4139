//! The data set of a run: the open one for a new run, the run's own for one that goes on.
//!
//! A run folder records what its run was trained on. Going on with the run opens that again, because
//! other pictures would silently make another run of it; the person can choose the open data set instead.

use std::path::Path;
use std::sync::Arc;

use super::commands::spawn_loading;
use super::worker::Worker;
use crate::data::Dataset;
use crate::protocol::{
    DatasetOptions, DatasetSource, DatasetSummary, Event, LabelSource, ModelSpec, Phase, RunData,
    RunSettings, Split, TrainSettings,
};
use crate::storage::{DatasetConfig, RunFolder, plain_io, shown};

/// What a run folder records of a data set; the run may go on from another working folder.
pub(super) fn recorded(summary: &DatasetSummary) -> DatasetConfig {
    DatasetConfig { source: summary.source.absolute(), options: summary.options.absolute() }
}

/// Data in the size and colour of an architecture.
fn sized(options: &DatasetOptions, spec: &ModelSpec) -> DatasetOptions {
    let (image_size, channels) = (spec.image_size, spec.channels);
    DatasetOptions { image_size, channels, ..options.clone() }
}

/// What to do when the data set that a run was trained on cannot be read.
pub(super) fn advice(settings: &RunSettings, error: &str) -> String {
    let own = settings.resume && !settings.use_open_data;
    let Some(folder) = settings.out.as_deref().filter(|_| own) else { return error.to_owned() };
    format!(
        "the data set of the run in {} was not opened ({error}): bring it back, or open another one \
         and choose 'Use the open data set instead'",
        shown(folder)
    )
}

/// What a run folder says of its data and its training.
fn look(folder: &Path) -> (RunData, Option<Box<TrainSettings>>) {
    match RunFolder::read_config(folder) {
        Ok(config) => (data_of(config.dataset), Some(Box::new(config.train))),
        Err(error) => (RunData::NoRun(error.to_string()), None),
    }
}

fn data_of(dataset: Option<DatasetConfig>) -> RunData {
    let Some(DatasetConfig { source, options }) = dataset else {
        return RunData::NotRecorded;
    };
    let why = |path: &Path| std::fs::metadata(path).err().map(|error| plain_io(&error));
    let missing = match (&source, &options.labels) {
        (DatasetSource::Portraits, _) => None,
        (DatasetSource::Path(path), LabelSource::Table(table)) => why(path)
            .or_else(|| why(table).map(|why| format!("its label table {}: {why}", shown(table)))),
        (DatasetSource::Path(path), _) => why(path),
    };
    RunData::Recorded { source, options: Box::new(options), missing }
}

impl Worker {
    /// Tells what the run in a folder was trained on, and how.
    pub(super) fn look_at_run(&mut self, folder: &Path) {
        let (data, train) = look(folder);
        self.outbox.tell(Event::RunLookedAt { folder: folder.to_owned(), data, train });
    }

    /// The data set to train on, `own` or else the open one, at the size of the architecture; `None`
    /// while it is being read.
    ///
    /// # Errors
    /// No data set is chosen, or there is nothing in it.
    pub(super) fn dataset_for(
        &mut self,
        settings: &RunSettings,
        own: Option<DatasetConfig>,
    ) -> Result<Option<Arc<Dataset>>, String> {
        if self.loading.is_some() {
            return Ok(None);
        }
        let open = self.session.dataset.as_ref();
        let Some(wanted) = own.or_else(|| open.map(|open| recorded(open.summary()))) else {
            return Err(
                "no data set is open: choose Portraits or a folder of pictures first".into()
            );
        };
        let found = self.open_data_alike(&wanted.source, &wanted.options, &settings.spec);
        let Some(dataset) = found else {
            let options = sized(&wanted.options, &settings.spec);
            self.loading = Some(spawn_loading(wanted.source.absolute(), options)?);
            let what = "reading the data set of the run".to_owned();
            self.outbox.tell(Event::Training(Phase::Preparing(what)));
            return Ok(None);
        };
        if dataset.len(Split::Train) == 0 {
            return Err("the data set has no pictures to train on".to_owned());
        }
        Ok(Some(dataset))
    }

    /// The open data set, if reading this one at the size of `spec` would give the same pictures.
    pub(super) fn open_data_alike(
        &self,
        source: &DatasetSource,
        options: &DatasetOptions,
        spec: &ModelSpec,
    ) -> Option<Arc<Dataset>> {
        let (source, options) = (source.absolute(), sized(options, spec).absolute());
        let open = self.session.dataset.as_ref()?;
        let summary = open.summary();
        let alike = summary.source.absolute() == source
            && options.read_alike(&summary.options.absolute(), &source);
        alike.then(|| Arc::clone(open))
    }
}
