pub mod models {
    pub mod conv;
}
