//! Editing: the edit that is painted and solved live, and edits to and from files.

mod begin;
mod drawn;
mod files;
mod light;
mod live;
mod report;
mod solved;
mod view;

pub(super) use live::EditDesk;
