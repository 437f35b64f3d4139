//! A name that is typed over another one.

use eframe::egui::text::CCursorRange;
use eframe::egui::text_edit::TextEditState;
use eframe::egui::{Id, Key, TextEdit, Ui};

use crate::ui::parts::quiet_button;

/// What came of a frame of typing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renamed {
    /// The text is this now.
    Typed(String),
    /// It is done: taken, or left as it was.
    Ended(bool),
}

/// A field for a name with its buttons, known as `label`; it takes the keyboard when it appears, with the
/// old name selected, so that typing replaces it.
pub fn rename_ui(ui: &mut Ui, label: &str, text: &str) -> Option<Renamed> {
    let mut edited = text.to_owned();
    let field = TextEdit::singleline(&mut edited).hint_text("name").desired_width(160.0);
    let field = ui.add(field).accessible_name(label);
    let (slot, pass) = (field.id.with("drawn"), ui.ctx().cumulative_pass_nr());
    let last = ui.data_mut(|data| data.get_temp::<u64>(slot));
    ui.data_mut(|data| data.insert_temp(slot, pass));
    if last.is_none_or(|last| last + 1 < pass) {
        field.request_focus();
        select_all(ui, field.id, text);
    }
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    let ok = ui.button("OK").accessible_name(format!("Take: {label}")).clicked();
    let cancel = ui.add(quiet_button("Cancel")).accessible_name(format!("Leave: {label}"));
    let escaped = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Escape));
    if ok || entered {
        Some(Renamed::Ended(true))
    } else if cancel.clicked() || escaped {
        Some(Renamed::Ended(false))
    } else {
        field.changed().then_some(Renamed::Typed(edited))
    }
}

fn select_all(ui: &Ui, field: Id, text: &str) {
    let mut state = TextEditState::load(ui.ctx(), field).unwrap_or_default();
    state.cursor.set_char_range(Some(CCursorRange::select_all_str(text)));
    state.store(ui.ctx(), field);
}
