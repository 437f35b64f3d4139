//! Small widgets several panels share, each in four steps: size, allocate, interact, paint.
//!
//! They return what was asked of them, take their colours from the theme, and name themselves for
//! screen readers; none of them knows the state of the program.

pub mod form;
pub mod latent_slider;
pub mod log_slider;
pub mod number;
pub mod path_field;
pub mod rename;
pub mod segmented;
pub mod stat;
pub mod tile;
