//! The glue between eframe, the engine and [`AppState`].
//!
//! Each frame: take in what the engine told (at most 10 ms of it), send what waits, draw, carry out
//! what the person asked. Nothing here waits for the engine.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::TryRecvError;
use std::time::{Duration, Instant};

use eframe::egui;

use super::action::{Action, Actions, ComposeAction, Effect};
use super::clipboard::Clipboard;
use super::dialogs::{DialogAnswer, DialogKind, Dialogs};
use super::edit::EditAction;
use super::grid::GridForm;
use super::identity::IdentityAction;
use super::logging::LogRing;
use super::many::ManyAction;
use super::pace::Pace;
use super::photo::PhotoAction;
use super::preferences::PreferenceStore;
use super::race::RaceAction;
use super::replacing::was_asked_about;
use super::scale::Scale;
use super::sessions::SessionAction;
use super::sessions_kept;
use super::state::{AppState, EngineStatus};
use crate::engine::{EngineHandle, SendError, Waker};
use crate::protocol::{Command, Event, NoticeLevel};
use crate::ui;

/// Makes a fresh engine that calls the waker whenever something waits; called at the start and at
/// every restart.
pub type EngineFactory = Box<dyn FnMut(Waker) -> std::io::Result<EngineHandle>>;

/// Time per frame for what the engine told.
const EVENT_BUDGET: Duration = Duration::from_millis(10);
/// Patience with an engine that saves before the window closes.
const CLOSE_PATIENCE_SECS: f64 = 10.0;
/// Between two pictures of a path that plays.
const PLAY_INTERVAL: Duration = Duration::from_millis(33);
/// Preferences are written this long after the last change.
const SAVE_DELAY_SECS: f64 = 1.0;

/// What the window is given at its start, besides the engine.
#[derive(Debug, Default)]
pub struct AppOptions {
    /// A model, run folder, data folder or photo to open.
    pub initial: Option<PathBuf>,
    /// Scale of everything, where it was given.
    pub zoom: Option<f32>,
    /// Where preferences are kept.
    pub store: PreferenceStore,
    /// Where log lines come from.
    pub log: LogRing,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Closing {
    No,
    /// Saving since.
    Since(f64),
    Now,
}

/// The window's program.
pub struct App {
    state: AppState,
    scale: Scale,
    engine: Option<EngineHandle>,
    factory: EngineFactory,
    layout: ui::Layout,
    pace: Pace,
    dialogs: Dialogs,
    clipboard: Clipboard,
    store: PreferenceStore,
    log: LogRing,
    start: Instant,
    closing: Closing,
    save_preferences_at: Option<f64>,
    /// The history is not yet written as it is.
    states_changed: bool,
    /// Nor are the attributes.
    attributes_changed: bool,
    /// The engine was asked to keep the session, as the program ends.
    session_kept: bool,
    /// Nor is what was painted.
    edit_changed: bool,
}

impl App {
    /// Starts the engine and asks it for the first model.
    pub fn new(ctx: &egui::Context, options: AppOptions, factory: EngineFactory) -> Self {
        let (preferences, remark) = options.store.load();
        let mut state = AppState::new(preferences);
        if let Some(remark) = remark {
            state.notify(NoticeLevel::Warning, remark);
        }
        state.tell_of_interrupted_run();
        let (states, remark) = options.store.load_states();
        state.states = states;
        if let Some(remark) = remark {
            state.notify(NoticeLevel::Warning, remark);
        }
        state.restore_edit(options.store.load_edit());
        let (kept, remark) = options.store.load_attributes();
        state.attributes.restore_kept(kept);
        if let Some(remark) = remark {
            state.notify(NoticeLevel::Warning, remark);
        }
        if let Some(zoom) = options.zoom {
            state.preferences.zoom = zoom.clamp(0.5, 3.0);
        }
        ui::theme::install(ctx);
        super::fonts::install(ctx);
        ui::theme::choose(ctx, state.preferences.theme);
        let scale = Scale::new(ctx, state.preferences.zoom);
        let mut app = Self {
            layout: ui::Layout::from_preferences(&state.preferences.layout),
            state,
            scale,
            engine: None,
            factory,
            pace: Pace::new(ctx.clone()),
            dialogs: Dialogs::default(),
            clipboard: Clipboard::default(),
            store: options.store,
            log: options.log,
            start: Instant::now(),
            closing: Closing::No,
            save_preferences_at: None,
            states_changed: false,
            attributes_changed: false,
            session_kept: false,
            edit_changed: false,
        };
        app.start_engine();
        if let Some(folder) = app.store.sessions_folder() {
            sessions_kept::clear_old(&folder);
            if options.initial.is_none() {
                app.state.offer_session(sessions_kept::newest(&folder));
            }
        }
        app.state.open_at_start(options.initial);
        app
    }

    /// The state, for tests and measurements.
    pub fn state(&self) -> &AppState {
        &self.state
    }

    fn start_engine(&mut self) {
        self.engine = None;
        self.state.engine = EngineStatus::Starting;
        match (self.factory)(self.pace.waker()) {
            Ok(engine) => self.engine = Some(engine),
            Err(error) => {
                self.state.engine_died(format!("its thread could not be started: {error}"));
            }
        }
    }

    fn pump_engine(&mut self, ctx: &egui::Context) {
        let Some(engine) = &self.engine else { return };
        let start = Instant::now();
        let ended = loop {
            match engine.try_recv() {
                Ok(Event::ShutDown) if self.closing != Closing::No => break true,
                Ok(event) => self.state.apply_event(event),
                Err(TryRecvError::Empty) => break false,
                Err(TryRecvError::Disconnected) => break true,
            }
            if start.elapsed() > EVENT_BUDGET {
                ctx.request_repaint();
                break false;
            }
        };
        if let Some(preview) = engine.preview.take() {
            self.state.take_preview(preview);
        }
        if let Some(sheet) = engine.samples.take() {
            self.state.take_samples(sheet);
        }
        if let Some(snapshot) = engine.snapshot.take() {
            self.state.take_snapshot(snapshot);
        }
        for (place, sheet) in engine.tiles.take() {
            self.state.take_tiles(place, sheet);
        }
        engine.map.take().into_iter().for_each(|pictures| self.state.take_map_pictures(pictures));
        if let Some(nearest) = engine.map.nearest.take() {
            self.state.take_nearest(nearest);
        }
        if let Some(view) = engine.race.take() {
            self.state.take_race(view);
        }
        if let Some(view) = engine.edit.take() {
            self.state.take_edit(view);
        }
        if let Some(view) = engine.tuning.take() {
            self.state.take_tuning(view);
        }
        if let Some(cropped) = engine.cropped.take() {
            self.state.take_cropped(cropped);
        }
        if ended && self.closing != Closing::No {
            self.closing = Closing::Now;
        } else if ended {
            self.state.engine_died("its thread ended without a word".to_owned());
        }
        if matches!(self.state.engine, EngineStatus::Dead(_)) {
            self.engine = None;
        }
    }

    /// Sends what waits, oldest first; what finds the queue full waits for the next frame.
    fn send_commands(&mut self, ctx: &egui::Context) {
        let Some(engine) = &self.engine else { return };
        let mut waiting: VecDeque<Command> = std::mem::take(&mut self.state.outbox);
        while let Some(command) = waiting.pop_front() {
            match engine.try_send(command) {
                Ok(()) => {}
                Err(SendError::Full(command)) => {
                    waiting.push_front(*command);
                    self.state.outbox = waiting;
                    ctx.request_repaint_after(Duration::from_millis(20));
                    return;
                }
                Err(SendError::Dead) => {
                    self.state.engine_died("its thread ended without a word".to_owned());
                    return;
                }
            }
        }
        if let Some(request) = self.state.take_edit_request()
            && engine.try_send(Command::Edit(Box::new(request))).is_err()
        {
            self.state.edit_request_failed();
            ctx.request_repaint_after(Duration::from_millis(20));
        }
        self.state.ask_for_strip();
        if let Some(request) = self.state.explore.take_request(self.state.now_secs)
            && engine.try_send(Command::Preview(request)).is_err()
        {
            self.state.explore.request_failed();
            ctx.request_repaint_after(Duration::from_millis(20));
        }
    }

    fn carry_out(&mut self, actions: Actions, ctx: &egui::Context, frame: &eframe::Frame) {
        for action in actions {
            for effect in self.state.apply_action(action) {
                self.carry_out_effect(effect, ctx, frame);
            }
            // What was asked is sent and shown at once, not with the next report.
            ctx.request_repaint();
        }
        self.state.dialog_open = self.dialogs.is_open();
    }

    fn carry_out_effect(&mut self, effect: Effect, ctx: &egui::Context, frame: &eframe::Frame) {
        let mut dialog = |kind: DialogKind| {
            let recent_data = &self.state.preferences.recent_data;
            let start = kind.start(recent_data, crate::paths::runs_folder());
            self.dialogs.open(kind, start, frame, self.pace.waker());
        };
        match effect {
            Effect::Pick(kind) => dialog(kind),
            Effect::PickDatasetFolder => dialog(DialogKind::DatasetFolder),
            Effect::PickPhoto => dialog(DialogKind::Photo),
            Effect::ReadClipboard => self.clipboard.read(self.pace.waker()),
            Effect::PickLabelTable => dialog(DialogKind::LabelTable),
            Effect::PickModel => dialog(DialogKind::ModelFile),
            Effect::PickSaveModel(name) => dialog(DialogKind::SaveModel(name)),
            Effect::PickRunFolder => dialog(DialogKind::RunFolder),
            Effect::PickDirections => dialog(DialogKind::Directions),
            Effect::PickSaveDirections(name) => dialog(DialogKind::SaveDirections(name)),
            Effect::PickAnimationPath => dialog(DialogKind::Animation),
            Effect::PickGridPath => dialog(DialogKind::Grid),
            Effect::PickSavePicture(name) => dialog(DialogKind::SavePicture(name)),
            Effect::PickSaveLatent(name) => dialog(DialogKind::SaveLatent(name)),
            Effect::PickSaveResult(name) => dialog(DialogKind::SaveResult(name)),
            Effect::PickLatents => dialog(DialogKind::Latents),
            Effect::PickDelta => dialog(DialogKind::Delta),
            Effect::PickSaveDelta(name) => dialog(DialogKind::SaveDelta(name)),
            Effect::ShowPane(pane) => self.layout.show(pane),
            Effect::RestartEngine => {
                self.start_engine();
                self.state.reopen_after_restart();
            }
            Effect::SavePreferences => {
                ui::theme::choose(ctx, self.state.preferences.theme);
                self.save_preferences_at = Some(self.state.now_secs + SAVE_DELAY_SECS);
            }
            Effect::ResetLayout => self.layout = ui::Layout::default(),
            Effect::CopyText(text) => ctx.copy_text(text),
            Effect::Close => ctx.send_viewport_cmd(egui::ViewportCommand::Close),
        }
    }

    fn take_dialog_answer(&mut self) {
        let answer = self.dialogs.take();
        let by_dialog = matches!(answer, Some(DialogAnswer::Chosen(..)));
        let action = match answer {
            None | Some(DialogAnswer::Cancelled) => return,
            Some(DialogAnswer::Chosen(kind, path)) => match kind {
                DialogKind::DatasetFolder => {
                    Action::OpenDataset(crate::protocol::DatasetSource::Path(path))
                }
                DialogKind::Photo => Action::Photo(PhotoAction::Open(path)),
                DialogKind::InvertFolder => {
                    Action::Many(ManyAction::SetPictures(path.display().to_string()))
                }
                DialogKind::InvertFiles => Action::Many(ManyAction::SetFiles(vec![path])),
                DialogKind::InvertOut => {
                    Action::Many(ManyAction::SetOut(path.display().to_string()))
                }
                DialogKind::FeatureModel => Action::Race(RaceAction::TryFeatures(path)),
                DialogKind::LabelTable => {
                    Action::ApplyLabels(crate::protocol::LabelSource::Table(path))
                }
                DialogKind::ModelFile => Action::OpenModel(path),
                DialogKind::SaveModel(_) => Action::SaveModel(path),
                DialogKind::RunFolder => Action::SetOutText(path.display().to_string()),
                DialogKind::Directions => Action::OpenDirections(path),
                DialogKind::SaveDirections(_) => Action::SaveDirections(path),
                DialogKind::Animation => {
                    Action::Compose(ComposeAction::SetOutPath(path.display().to_string()))
                }
                DialogKind::Grid => {
                    let out_text = path.display().to_string();
                    let form = GridForm { out_text, ..self.state.compose.grid.form.clone() };
                    Action::Compose(ComposeAction::SetGrid(Box::new(form)))
                }
                DialogKind::Session => Action::Session(SessionAction::Open(path)),
                DialogKind::SaveSession(_) => Action::Session(SessionAction::Save(path)),
                DialogKind::EditScript => Action::Edit(EditAction::OpenScript(path)),
                DialogKind::SaveEdit(file, _) => Action::Edit(EditAction::Export(file, path)),
                DialogKind::Delta => Action::Identity(IdentityAction::Open(path)),
                DialogKind::SaveDelta(_) => Action::Identity(IdentityAction::Save(path)),
                DialogKind::Latents => Action::Compose(ComposeAction::OpenLatents(path)),
                DialogKind::SavePicture(_)
                | DialogKind::SaveLatent(_)
                | DialogKind::SaveResult(_) => {
                    let Some(action) = self.state.save_action(&kind, path) else { return };
                    action
                }
            },
            Some(DialogAnswer::Several(_, paths)) => Action::Many(ManyAction::SetFiles(paths)),
            Some(DialogAnswer::Unavailable(kind)) => {
                self.state.dialog_unavailable(&kind);
                let Some(action) = self.state.save_without_dialog(&kind) else { return };
                action
            }
        };
        let asked = match &action {
            Action::SaveModel(path)
            | Action::SaveDirections(path)
            | Action::Identity(IdentityAction::Save(path))
            | Action::Session(SessionAction::Save(path))
            | Action::Compose(ComposeAction::SaveLatents(path, _)) => {
                by_dialog && was_asked_about(path)
            }
            Action::Edit(EditAction::Export(file, path)) => {
                by_dialog && file.path(path.clone()) == *path
            }
            _ => false,
        };
        self.state.apply_action(action);
        if asked {
            // The dialog itself asked whether the file may be replaced.
            self.state.apply_action(Action::ReplaceFile(true));
        }
    }

    /// Closing while the engine works: it saves first, and the window says so.
    fn watch_closing(&mut self, ctx: &egui::Context) {
        let now = self.state.now_secs;
        if ctx.input(|input| input.viewport().close_requested()) && self.closing != Closing::Now {
            if self.engine.is_none() || !self.state.training.phase.is_active() {
                self.closing = Closing::Now;
                return;
            }
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
            if self.closing == Closing::No {
                self.closing = Closing::Since(now);
                if let Some(keep) = self.keep_session() {
                    self.state.send(keep);
                }
                self.state.engine = EngineStatus::ShuttingDown;
                self.state.send(Command::Shutdown);
            }
        }
        if let Closing::Since(since) = self.closing {
            if now > since + CLOSE_PATIENCE_SECS {
                tracing::error!("the engine did not end in time: closing without it");
                if let Some(engine) = self.engine.take() {
                    engine.abandon();
                }
                self.closing = Closing::Now;
            } else {
                ctx.request_repaint_after(Duration::from_millis(250));
            }
        }
        if self.closing == Closing::Now {
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
    }

    /// What keeps the present session among the program's own; asked once.
    fn keep_session(&mut self) -> Option<Command> {
        let kept = std::mem::replace(&mut self.session_kept, true);
        let folder = self.store.sessions_folder().filter(|_| !kept)?;
        let worth = self.state.is_worth_a_session() && self.state.engine_is_up();
        let request = || self.state.session_request(sessions_kept::next(&folder), true);
        worth.then(|| Command::SaveSession(Box::new(request())))
    }

    /// The engine is asked to keep the session before it ends, however full its queue is.
    fn send_session(&mut self) {
        let mut waiting = self.keep_session();
        let deadline = Instant::now() + Duration::from_secs(2);
        while let (Some(command), Some(engine)) = (waiting.take(), &self.engine) {
            match engine.try_send(command) {
                Err(SendError::Full(command)) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(5));
                    waiting = Some(*command);
                }
                Ok(()) => {}
                Err(_) => tracing::error!("the session could not be kept"),
            }
        }
    }

    fn watch_preferences(&mut self, ctx: &egui::Context) {
        let zoomed = self.scale.follow(ctx, &mut self.state.preferences.zoom);
        let states = self.state.states.take_changed();
        self.states_changed |= states;
        let attributes = self.state.attributes.take_changed();
        self.attributes_changed |= attributes;
        let edit = self.state.edit.take_changed();
        self.edit_changed |= edit;
        let kept = states || attributes || edit;
        if zoomed || kept || self.layout.take_edited() || self.state.take_preferences_changed() {
            self.save_preferences_at = Some(self.state.now_secs + SAVE_DELAY_SECS);
        }
        let Some(at) = self.save_preferences_at else { return };
        if self.state.now_secs >= at {
            self.save_preferences();
        } else {
            ctx.request_repaint_after(Duration::from_secs_f64(at - self.state.now_secs));
        }
    }

    fn save_preferences(&mut self) {
        self.save_preferences_at = None;
        self.state.preferences.layout.centre = self.layout.to_value();
        if let Err(error) = self.store.save(&self.state.preferences) {
            tracing::warn!("the preferences could not be written: {error}");
        }
        let states = std::mem::take(&mut self.states_changed) || self.state.states.take_changed();
        if states && let Err(error) = self.store.save_states(&self.state.states) {
            tracing::warn!("the history could not be written: {error}");
        }
        let attributes = &mut self.state.attributes;
        let changed = std::mem::take(&mut self.attributes_changed) || attributes.take_changed();
        if changed && let Err(error) = self.store.save_attributes(&attributes.to_keep()) {
            tracing::warn!("the attributes could not be written: {error}");
        }
        let edit = std::mem::take(&mut self.edit_changed) || self.state.edit.take_changed();
        if edit && let Err(error) = self.store.save_edit(&self.state.edit.to_keep()) {
            tracing::warn!("the strokes could not be written: {error}");
        }
    }

    fn dropped_files(ctx: &egui::Context) -> impl Iterator<Item = Action> + use<> {
        let dropped = ctx.input(|input| input.raw.dropped_files.clone());
        dropped.into_iter().map(|file| Action::OpenDropped(file.path().to_path_buf()))
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.state.now_secs = self.start.elapsed().as_secs_f64();
        for line in self.log.take() {
            self.state.push_log(line);
        }
        self.pump_engine(ctx);
        self.take_dialog_answer();
        for action in Self::dropped_files(ctx) {
            self.state.apply_action(action);
        }
        if let Some(clipping) = self.clipboard.take() {
            self.state.apply_action(Action::Photo(PhotoAction::Pasted(clipping)));
        }
        self.state.expire_notices();
        self.watch_closing(ctx);
        self.watch_preferences(ctx);
        self.send_commands(ctx);
        if self.state.advance_path() | self.state.advance_morph() {
            // Thirty pictures a second are fluent, and leave the engine time to draw them.
            ctx.request_repaint_after(PLAY_INTERVAL);
        }
        self.state.ask_for_composed();
        self.state.ask_for_found();
        for secs in [self.state.strip_due_secs(), self.state.grid_due_secs()].into_iter().flatten()
        {
            ctx.request_repaint_after(Duration::from_secs_f64(secs));
        }
        self.pace.frame(ctx, &self.state);
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        if self.state.photo.take_wants_front() {
            self.layout.show(ui::Pane::Photo);
        }
        let mut actions = Actions::new();
        ui::window_ui(ui, &self.state, &mut self.layout, &mut actions);
        let ctx = ui.ctx().clone();
        self.carry_out(actions, &ctx, frame);
        self.send_commands(&ctx);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.save_preferences();
        self.send_session();
        if let Some(mut engine) = self.engine.take() {
            engine.shut_down(Duration::from_secs(10));
            if !engine.is_finished() {
                tracing::error!("the engine did not end in time: closing without it");
                engine.abandon();
            }
        }
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        ui::theme::palette_of(visuals.dark_mode).window.to_normalized_gamma_f32()
    }
}
