//! Editing: the edit that is painted and solved live, and edits to and from files.

mod begin;
mod files;
mod light;
mod live;
mod view;

pub(super) use live::EditDesk;
