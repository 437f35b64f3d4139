//! Draws what [`crate::app::AppState`] holds and asks by [`crate::app::Action`]s; changes nothing.

pub mod format;
pub mod parts;
pub mod theme;
