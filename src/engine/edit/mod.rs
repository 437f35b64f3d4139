//! Editing: the edit that is painted and solved live, and edits to and from files.

mod files;
mod live;

pub(super) use live::EditDesk;
