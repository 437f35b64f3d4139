//! How far a job is, on standard error where that is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const WITH_END: &str = "{msg} {wide_bar} {pos}/{len}, {eta} left";
const WITHOUT_END: &str = "{spinner} {msg}";

/// The bar of the job under way; nothing before one has told how far it is.
#[derive(Debug, Default)]
pub struct JobBar(Option<ProgressBar>);

impl JobBar {
    /// Shows how far it is.
    pub fn show(&mut self, what: &str, done: u64, total: u64) {
        let bar = self.0.get_or_insert_with(|| {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
        });
        let template = if total > 0 { WITH_END } else { WITHOUT_END };
        if bar.length().unwrap_or(0) != total || bar.message() != what {
            // Another part of the job: its pace says nothing of this one.
            bar.reset();
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.set_message(what.to_owned());
            bar.set_length(total);
        }
        bar.set_position(done);
    }

    /// Takes it from the screen, before something else is written there.
    pub fn clear(&mut self) {
        if let Some(bar) = self.0.take() {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{JobBar, WITH_END, WITHOUT_END};

    #[test]
    fn it_follows_the_parts_of_a_job() {
        for template in [WITH_END, WITHOUT_END] {
            assert!(indicatif::ProgressStyle::with_template(template).is_ok());
        }
        let mut bar = JobBar::default();
        bar.show("drawing frames", 3, 30);
        bar.show("drawing frames", 7, 30);
        let shown = bar.0.as_ref().expect("it is there");
        assert_eq!((shown.position(), shown.length()), (7, Some(30)));
        bar.show("writing", 1, 2);
        let shown = bar.0.as_ref().expect("it is there");
        assert_eq!((shown.position(), shown.message().as_str()), (1, "writing"));
        bar.clear();
        assert!(bar.0.is_none());
    }
}
