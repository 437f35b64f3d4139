//! Many photos brought back to z by one job: what is asked of it, how far it is, and what it found.
//!
//! It is the job of the command line's `invert`: the same pictures, settings and data give the same latents, and
//! a folder that one of them began the other can go on with.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::action::Action;
use super::many_job::{ManyEnd, ManyJob};
use super::photo::is_picture;
use super::state::{AppState, JobShown};
use super::{display_path, typed_path};
use crate::protocol::{
    Command, DatasetOptions, DatasetSource, Event, InversionMethod, InvertJob, Latent, NoticeLevel,
    TilePlace, TileSheet, TilesRequest,
};

/// Something asked of the job.
#[derive(Debug, Clone, PartialEq)]
pub enum ManyAction {
    /// Show this part of the pane, or the single photo's.
    Show(bool),
    /// Type the path of a folder of pictures, or of one.
    SetPictures(String),
    /// Take these pictures.
    SetFiles(Vec<PathBuf>),
    /// Type the folder that the results go to; empty for the one that is suggested.
    SetOut(String),
    /// Invert by a method, or not.
    Toggle(InversionMethod),
    /// Begin, or ask first where the folder holds an earlier report.
    Start,
    /// Go on with the report that the folder holds.
    GoOn,
    /// Begin in a folder of its own beside it.
    StartBeside,
    /// Do neither.
    DropOffer,
    /// Stop; what was done stays in the folder.
    Cancel,
    /// List what this method found.
    List(InversionMethod),
    /// Take what a method found for a picture, named as the job names it, into the explorer.
    Take(InversionMethod, String),
}

/// The next job, and the one that runs or ran.
#[derive(Debug, Clone)]
pub struct ManyState {
    /// This part of the pane is shown.
    pub shown: bool,
    /// By which methods, as far as the model allows them; see [`AppState::many_methods`].
    pub methods: Vec<InversionMethod>,
    /// The pictures' folder, as typed or chosen.
    pub pictures_text: String,
    /// Pictures chosen one by one; taken where no folder is named.
    pub files: Vec<PathBuf>,
    /// Where the results go, as typed; empty for [`ManyState::suggested_out`].
    pub out_text: String,
    /// The folder that holds an earlier report, while the person is asked what to do with it.
    pub offered: Option<PathBuf>,
    /// The job.
    pub job: Option<ManyJob>,
    /// Small pictures of what is listed, the worst first.
    pub pictures: Option<Arc<TileSheet>>,
    asked: Option<Vec<Latent>>,
}

impl Default for ManyState {
    fn default() -> Self {
        Self {
            shown: false,
            methods: vec![InversionMethod::Hybrid],
            pictures_text: String::new(),
            files: Vec::new(),
            out_text: String::new(),
            offered: None,
            job: None,
            pictures: None,
            asked: None,
        }
    }
}

impl ManyState {
    /// Whether the job is under way.
    pub fn is_running(&self) -> bool {
        self.job.as_ref().is_some_and(|job| job.end.is_none())
    }

    /// What the next job is to invert: a folder, or files.
    pub fn named(&self) -> Vec<PathBuf> {
        match self.pictures_text.trim() {
            "" => self.files.clone(),
            text => vec![typed_path(text)],
        }
    }

    /// Beside the pictures' folder: within it results would be taken for pictures of a data set.
    pub fn suggested_out(&self) -> Option<PathBuf> {
        let first = self.named().into_iter().next()?;
        let folder = if is_picture(&first) { first.parent()?.to_path_buf() } else { first };
        let name = folder.file_name()?.to_string_lossy().into_owned();
        Some(folder.with_file_name(format!("{name}-back-to-z")))
    }

    /// The folder that the results go to.
    pub fn out(&self) -> Option<PathBuf> {
        match self.out_text.trim() {
            "" => self.suggested_out(),
            text => Some(typed_path(text)),
        }
    }

    pub(super) fn take_pictures(&mut self, sheet: TileSheet) {
        if self.asked.as_ref() == Some(&sheet.latents) {
            self.pictures = Some(Arc::new(sheet));
        }
    }

    /// What is listed and has no picture yet, at most as much as can be asked for at once.
    fn take_request(&mut self) -> Option<Vec<Latent>> {
        let worst = self.job.as_ref()?.worst().take(TilesRequest::LIMIT).map(|found| &found.latent);
        let asked = self.asked.iter().flatten();
        if worst.clone().next().is_none() || asked.eq(worst.clone()) {
            return None;
        }
        let latents: Vec<Latent> = worst.cloned().collect();
        self.asked = Some(latents.clone());
        Some(latents)
    }

    /// The place of a latent's picture in [`Self::pictures`].
    pub fn picture_of(&self, latent: &Latent) -> Option<usize> {
        self.pictures.as_ref()?.latents.iter().position(|drawn| drawn == latent)
    }
}

impl AppState {
    /// The methods of the next job: those that are chosen and that the open model allows or, where it allows
    /// none of them, optimisation, which needs a generator alone.
    pub fn many_methods(&self) -> Vec<InversionMethod> {
        let encodes = self.model.as_ref().is_some_and(|model| model.parameters.encoder > 0);
        let allowed = |method: &&InversionMethod| encodes || !method.needs_encoder();
        let methods: Vec<_> = self.many.methods.iter().filter(allowed).copied().collect();
        if methods.is_empty() { vec![InversionMethod::Optimise] } else { methods }
    }

    /// Why no job can begin now, if so.
    pub fn many_obstacle(&self) -> Option<String> {
        let why = if !self.engine_is_up() {
            "The engine is not running: restart it first"
        } else if self.model.is_none() {
            "Open a model first"
        } else if let Some(job) = &self.job {
            return Some(format!("Another job is under way: {}", job.what));
        } else if self.many.named().is_empty() {
            "Name a folder of pictures first, or choose some"
        } else if self.many.out().is_none() {
            "Name a folder for the results first"
        } else {
            return None;
        };
        Some(why.to_owned())
    }

    /// The data whose codes are among an optimisation's starts: the open ones where they have the model's
    /// format, else for the built-in model those it was trained on, as on the command line.
    fn many_data(&self) -> Option<(DatasetSource, DatasetOptions)> {
        let model = self.model.as_ref()?;
        let open = self.dataset.summary.as_ref().filter(|summary| {
            let options = &summary.options;
            (options.image_size, options.channels) == (model.spec.image_size, model.spec.channels)
        });
        match open {
            Some(summary) => Some((summary.source.clone(), summary.options.clone())),
            None if model.is_built_in() => Some((DatasetSource::Portraits, Default::default())),
            None => None,
        }
    }

    /// The job alone; anything else is given back.
    pub(super) fn apply_many(&mut self, action: Action) -> Option<Action> {
        let Action::Many(action) = action else { return Some(action) };
        let many = &mut self.many;
        match action {
            ManyAction::Show(shown) => many.shown = shown,
            ManyAction::SetPictures(text) => {
                (many.pictures_text, many.offered) = (text, None);
            }
            ManyAction::SetFiles(files) => {
                (many.files, many.offered) = (files, None);
                many.pictures_text.clear();
            }
            ManyAction::SetOut(text) => (many.out_text, many.offered) = (text, None),
            ManyAction::Toggle(method) => self.toggle_of_many(method),
            ManyAction::Start => self.start_many(false),
            ManyAction::GoOn => self.start_many(true),
            ManyAction::StartBeside => {
                if let Some(folder) = many.offered.take() {
                    many.out_text = beside(&folder).display().to_string();
                    self.start_many(false);
                }
            }
            ManyAction::DropOffer => many.offered = None,
            ManyAction::Cancel => {
                if let Some(job) = many.job.as_mut().filter(|job| job.end.is_none()) {
                    job.stopping = true;
                    self.send(Command::StopJobs);
                }
            }
            ManyAction::List(method) => {
                if let Some(job) = &mut many.job {
                    job.listed = method;
                }
            }
            ManyAction::Take(method, image) => self.take_found(method, &image),
        }
        None
    }

    /// Methods stand in the order of [`InversionMethod::ALL`]; the last one stays.
    fn toggle_of_many(&mut self, method: InversionMethod) {
        let shown = self.many_methods();
        let wanted = |other: &InversionMethod| shown.contains(other) != (*other == method);
        let methods: Vec<_> = InversionMethod::ALL.into_iter().filter(wanted).collect();
        if !methods.is_empty() {
            self.many.methods = methods;
        }
    }

    fn start_many(&mut self, resume: bool) {
        self.many.offered = None;
        if self.many_obstacle().is_some() {
            return;
        }
        let (Some(out), Some(model)) = (self.many.out(), self.model.clone()) else { return };
        if let Err(error) = self.race.settings.validate() {
            return self.notify(NoticeLevel::Error, format!("Not inverted: {error}."));
        }
        if !resume && out.join(InvertJob::REPORT).is_file() {
            self.many.offered = Some(out);
            return;
        }
        let methods = self.many_methods();
        // Only the starts of an optimisation are looked for among known pictures.
        let optimises = methods.contains(&InversionMethod::Optimise);
        let job = InvertJob {
            images: self.many.named(),
            methods,
            settings: self.race.settings.clone(),
            data: self.many_data().filter(|_| optimises),
            out,
            pivotal: None,
            resume,
        };
        self.many.job = Some(ManyJob::new(&job, model.generator.clone()));
        (self.many.pictures, self.many.asked) = (None, None);
        self.job =
            Some(JobShown { what: "bringing photos back to z".to_owned(), done: 0, total: 0 });
        self.leave_tuned_copy();
        self.send(Command::InvertFiles(Box::new(job)));
    }

    fn take_found(&mut self, method: InversionMethod, image: &str) {
        let Some(job) = &self.many.job else { return };
        let mut found = job.found.iter();
        let Some(found) = found.find(|one| one.method == method && one.image == image) else {
            return;
        };
        let latent = found.latent.clone();
        if self.many_fits() {
            if self.take_inverted(&latent, method) && self.identity.kept.change_on {
                // The photo that was kept is another one.
                self.send(Command::ShowChange(false));
            }
        } else {
            let text = "These latents belong to another model: open it again to look at them.";
            self.notify(NoticeLevel::Warning, text);
        }
    }

    /// Whether what was found is of the open model's latent space.
    pub fn many_fits(&self) -> bool {
        let generator = self.model.as_ref().map(|model| &model.generator);
        self.many.job.as_ref().is_some_and(|job| Some(&job.generator) == generator)
    }

    /// Takes in what the engine tells of the job; what concerns others, too, is given back.
    pub(super) fn apply_many_event(&mut self, event: Event) -> Option<Event> {
        let running = self.many.job.as_mut().filter(|job| job.end.is_none());
        let Some(job) = running else { return Some(event) };
        let event = job.take_in(event)?;
        if let (Event::FileWritten(path), true) = (&event, job.is_written) {
            // No model, to be remembered among the recent ones.
            let text = format!("Written: {}", display_path(path));
            self.show_notice(NoticeLevel::Info, text);
            return None;
        }
        Some(event)
    }

    /// Asks for the small pictures of what is listed.
    pub(super) fn ask_for_found(&mut self) {
        if !self.many.shown || !self.many_fits() {
            return;
        }
        if let Some(latents) = self.many.take_request() {
            self.send(Command::DrawTiles(TilesRequest {
                place: TilePlace::Inverted,
                id: 0,
                latents,
            }));
        }
    }

    /// The engine is gone, and the job with it.
    pub(super) fn many_lost(&mut self) {
        self.many.asked = None;
        if let Some(job) = self.many.job.as_mut().filter(|job| job.end.is_none()) {
            let why = "the engine ended; what was brought back until then stays in the folder";
            job.end = Some(ManyEnd::Failed(why.to_owned()));
        }
    }
}

/// A folder of the same name with a number behind it, without a report.
fn beside(folder: &Path) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let numbered = |number: u32| folder.with_file_name(format!("{name}-{number}"));
    let free = |folder: &PathBuf| !folder.join(InvertJob::REPORT).exists();
    (2..).map(numbered).find(free).unwrap_or_else(|| folder.to_path_buf())
}
