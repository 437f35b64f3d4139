//! What differs between operating systems, so that no other module asks which one it runs on.

pub mod fonts;
