//! Tests of the history of states.

use std::sync::Arc;

use super::*;
use crate::protocol::Prior;

fn space(model: &str) -> LatentSpace {
    LatentSpace { model: model.to_owned(), dims: 1, prior: Prior::Normal }
}

fn kept(x: f32) -> Kept {
    let frame = Frame { width_px: 1, height_px: 1, rgba: Arc::new(vec![x as u8; 4]) };
    let latent = Latent(vec![x]);
    Kept { base: latent.clone(), latent, attributes: Vec::new(), frame, made: Made::Random(7) }
}

fn visited(values: &[f32]) -> StateTree {
    let mut tree = StateTree::default();
    values.iter().for_each(|value| tree.visit(&space("faces"), kept(*value), 1_000));
    tree
}

#[test]
fn undo_and_redo_go_along_the_branch_one_is_on() {
    let mut tree = visited(&[1.0, 2.0, 3.0]);
    assert_eq!(tree.undo().map(|node| node.latent.0[0]), Some(2.0));
    assert_eq!(tree.undo().map(|node| node.latent.0[0]), Some(1.0));
    assert!(tree.undo().is_none(), "the first has no past");
    assert_eq!(tree.leads(), (false, true));
    assert_eq!(tree.redo().map(|node| node.latent.0[0]), Some(2.0));
    // A new state from here is a branch; the old one is still there.
    tree.visit(&space("faces"), kept(9.0), 1_000);
    assert!(tree.redo().is_none());
    assert_eq!(tree.undo().map(|node| node.latent.0[0]), Some(2.0));
    assert_eq!(tree.redo().map(|node| node.latent.0[0]), Some(9.0), "where undo came from");
    assert_eq!(tree.nodes().len(), 4);
    assert_eq!(tree.nodes()[2].parent, tree.nodes()[3].parent);
}

#[test]
fn the_same_latent_again_is_no_new_state() {
    let mut tree = visited(&[1.0, 2.0, 1.0]);
    assert_eq!(tree.nodes().len(), 2);
    assert_eq!(tree.current(), Some(1));
    tree.visit(&space("digits"), kept(1.0), 1_000);
    assert_eq!(tree.nodes().len(), 3, "another model's latent is another state");
    assert_eq!(tree.nodes()[2].parent, None);
}

#[test]
fn what_is_dear_is_never_forgotten_by_itself() {
    let mut tree = StateTree::default();
    tree.visit(&space("faces"), kept(-1.0), 1_000);
    tree.set_starred(1, true);
    tree.visit(&space("faces"), kept(-2.0), 1_000);
    tree.rename(2, " the best ");
    for value in 0..STATES_LIMIT {
        tree.visit(&space("faces"), kept(value as f32), 1_000);
    }
    assert_eq!(tree.nodes().len(), STATES_LIMIT);
    assert!(tree.get(1).is_some() && tree.get(2).is_some() && tree.get(3).is_none());
    assert_eq!(tree.get(2).and_then(|node| node.name.as_deref()), Some("the best"));
    assert_eq!(tree.get(5).and_then(|node| node.parent), Some(2), "the gap is closed");
    tree.clear(&space("faces"));
    assert_eq!(tree.nodes().len(), 2);
}

#[test]
fn the_history_survives_a_start_without_pictures() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("history.json");
    let mut tree = visited(&[1.5, -0.1]);
    tree.set_starred(2, true);
    assert!(tree.take_changed() && !tree.take_changed());
    crate::app::kept_file::write(&path, &tree.versioned()).expect("written");
    let read = crate::app::kept_file::read::<StateTree>(&path, "states", VERSION);
    let read = read.expect("readable").expect("there");
    assert_eq!(read.current(), Some(2));
    assert_eq!(read.nodes()[1].latent, tree.nodes()[1].latent);
    assert!(read.nodes()[1].starred && read.nodes()[1].frame.is_none());
    assert_eq!((read.nodes()[1].made, read.nodes()[1].at_unix_secs), (Made::Random(7), 1_000));
    assert_eq!(read.without_frame(&space("faces"), 9).len(), 2);
}

#[test]
fn where_undo_and_redo_lead_is_kept_between_starts() {
    let mut tree = visited(&[1.0, 2.0]);
    assert!(tree.take_changed());
    tree.undo();
    assert!(tree.take_changed(), "one is elsewhere then");
    tree.redo();
    assert!(tree.take_changed());
}
