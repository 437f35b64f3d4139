//! What is asked of the attribute workbench, and what the engine answers to it.

use std::path::Path;

use super::action::Action;
use super::attributes::{AttributesState, ENTANGLEMENT_SAMPLES, FoundStrips, JobOf, Search};
use super::examples::Examples;
use super::state::{AppState, JobShown};
use crate::protocol::{
    AttributesJob, Command, DatasetOptions, DatasetSource, Direction, DirectionSearch,
    DirectionsJob, Entanglement, EntanglementJob, FoundDirections, Latent, NoticeLevel,
    SampleSource, TilePlace, TilesRequest,
};

impl AppState {
    /// Attributes and examples.
    pub(super) fn apply_attributes(&mut self, action: Action) -> Option<Action> {
        match action {
            Action::FindAttributes => self.find_attributes(),
            Action::FindDirections => self.find_directions(),
            Action::SetDirectionSearch(search) => self.attributes.search = search,
            Action::SetSearchCount(count) => self.attributes.search_count = count.clamp(1, 64),
            Action::SetSearchLayer(layer) => self.attributes.layer = layer,
            Action::StopJobs => self.send(Command::StopJobs),
            Action::SetDirectionMethod(method) => self.attributes.method = method,
            Action::SetRidge(ridge) => self.attributes.ridge = ridge.clamp(1e-6, 1e6),
            Action::SetAttributePictures(count) => {
                self.attributes.pictures = count.clamp(2, 1_000_000);
            }
            Action::ShowMatrix(kind) => self.attributes.matrix = kind,
            Action::MeasureEntanglement => self.measure_entanglement(),
            Action::JudgeAttributes => self.judge_unmeasured(),
            Action::SetDirectionsPath(text) => self.attributes.path_text = text,
            Action::SaveDirections(path) => self.save_directions(path),
            Action::OpenDirections(path) => self.send(Command::OpenDirections(path)),
            other => return self.apply_sliders(other),
        }
        None
    }

    /// What changes the list of attributes or where their sliders stand.
    fn apply_sliders(&mut self, action: Action) -> Option<Action> {
        let by_hand = matches!(action, Action::SetAttribute(..) | Action::ZeroAttributes);
        let before = by_hand.then(|| self.explore.shift.clone());
        let attributes = &mut self.attributes;
        match action {
            Action::SetAttribute(id, value) => {
                attributes.set_value(id, value);
                // Along a path these sliders rest: whoever moves one leaves it.
                self.compose.path.playing = false;
            }
            Action::ZeroAttributes => attributes.zero_all(),
            Action::BakeAttributes => {
                self.explore.latent = self.explore.moved();
                attributes.zero_all();
            }
            Action::ChooseAttribute(id) => attributes.choose(id),
            Action::EditAttributeName(id, name) => attributes.renaming = Some((id, name)),
            Action::EndAttributeName(take) => {
                if let Some((id, name)) = attributes.renaming.take().filter(|_| take)
                    && let Some(free) = attributes.rename(id, &name)
                {
                    self.name_was_taken(name.trim(), &free);
                }
            }
            Action::RemoveAttribute(id) => attributes.remove(id),
            Action::ToggleFreeOf(id) => {
                if !attributes.free_of.remove(&id) {
                    attributes.free_of.insert(id);
                }
            }
            Action::FreeAttribute => {
                let freed = attributes.free_chosen();
                self.added(freed);
            }
            other => return self.apply_examples(other),
        }
        self.attributes_moved();
        if let Some(before) = before {
            self.edit_follows(&before);
        }
        None
    }

    fn apply_examples(&mut self, action: Action) -> Option<Action> {
        match action {
            Action::MarkExamples { with, latents } => {
                let dims = self.explore.latent.dims();
                if latents.iter().all(|latent| latent.dims() == dims) {
                    self.examples.mark(with, latents);
                }
            }
            Action::SetMarking(marking) => self.marking = marking,
            Action::ClearExamples => self.examples = Examples::default(),
            Action::SetExampleName(name) => self.attributes.example_name = name,
            Action::AttributeFromExamples => {
                let made = self.examples.direction(&self.attributes.example_name);
                let added = made.and_then(|made| self.add_made(made).ok_or("no model is open"));
                if added.is_ok() {
                    // The marks stay, for another try; the name is taken.
                    self.attributes.example_name.clear();
                }
                self.added(added);
            }
            other => return Some(other),
        }
        None
    }

    /// An attribute was added, or what was missing for it.
    fn added(&mut self, added: Result<u64, &'static str>) {
        match added {
            Ok(id) => self.judge_new(&[id]),
            Err(missing) => self.notify(NoticeLevel::Warning, format!("No direction: {missing}.")),
        }
    }

    /// Adds what a person made, and says by which name where the wanted one is taken.
    pub(super) fn add_made(&mut self, direction: Direction) -> Option<u64> {
        let wanted = direction.name.clone();
        let id = self.attributes.add(direction, None)?;
        let name = self.attributes.get(id).map(|made| made.direction.name.clone());
        if let Some(free) = name.filter(|name| *name != wanted) {
            self.name_was_taken(&wanted, &free);
        }
        Some(id)
    }

    fn name_was_taken(&mut self, wanted: &str, free: &str) {
        let (wanted, free) = (super::escape(wanted), super::escape(free));
        let text =
            format!("There is an attribute “{wanted}” already: this one is called “{free}”.");
        self.notify(NoticeLevel::Info, text);
    }

    /// The picture follows where the attributes' sliders stand.
    pub(super) fn attributes_moved(&mut self) {
        let shift = self.attributes.shift(self.explore.latent.dims());
        self.explore.set_shift(shift, self.attributes.values());
    }

    /// The open data set, or Portraits.
    pub(super) fn labelled_data(&self) -> (DatasetSource, DatasetOptions) {
        let options = self.dataset.summary.as_ref().map_or_else(DatasetOptions::default, |open| {
            DatasetOptions { auto_size: false, ..open.options.clone() }
        });
        (self.dataset.source(), options)
    }

    fn find_attributes(&mut self) {
        let (source, options) = self.labelled_data();
        self.attributes.codes_asked = Some((source.clone(), options.clone()));
        let job = AttributesJob {
            source,
            options,
            limit: self.attributes.pictures as usize,
            method: self.attributes.method,
            ridge: self.attributes.ridge,
            tries: 0,
            seed: 0,
            out: None,
        };
        let command = Command::FindAttributes(Box::new(job));
        self.begin_job(JobOf::Labels, "finding directions", command);
    }

    fn find_directions(&mut self) {
        let limit = self.attributes.pictures as usize;
        let search = match self.attributes.search {
            Search::Pca => {
                let (source, options) = self.labelled_data();
                DirectionSearch::Pca { source, options, limit }
            }
            Search::LayerPca => {
                // Each layer has twice the values of the one before: fewer samples keep within memory.
                let layer = self.attributes.layer as usize;
                let most = 4096_usize >> layer.min(4);
                DirectionSearch::LayerPca { layer, samples: limit.min(most) }
            }
            Search::Sefa => DirectionSearch::Sefa,
            Search::Tangents => DirectionSearch::Jacobian,
            Search::Dimensions => DirectionSearch::Sensitivity,
        };
        let job = DirectionsJob {
            search,
            count: self.attributes.search_count as usize,
            base: SampleSource::Given(vec![self.explore.moved()]),
            seed: 0,
            picture: None,
            out: None,
        };
        let command = Command::FindDirections(Box::new(job));
        self.begin_job(JobOf::Search, "finding directions", command);
    }

    fn measure_entanglement(&mut self) {
        let in_use = self.attributes.in_use();
        let (ids, steps): (Vec<u64>, Vec<Latent>) =
            in_use.map(|attribute| (attribute.id, attribute.direction.step.clone())).unzip();
        let known = self.attributes.entanglement.as_ref().is_some_and(|(known, _)| *known == ids);
        let asked = self.attributes.measuring.as_ref().is_some_and(|(_, asked)| *asked == ids);
        if steps.is_empty() || known || asked {
            return;
        }
        let id = self.attributes.measuring.as_ref().map_or(1, |(id, _)| id + 1);
        self.attributes.measuring = Some((id, ids));
        let job = EntanglementJob { id, steps, samples: ENTANGLEMENT_SAMPLES, seed: 0 };
        let command = Command::MeasureEntanglement(Box::new(job));
        self.begin_job(JobOf::Entanglement, "measuring entanglement", command);
    }

    pub(super) fn begin_job(&mut self, of: JobOf, what: &str, command: Command) {
        self.attributes.job_of = Some(of);
        self.job = Some(JobShown { what: what.to_owned(), done: 0, total: 0 });
        self.send(command);
    }

    fn save_directions(&mut self, path: std::path::PathBuf) {
        let in_use = self.attributes.in_use();
        let directions: Vec<Direction> = in_use.map(|a| a.direction.clone()).collect();
        if directions.is_empty() {
            let text = "There are no attributes of this model to save yet.";
            return self.notify(NoticeLevel::Warning, text);
        }
        self.send(Command::SaveDirections(super::with_extension(path), directions));
    }

    /// Directions found from labels: the engine has judged them, and has their codes at hand.
    pub(super) fn attributes_found(&mut self, directions: Vec<Direction>) {
        self.codes_encoded();
        self.add_found(directions, AttributesState::add_from_label);
    }

    /// Directions found without labels, and what they do.
    pub(super) fn directions_found(&mut self, found: FoundDirections) {
        let FoundDirections { directions, places, strips, .. } = found;
        let ids = self.add_found(directions, |known, direction| known.add(direction, None));
        let strips = ids.iter().copied().zip(strips).collect();
        self.attributes.found = FoundStrips { places, strips };
        self.judge_new(&ids);
    }

    fn add_found(
        &mut self,
        directions: Vec<Direction>,
        mut add: impl FnMut(&mut AttributesState, Direction) -> Option<u64>,
    ) -> Vec<u64> {
        let (chosen, free_of) = (self.attributes.chosen, self.attributes.free_of.clone());
        let add = |direction| add(&mut self.attributes, direction);
        let ids: Vec<u64> = directions.into_iter().filter_map(add).collect();
        match chosen.filter(|id| self.attributes.get(*id).is_some()) {
            Some(chosen) => {
                (self.attributes.chosen, self.attributes.free_of) = (Some(chosen), free_of);
            }
            None => self.attributes.chosen = ids.first().copied(),
        }
        self.attributes_moved();
        let found = crate::ui::format::counted(ids.len(), "direction", "directions");
        self.show_notice(NoticeLevel::Info, format!("Found {found}."));
        ids
    }

    pub(super) fn directions_opened(&mut self, path: &Path, directions: Vec<Direction>) {
        let count = directions.len();
        let mut renamed = 0;
        for direction in directions {
            let wanted = direction.name.clone();
            let id = self.attributes.add(direction, None);
            let known = id.and_then(|id| self.attributes.get(id));
            renamed += usize::from(known.is_some_and(|known| known.direction.name != wanted));
        }
        self.attributes_moved();
        let count = crate::ui::format::counted(count, "direction", "directions");
        let mut text = format!("Opened {count} from {}.", super::display_path(path));
        if renamed > 0 {
            text += &format!(" Of these {renamed} got a number, as their names were taken.");
        }
        self.show_notice(NoticeLevel::Info, text);
    }

    pub(super) fn entanglement_measured(&mut self, measured: Entanglement) {
        if let Some((id, ids)) = self.attributes.measuring.take() {
            if id == measured.id {
                self.attributes.entanglement = Some((ids, measured));
            } else {
                self.attributes.measuring = Some((id, ids));
            }
        }
    }

    /// The job under way has ended, or the engine with it.
    pub(super) fn job_ended(&mut self) {
        self.job = None;
        (self.attributes.measuring, self.attributes.job_of) = (None, None);
        self.explore.measuring_sensitivity = false;
    }

    /// Asks for the chosen attribute's strip when the picture rests.
    pub(super) fn ask_for_strip(&mut self) {
        if self.explore.is_waiting() {
            return self.attributes.touch(self.now_secs);
        }
        if let Some(latents) = self.attributes.take_strip_request(&self.explore, self.now_secs) {
            let request = TilesRequest { place: TilePlace::Strip, id: 0, latents };
            self.send(Command::DrawTiles(request));
        }
    }

    /// Seconds until [`Self::ask_for_strip`] has something to ask for, if it will.
    pub(super) fn strip_due_secs(&self) -> Option<f64> {
        self.attributes.strip_due_secs(&self.explore, self.now_secs)
    }
}
