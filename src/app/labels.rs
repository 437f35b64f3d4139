//! The choice of labels for the open folder of pictures: sub-folders, a table, or a pattern for file names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::action::{Action, Effect};
use super::state::AppState;
use crate::protocol::{Command, LabelSource, NoticeLevel, PatternPreview};

/// Which kind of labels is looked at in the panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LabelKind {
    /// Names of sub-folders.
    #[default]
    Folders,
    /// A table.
    Table,
    /// A pattern for file names.
    Pattern,
}

impl LabelKind {
    fn of(source: &LabelSource) -> Self {
        match source {
            LabelSource::Own => Self::Folders,
            LabelSource::Table(_) => Self::Table,
            LabelSource::Pattern(_) => Self::Pattern,
        }
    }
}

/// What is being typed and chosen for the labels.
#[derive(Debug, Clone, Default)]
pub struct LabelDraft {
    /// The kind that is looked at.
    pub kind: LabelKind,
    /// The table's path as typed.
    pub table_text: String,
    /// The pattern as typed.
    pub pattern: String,
    /// What the newest pattern that was tried reads.
    pub preview: Option<Arc<PatternPreview>>,
    /// The open data set is being labelled anew.
    pub reading: bool,
    /// Why the last attempt gave no labels; cleared by the next one.
    pub error: Option<String>,
}

impl AppState {
    /// Labels alone; everything else is handed back.
    pub(super) fn apply_labels(&mut self, action: Action) -> Result<Action, Vec<Effect>> {
        match action {
            Action::ShowLabelKind(kind) => {
                self.dataset.labels.kind = kind;
                self.preview_pattern();
            }
            Action::SetLabelTable(text) => self.dataset.labels.table_text = text,
            Action::SetLabelPattern(text) => {
                self.dataset.labels.pattern = text;
                self.preview_pattern();
            }
            Action::ApplyLabels(source) => self.label_dataset(source),
            Action::PickLabelTable => return Err(vec![Effect::PickLabelTable]),
            other => return Ok(other),
        }
        Err(Vec::new())
    }

    fn label_dataset(&mut self, source: LabelSource) {
        let draft = &mut self.dataset.labels;
        (draft.reading, draft.error) = (true, None);
        draft.kind = LabelKind::of(&source);
        if let LabelSource::Table(path) = &source {
            draft.table_text = path.display().to_string();
        }
        self.send(Command::LabelDataset(source));
    }

    /// Asks what the typed pattern reads, while it is looked at.
    fn preview_pattern(&mut self) {
        let draft = &mut self.dataset.labels;
        if draft.pattern.trim().is_empty() {
            draft.preview = None;
        } else if draft.kind == LabelKind::Pattern && self.takes_labels() {
            self.send(Command::PreviewPattern(self.dataset.labels.pattern.clone()));
        }
    }

    /// Takes in what a pattern reads; an answer about an older text stays until the newer one comes.
    pub(super) fn pattern_previewed(&mut self, preview: PatternPreview) {
        if !self.dataset.labels.pattern.trim().is_empty() {
            self.dataset.labels.preview = Some(Arc::new(preview));
        }
    }

    /// Another data set is open, with these labels.
    pub(super) fn labels_opened(&mut self, source: &LabelSource) {
        self.dataset.draft.labels = source.clone();
        let draft = &mut self.dataset.labels;
        if !draft.reading {
            // Another data set has other names.
            draft.preview = None;
        }
        (draft.reading, draft.error) = (false, None);
        draft.kind = LabelKind::of(source);
        match source {
            LabelSource::Own => {}
            LabelSource::Table(path) => draft.table_text = path.display().to_string(),
            LabelSource::Pattern(pattern) => draft.pattern = pattern.clone(),
        }
        self.preview_pattern();
    }

    /// Whether the open data set is a folder of picture files, which a table or a pattern can label.
    pub fn takes_labels(&self) -> bool {
        self.dataset.summary.as_ref().is_some_and(|summary| summary.has_file_names)
    }

    /// A table was dropped on the window.
    pub(super) fn table_dropped(&mut self, path: PathBuf) {
        if self.training.phase.is_active() {
            let text = "The labels cannot change while a run is active.";
            self.notify(NoticeLevel::Warning, text);
        } else if self.takes_labels() {
            self.label_dataset(LabelSource::Table(path));
        } else {
            let text = format!(
                "{} may be a table of labels: open the folder of pictures that it names first, then drop it again.",
                super::display_path(&path)
            );
            self.notify(NoticeLevel::Warning, text);
        }
    }
}

/// Whether a dropped file is a table, by its name.
pub(super) fn is_table(path: &Path) -> bool {
    const ENDINGS: [&str; 4] = ["csv", "tsv", "tab", "txt"];
    path.extension().is_some_and(|found| ENDINGS.iter().any(|e| found.eq_ignore_ascii_case(e)))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use super::{Action, AppState, Command, LabelKind, LabelSource};
    use crate::protocol::{
        DatasetOptions, DatasetSource, DatasetSummary, Event, Fit, Frame, Notice, PatternPreview,
        Phase,
    };

    fn opened(folder: &str, labels: LabelSource) -> Event {
        Event::DatasetOpened(Box::new(DatasetSummary {
            name: folder.to_owned(),
            source: DatasetSource::Path(folder.into()),
            options: DatasetOptions { labels, ..DatasetOptions::default() },
            train_count: 9,
            held_out_count: 1,
            labels: Vec::new(),
            labelling: None,
            has_file_names: true,
            skipped: Vec::new(),
            remarks: Vec::new(),
            in_memory: true,
            thumbnails: Frame { width_px: 0, height_px: 0, rgba: Arc::default() },
            thumbnail_columns: 0,
            thumbnail_count: 0,
        }))
    }

    fn folder() -> AppState {
        let mut state = AppState::default();
        state.apply_event(opened("/faces", LabelSource::Own));
        state
    }

    fn table() -> LabelSource {
        LabelSource::Table("/faces.csv".into())
    }

    fn notice(state: &AppState) -> Option<&Notice> {
        state.notices.last().map(|entry| &entry.notice)
    }

    #[test]
    fn a_table_labels_the_open_folder_and_stays_with_it() {
        let mut state = folder();
        state.apply_action(Action::OpenDropped("/faces.csv".into()));
        assert!(
            matches!(state.outbox.back(), Some(Command::LabelDataset(source)) if *source == table())
        );
        assert!(state.dataset.labels.reading && state.dataset.loading.is_none());
        state.apply_event(opened("/faces", table()));
        assert!(!state.dataset.labels.reading);
        assert_eq!(state.dataset.labels.kind, LabelKind::Table);

        let asked = |state: &mut AppState, path: &str| {
            state.apply_action(Action::OpenDataset(DatasetSource::Path(path.into())));
            match state.outbox.back() {
                Some(Command::OpenDataset(_, options)) => options.labels.clone(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(asked(&mut state, "/faces"), table(), "read again, it keeps its labels");
        assert_eq!(asked(&mut state, "/cats"), LabelSource::Own, "they are not those of others");
    }

    #[test]
    fn a_table_without_a_folder_or_in_a_run_is_explained() {
        let mut state = AppState::default();
        state.apply_action(Action::OpenDropped("/faces.csv".into()));
        assert!(state.outbox.is_empty());
        assert!(notice(&state).is_some_and(|notice| notice.text.contains("open the folder")));
        let mut state = folder();
        state.apply_event(Event::Training(Phase::Preparing(String::new())));
        state.apply_action(Action::OpenDropped("/faces.txt".into()));
        assert!(state.outbox.is_empty());
        assert!(notice(&state).is_some_and(|notice| notice.text.contains("run is active")));
    }

    #[test]
    fn a_refused_table_is_told_beside_the_labels_and_changes_nothing() {
        let mut state = folder();
        state.apply_action(Action::ApplyLabels(table()));
        state.apply_event(Event::DatasetFailed("line 7 is wrong".to_owned()));
        assert_eq!(state.dataset.labels.error.as_deref(), Some("line 7 is wrong"));
        assert_eq!((state.dataset.error.as_ref(), state.dataset.labels.reading), (None, false));
        assert_eq!(state.dataset.draft.labels, LabelSource::Own);
        state.apply_action(Action::ApplyLabels(table()));
        assert_eq!(state.dataset.labels.error, None);
    }

    #[test]
    fn other_labels_leave_the_options_for_the_next_reading_alone() {
        let mut state = folder();
        let fitted = DatasetOptions { fit: Fit::Fit, ..state.dataset.draft.clone() };
        state.apply_action(Action::EditDatasetOptions(fitted));
        state.apply_action(Action::ApplyLabels(table()));
        state.apply_event(opened("/faces", table()));
        assert_eq!((state.dataset.draft.fit, &state.dataset.draft.labels), (Fit::Fit, &table()));
    }

    #[test]
    fn a_pattern_is_tried_at_every_letter_while_it_is_looked_at() {
        let mut state = folder();
        state.apply_action(Action::SetLabelPattern("{a}".to_owned()));
        assert!(state.outbox.is_empty(), "another kind is looked at");
        state.apply_action(Action::ShowLabelKind(LabelKind::Pattern));
        assert!(matches!(state.outbox.back(), Some(Command::PreviewPattern(p)) if p == "{a}"));
        state.apply_action(Action::SetLabelPattern("{a}_".to_owned()));
        assert!(matches!(state.outbox.back(), Some(Command::PreviewPattern(p)) if p == "{a}_"));
        let preview = PatternPreview { pattern: "{a}_".to_owned(), ..PatternPreview::default() };
        state.apply_event(Event::PatternPreviewed(Box::new(preview.clone())));
        assert_eq!(state.dataset.labels.preview.as_deref(), Some(&preview));
        state.apply_action(Action::SetLabelPattern(String::new()));
        assert_eq!(state.dataset.labels.preview, None);
        state.apply_event(Event::PatternPreviewed(Box::new(preview)));
        assert_eq!(state.dataset.labels.preview, None, "it came too late");
    }

    #[test]
    fn tables_are_told_by_their_endings() {
        let is_table = |name: &str| super::is_table(&PathBuf::from(name));
        assert!(is_table("a.CSV") && is_table("list_attr_celeba.txt") && is_table("a.tsv"));
        assert!(!is_table("a.png") && !is_table("csv"));
    }
}
