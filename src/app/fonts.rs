//! Characters that the built-in fonts lack (file names in Chinese, say), from the system's own fonts.
//!
//! egui asks only when such a character is about to be drawn, so a start reads no font at all. It asks
//! one font after another until one has the character, so each file is a provider by itself.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use eframe::egui::epaint::text::{FallbackRequest, FontInsert, FontProvider};
use eframe::egui::{Context, FontData};

use crate::platform::fonts::fallback_files;

/// Makes the system's well-known fonts stand in for missing characters.
pub fn install(ctx: &Context) {
    for path in fallback_files() {
        ctx.add_font_provider(Arc::new(FontFile { path, read: OnceLock::new() }));
    }
}

/// A font file, read when it is first asked for; `None` in it where that failed.
struct FontFile {
    path: PathBuf,
    read: OnceLock<Option<FontData>>,
}

impl FontProvider for FontFile {
    fn font_for(&self, _: &FallbackRequest<'_>) -> Option<FontInsert> {
        let name = self.path.display().to_string();
        let read = self.read.get_or_init(|| match std::fs::read(&self.path) {
            Ok(bytes) => {
                tracing::debug!("the built-in fonts lack a character: {name} is asked");
                Some(FontData::from_owned(bytes))
            }
            Err(error) => {
                tracing::info!("the font {name} could not be read: {error}");
                None
            }
        });
        // The bytes are shared, so a copy costs nothing.
        read.clone().map(|data| FontInsert::new(&name, data, Vec::new()))
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::{Arc, OnceLock};

    use eframe::egui::epaint::text::{FontProvider, Fonts, TextOptions};
    use eframe::egui::{FontDefinitions, FontFamily, FontId};

    use super::FontFile;

    #[test]
    fn the_first_file_that_has_the_character_is_used_and_broken_ones_do_no_harm() {
        let folder = tempfile::tempdir().expect("a folder");
        let built_in = FontDefinitions::default();
        let write = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).expect("written");
            path
        };
        let provider = |path: PathBuf| -> Arc<dyn FontProvider> {
            Arc::new(FontFile { path, read: OnceLock::new() })
        };
        let ubuntu = (*built_in.font_data["Ubuntu-Light"].font).as_ref();
        let files = [
            folder.path().join("gone.ttf"),
            write("broken.ttf", b"not a font"),
            write("good.ttf", ubuntu),
        ];
        // Hack alone has no Ə, Ubuntu's font has it, and neither has 한.
        let mut hack = FontDefinitions::empty();
        hack.font_data.insert("Hack".to_owned(), Arc::clone(&built_in.font_data["Hack"]));
        hack.families.insert(FontFamily::Proportional, vec!["Hack".to_owned()]);
        let fonts = Fonts::new(TextOptions::default(), hack);
        let mut fonts = fonts.with_font_providers(files.into_iter().map(provider).collect());
        let font = FontId::proportional(14.0);
        assert!(fonts.has_glyph(&font, 'Ə'));
        assert!(!fonts.has_glyph(&font, '한'));
        let found: Vec<_> = fonts.discovered_fonts().iter().map(|font| &font.name).collect();
        assert!(found.len() == 1 && found[0].ends_with("good.ttf"), "{found:?}");
    }
}
