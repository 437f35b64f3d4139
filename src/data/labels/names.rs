//! Which picture a row of a label table means.
//!
//! Tables are written beside other copies of a folder: with or without the folders around it, with another ending
//! (CelebA's list says `.jpg` where its lossless pictures are `.png`) or none. A row means the picture whose path it
//! names; else one whose path goes on where the row's begins, or the other way round; an ending may be missing or
//! differ if nothing else fits. Case counts. Where several fit equally well, none is taken.

use std::collections::HashMap;

use crate::data::scan::is_picture_extension;

/// What a row's name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meant {
    Picture(u32),
    Several,
    Nothing,
}

/// How well a text names a picture; less is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Path,
    EndOfPath,
    PathWithoutEnding,
    EndWithoutEnding,
}

/// The texts that name pictures.
pub(super) struct Names<'a> {
    /// For each text the best fit, and the picture unless several fit as well.
    meanings: HashMap<&'a str, (Fit, Option<u32>)>,
}

impl<'a> Names<'a> {
    /// For pictures of these relative paths, `/` between their parts.
    pub fn new(files: &'a [String]) -> Self {
        let mut names = Self { meanings: HashMap::with_capacity(files.len() * 2) };
        for (id, path) in files.iter().enumerate() {
            let bare = without_ending(path);
            names.add(path, Fit::Path, id as u32);
            names.add(bare, Fit::PathWithoutEnding, id as u32);
            for end in ends(path) {
                names.add(end, Fit::EndOfPath, id as u32);
            }
            for end in ends(bare) {
                names.add(end, Fit::EndWithoutEnding, id as u32);
            }
        }
        names
    }

    fn add(&mut self, text: &'a str, fit: Fit, id: u32) {
        let entry = self.meanings.entry(text).or_insert((fit, Some(id)));
        if fit < entry.0 {
            *entry = (fit, Some(id));
        } else if fit == entry.0 && entry.1 != Some(id) {
            entry.1 = None;
        }
    }

    /// The picture that a row's first field means.
    pub fn find(&self, field: &str) -> Meant {
        let name = field.replace('\\', "/");
        let name = name.trim_start_matches("./").trim_start_matches('/');
        match self.find_as_is(name) {
            Meant::Nothing if without_ending(name) != name => self.find_as_is(without_ending(name)),
            meant => meant,
        }
    }

    fn find_as_is(&self, name: &str) -> Meant {
        let of = |meaning: &(Fit, Option<u32>)| meaning.1.map_or(Meant::Several, Meant::Picture);
        if let Some(meaning) = self.meanings.get(name) {
            return of(meaning);
        }
        // The table was written from further up: a shorter end of its path is a picture's whole path.
        let whole = |fit: Fit| matches!(fit, Fit::Path | Fit::PathWithoutEnding);
        ends(name)
            .find_map(|end| self.meanings.get(end).filter(|meaning| whole(meaning.0)))
            .map_or(Meant::Nothing, of)
    }
}

/// Whether a text ends as picture files do.
pub(super) fn has_picture_ending(text: &str) -> bool {
    without_ending(text) != text
}

/// A path without its ending, where that is one of pictures.
pub(super) fn without_ending(path: &str) -> &str {
    match path.rsplit_once('.') {
        Some((bare, ending)) if !bare.is_empty() && is_picture_extension(ending) => bare,
        _ => path,
    }
}

/// The ends of a path that begin at a part of it, longest first, without the whole path.
fn ends(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[at + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(files: &[&str], name: &str) -> Meant {
        let files: Vec<String> = files.iter().map(|name| (*name).to_owned()).collect();
        Names::new(&files).find(name)
    }

    #[test]
    fn a_path_comes_first_then_its_end_then_the_name_without_ending() {
        let files = ["a.png", "sub/a.png", "sub/b.jpg", "sub/b.png", "c.d.png"];
        assert_eq!(find(&files, "a.png"), Meant::Picture(0));
        assert_eq!(find(&files, "sub/a.png"), Meant::Picture(1));
        assert_eq!(find(&files, "./sub\\a.png"), Meant::Picture(1));
        assert_eq!(find(&files, "b.jpg"), Meant::Picture(2));
        assert_eq!(find(&files, "b"), Meant::Several);
        assert_eq!(find(&files, "sub/a"), Meant::Picture(1));
        assert_eq!(find(&files, "a.webp"), Meant::Picture(0), "another ending");
        assert_eq!(find(&files, "c.d"), Meant::Picture(4), "only a picture's ending is left out");
        assert_eq!(find(&files, "A.png"), Meant::Nothing, "case counts");
        assert_eq!(find(&files, ""), Meant::Nothing);
    }

    #[test]
    fn folders_around_either_side_do_no_harm_but_other_folders_do() {
        let files = ["cats/1.png", "dogs/1.png", "dogs/2.png"];
        assert_eq!(find(&files, "img/cats/1.png"), Meant::Picture(0));
        assert_eq!(find(&files, "/elsewhere/set/dogs/2.jpg"), Meant::Picture(2));
        assert_eq!(find(&files, "2.png"), Meant::Picture(2));
        assert_eq!(find(&files, "1.png"), Meant::Several);
        assert_eq!(find(&files, "birds/2.png"), Meant::Nothing);
    }
}
