//! The licences of the program and of everything by others in it, to be read where the program is.
//!
//! The texts are part of the executable, so that a copy of it alone is complete. They stand in a field
//! that cannot be edited: it takes the keyboard, so that arrow keys scroll it and text can be copied.

use std::sync::LazyLock;

use eframe::egui::{ScrollArea, TextEdit, TextStyle, Ui};

use super::format::counted;
use super::parts::caption;
use crate::app::{Action, Actions, AppState};

static TEXTS: [&str; 5] = [
    "Latent Atelier is under the MIT licence or the Apache License 2.0, as you like.\n",
    include_str!("../../LICENSE-MIT"),
    include_str!("../../THIRD-PARTY.md"),
    include_str!("../../assets/licences/Ubuntu-font-licence-1.0.txt"),
    include_str!("../../assets/third-party.md"),
];
static APACHE: &str = include_str!("../../LICENSE-APACHE");

/// All texts, one after the other.
static ALL: LazyLock<String> = LazyLock::new(|| {
    let texts = TEXTS.into_iter().chain([APACHE]);
    texts.map(str::trim).collect::<Vec<_>>().join("\n\n\n")
});

/// Shows the texts in `height` points, or the lines of them that contain what is searched for.
pub fn licences_ui(ui: &mut Ui, height: f32, state: &AppState, actions: &mut Actions) {
    let mut search = state.licence_search.clone();
    ui.horizontal(|ui| {
        let field = TextEdit::singleline(&mut search).hint_text("Search").desired_width(220.0);
        if ui.add(field).accessible_name("Search the licences").changed() {
            actions.push(Action::SetLicenceSearch(search.clone()));
        }
        let found = matching(&state.licence_search).lines().count();
        caption(ui, counted(found, "line", "lines"));
    });
    let shown = matching(&state.licence_search);
    let mut shown = shown.as_ref();
    let height = height - ui.spacing().interact_size.y - ui.spacing().item_spacing.y;
    let scroll = ScrollArea::vertical().id_salt("licences").auto_shrink(false);
    scroll.max_height(height).min_scrolled_height(height).show(ui, |ui| {
        let field =
            TextEdit::multiline(&mut shown).font(TextStyle::Small).desired_width(f32::INFINITY);
        ui.add(field).accessible_name("Licences");
    });
}

/// The lines with what is searched for, in any case; all of them for an empty search.
fn matching(search: &str) -> std::borrow::Cow<'static, str> {
    let wanted = search.trim().to_lowercase();
    if wanted.is_empty() {
        return ALL.as_str().into();
    }
    let found = ALL.lines().filter(|line| line.to_lowercase().contains(&wanted));
    found.collect::<Vec<_>>().join("\n").into()
}

#[cfg(test)]
mod tests {
    use super::matching;

    #[test]
    fn every_notice_is_in_the_program() {
        let all = matching("");
        for part in
            ["Permission is hereby granted", "Apache License", "UBUNTU FONT LICENCE", "wgpu"]
        {
            assert!(all.contains(part), "{part}");
        }
        let found = matching("UBUNTU font licence");
        assert!(found.lines().count() > 1 && found.len() < all.len());
        assert!(!found.contains("Permission is hereby granted"));
    }
}
