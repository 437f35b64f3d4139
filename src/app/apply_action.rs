//! What the person asks, turned into changes of [`AppState`], commands and [`Effect`]s.

use std::path::{Path, PathBuf};

use super::action::{Action, Effect};
use super::dialogs::DialogKind;
use super::edit_history::StepKey;
use super::labels::is_table;
use super::photo::is_picture;
use super::random;
use super::replacing::with_extension;
use super::sessions::SessionAction;
use super::state::{AppState, EngineStatus, OpenWindows};
use crate::protocol::{
    Command, DatasetOptions, DatasetSource, LabelSource, NoticeLevel, is_session,
};
use crate::ui::Pane;

impl AppState {
    /// Carries out what the person asked; what the app must do beyond that is returned.
    pub fn apply_action(&mut self, action: Action) -> Vec<Effect> {
        let key = StepKey::of(&action);
        let effects = self.carry_out(action);
        self.note_step(key);
        effects
    }

    fn carry_out(&mut self, action: Action) -> Vec<Effect> {
        let Some(action) = self.ask_before_replacing(action) else { return Vec::new() };
        let Some(action) = self.ask_before_oversized(action) else { return Vec::new() };
        let action = match self.apply_edit(action) {
            Err(effects) => return effects,
            Ok(action) => action,
        };
        let Some(action) = self.apply_explore(action) else { return Vec::new() };
        let Some(action) = self.apply_states(action) else { return Vec::new() };
        let Some(action) = self.apply_attributes(action) else { return Vec::new() };
        let Some(action) = self.apply_compose(action) else { return Vec::new() };
        let Some(action) = self.apply_pictures(action) else { return Vec::new() };
        let Some(action) = self.apply_map(action) else { return Vec::new() };
        let Some(action) = self.apply_session(action) else { return Vec::new() };
        let Some(action) = self.apply_race(action) else { return Vec::new() };
        let action = match self.apply_identity(action) {
            Err(effects) => return effects,
            Ok(action) => action,
        };
        let Some(action) = self.apply_many(action) else { return Vec::new() };
        let action = match self.apply_photo(action) {
            Err(effects) => return effects,
            Ok(action) => action,
        };
        let action = match self.apply_training(action) {
            Err(effects) => return effects,
            Ok(action) => action,
        };
        let action = match self.apply_labels(action) {
            Err(effects) => return effects,
            Ok(action) => action,
        };
        let action = match self.apply_data_and_models(action) {
            Err(effects) => return effects,
            Ok(action) => action,
        };
        self.apply_window(action)
    }

    /// The latent on the sliders.
    pub(super) fn apply_explore(&mut self, action: Action) -> Option<Action> {
        if matches!(action, Action::Randomise | Action::ZeroAll | Action::LoadLatent(_)) {
            // A slider may stand where nothing was kept yet: undo leads back there, too.
            self.explore.keep_when_drawn();
            self.keep_state();
        }
        let explore = &mut self.explore;
        match action {
            Action::SetLatentDim(dim, value) => explore.set(dim, value),
            Action::ZeroDim(dim) => {
                explore.set(dim, 0.0);
                explore.keep_when_drawn();
            }
            Action::ToggleLock(dim) => {
                if let Some(locked) = explore.locked.get_mut(dim) {
                    *locked = !*locked;
                }
            }
            Action::UnlockAll => explore.locked.fill(false),
            Action::Randomise => {
                explore.draw_seed(random::next_seed(explore.last_seed));
            }
            Action::ZeroAll => {
                let zeros = crate::protocol::Latent::zeros(explore.latent.dims());
                explore.replace_unlocked(&zeros, super::states::Made::Zeros);
            }
            Action::SetTruncation(value) => {
                explore.truncation = value.clamp(0.0, 1.0);
                explore.wanted = true;
            }
            Action::SetSeed(seed) => explore.draw_seed(seed),
            Action::LoadLatent(latent) => {
                if !self.load_whole(&latent) {
                    let text = "This picture's latent belongs to another model.";
                    self.notify(NoticeLevel::Warning, text);
                }
            }
            Action::CommitLatent => explore.keep_when_drawn(),
            Action::SetSearch(text) => explore.search = text,
            Action::SetDimOrder(order) => self.set_dim_order(order),
            Action::SetSharpPixels(on) => explore.sharp_pixels = on,
            other => return Some(other),
        }
        self.keep_state();
        None
    }

    /// Samples and curves.
    fn apply_pictures(&mut self, action: Action) -> Option<Action> {
        match action {
            Action::DrawSamples => {
                self.samples.seed = random::next_seed(self.samples.seed);
                self.draw_samples();
            }
            Action::SetSampleSeed(seed) => {
                self.samples.seed = seed;
                self.draw_samples();
            }
            Action::SetSampleCount(count) => {
                self.samples.count = count.clamp(1, 256);
                self.draw_samples();
            }
            Action::SetSampleTruncation(value) => {
                self.samples.truncation = value.clamp(0.0, 1.0);
                self.draw_samples();
            }
            Action::ShowPastStep(step) => self.show_past_step(step),
            Action::SetSmoothing(value) => self.plot.smoothing = value.clamp(0.0, 0.99),
            Action::SetLogY(on) => self.plot.log_y = Some(on),
            Action::SetFollow(on) => self.plot.follow = on,
            Action::ToggleSeries(name) => {
                if !self.plot.hidden.remove(&name) {
                    self.plot.hidden.insert(name);
                }
            }
            other => return Some(other),
        }
        None
    }

    fn apply_data_and_models(&mut self, action: Action) -> Result<Action, Vec<Effect>> {
        match action {
            Action::OpenDataset(source) => self.choose_dataset(source),
            Action::OpenRunData(source) => self.open_run_data(source),
            Action::CancelDataset => self.send(Command::CancelDataset),
            Action::EditDatasetOptions(options) => {
                self.dataset.choose_size(options.image_size, options.channels);
                let DatasetOptions { auto_size, auto_channels, .. } = self.dataset.draft;
                self.dataset.draft = DatasetOptions { auto_size, auto_channels, ..options };
            }
            Action::SetDatasetPath(text) => self.dataset.path_text = text,
            Action::Pick(kind) => return Err(vec![Effect::Pick(kind)]),
            Action::PickDatasetFolder => return Err(vec![Effect::PickDatasetFolder]),
            Action::PickDirections => return Err(vec![Effect::PickDirections]),
            Action::SaveDirectionsAs => {
                let name = self.model.as_ref().map_or_else(String::new, |m| file_stem(&m.name));
                let name = format!("{name}-attributes.safetensors");
                return Err(vec![Effect::PickSaveDirections(name)]);
            }
            Action::PickAnimationPath => return Err(vec![Effect::PickAnimationPath]),
            Action::PickGridPath => return Err(vec![Effect::PickGridPath]),
            Action::SavePictureAs => {
                return Err(vec![Effect::PickSavePicture(self.suggested_name("png"))]);
            }
            Action::SavePicture(path) => self.save_picture(path),
            Action::SaveLatentAs => {
                return Err(vec![Effect::PickSaveLatent(self.suggested_name("safetensors"))]);
            }
            Action::SaveResultAs => {
                let name = self.compose.formula.name.trim();
                let named = (!name.is_empty()).then(|| format!("{}.safetensors", file_stem(name)));
                let name = named.unwrap_or_else(|| self.suggested_name("safetensors"));
                return Err(vec![Effect::PickSaveResult(name)]);
            }
            Action::PickLatents => return Err(vec![Effect::PickLatents]),
            Action::PickModel => return Err(vec![Effect::PickModel]),
            Action::SetModelPath(text) => self.model_path_text = text,
            Action::SetModelSavePath(text) => self.model_save_text = text,
            Action::OpenModel(path) => self.send(Command::OpenModel(path)),
            Action::OpenBuiltIn => self.send(Command::OpenBuiltIn),
            Action::SaveModelAs => {
                let name = self.model.as_ref().map_or_else(String::new, |m| file_stem(&m.name));
                return Err(vec![Effect::PickSaveModel(format!("{name}.safetensors"))]);
            }
            Action::SaveModel(path) => self.send(Command::SaveModel(with_extension(path))),
            Action::ClearRecentModels => {
                self.preferences.recent_models.clear();
                return Err(vec![Effect::SavePreferences]);
            }
            Action::OpenDropped(path) => self.open_dropped(path),
            Action::SelectDevice(choice) => self.send(Command::SelectDevice(choice)),
            Action::RestartEngine => {
                self.engine = EngineStatus::Starting;
                self.device = None;
                return Err(vec![Effect::RestartEngine]);
            }
            other => return Ok(other),
        }
        Err(Vec::new())
    }

    fn apply_window(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::DismissNotice(id) => {
                self.notices.retain(|entry| entry.id != id);
                return Vec::new();
            }
            Action::HoldNotice(id) => {
                let now = self.now_secs;
                if let Some(entry) = self.notices.iter_mut().find(|entry| entry.id == id) {
                    entry.at_secs = now;
                }
            }
            Action::ShowLog => return vec![Effect::ShowPane(Pane::Log)],
            Action::ShowHistory => return vec![Effect::ShowPane(Pane::History)],
            Action::ShowPane(pane) => return vec![Effect::ShowPane(pane)],
            Action::CopyText(text) => return vec![Effect::CopyText(text)],
            Action::SetLogLevel(level) => self.log.level = level,
            Action::SetLogSearch(text) => self.log.search = text,
            Action::ClearLog => self.log.lines.clear(),
            Action::ShowDevices(devices) => {
                self.windows = OpenWindows { devices, ..OpenWindows::default() };
            }
            Action::ShowHelp(help) => self.windows = OpenWindows { help, ..OpenWindows::default() },
            Action::ShowSettings(settings) => {
                self.windows = OpenWindows { settings, ..OpenWindows::default() };
            }
            Action::ShowPalette(palette) => {
                self.windows = OpenWindows { palette, ..OpenWindows::default() };
            }
            Action::ShowLicences(shown) => self.licences_shown = shown,
            Action::SetLicenceSearch(text) => self.licence_search = text,
            Action::Quit => return vec![Effect::Close],
            other => {
                self.apply_preferences(&other);
                let mut effects = vec![Effect::SavePreferences];
                if other == Action::ResetLayout {
                    effects.push(Effect::ResetLayout);
                }
                return effects;
            }
        }
        Vec::new()
    }

    fn apply_preferences(&mut self, action: &Action) {
        let preferences = &mut self.preferences;
        let layout = &mut preferences.layout;
        match action {
            Action::ShowSideTab(tab) => {
                layout.side_tab = *tab;
                layout.left_panel = true;
            }
            Action::ShowRightTab(tab) => {
                layout.right_tab = *tab;
                layout.right_panel = true;
            }
            Action::ToggleLeftPanel => layout.left_panel = !layout.left_panel,
            Action::ToggleRightPanel => layout.right_panel = !layout.right_panel,
            Action::SetTheme(theme) => preferences.theme = *theme,
            Action::SetZoom(zoom) => preferences.zoom = zoom.clamp(0.5, 3.0),
            Action::ResetLayout => *layout = super::preferences::LayoutPreferences::default(),
            other => debug_assert!(false, "an action without effect: {other:?}"),
        }
    }

    fn show_past_step(&mut self, step: Option<u64>) {
        self.samples.past_step = step;
        match step {
            Some(step) => {
                self.send(Command::ShowSnapshot(self.samples.timeline_folder.clone(), step));
            }
            None => self.samples.snapshot = None,
        }
    }

    pub(super) fn draw_samples(&mut self) {
        self.send(Command::DrawSamples {
            seed: self.samples.seed,
            count: self.samples.count,
            truncation: self.samples.truncation,
        });
    }

    /// Opens what the person chose. A table or a pattern belongs to the pictures it was given for.
    fn choose_dataset(&mut self, source: DatasetSource) {
        if self.dataset.source().absolute() != source.absolute() {
            self.dataset.draft.labels = LabelSource::Own;
        }
        self.open_dataset(source);
    }

    /// Opens a data set with the panel's options.
    pub(super) fn open_dataset(&mut self, source: DatasetSource) {
        self.read_dataset(source, self.dataset.draft.clone());
        self.dataset.asked = true;
    }

    /// Opens a data set with options that become the panel's when it is open.
    pub(super) fn read_dataset(&mut self, source: DatasetSource, options: DatasetOptions) {
        self.dataset.loading = Some((0, 0));
        self.dataset.asked = false;
        self.dataset.error = None;
        self.dataset.labels.reading = false;
        if let DatasetSource::Path(path) = &source {
            self.dataset.path_text = path.display().to_string();
        }
        self.send(Command::OpenDataset(source, options));
    }

    /// What is opened when the program starts: what was named, or the built-in model.
    pub fn open_at_start(&mut self, initial: Option<PathBuf>) {
        match initial {
            Some(path) => {
                if is_picture(&path) {
                    // A photo needs a model to be brought into.
                    self.send(Command::OpenBuiltIn);
                }
                self.open_dropped(path);
            }
            None => self.send(Command::OpenBuiltIn),
        }
    }

    /// A fresh engine knows nothing: it is given what the old one had open.
    pub fn reopen_after_restart(&mut self) {
        let saved = self.training.last_saved.as_ref().map(|(_, folder)| folder.clone());
        let path = saved.or_else(|| self.model.as_ref().and_then(|model| model.path.clone()));
        self.send(path.map_or(Command::OpenBuiltIn, Command::OpenModel));
        if let Some(summary) = self.dataset.summary.take() {
            self.read_dataset(summary.source.clone(), summary.options.clone());
        }
        self.reopen_photo();
    }

    /// No file dialog could be shown: the path can be typed.
    pub fn dialog_unavailable(&mut self, kind: &DialogKind) {
        let instead = match kind {
            DialogKind::DatasetFolder => {
                "Type the folder's path in the Data panel, or drop the folder on the window."
            }
            DialogKind::LabelTable => {
                "Type the table's path in the Data panel, or drop the table on the window."
            }
            DialogKind::ModelFile => {
                "Type the file's path in the Model panel, or drop the file on the window."
            }
            DialogKind::SaveModel(_) => "Type where to save in the Model panel.",
            DialogKind::Photo => {
                "Type the photo's path in the Photo panel, or drop the photo on the window."
            }
            DialogKind::Delta | DialogKind::SaveDelta(_) => {
                "Type the file's path in Back to z, under Keep identity."
            }
            DialogKind::Session => {
                "Type the session's path in the Model panel, or drop the file on the window."
            }
            DialogKind::SaveSession(_) => "Type where to save the session in the Model panel.",
            DialogKind::SaveEdit(..) | DialogKind::EditScript => {
                "Type the file's path in Edit, under Files."
            }
            DialogKind::RunFolder | DialogKind::InvertOut => "Type the folder's path instead.",
            DialogKind::InvertFolder | DialogKind::InvertFiles => {
                "Type the path of a folder of pictures instead."
            }
            DialogKind::FeatureModel => "Type the model file's path instead.",
            DialogKind::Directions | DialogKind::SaveDirections(_) => {
                "Type the file's path in the Attributes panel."
            }
            DialogKind::Animation | DialogKind::Grid => "Type the file's path beside Export.",
            DialogKind::SavePicture(_) => "It is written beside the folder of the runs instead.",
            DialogKind::SaveLatent(_) => "It is written among your documents instead.",
            DialogKind::Latents | DialogKind::SaveResult(_) => "Type the file's path in Compose.",
        };
        let missing = if cfg!(target_os = "linux") {
            "this machine has neither a desktop portal nor zenity"
        } else {
            "the system opened none"
        };
        self.notify(NoticeLevel::Warning, format!("No file dialog: {missing}. {instead}"));
    }

    fn open_dropped(&mut self, path: PathBuf) {
        if is_session(&path) {
            self.apply_action(Action::Session(SessionAction::Open(path)));
        } else if path.join("model.safetensors").is_file() {
            self.send(Command::OpenModel(path));
        } else if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("safetensors")) {
            self.send(Command::OpenLatentsOrModel(path));
        } else if path.is_dir() {
            self.choose_dataset(DatasetSource::Path(path));
        } else if is_picture(&path) {
            self.open_photo(path);
        } else if is_table(&path) {
            self.table_dropped(path);
        } else if is_idx(&path) {
            // Images and labels lie side by side: the data set is the folder.
            let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
            self.choose_dataset(DatasetSource::Path(folder));
        } else {
            let text = format!(
                "{} is neither a model (.safetensors), a session (.atelier.json), a folder of images, a picture nor a table of labels (.csv, .txt): drop one of those.",
                super::display_path(&path)
            );
            self.notify(NoticeLevel::Warning, text);
        }
    }
}

fn is_idx(path: &Path) -> bool {
    let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().to_lowercase());
    name.trim_end_matches(".gz").ends_with("-ubyte")
}

/// A file name made of a model's name: letters, digits and dashes.
pub(super) fn file_stem(name: &str) -> String {
    let words: Vec<String> = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    if words.is_empty() { "model".to_owned() } else { words.join("-") }
}
