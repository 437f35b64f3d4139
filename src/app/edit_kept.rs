//! What was painted, between starts: nothing is lost when the window closes.

use serde::{Deserialize, Serialize};

use super::edit::EditState;
use super::state::AppState;
use crate::protocol::{EditPlan, NoticeLevel};

/// The version of the kept file's format.
pub(super) const VERSION: u32 = 1;

/// The kept file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct KeptEdit {
    version: u32,
    plan: EditPlan,
    #[serde(default)]
    swatches: Vec<[u8; 3]>,
}

impl EditState {
    /// What is to be kept between starts; a stroke under way as far as it is painted.
    pub fn to_keep(&self) -> KeptEdit {
        let plan = self.painted_plan();
        KeptEdit { version: VERSION, plan, swatches: self.swatches.clone() }
    }

    /// Takes in what was kept, for the next picture that is edited.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence; nothing of it is taken then.
    pub fn restore_kept(&mut self, kept: KeptEdit) -> Result<(), String> {
        if let Err(error) = kept.plan.validate() {
            return Err(format!("The strokes of the last edit cannot be used: {error}."));
        }
        self.plan = EditPlan { adopted: 0, ..kept.plan };
        self.swatches = kept.swatches;
        self.swatches.truncate(super::edit::SWATCHES);
        self.pictures.refresh(&self.plan);
        Ok(())
    }
}

impl AppState {
    /// At the start: what was painted last is offered for the next picture.
    pub(super) fn restore_edit(&mut self, (kept, remark): (KeptEdit, Option<String>)) {
        let refused = self.edit.restore_kept(kept).err();
        for text in remark.into_iter().chain(refused) {
            self.notify(NoticeLevel::Warning, text);
        }
    }
}
