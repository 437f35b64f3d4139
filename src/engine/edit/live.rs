//! The edit under way: one optimiser step at each turn of the loop.

use crate::engine::worker::Worker;
use crate::protocol::EditRequest;

/// The edit under way, and the newest request.
#[derive(Default)]
pub(in crate::engine) struct EditDesk {
    wanted: Option<EditRequest>,
}

impl EditDesk {
    /// An older request is dropped.
    pub(in crate::engine) fn want(&mut self, request: EditRequest) {
        self.wanted = Some(request);
    }

    /// Drops the edit.
    pub(in crate::engine) fn end(&mut self) {
        self.wanted = None;
    }

    /// Whether a step can be done at once.
    pub(in crate::engine) fn is_active(&self) -> bool {
        self.wanted.is_some()
    }
}

impl Worker {
    /// One step of the edit, and its view.
    pub(in crate::engine) fn serve_edit(&mut self) {
        self.edit_desk.wanted = None;
    }
}
