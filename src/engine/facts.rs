//! Facts as lines of the log: one line for each that a person may look for afterwards.
//!
//! [`super::outbox::Outbox`] calls this for everything it tells, so that the log panel and `--verbose` hold
//! the same, whoever asked for it.

use tracing::Level;

use crate::protocol::{DatasetSummary, Event, ModelSummary, Phase, StopReason};

/// Writes the line of a fact to the log. `was_paused`: the fact before it about training was a pause.
pub(super) fn log(event: &Event, was_paused: bool) {
    let Some((level, text)) = line(event, was_paused) else { return };
    match level {
        Level::ERROR => tracing::error!(target: "latent_atelier::engine", "{text}"),
        _ => tracing::info!(target: "latent_atelier::engine", "{text}"),
    }
}

/// How grave, and the text; `None` for what is no news: notices (logged where they are made), progress,
/// answers to questions.
fn line(event: &Event, was_paused: bool) -> Option<(Level, String)> {
    let text = match event {
        Event::DeviceReady(device) => {
            format!("the device in use: {} ({})", device.name, device.backend)
        }
        Event::DatasetOpened(summary) => opened(summary),
        Event::DatasetFailed(why) if why.is_empty() => {
            "reading the data set was cancelled".to_owned()
        }
        Event::DatasetFailed(why) => {
            return Some((Level::ERROR, format!("the data set was not opened: {why}")));
        }
        Event::ModelReady(summary) => model(summary),
        Event::Training(phase) => training(phase, was_paused),
        Event::TrainingEnded { reason: StopReason::Failed(why), step, .. } => {
            return Some((Level::ERROR, format!("the run failed at step {step}: {why}")));
        }
        Event::TrainingEnded { reason, step, folder } => {
            let how = if *reason == StopReason::Finished { "finished" } else { "was stopped" };
            let place = folder.as_ref().map(|folder| format!(", saved in {}", folder.display()));
            format!("the run {how} at step {step}{}", place.unwrap_or_default())
        }
        Event::RunSaved { folder, step } => {
            format!("the run was saved at step {step} in {}", folder.display())
        }
        Event::FileWritten(path) => format!("written: {}", path.display()),
        Event::SheetsWritten(sheets) => {
            let written =
                [Some(&sheets.samples), sheets.reconstructions.as_ref(), Some(&sheets.sliders)];
            let paths: Vec<_> =
                written.into_iter().flatten().map(|path| path.display().to_string()).collect();
            format!("written: {}", paths.join(", "))
        }
        Event::DirectionsFound(found) => {
            let written = [&found.written, &found.picture].into_iter().flatten();
            let paths: Vec<_> = written.map(|path| path.display().to_string()).collect();
            if paths.is_empty() {
                return None;
            }
            format!("written: {}", paths.join(", "))
        }
        Event::MapMade(map) => {
            let kinds = (map.pictures.len(), map.samples());
            let file = map.written.as_ref().map(|path| format!(", written: {}", path.display()));
            format!(
                "a map of {} pictures and {} samples was made in {:.1} s{}",
                kinds.0,
                kinds.1,
                map.seconds,
                file.unwrap_or_default()
            )
        }
        Event::PicturesIndexed { count, .. } => format!("{count} training pictures were indexed"),
        Event::PhotoOpened(photo) => {
            format!(
                "the photo {} was opened: {} × {} px",
                photo.name, photo.width_px, photo.height_px
            )
        }
        Event::DeltaOpened(path) => format!("the delta was opened: {}", path.display()),
        Event::SessionSaved(path, _) => format!("the session was written: {}", path.display()),
        Event::SessionOpened(opened) => {
            format!("the session was opened: {}", opened.path.display())
        }
        Event::PhotoTuned(tuned) => match &tuned.delta {
            Some(delta) => format!("written: {}", delta.display()),
            None => format!("{} is already as near as the goal: not tuned", tuned.image),
        },
        Event::ShutDown => "the engine has ended".to_owned(),
        _ => return None,
    };
    Some((Level::INFO, text))
}

fn opened(summary: &DatasetSummary) -> String {
    let DatasetSummary { name, train_count, held_out_count, options, skipped, .. } = summary;
    let colour = match options.channels {
        1 => "gray",
        4 => "RGBA",
        _ => "RGB",
    };
    let edge = options.image_size;
    let mut text = format!(
        "the data set {name} was opened: {train_count} to train on, {held_out_count} held out, {edge}×{edge} px {colour}"
    );
    if !skipped.is_empty() {
        text += &format!(", {} skipped", skipped.len());
    }
    text
}

fn model(summary: &ModelSummary) -> String {
    match &summary.path {
        Some(path) => format!("the model {} is open: {}", summary.name, path.display()),
        None => format!("the model {} is open", summary.name),
    }
}

fn training(phase: &Phase, was_paused: bool) -> String {
    match phase {
        Phase::Preparing(what) => what.clone(),
        Phase::Running { .. } if was_paused => "training goes on".to_owned(),
        Phase::Running { folder, .. } => format!("training started, in {}", folder.display()),
        Phase::Paused => "training is paused".to_owned(),
        Phase::Stopping => "training is being stopped".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Level, line};
    use crate::protocol::{Event, Phase, StopReason, TrainSettings};

    fn text(event: Event, was_paused: bool) -> String {
        line(&event, was_paused).expect("a line").1
    }

    #[test]
    fn what_happens_to_a_run_is_told_apart() {
        let running = || {
            let settings = Box::new(TrainSettings::default());
            Event::Training(Phase::Running { folder: "/runs/1".into(), settings })
        };
        assert_eq!(text(running(), false), "training started, in /runs/1");
        assert_eq!(text(running(), true), "training goes on");
        let ended = |reason| Event::TrainingEnded { reason, step: 7, folder: Some("/r".into()) };
        assert_eq!(
            text(ended(StopReason::Stopped), false),
            "the run was stopped at step 7, saved in /r"
        );
        let failed = line(&ended(StopReason::Failed("NaN".to_owned())), false).expect("a line");
        assert_eq!(failed, (Level::ERROR, "the run failed at step 7: NaN".to_owned()));
        assert!(line(&Event::DatasetProgress { done: 1, total: 2 }, false).is_none());
    }
}
