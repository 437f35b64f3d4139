//! Names of sub-folders as labels.

use crate::data::source::Labels;

/// Each picture's first sub-folder is its label. Folders around *all* pictures (`celeba/img_align_celeba/…`) tell
/// nothing and are stepped into first; pictures that then lie in no sub-folder have no label.
pub(super) fn labels_from_folders(files: &[String]) -> (Vec<String>, Labels) {
    let depth = common_folders(files);
    let label_of = |path: &str| -> Option<String> {
        let mut rest = path.split('/').skip(depth);
        let label = rest.next()?;
        rest.next().map(|_| label.to_owned())
    };
    let mut names: Vec<String> = files.iter().filter_map(|path| label_of(path)).collect();
    names.sort();
    names.dedup();
    let mut labels = Labels::default();
    for path in files {
        let label = label_of(path).and_then(|label| names.binary_search(&label).ok());
        labels.push(label.map(|index| index as u32));
    }
    (names, labels)
}

/// How many folders, from the root on, are the same for all pictures.
fn common_folders(files: &[String]) -> usize {
    let folders = |path: &str| -> Vec<String> {
        let mut parts: Vec<String> = path.split('/').map(str::to_owned).collect();
        parts.pop();
        parts
    };
    let Some(first) = files.first() else { return 0 };
    let first = folders(first);
    files.iter().fold(first.len(), |depth, path| {
        let shared = first.iter().zip(folders(path)).take_while(|(a, b)| **a == *b).count();
        depth.min(shared)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(names: &[&str]) -> (Vec<String>, Vec<Option<u32>>) {
        let files: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let (label_names, labels) = labels_from_folders(&files);
        let ids = (0..names.len() as u32).map(|id| labels.get(id).first().copied()).collect();
        (label_names, ids)
    }

    #[test]
    fn the_first_sub_folder_is_the_label() {
        let (names, ids) = labels(&["cats/2020/a.png", "cats/b.png", "dogs/c.png", "d.png"]);
        assert_eq!(names, ["cats", "dogs"]);
        assert_eq!(ids, [Some(0), Some(0), Some(1), None]);
    }

    #[test]
    fn a_folder_around_everything_is_no_label() {
        let (names, ids) = labels(&["all/cats/a.png", "all/dogs/b.png"]);
        assert_eq!((names.len(), ids), (2, vec![Some(0), Some(1)]));
        let (names, ids) = labels(&["all/a.png", "all/b.png"]);
        assert_eq!((names.len(), ids), (0, vec![None, None]));
    }
}
